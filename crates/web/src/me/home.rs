//! What a signed-in person sees and does: a new link, their devices, their language.

use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::CookieJar;
use console::me::{Device, Me, Said, Sheet};
use delivery::SelfDeployed;
use model::{Actor, DeviceId, Language, Timestamp, deployment::DeviceState};
use serde::Deserialize;
use store::devices;
use users::entered::Entered;

use super::{Answer, Failed, Person, Who, sign_in::ways_in, who};
use crate::{
    App,
    pages::{day, day_name},
    public::{guest::Guest, page},
};

/// What the page is to say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    said: String,
}

/// `GET /me`: the person's own page, or the ways in.
pub(crate) async fn show(
    State(app): State<App>,
    guest: Guest,
    jar: CookieJar,
    Query(asked): Query<Asked>,
) -> Answer {
    match who(&app, &guest, &jar).await? {
        Who::Stranger => ways_in(&app, &guest, "", None).await,
        Who::Closed(why, person) => Ok(page(console::me::closed(&person.look(&app), why, true))),
        Who::Open(person) => {
            let said = Said::ALL.into_iter().find(|said| said.name() == asked.said);
            let me = me(&app, &person).await?;
            Ok(page(console::me::home(&person.look(&app), &me, said)))
        }
    }
}

async fn me(app: &App, person: &Person) -> Result<Me, Failed> {
    let devices = devices::of_user(&app.store, person.user.id).await?;
    let fields = person.user.served();
    Ok(Me {
        name: name(person),
        number: fields.directory_number,
        devices: devices
            .iter()
            .filter(|d| is_theirs(d))
            .map(|d| device(d, person.language.as_str()))
            .collect(),
        languages: Language::ALL.map(|l| (l.code(), l.title())).to_vec(),
    })
}

fn name(person: &Person) -> String {
    let fields = person.user.served();
    format!("{} {}", fields.first_name, fields.last_name)
        .trim()
        .to_owned()
}

/// Whether a device has its configuration, or is on its way to it.
const fn is_theirs(device: &devices::Device) -> bool {
    matches!(device.state, DeviceState::Live | DeviceState::Pending)
}

fn device(device: &devices::Device, language: &str) -> Device {
    let fetched_iso = device.fetched_at.map(|at| at.to_string());
    Device {
        id: device.id.to_string(),
        client: client(device),
        fetched: device
            .fetched_at
            .map(|at| minute(language, at))
            .unwrap_or_default(),
        fetched_iso: fetched_iso.unwrap_or_default(),
        is_registered: device.registered.is_some(),
    }
}

fn client(device: &devices::Device) -> String {
    if device.agent.is_empty() {
        device.client.title().to_owned()
    } else {
        device.agent.clone()
    }
}

/// A moment to the minute, as a language writes its day: `27 November 2026, 20:17 UTC`.
fn minute(language: &str, at: Timestamp) -> String {
    let text = at.to_string();
    let clock = text.split_once('T').and_then(|(_, clock)| clock.get(..5));
    let clock = clock.unwrap_or_default();
    format!("{}, {clock} UTC", day_name(language, at))
}

#[expect(clippy::unnecessary_wraps, reason = "it is how every handler ends")]
fn back(said: Said) -> Answer {
    Ok(Redirect::to(&format!("/me?said={}", said.name())).into_response())
}

/// `POST /me/deployments`: a link with its QR code, shown once.
pub(crate) async fn deploy(State(app): State<App>, person: Person) -> Answer {
    let made = delivery::self_deploy(&app.store, app.delivery(), person.user.id).await?;
    let made = match made {
        SelfDeployed::Sheet(made) => made,
        SelfDeployed::Preparing => return back(Said::Preparing),
        SelfDeployed::Cannot => return back(Said::Cannot),
        SelfDeployed::Enough => return back(Said::Enough),
    };
    let sheet = Sheet {
        name: name(&person),
        app: person
            .profile
            .as_ref()
            .map_or("Linphone", |profile| profile.client.title()),
        link: made.link.expose().to_owned(),
        code_address: made.code_address,
        code: made.code.expose().to_owned(),
        day: day(made.expires_at),
        day_name: day_name(person.language.as_str(), made.expires_at),
    };
    match console::me::shown(&person.look(&app), &sheet) {
        Some(shown) => Ok(page(shown)),
        None => back(Said::Cannot),
    }
}

/// `POST /me/mails`: a new link by mail, to the address that is known.
pub(crate) async fn mail(State(app): State<App>, person: Person) -> Answer {
    let is_ordered = delivery::mail_link(&app.store, person.user.id).await?;
    back(if is_ordered {
        Said::Mailed
    } else {
        Said::NotMailed
    })
}

/// `GET /me/devices/{id}/withdrawal`: the question.
pub(crate) async fn ask_withdrawal(
    State(app): State<App>,
    person: Person,
    Path(id): Path<String>,
) -> Answer {
    let id = id.parse::<DeviceId>().ok();
    let devices = devices::of_user(&app.store, person.user.id).await?;
    let lost = devices.iter().find(|d| Some(d.id) == id && is_theirs(d));
    Ok(match lost {
        Some(lost) => page(console::me::withdrawal(&person.look(&app), &client(lost))),
        None => page(landing::not_found(&person.language)),
    })
}

/// `POST /me/devices/{id}/withdrawal`
pub(crate) async fn withdraw(
    State(app): State<App>,
    person: Person,
    Path(id): Path<String>,
) -> Answer {
    let Ok(id) = id.parse::<DeviceId>() else {
        return Ok(page(landing::not_found(&person.language)));
    };
    let (user, session) = (person.user.id, Some(&person.session));
    let actor = Actor::person(user);
    match delivery::withdraw_device(&app.store, user, id, session, &actor).await {
        Ok(()) => back(Said::Withdrawn),
        Err(delivery::Error::Store(store::Error::Missing(_))) => {
            Ok(page(landing::not_found(&person.language)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The language of a person's mails and pages.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: Language,
}

/// `POST /me/language`
pub(crate) async fn choose_language(
    State(app): State<App>,
    person: Person,
    Form(choice): Form<Choice>,
) -> Answer {
    let entered = Entered {
        language: Some(choice.language.code().to_owned()),
        ..Entered::default()
    };
    let actor = Actor::person(person.user.id);
    users::entered::change(&app.store, person.user.id, &entered, None, &actor).await?;
    back(Said::Saved)
}
