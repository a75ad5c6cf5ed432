//! `/d/…`: people and apps that come with a link. Apps are sent on to the origin, people see the landing page, and
//! whatever does not work gets one and the same answer. Looking never uses a link up.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use landing::TicketLink;
use publication::VisitKind;

use crate::counts::What;
use crate::errands::Fetched;
use crate::guest::Guest;
use crate::links::{self, LiveLink};
use crate::{App, answer, origins};

/// The length of a device's own link: 256 bits as base64url.
const DEVICE_LINK: usize = 43;

/// The header with which Linphone marks its requests for a configuration.
const APP_MARK: &str = "x-linphone-provisioning";

/// `GET`, `HEAD` and `POST` `/d/{ticket}`, `POST /d/{ticket}/opening`, `POST /d/{ticket}/renewal`. The ticket is taken as it
/// stands in the path: what is not a ticket is looked up like one, and found as little.
pub(crate) async fn visit(
    State(app): State<App>,
    guest: Guest,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let rest = uri.path().strip_prefix("/d/").unwrap_or_default();
    let is_post = method == Method::POST;
    let (ticket, action) = match rest.rsplit_once('/') {
        Some((ticket, action @ ("opening" | "renewal"))) if is_post => (ticket, action),
        _ => (rest, ""),
    };
    // The refusal's button asks wherever the refusal is shown.
    if action == "renewal" || (is_post && uri.query() == Some(landing::RENEWAL)) {
        return renew(&app, &guest, ticket).await;
    }
    let now = app.clock.now();
    match links::find_live(&app.store, ticket, now).await {
        Ok(Some(link)) if action == "opening" => open(&app, &guest, ticket, &link),
        Ok(Some(link)) if link.relay && (is_post || is_app(&headers)) => {
            relay(
                &app,
                &guest,
                method,
                link.origin.configuration(ticket),
                &headers,
            )
            .await
        }
        Ok(Some(link)) if is_post => send_on(&app, StatusCode::TEMPORARY_REDIRECT, ticket, &link),
        Ok(Some(link)) if is_app(&headers) => send_on(&app, StatusCode::FOUND, ticket, &link),
        Ok(Some(link)) => show(&app, &guest, ticket, &link),
        Ok(None) => {
            app.counts.add(What::Refused);
            answer::page(landing::refused(&guest.language(None)))
        }
        Err(error) => trouble(&guest, &error),
    }
}

/// Whether a Linphone asks for its configuration. 5.1.65 as Debian ships it sends no mark of its own: it calls itself `Unknown`
/// until it has an account and sends no `Accept`, which browsers, previews and mail scanners all do.
fn is_app(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let is_unnamed = agent.is_some_and(|agent| agent.as_bytes() == b"Unknown");
    headers.contains_key(APP_MARK) || (is_unnamed && !headers.contains_key(header::ACCEPT))
}

/// `GET` and `HEAD /x/{origin}/{device}`: in link mode `relay` a device fetches its configuration again.
pub(crate) async fn device(
    State(app): State<App>,
    guest: Guest,
    method: Method,
    Path((origin, device)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let is_link = device.len() == DEVICE_LINK
        && device
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let found = match origin.parse().ok().filter(|_| is_link) {
        Some(id) => origins::find(&app.store, &id).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(origin)) => {
            let address = origin.url.device(&device);
            relay(&app, &guest, method, address, &headers).await
        }
        Ok(None) => {
            app.counts.add(What::Refused);
            answer::page(landing::refused(&guest.language(None)))
        }
        Err(error) => trouble(&guest, &error),
    }
}

/// `POST /x/{origin}/{device}`: the refusal's button, which asks where the refusal was shown.
pub(crate) async fn device_asks(
    State(app): State<App>,
    guest: Guest,
    Path((_, device)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    if uri.query() == Some(landing::RENEWAL) {
        return renew(&app, &guest, &device).await;
    }
    app.counts.add(What::Refused);
    answer::page(landing::refused(&guest.language(None)))
}

/// Fetches for an app. Where the origin is down or in trouble it says so with 503: apps keep what they have and ask again.
async fn relay(
    app: &App,
    guest: &Guest,
    method: Method,
    address: String,
    headers: &HeaderMap,
) -> Response {
    let (language, now) = (guest.language(None), app.clock.now());
    if !app.fetches.may(&guest.from, now) {
        app.counts.add(What::Busy);
        return answer::page(landing::busy(&language));
    }
    let mut headers = headers.clone();
    if is_app(&headers) {
        // What made it known here does not reach the origin: a client of ours asks there.
        headers.insert(APP_MARK, HeaderValue::from_static("1"));
    }
    match app
        .errands
        .fetch(method, address, &headers, guest.from)
        .await
    {
        Fetched::Passed(answer) => {
            app.counts.add(What::Relayed);
            answer
        }
        Fetched::Refused => {
            app.fetches.failed(guest.from, now);
            app.counts.add(What::Refused);
            answer::page(landing::refused(&language))
        }
        Fetched::Trouble => answer::page(landing::trouble(&language)),
    }
}

/// Says that it does not work at the moment, and logs why.
fn trouble(guest: &Guest, error: &crate::StoreError) -> Response {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a link cannot be looked up"
    );
    answer::page(landing::trouble(&guest.language(None)))
}

/// Passes the wish for a new link on to the origin of a link that there is or was. Whoever asks is told the same in any case.
async fn renew(app: &App, guest: &Guest, ticket: &str) -> Response {
    let (language, now) = (guest.language(None), app.clock.now());
    if !app.renewals.take(guest.from, now) {
        app.counts.add(What::Busy);
        return answer::page(landing::busy(&language));
    }
    app.counts.add(What::Renewal);
    match links::find_origin(&app.store, ticket).await {
        Ok(Some(origin)) => app.errands.renew(&origin, ticket, guest.from),
        Ok(None) => {}
        Err(error) => return trouble(guest, &error),
    }
    answer::page(landing::asked(&language))
}

fn send_on(app: &App, status: StatusCode, ticket: &str, link: &LiveLink) -> Response {
    app.counts.add(What::SentOn);
    answer::moved(status, &link.origin.configuration(ticket))
}

fn show(app: &App, guest: &Guest, ticket: &str, link: &LiveLink) -> Response {
    app.counts.add(What::Shown);
    app.visited.note(link, VisitKind::Seen, app.clock.now());
    let address = TicketLink::new(&app.public_url, ticket);
    let language = guest.language(Some(&link.language));
    answer::page(landing::landing(&address, &link.brand, &language))
}

fn open(app: &App, guest: &Guest, ticket: &str, link: &LiveLink) -> Response {
    app.counts.add(What::Opened);
    app.visited.note(link, VisitKind::Opened, app.clock.now());
    let address = TicketLink::new(&app.public_url, ticket);
    let language = guest.language(Some(&link.language));
    let page = answer::page(landing::opening(&address, &link.brand, &language));
    answer::leading_to(page, &address.in_app())
}
