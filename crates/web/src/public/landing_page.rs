//! `/d/{ticket}` in link mode `direct`: the same landing page that the redirect server shows, and the
//! configuration itself for an app's own request.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, Uri, header},
};
use model::{ClientKind, LinkMode};
use publication::Language;
use store::deployments::Deployment;

use super::{asking, asks_for_new, configuration, guest::Guest, page, refused, trouble};
use crate::App;

/// `GET /d/{ticket}`: a browser gets the landing page and consumes nothing; an app gets its configuration.
pub(crate) async fn show(
    State(app): State<App>,
    Path(ticket): Path<String>,
    guest: Guest,
    headers: HeaderMap,
) -> Response<Body> {
    let asking = asking(false, &headers);
    if asking.linphone_mark {
        return configuration::answer(&app, &guest, &ticket, asking).await;
    }
    with_live_link(&app, &guest, &ticket, false, |link, language| {
        page(landing::landing(link, &app.delivery().brand, language))
    })
    .await
}

/// `POST /d/{ticket}`: a client that consumes by POST, or the refusal's button.
pub(crate) async fn hand_over(
    State(app): State<App>,
    Path(ticket): Path<String>,
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
    Path(ticket): Path<String>,
    guest: Guest,
    uri: Uri,
) -> Response<Body> {
    if asks_for_new(&uri) {
        return ask_for_new(&app, &guest, &ticket);
    }
    with_live_link(&app, &guest, &ticket, true, |link, language| {
        let mut answer = page(landing::opening(link, &app.delivery().brand, language));
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
    Path(ticket): Path<String>,
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
        Ok(found) => found.filter(|d: &Deployment| d.link_mode == LinkMode::Direct),
        Err(error) => {
            tracing::error!(%error, "a link could not be looked up");
            return trouble(guest);
        }
    };
    let Some(deployment) = found else {
        return refused(guest);
    };
    if let Err(error) = delivery::visited(&app.store, &deployment, ticket, is_opening).await {
        tracing::warn!(%error, "a visit could not be noted");
    }
    let own = delivery::language_of(&app.store, &deployment).await;
    let softphone = softphone(app, &deployment).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the app of a link could not be looked up");
        landing::App::default()
    });
    let link = landing::TicketLink::new(&app.delivery().public_url, ticket).for_app(softphone);
    show(&link, &guest.language(own.as_ref()))
}

/// The app that a link is for, by the profile that its user has now.
async fn softphone(app: &App, deployment: &Deployment) -> Result<landing::App, store::Error> {
    let user = store::users::get(&app.store, deployment.user).await?;
    let Some(profile) = user.profile else {
        return Ok(landing::App::default());
    };
    let settings = store::profiles::get(&app.store, profile).await?.settings;
    Ok(match settings.client {
        ClientKind::Acrobits => landing::App::Acrobits(settings.provider_id),
        ClientKind::Zoiper => landing::App::Zoiper(settings.provider_id),
        ClientKind::Linphone | ClientKind::Baresip | ClientKind::Json => landing::App::Linphone,
    })
}
