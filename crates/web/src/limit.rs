//! How large a request may be: little everywhere, much where a file is given.

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::Limited;

use crate::Problem;

/// The largest request, in bytes.
const MOST: usize = 2 << 20;
/// The largest request with a file: a million people with every column.
const MOST_WITH_FILE: usize = 1 << 30;
/// Where files are given.
const FILES: [&str; 2] = ["/api/v1/csv-imports", "/users/import-csv"];
/// The largest request with a picture: a photograph arrives, so that the page can say what it is to be instead.
const MOST_WITH_PICTURE: usize = 32 << 20;
/// Where pictures are given.
const PICTURES: [&str; 2] = ["/brand", "/brand/look"];

/// Refuses what says that it is too large, and reads no further than that of what does not say.
pub(crate) async fn body(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let most = if FILES.contains(&path) {
        MOST_WITH_FILE
    } else if PICTURES.contains(&path) {
        MOST_WITH_PICTURE
    } else {
        MOST
    };
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        let what = format!("the request is larger than {} MiB", most >> 20);
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what)
            .hint("send less at once")
            .into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most))))
        .await
}
