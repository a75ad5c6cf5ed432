//! Which address is answered by what, and how much of a request is read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, delete, get, put};
use landing::{Allowance, Network, Tries};
use publication::TargetHost;
use tower_http::timeout::TimeoutLayer;
use url::Url;

use crate::counts::Counts;
use crate::errands::Errands;
use crate::guest::Guest;
use crate::visited::Visited;
use crate::{Clock, ServeError, Settings, Store, answer, calls, codes, visits};

/// The largest body that is read, in bytes: a full batch has less than half of it.
const BODY_MAX: usize = 512 * 1024;

/// How long a request may take, its body included.
const REQUEST_MAX: Duration = Duration::from_secs(15);

/// How often new links may be asked for from one network: five times, then one in ten minutes; and from everywhere.
const RENEWALS: [Allowance; 2] = [Allowance::new(5, 600_000), Allowance::new(500, 1_000)];

/// How often a typed code may be wrong from one network: ten times, then once a minute; and from everywhere.
const CODES: [Allowance; 2] = [Allowance::new(10, 60_000), Allowance::new(1_000, 500)];

/// How often an origin may refuse what is fetched for apps of one network, and of everywhere.
const FETCHES: [Allowance; 2] = [Allowance::new(60, 10_000), Allowance::new(1_000, 500)];

/// What every handler needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) public_url: Url,
    pub(crate) target: TargetHost,
    pub(crate) clock: Clock,
    pub(crate) trusted_proxies: Arc<[Network]>,
    pub(crate) renewals: Arc<Tries>,
    pub(crate) codes: Arc<Tries>,
    pub(crate) fetches: Arc<Tries>,
    pub(crate) errands: Errands,
    pub(crate) visited: Visited,
    pub(crate) counts: Counts,
}

impl App {
    /// Puts a redirect server together.
    pub fn new(settings: &Settings, store: Store, clock: Clock) -> Result<Self, ServeError> {
        Ok(Self {
            store,
            public_url: settings.public_url.clone(),
            target: settings.target()?,
            clock,
            trusted_proxies: settings.trusted_proxies.as_slice().into(),
            renewals: Arc::new(Tries::new(RENEWALS)),
            codes: Arc::new(Tries::new(CODES)),
            fetches: Arc::new(Tries::new(FETCHES)),
            errands: Errands::new(settings)?,
            visited: Visited::default(),
            counts: Counts::default(),
        })
    }
}

/// All routes of the redirect server. There is no access log in it, and nothing may add one: paths hold tickets.
pub fn router(app: App) -> Router {
    let people = get(visits::visit).post(visits::visit);
    let typists = get(codes::show).post(codes::exchange);
    Router::new()
        .route(
            "/",
            get(async |guest: Guest| answer::page(landing::fine(&guest.language(None)))),
        )
        .route("/d/", people.clone())
        .route("/d/{*rest}", people)
        .route(
            "/x/{origin}/{device}",
            get(visits::device).post(visits::device_asks),
        )
        .route("/c", typists.clone())
        .route("/c/{origin}", typists)
        .route("/v1/links", put(calls::publish))
        .route("/v1/links/{hash}", delete(calls::end))
        .route("/v1/brand", put(calls::brand))
        .route("/v1/visits", get(calls::visits))
        .route(
            "/healthz",
            get(async || answer::plain(StatusCode::OK, "ok\n")),
        )
        .route("/readyz", get(ready))
        .fallback(any(async |guest: Guest| {
            answer::page(landing::not_found(&guest.language(None)))
        }))
        .method_not_allowed_fallback(async |guest: Guest| {
            answer::page(landing::not_allowed(&guest.language(None)))
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            REQUEST_MAX,
        ))
        .layer(map_response(answer::with_public_headers))
        .with_state(app)
}

/// `GET /readyz`: the store can be read.
async fn ready(State(app): State<App>) -> Response {
    if app.store.is_ready().await {
        answer::plain(StatusCode::OK, "ready\n")
    } else {
        answer::plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the store cannot be read\n",
        )
    }
}
