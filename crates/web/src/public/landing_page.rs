//! `/d/{ticket}` in link mode `direct`: the same landing page that the redirect server shows, and the
//! configuration itself for an app's own request.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, header},
};
use model::LinkMode;
use publication::{Brand, Language};
use store::deployments::Deployment;

use super::{asking, configuration, page, refused, trouble};
use crate::App;

/// `GET /d/{ticket}`: a browser gets the landing page and consumes nothing; an app gets its configuration.
pub(crate) async fn show(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let asking = asking(false, &headers);
    if asking.linphone_mark {
        return configuration::answer(&app, &ticket, asking).await;
    }
    with_live_link(&app, &ticket, Visit::Seen, |link, language| {
        page(landing::landing(link, &Brand::default(), language))
    })
    .await
}

/// `POST /d/{ticket}`: a client that consumes by POST.
pub(crate) async fn hand_over(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    configuration::answer(&app, &ticket, asking(true, &headers)).await
}

/// `POST /d/{ticket}/opening`: the button of the landing page leads on to the app.
pub(crate) async fn open(State(app): State<App>, Path(ticket): Path<String>) -> Response<Body> {
    with_live_link(&app, &ticket, Visit::Opened, |link, language| {
        let mut answer = page(landing::opening(link, &Brand::default(), language));
        if let Ok(location) = HeaderValue::from_str(&link.in_app()) {
            answer.headers_mut().insert(header::LOCATION, location);
        }
        answer
    })
    .await
}

/// What a visit shows.
enum Visit {
    Seen,
    Opened,
}

async fn with_live_link(
    app: &App,
    ticket: &str,
    visit: Visit,
    show: impl FnOnce(&landing::TicketLink, &Language) -> Response<Body>,
) -> Response<Body> {
    let found = match delivery::find(&app.store, ticket).await {
        Ok(found) => found.filter(|d: &Deployment| d.link_mode == LinkMode::Direct),
        Err(error) => {
            tracing::error!(%error, "a link could not be looked up");
            return trouble();
        }
    };
    let Some(deployment) = found else {
        return refused();
    };
    let noted = match visit {
        Visit::Seen => delivery::seen(&app.store, &deployment).await,
        Visit::Opened => delivery::opened(&app.store, &deployment).await,
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "a visit could not be noted");
    }
    show(
        &landing::TicketLink::new(&app.delivery().public_url, ticket),
        &Language::default(),
    )
}
