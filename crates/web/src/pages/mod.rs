//! The console's pages: each handler gathers, each template shows.

use crate::App;

pub(crate) fn router() -> axum::Router<App> {
    axum::Router::new()
}
