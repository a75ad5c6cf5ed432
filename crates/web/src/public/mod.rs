//! The public endpoints: configurations by ticket and by device link, and the landing page of link mode
//! `direct`. Nothing here logs a path, a query, an address or a user agent.

mod code;
mod configuration;
pub(crate) mod guest;
mod health;
mod landing_page;
mod provisioning;
mod ticket;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Response, Uri, header},
    routing::{get, post},
};

use self::guest::Guest;
use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(
            "/p/{ticket}",
            get(configuration::by_ticket)
                .post(configuration::by_ticket)
                .head(configuration::only_looks),
        )
        .route(
            "/x/{device}",
            get(configuration::by_device)
                .post(configuration::device_asks)
                .head(configuration::only_looks),
        )
        .route(
            "/prov/acrobits",
            get(provisioning::acrobits).head(configuration::only_looks),
        )
        .route(
            "/prov/zoiper",
            get(provisioning::zoiper)
                .post(provisioning::zoiper_asks)
                .head(configuration::only_looks),
        )
        .route(
            "/d/{ticket}",
            get(landing_page::show).post(landing_page::hand_over),
        )
        .route("/d/{ticket}/renewal", post(landing_page::renew))
        .route("/c", get(code::show).post(code::exchange))
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
        linphone_mark: is_linphone(agent, headers),
        endpoint: None,
        agent,
    }
}

/// Whether a Linphone asks. Version 5.1.65 as Debian ships it sends no mark of its own: it calls itself `Unknown`
/// until it has an account, and sends no `Accept`, which browsers, previews and mail scanners all do.
fn is_linphone(agent: &str, headers: &HeaderMap) -> bool {
    let names_itself = agent == "Unknown" || agent.to_ascii_lowercase().starts_with("linphone");
    headers.contains_key(LINPHONE) || (names_itself && !headers.contains_key(header::ACCEPT))
}

/// A finished page as an answer.
pub(crate) fn page(page: landing::Page) -> Response<Body> {
    let mut answer = Response::builder().status(page.status);
    for (name, value) in page.headers() {
        answer = answer.header(name, value);
    }
    answer
        .body(Body::from(page.html))
        .expect("the page's own headers are valid")
}

/// The one refusal, the same whatever the reason.
fn refused(guest: &Guest) -> Response<Body> {
    page(landing::refused(&guest.language(None)))
}

/// The answer when the database does not: apps keep what they have.
fn trouble(guest: &Guest) -> Response<Body> {
    page(landing::trouble(&guest.language(None)))
}

/// Whether the refusal's button was pressed, which posts to the address where the refusal was shown.
fn asks_for_new(uri: &Uri) -> bool {
    uri.query() == Some(landing::RENEWAL)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_is_never_taken_for_a_linphone() {
        let mut headers = HeaderMap::new();
        assert!(!is_linphone("", &headers));
        assert!(!is_linphone("Mozilla/5.0", &headers));
        assert!(is_linphone("Unknown", &headers));
        assert!(is_linphone("LinphoneAndroid/5.2 (phone)", &headers));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        assert!(!is_linphone("Unknown", &headers));
        headers.insert(LINPHONE, HeaderValue::from_static("1"));
        assert!(is_linphone("", &headers));
    }
}
