//! Which address is answered by what, and how much of a request is read.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, delete, get, put};
use publication::{Language, TargetHost};
use tower_http::timeout::TimeoutLayer;
use url::Url;

use crate::{Clock, Settings, SettingsError, Store, answer, calls, visits};

/// The largest body that is read, in bytes: a full batch has less than half of it.
const BODY_MAX: usize = 512 * 1024;

/// How long a request may take, its body included.
const REQUEST_MAX: Duration = Duration::from_secs(15);

/// What every handler needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) public_url: Url,
    pub(crate) target: TargetHost,
    pub(crate) clock: Clock,
}

impl App {
    /// Puts a redirect server together.
    pub fn new(settings: &Settings, store: Store, clock: Clock) -> Result<Self, SettingsError> {
        Ok(Self {
            store,
            public_url: settings.public_url.clone(),
            target: settings.target()?,
            clock,
        })
    }
}

/// All routes of the redirect server. There is no access log in it, and nothing may add one: paths hold tickets.
pub fn router(app: App) -> Router {
    let people = get(visits::visit).post(visits::visit);
    Router::new()
        .route(
            "/",
            get(async || answer::page(landing::fine(&Language::default()))),
        )
        .route("/d/", people.clone())
        .route("/d/{*rest}", people)
        .route("/v1/links", put(calls::publish))
        .route("/v1/links/{hash}", delete(calls::end))
        .route(
            "/healthz",
            get(async || answer::plain(StatusCode::OK, "ok\n")),
        )
        .route("/readyz", get(ready))
        .fallback(any(async || {
            answer::page(landing::not_found(&Language::default()))
        }))
        .method_not_allowed_fallback(async || {
            answer::page(landing::not_allowed(&Language::default()))
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
