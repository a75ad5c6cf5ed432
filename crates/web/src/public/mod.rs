//! The public endpoints: configurations by ticket and by device link, and the landing page of link mode
//! `direct`. Nothing here logs a path, a query, an address or a user agent.

mod configuration;
mod health;
mod landing_page;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Response, header},
    routing::{get, post},
};

use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(
            "/p/{ticket}",
            get(configuration::by_ticket).post(configuration::by_ticket),
        )
        .route("/x/{device}", get(configuration::by_device))
        .route(
            "/d/{ticket}",
            get(landing_page::show).post(landing_page::hand_over),
        )
        .route("/d/{ticket}/opening", post(landing_page::open))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
}

/// The header that marks a Linphone which wants its configuration.
const LINPHONE: &str = "x-linphone-provisioning";

/// How a request came, as far as consuming a ticket goes.
fn asking(post: bool, headers: &HeaderMap) -> delivery::Asking<'_> {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    delivery::Asking {
        post,
        linphone_mark: headers.contains_key(LINPHONE),
        agent,
    }
}

/// A finished page as an answer.
fn page(page: landing::Page) -> Response<Body> {
    let mut answer = Response::builder().status(page.status);
    for (name, value) in page.headers() {
        answer = answer.header(name, value);
    }
    answer
        .body(Body::from(page.html))
        .expect("the page's own headers are valid")
}

/// The one refusal, the same whatever the reason.
fn refused() -> Response<Body> {
    page(landing::refused(&publication::Language::default()))
}

/// The answer when the database does not: apps keep what they have.
fn trouble() -> Response<Body> {
    page(landing::trouble(&publication::Language::default()))
}
