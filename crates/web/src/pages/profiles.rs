//! `/profiles`: deployment profiles.

pub(crate) mod change;
mod form;
pub(crate) mod history;
pub(crate) mod removal;

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use console::{
    FieldErrors, Notice, Place, Tone,
    profile::ProfilePage,
    profiles::{ProfileLine, ProfilesPage},
};
use form::Typed;
use model::{ClientKind, Fault, ProfileId, ProfileSettings};
use serde::Deserialize;
use users::profiles::Wanted;

use super::{
    address::Path,
    frame::{Page, PageError, count, rendered, shell, show as shown},
};
use crate::{
    App,
    served::{fit, usual},
    session::SignedIn,
};

/// `GET /profiles`
pub(crate) async fn list(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let profiles = store::profiles::list(&app.store).await?;
    let rows = profiles
        .into_iter()
        .map(|(profile, users)| ProfileLine {
            id: profile.id.to_string(),
            client: profile.settings.client.title().to_owned(),
            link_mode: profile.settings.link_mode.name().to_owned(),
            registers_at: profile.settings.registrar().to_owned(),
            name: profile.name,
            users: count(users),
        })
        .collect();
    shown(&ProfilesPage {
        shell: shell(&app, &admin, Place::Profiles).await?,
        rows,
    })
}

/// What a new profile begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewParams {
    /// The profile that it is copied from.
    from: Option<ProfileId>,
}

/// `GET /profiles/new`
pub(crate) async fn new(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(params): Query<NewParams>,
) -> Page {
    let typed = match params.from {
        Some(from) => {
            let copied = store::profiles::get(&app.store, from).await?;
            Typed::of(&format!("Copy of {}", copied.name), &copied.settings)
        }
        None => Typed::of(
            "",
            &ProfileSettings {
                link_mode: usual(&app),
                ..ProfileSettings::default()
            },
        ),
    };
    shown(&editor(&app, &admin, None, &typed, vec![]).await?)
}

/// `GET /profiles/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
) -> Page {
    let profile = store::profiles::get(&app.store, id).await?;
    let typed = Typed::of(&profile.name, &profile.settings).seen(profile.version);
    shown(&editor(&app, &admin, Some(id), &typed, vec![]).await?)
}

/// The form with what was typed, each fault beside its field.
async fn editor(
    app: &App,
    admin: &access::Admin,
    id: Option<ProfileId>,
    typed: &Typed,
    faults: Vec<Fault>,
) -> Result<ProfilePage, PageError> {
    let users = match id {
        Some(id) => store::profiles::count_users(&app.store, id).await?,
        None => 0,
    };
    let mut errors = FieldErrors::default();
    for fault in faults {
        errors.add(fault.field, fault.message);
    }
    let mut shell = shell(app, admin, Place::Profiles).await?;
    shell.notices.extend(typed.client().and_then(told_of));
    Ok(ProfilePage {
        shell,
        id: id.map(|id| id.to_string()).unwrap_or_default(),
        version: typed.version().to_owned(),
        name: typed.name().to_owned(),
        groups: typed.groups(),
        errors,
        users: count(users),
    })
}

/// `POST /profiles`
pub(crate) async fn add(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(typed): Form<Typed>,
) -> Page {
    let added = match wanted(&app, &typed) {
        Ok(wanted) => users::profiles::add(&app.store, &wanted, &admin.actor()).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => Ok(to_the_list()),
        Err(users::Error::Unfit(faults)) => refuse(&app, &admin, None, &typed, faults).await,
        Err(error) => Err(error.into()),
    }
}

/// What whoever chooses this client should know.
fn told_of(client: ClientKind) -> Option<Notice> {
    clients::warning(client).map(|(text, hint)| Notice::new(Tone::Warning, text).hint(hint))
}

/// What was typed, where it fits this installation.
fn wanted(app: &App, typed: &Typed) -> Result<Wanted, users::Error> {
    let wanted = Wanted {
        name: typed.name().to_owned(),
        settings: typed.settings()?,
    };
    fit(app, &wanted)?;
    Ok(wanted)
}

async fn refuse(
    app: &App,
    admin: &access::Admin,
    id: Option<ProfileId>,
    typed: &Typed,
    faults: Vec<Fault>,
) -> Page {
    let page = editor(app, admin, id, typed, faults).await?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn to_the_list() -> Response {
    Redirect::to("/profiles").into_response()
}
