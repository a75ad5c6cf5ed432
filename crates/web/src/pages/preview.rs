//! `/plans/{id}/preview/{entry}`: mail and configuration of one person, made by the code that sends.

use axum::extract::{Path, State};
use console::{
    Place, Trouble,
    preview::{ConfigurationPreview, MailPreview, PreviewPage},
};
use delivery::Preview;
use model::{ClientKind, EntryId, PlanId};

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
    let profile = match plan.profile {
        Some(profile) => Some(store::profiles::get(&app.store, profile).await?),
        None => None,
    };
    let made = delivery::preview(&app.store, app.delivery(), plan.profile, entry).await;
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
            .map(|(made, profile)| configuration(made, profile.settings.client)),
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

fn configuration(made: Preview, client: ClientKind) -> ConfigurationPreview {
    ConfigurationPreview {
        client: client.title().to_owned(),
        content_type: made.content_type.to_owned(),
        text: made.configuration,
        ignored: ignored(client),
    }
}

/// The settings that a client ignores, in words.
pub(crate) fn ignored(client: ClientKind) -> Vec<String> {
    clients::ignored(client)
        .iter()
        .map(|(setting, why)| format!("{}: {why}", setting.replace('_', " ")))
        .collect()
}
