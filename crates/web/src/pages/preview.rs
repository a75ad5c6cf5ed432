//! `/plans/{id}/preview/{entry}` and `/users/{id}/preview`: mail and configuration of one person, made by the code that sends.

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};
use console::{
    Place, Shell, Trouble,
    preview::{ConfigurationPreview, MailPreview, PreviewPage},
};
use delivery::Preview;
use model::{EntryId, PersonFields, PlanId, ProfileId, ProfileSettings, UserId, profile::SETTINGS};
use users::columns::DO_NOT_DEPLOY;

use super::{
    address::Path,
    frame::{Page, shell, show as shown},
};
use crate::{App, Problem, session::SignedIn};

/// `GET /plans/{id}/preview/{entry}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path((id, entry)): Path<(PlanId, EntryId)>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let person = store::entries::get(&app.store, entry).await?.fields;
    let given = import::profile_of(&app.store, &plan, entry).await?;
    let made = delivery::preview(&app.store, app.delivery(), given, entry).await;
    let frame = format!("/plans/{id}/preview/{entry}/mail");
    let page = page(&app, &person, given, made, frame).await?;
    shown(&PreviewPage {
        shell: shell(&app, &admin, Place::Import).await?,
        back: format!("/plans/{id}"),
        from: "The plan".to_owned(),
        ..page
    })
}

/// `GET /users/{id}/preview`
pub(crate) async fn of_user(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let user = store::users::get(&app.store, id).await?;
    let person = user.served();
    let made = delivery::preview_user(&app.store, app.delivery(), id).await;
    let frame = format!("/users/{id}/preview/mail");
    let page = page(&app, &person, user.profile, made, frame).await?;
    shown(&PreviewPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        back: format!("/users/{id}"),
        from: person.label(),
        ..page
    })
}

/// `GET /plans/{id}/preview/{entry}/mail`
pub(crate) async fn mail(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Path((id, entry)): Path<(PlanId, EntryId)>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let given = import::profile_of(&app.store, &plan, entry).await?;
    let made = delivery::preview(&app.store, app.delivery(), given, entry).await?;
    Ok(framed(made))
}

/// `GET /users/{id}/preview/mail`
pub(crate) async fn mail_of_user(
    State(app): State<App>,
    SignedIn(_): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    let made = delivery::preview_user(&app.store, app.delivery(), id).await?;
    Ok(framed(made))
}

/// The mail's HTML alone, for a frame of our own pages: an administrator wrote it, so that nothing in it may run, load or lead
/// anywhere.
fn framed(made: Preview) -> Response {
    (POLICY, Html(made.html)).into_response()
}

/// What a mail in a frame may: look, and nothing else.
pub(crate) const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// A preview without its frame; `frame` is where the mail's HTML is found.
async fn page(
    app: &App,
    person: &PersonFields,
    profile: Option<ProfileId>,
    made: Result<Preview, delivery::Error>,
    frame: String,
) -> Result<PreviewPage, Problem> {
    let profile = match profile {
        Some(profile) => match store::profiles::get(&app.store, profile).await {
            Ok(profile) => Some(profile),
            Err(store::Error::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let trouble = made.as_ref().err().map(|error| Trouble {
        what: error.to_string(),
        why: String::new(),
        hint: error.hint().to_owned(),
    });
    let made = made.ok();
    Ok(PreviewPage {
        shell: Shell::default(),
        back: String::new(),
        from: String::new(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        number: person.directory_number.clone(),
        mail: made.as_ref().map(|made| letter(made, app, frame)),
        configuration: made
            .zip(profile.as_ref())
            .map(|(made, profile)| configuration(made, &profile.settings)),
        profile: profile.map_or_else(|| DO_NOT_DEPLOY.to_owned(), |profile| profile.name),
        trouble,
    })
}

fn letter(made: &Preview, app: &App, frame: String) -> MailPreview {
    MailPreview {
        from: app.delivery().mail.from.clone(),
        to: made.to.clone(),
        subject: made.subject.clone(),
        text: made.text.clone(),
        frame,
    }
}

fn configuration(made: Preview, settings: &ProfileSettings) -> ConfigurationPreview {
    ConfigurationPreview {
        client: settings.client.title().to_owned(),
        content_type: made.content_type.to_owned(),
        text: made.configuration,
        ignored: ignored(settings),
    }
}

/// The settings that the profile's client ignores, in words.
fn ignored(settings: &ProfileSettings) -> Vec<String> {
    let title = |key: &str| {
        let told = SETTINGS.iter().find(|setting| setting.key == key);
        told.map_or("", |setting| setting.title)
    };
    clients::ignored_of(settings)
        .map(|(setting, why)| format!("{}: {why}", title(setting)))
        .collect()
}
