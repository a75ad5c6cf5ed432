//! Files that are written while they are sent, piece by piece.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use sheets::Kind;

use crate::{App, Problem};

/// A whole file; its name gets the ending of its kind.
pub(crate) fn sheet(kind: Kind, name: &str, body: impl Into<Body>) -> Response {
    let (ending, media) = match kind {
        Kind::Csv => ("csv", "text/csv; charset=utf-8"),
        Kind::Xlsx => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    };
    let named = format!("attachment; filename=\"{name}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, named),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body.into()).into_response()
}

/// The users of a selection.
pub(crate) fn users(app: App, kind: Kind, export: users::Export) -> Response {
    let pieces = stream::try_unfold((app, export), |(app, mut export)| async move {
        let piece = export.next(&app.store).await.map_err(Problem::from)?;
        Ok::<_, Problem>(piece.map(|bytes| (Bytes::from(bytes), (app, export))))
    });
    sheet(kind, "users", Body::from_stream(pieces))
}

/// The rows of a file that have faults.
pub(crate) fn faulty(app: App, faulty: import::csv::Faulty) -> Response {
    let pieces = stream::try_unfold((app, faulty), |(app, mut faulty)| async move {
        let piece = faulty.next(&app.store).await.map_err(Problem::from)?;
        Ok::<_, Problem>(piece.map(|bytes| (Bytes::from(bytes), (app, faulty))))
    });
    sheet(Kind::Csv, "faulty-rows", Body::from_stream(pieces))
}
