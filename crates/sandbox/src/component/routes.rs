//! What the three components' HTTP edges share: who is let in, pages, and errors as JSON.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};

use super::{
    Book,
    book::{Cursor, PageQuery},
};
use crate::server::OffBy;

/// The bearer token of a request (RFC 6750, 2.1; the scheme's name is case-insensitive by RFC 9110, 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// An error answer: `{"error": word}`.
pub(crate) fn refused(status: StatusCode, word: &str) -> Response<Body> {
    (status, axum::Json(serde_json::json!({ "error": word }))).into_response()
}

/// 401 with the challenge that RFC 9110, 11.6.1 asks for.
pub(crate) fn not_let_in() -> Response<Body> {
    let mut response = refused(StatusCode::UNAUTHORIZED, "unauthorized");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// JSON that is already written.
pub(crate) fn json(body: Vec<u8>) -> Response<Body> {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// One page of a book, or 400 for a cursor that is none.
pub(crate) fn page(
    book: &Book,
    query: &PageQuery,
    off_by: Option<OffBy>,
    tail: &str,
) -> Response<Body> {
    let Some(cursor) = Cursor::parse(query.cursor.as_deref()) else {
        return refused(StatusCode::BAD_REQUEST, "cursor-not-understood");
    };
    let total = i64::try_from(book.total()).unwrap_or(i64::MAX) + off_by.unwrap_or_default().0;
    json(book.page(cursor, query.limit(), total, tail))
}
