//! `/mail-templates/{language}/history`: who changed what, and the way back.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use console::{
    Place,
    mail_history::{MailHistoryPage, MailVersion, PartChange},
};
use delivery::{
    mail::Template,
    templates::{self, Past, Scope},
};
use model::{Language, Timestamp};
use serde::Deserialize;

use super::{Whose, address};
use crate::{
    App,
    line_diff::differences,
    pages::{
        address::Path,
        frame::{Page, shell, show as shown},
        when::when,
    },
    session::SignedIn,
};

/// Versions on a page: each may hold two whole texts.
const PAGE: i64 = 20;

/// Where a page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Before {
    before: Option<i64>,
}

/// `GET /mail-templates/{language}/history`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Query(whose): Query<Whose>,
    Query(page): Query<Before>,
) -> Page {
    let scope = whose.scope(language)?;
    let standing = templates::get(&app.store, scope).await?;
    let past = templates::history(&app.store, scope, page.before, PAGE).await?;
    let now = app.store.env().now();
    let oldest = past.last().map(|past| past.version.number);
    let full = store::as_i64(past.len()) == PAGE;
    shown(&MailHistoryPage {
        shell: shell(&app, &admin, Place::MailTemplates).await?,
        href: format!("/mail-templates/{language}"),
        name: name(&app, scope).await?,
        profile: scope.profile.map_or_else(String::new, |id| id.to_string()),
        version: standing.version.to_string(),
        lines: past
            .into_iter()
            .map(|past| line(past, standing.version, now))
            .collect(),
        older: oldest
            .filter(|_| full)
            .map(|number| number.to_string())
            .unwrap_or_default(),
        can_change: admin.primary().is_ok(),
    })
}

async fn name(app: &App, scope: Scope) -> Result<String, store::Error> {
    let language = scope.language.title();
    Ok(match scope.profile {
        Some(id) => {
            let profile = store::profiles::get(&app.store, id).await?;
            format!("{language} for {}", profile.name)
        }
        None => language.to_owned(),
    })
}

/// What differs from one text to the other, part by part.
pub(super) fn parts(before: &Template, after: &Template) -> Vec<PartChange> {
    let parts = [
        ("Subject", &before.subject, &after.subject),
        ("HTML", &before.html, &after.html),
        ("Plain text", &before.text, &after.text),
    ];
    let parts = parts.into_iter().map(|(title, before, after)| PartChange {
        title,
        lines: differences(before, after),
    });
    parts.filter(|part| !part.lines.is_empty()).collect()
}

fn line(past: Past, newest: i64, now: Timestamp) -> MailVersion {
    MailVersion {
        number: past.version.number.to_string(),
        is_now: past.version.number == newest,
        is_reset: past.version.template.is_none(),
        actor: past.version.actor,
        when: when(past.version.at, now),
        parts: parts(&past.before, &past.template),
    }
}

/// Which version is to be as it was.
#[derive(Debug, Deserialize)]
pub(crate) struct Restored {
    #[serde(default)]
    profile: String,
    version: i64,
    seen: i64,
}

/// `POST /mail-templates/{language}/restorations`
pub(crate) async fn restore(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(language): Path<Language>,
    Form(restored): Form<Restored>,
) -> Page {
    let actor = admin.primary()?.actor();
    let profile = restored.profile;
    let scope = Whose { profile }.scope(language)?;
    let (number, seen) = (restored.version, Some(restored.seen));
    templates::restore(&app.store, scope, number, seen, &actor).await?;
    Ok(Redirect::to(&address(scope)).into_response())
}
