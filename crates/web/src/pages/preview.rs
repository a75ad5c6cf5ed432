//! `/plans/{id}/preview/{entry}`: mail and configuration of one person, made by the code that sends.

use axum::extract::{Path, State};
use console::{
    Place, Trouble,
    preview::{ConfigurationPreview, MailPreview, PreviewPage},
};
use delivery::Preview;
use model::{EntryId, PlanId, ProfileSettings, profile::SETTINGS};

use super::frame::{Page, shell, show as shown};
use crate::{App, session::SignedIn};

/// `GET /plans/{id}/preview/{entry}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path((id, entry)): Path<(PlanId, EntryId)>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let person = store::entries::get(&app.store, entry).await?.fields;
    let given = import::profile_of(&app.store, &plan, entry).await?;
    let profile = match given {
        Some(profile) => Some(store::profiles::get(&app.store, profile).await?),
        None => None,
    };
    let made = delivery::preview(&app.store, app.delivery(), given, entry).await;
    let trouble = made.as_ref().err().map(|error| Trouble {
        what: error.to_string(),
        why: String::new(),
        hint: error.hint().to_owned(),
    });
    let made = made.ok();
    shown(&PreviewPage {
        shell: shell(&app, &admin, Place::Import).await?,
        plan: format!("/plans/{id}"),
        first_name: person.first_name,
        last_name: person.last_name,
        number: person.directory_number,
        mail: made.as_ref().map(|made| mail(made, &app)),
        configuration: made
            .zip(profile.as_ref())
            .map(|(made, profile)| configuration(made, &profile.settings)),
        profile: profile.map(|profile| profile.name).unwrap_or_default(),
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
