//! The ticket or device link in a path.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::App;

/// What stands in the path where a link's secret does. What cannot be one, such as broken UTF-8, is looked up like one, and found as
/// little.
pub(crate) struct Ticket(pub(crate) String);

impl FromRequestParts<App> for Ticket {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let named = Path::<String>::from_request_parts(parts, app).await;
        Ok(Self(named.map(|Path(text)| text).unwrap_or_default()))
    }
}
