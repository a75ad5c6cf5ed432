//! `/oauth/callback`: where a component's authorization window sends people back to. It counts only for the request that is
//! waited for, once, and for the administrator and session that sent it.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::CookieJar;
use roster::authorize::Callback;
use serde::Deserialize;

use super::by;
use crate::{App, pages::frame::Page, session::SignedIn};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    state: String,
    oauth_token: String,
    oauth_verifier: Option<String>,
}

/// `GET /oauth/callback`
pub(crate) async fn come_back(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    jar: CookieJar,
    Query(told): Query<Told>,
) -> Page {
    admin.primary()?;
    let callback = Callback {
        state: &told.state,
        token_id: &told.oauth_token,
        verifier: told.oauth_verifier.as_deref(),
    };
    let finished = by(&app, &admin, &jar, async |by| {
        roster::authorize::finish(&app.store, &callback, by).await
    });
    let id = finished.await?;
    Ok(Redirect::to(&format!("/connections/{id}?authorized=1")).into_response())
}
