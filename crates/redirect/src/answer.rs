//! Turns pages, places to go and refusals of calls into HTTP answers, all with the headers of a public answer.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use landing::Page;

/// A page as an answer.
pub(crate) fn page(page: Page) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() =
        StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in page.headers() {
        let value = HeaderValue::from_str(value).expect("a page's headers are printable ASCII");
        answer
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
    *answer.body_mut() = Body::from(page.html);
    answer
}

/// Adds where to go. A place that does not fit into a header is left out, and the page says what there is to say.
pub(crate) fn leading_to(mut answer: Response, place: &str) -> Response {
    if let Ok(place) = HeaderValue::from_str(place) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    answer
}

/// An answer without a body that sends an app on.
pub(crate) fn moved(status: StatusCode, place: &str) -> Response {
    leading_to(bare(status), place)
}

/// A short answer for programs: plain text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    (status, [kind], text).into_response()
}

/// An answer for programs: JSON of that type, such as `application/problem+json` (RFC 9457).
pub(crate) fn json(
    status: StatusCode,
    kind: &'static str,
    value: &impl serde::Serialize,
) -> Response {
    let Ok(text) = serde_json::to_vec(value) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(kind));
    (status, [kind], text).into_response()
}

/// An answer that says all with its status.
pub(crate) fn bare(status: StatusCode) -> Response {
    status.into_response()
}

/// Gives every answer, whoever made it, the headers that public answers carry.
pub(crate) async fn with_public_headers(mut answer: Response) -> Response {
    for (name, value) in landing::HEADERS {
        let name = HeaderName::from_static(name);
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}
