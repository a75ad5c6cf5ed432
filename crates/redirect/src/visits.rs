//! `/d/…`: people and apps that come with a link. Apps are sent on to the origin, people see the landing page, and
//! whatever does not work gets one and the same answer. Looking never uses a link up.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use landing::TicketLink;
use publication::Language;

use crate::links::{self, LiveLink};
use crate::{App, answer};

/// The header with which Linphone marks its requests for a configuration.
const APP_MARK: &str = "x-linphone-provisioning";

/// `GET`, `HEAD` and `POST` `/d/{ticket}`, `POST /d/{ticket}/opening`. The ticket is taken as it stands in the path:
/// what is not a ticket is looked up like one, and found as little.
pub(crate) async fn visit(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let rest = uri.path().strip_prefix("/d/").unwrap_or_default();
    let (ticket, opening) = match rest.strip_suffix("/opening") {
        Some(ticket) if method == Method::POST => (ticket, true),
        _ => (rest, false),
    };
    match links::find_live(&app.store, ticket, app.clock.now()).await {
        Ok(Some(link)) if opening => open(&app, ticket, &link),
        Ok(Some(link)) if method == Method::POST => answer::moved(
            StatusCode::TEMPORARY_REDIRECT,
            &link.origin.configuration(ticket),
        ),
        Ok(Some(link)) if headers.contains_key(APP_MARK) => {
            answer::moved(StatusCode::FOUND, &link.origin.configuration(ticket))
        }
        Ok(Some(link)) => show(&app, ticket, &link),
        Ok(None) => answer::page(landing::refused(&Language::default())),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a link cannot be looked up"
            );
            answer::page(landing::trouble(&Language::default()))
        }
    }
}

fn show(app: &App, ticket: &str, link: &LiveLink) -> Response {
    let address = TicketLink::new(&app.public_url, ticket);
    answer::page(landing::landing(&address, &link.brand, &link.language))
}

fn open(app: &App, ticket: &str, link: &LiveLink) -> Response {
    let address = TicketLink::new(&app.public_url, ticket);
    let page = answer::page(landing::opening(&address, &link.brand, &link.language));
    answer::leading_to(page, &address.in_app())
}
