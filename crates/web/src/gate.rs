//! Without an administrator nothing is served but the set-up.

use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{App, Problem};

/// Sends browsers to the set-up page and refuses everything else, until there is an administrator.
pub(crate) async fn set_up_first(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_open(request.uri()) {
        return next.run(request).await;
    }
    match app.is_set_up().await {
        Ok(true) => next.run(request).await,
        Ok(false) if request.uri().path().starts_with("/api/") => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this server is not set up yet",
        )
        .hint("open it in a browser and use the set-up token that it printed")
        .into_response(),
        Ok(false) => Redirect::to("/set-up").into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

fn is_open(uri: &Uri) -> bool {
    uri.path() == "/set-up" || uri.path().starts_with("/assets/")
}
