//! `/d/{ticket}` in link mode `direct`: the same landing page that the redirect server shows, and the
//! configuration itself for an app's own request.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Response, Uri, header},
};
use model::{ClientKind, LinkMode, Profile};
use publication::Language;

use super::{
    asking, asks_for_new, configuration, guest::Guest, page, refused, ticket::Ticket, trouble,
};
use crate::App;

/// `GET /d/{ticket}`: a browser gets the landing page and consumes nothing; an app gets its configuration. `HEAD` asks for none,
/// whoever sends it.
pub(crate) async fn show(
    State(app): State<App>,
    Ticket(ticket): Ticket,
    guest: Guest,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let asking = asking(false, &headers);
    if asking.linphone_mark && method != Method::HEAD {
        return configuration::answer(&app, &guest, &ticket, asking).await;
    }
    with_live_link(&app, &guest, &ticket, false, |link, language| {
        page(landing::landing(link, &app.brand(), language))
    })
    .await
}

/// `POST /d/{ticket}`: a client that consumes by POST, or the refusal's button.
pub(crate) async fn hand_over(
    State(app): State<App>,
    Ticket(ticket): Ticket,
    guest: Guest,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if asks_for_new(&uri) {
        return ask_for_new(&app, &guest, &ticket);
    }
    configuration::answer(&app, &guest, &ticket, asking(true, &headers)).await
}

/// `POST /d/{ticket}/opening`: the button of the landing page leads on to the app.
pub(crate) async fn open(
    State(app): State<App>,
    Ticket(ticket): Ticket,
    guest: Guest,
    uri: Uri,
) -> Response<Body> {
    if asks_for_new(&uri) {
        return ask_for_new(&app, &guest, &ticket);
    }
    with_live_link(&app, &guest, &ticket, true, |link, language| {
        let mut answer = page(landing::opening(link, &app.brand(), language));
        if let Ok(location) = HeaderValue::from_str(&link.in_app()) {
            answer.headers_mut().insert(header::LOCATION, location);
        }
        answer
    })
    .await
}

/// `POST /d/{ticket}/renewal`: a new link to the address that is known. Whoever asks is told the same in any case.
pub(crate) async fn renew(
    State(app): State<App>,
    Ticket(ticket): Ticket,
    guest: Guest,
) -> Response<Body> {
    ask_for_new(&app, &guest, &ticket)
}

/// Has a new link sent, and does not keep who asks waiting for how that ends.
pub(super) fn ask_for_new(app: &App, guest: &Guest, ticket: &str) -> Response<Body> {
    let (language, now) = (guest.language(None), app.store.env().now().0);
    if !app.shared.renewals.take(guest.from, now) {
        return page(landing::busy(&language));
    }
    let (store, ticket) = (app.store.clone(), ticket.to_owned());
    tokio::spawn(async move {
        if let Err(error) = delivery::renew(&store, &ticket).await {
            tracing::error!(%error, "a new link could not be ordered");
        }
    });
    page(landing::asked(&language))
}

async fn with_live_link(
    app: &App,
    guest: &Guest,
    ticket: &str,
    is_opening: bool,
    show: impl FnOnce(&landing::TicketLink, &Language) -> Response<Body>,
) -> Response<Body> {
    let found = match delivery::find(&app.store, ticket).await {
        Ok(found) => found.filter(|(link, _)| link.link_mode == LinkMode::Direct),
        Err(error) => {
            tracing::error!(%error, "a link could not be looked up");
            return trouble(guest);
        }
    };
    let Some((deployment, reader)) = found else {
        return refused(guest);
    };
    let (visits, now) = (&app.shared.visits, app.store.env().now());
    visits.note(&deployment, ticket, is_opening, now);
    let softphone = softphone(&reader.profile);
    let link = landing::TicketLink::new(&app.delivery().public_url, ticket).for_app(softphone);
    show(&link, &guest.language(reader.language.as_ref()))
}

/// The app that a link is for.
fn softphone(profile: &Profile) -> landing::App {
    let settings = &profile.settings;
    match settings.client {
        ClientKind::Acrobits => landing::App::Acrobits(settings.provider_id.clone()),
        ClientKind::Zoiper => landing::App::Zoiper(settings.provider_id.clone()),
        ClientKind::Linphone | ClientKind::Baresip | ClientKind::Json => landing::App::Linphone,
    }
}
