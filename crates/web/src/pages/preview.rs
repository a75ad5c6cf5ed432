//! `/plans/{id}/preview/{entry}` and `/users/{id}/preview`: mail and configuration of one person, made by the code that sends.

use axum::extract::{Path, State};
use console::{
    Place, Shell, Trouble,
    preview::{ConfigurationPreview, MailPreview, PreviewPage},
};
use delivery::Preview;
use model::{EntryId, PersonFields, PlanId, ProfileId, ProfileSettings, UserId, profile::SETTINGS};
use users::columns::DO_NOT_DEPLOY;

use super::frame::{Page, shell, show as shown};
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
    let page = page(&app, &person, given, made).await?;
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
    let page = page(&app, &person, user.profile, made).await?;
    shown(&PreviewPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        back: format!("/users/{id}"),
        from: person.label(),
        ..page
    })
}

/// A preview without its frame.
async fn page(
    app: &App,
    person: &PersonFields,
    profile: Option<ProfileId>,
    made: Result<Preview, delivery::Error>,
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
        mail: made.as_ref().map(|made| mail(made, app)),
        configuration: made
            .zip(profile.as_ref())
            .map(|(made, profile)| configuration(made, &profile.settings)),
        profile: profile.map_or_else(|| DO_NOT_DEPLOY.to_owned(), |profile| profile.name),
        trouble,
    })
}

fn mail(made: &Preview, app: &App) -> MailPreview {
    MailPreview {
        from: app.delivery().mail.from.clone(),
        to: made.to.clone(),
        subject: made.subject.clone(),
        text: made.text.clone(),
        frame: String::new(),
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
