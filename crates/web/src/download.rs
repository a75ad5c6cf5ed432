//! Files that are written while they are sent, piece by piece.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;

use crate::{App, Problem};

/// A whole file.
pub(crate) fn csv(name: &str, body: impl Into<Body>) -> Response {
    let named = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, named),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body.into()).into_response()
}

/// The users of a selection.
pub(crate) fn users(app: App, export: users::Export) -> Response {
    let pieces = stream::try_unfold((app, export), |(app, mut export)| async move {
        let piece = export.next(&app.store).await.map_err(Problem::from)?;
        Ok::<_, Problem>(piece.map(|bytes| (Bytes::from(bytes), (app, export))))
    });
    csv("users.csv", Body::from_stream(pieces))
}

/// The rows of a file that have faults.
pub(crate) fn faulty(app: App, faulty: import::csv::Faulty) -> Response {
    let pieces = stream::try_unfold((app, faulty), |(app, mut faulty)| async move {
        let piece = faulty.next(&app.store).await.map_err(Problem::from)?;
        Ok::<_, Problem>(piece.map(|bytes| (Bytes::from(bytes), (app, faulty))))
    });
    csv("faulty-rows.csv", Body::from_stream(pieces))
}
