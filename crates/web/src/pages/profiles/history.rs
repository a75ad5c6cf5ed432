//! `/profiles/{id}/history`: who changed what, and the way back.

use axum::{
    Form,
    extract::{Query, State},
};
use console::{
    Place,
    profile_history::{ProfileHistoryPage, VersionLine},
};
use model::{ProfileId, Timestamp};
use serde::Deserialize;
use users::profiles::Past;

use super::{
    Typed,
    change::{settle, settled},
};
use crate::{
    App,
    pages::{
        address::Path,
        frame::{Page, shell, show as shown},
        when::when,
    },
    session::SignedIn,
};

/// Changes on a page.
const PAGE: usize = 50;

/// Where a page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Before {
    before: Option<i64>,
}

/// `GET /profiles/{id}/history`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
    Query(page): Query<Before>,
) -> Page {
    let (store, limit) = (&app.store, store::as_i64(PAGE));
    let profile = store::profiles::get(store, id).await?;
    let past = users::profiles::history(store, id, page.before, limit).await?;
    let now = store.env().now();
    let oldest = past.last().map(|past| past.version.profile.version);
    shown(&ProfileHistoryPage {
        shell: shell(&app, &admin, Place::Profiles).await?,
        id: id.to_string(),
        older: oldest
            .filter(|_| past.len() == PAGE)
            .map(|n| n.to_string())
            .unwrap_or_default(),
        version: profile.version.to_string(),
        lines: past
            .into_iter()
            .map(|past| line(past, profile.version, now))
            .collect(),
        name: profile.name,
    })
}

fn line(past: Past, newest: i64, now: Timestamp) -> VersionLine {
    let version = past.version.profile.version;
    VersionLine {
        version: version.to_string(),
        is_now: version == newest,
        actor: past.version.actor,
        when: when(past.version.at, now),
        changes: past.changes.into_iter().map(settled).collect(),
    }
}

/// Which version is to be as it was.
#[derive(Debug, Deserialize)]
pub(crate) struct Restored {
    version: i64,
    seen: i64,
}

/// `POST /profiles/{id}/restorations`
pub(crate) async fn restore(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<ProfileId>,
    Form(restored): Form<Restored>,
) -> Page {
    let was = users::profiles::as_it_was(&app.store, id, restored.version).await?;
    let typed = Typed::of(&was.name, &was.settings).seen(restored.seen);
    settle(&app, &admin, id, &typed).await
}
