//! What stands in a page's address: what cannot be an id is one that leads nowhere, and is answered so.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use super::frame::PageError;
use crate::{App, Problem};

/// The ids in a page's address.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let read = axum::extract::Path::from_request_parts(parts, app).await;
        // The parser's own words would help nobody who followed or typed an address.
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| {
                Problem::new(StatusCode::NOT_FOUND, "there is no page at this address")
                    .detail("it may have been removed, or the address was typed wrongly")
                    .hint("start again from a list")
                    .into()
            })
    }
}
