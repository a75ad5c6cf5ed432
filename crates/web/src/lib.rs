//! Thin edges: the console's pages, the REST API and the public endpoints. Who may, what happens, what is
//! shown; every rule lives in another room.

mod api;
mod app;
mod asked;
mod belongs;
mod download;
mod forms;
mod gate;
mod limit;
mod line_diff;
mod me;
mod pages;
mod problem;
mod public;
mod retry;
mod scim;
mod serve;
mod served;
mod session;
mod upload;

pub use app::{App, Settings};
pub use problem::{Problem, RowFault};
pub use serve::{Listener, Tls, bind, serve};

/// The OpenAPI description of the REST API, as JSON.
pub fn openapi() -> String {
    api::description()
        .to_pretty_json()
        .expect("the description always serialises")
}

/// Where a component's authorization window sends people back to.
fn callback_url(app: &App) -> Result<url::Url, Problem> {
    let base = &app.delivery().public_url;
    base.join("/oauth/callback").map_err(|_| {
        Problem::new(
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            "this server's public address cannot be called back",
        )
        .hint("correct `public_url` in the settings")
    })
}

/// Everything that this server answers.
pub fn router(app: App) -> axum::Router {
    use axum::middleware::from_fn_with_state;
    let signed = axum::Router::new()
        .merge(pages::router())
        .merge(api::router())
        .merge(me::router(&app))
        .layer(tower_http::csrf::CsrfLayer::new())
        .layer(from_fn_with_state(app.clone(), gate::set_up_first));
    axum::Router::new()
        .merge(signed)
        .merge(public::router())
        // What is read is limited by `limit::body`, for files too.
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn(limit::body))
        // Refuses large bodies in its own words.
        .nest("/scim/v2", scim::router())
        .with_state(app)
}
