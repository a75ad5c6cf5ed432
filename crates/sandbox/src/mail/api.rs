//! The mail catcher's API.

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{Response, StatusCode, header},
    response::IntoResponse,
    routing::get,
};

use super::{Letter, Mail, Page, Wanted};

pub(crate) fn router(mail: &Mail) -> Router {
    Router::new()
        .route("/api/messages", get(list_messages))
        .route("/api/messages/{id}", get(get_message))
        .route("/api/messages/{id}/raw", get(get_raw))
        .with_state(mail.clone())
}

/// `GET /api/messages?to=&after=&limit=`
async fn list_messages(State(mail): State<Mail>, Query(wanted): Query<Wanted>) -> Json<Page> {
    Json(mail.messages(&wanted))
}

/// `GET /api/messages/{id}`
async fn get_message(
    State(mail): State<Mail>,
    Path(id): Path<u64>,
) -> Result<Json<Letter>, StatusCode> {
    mail.find_message(id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// `GET /api/messages/{id}/raw`
async fn get_raw(State(mail): State<Mail>, Path(id): Path<u64>) -> Response<Body> {
    match mail.raw(id) {
        Some(raw) => ([(header::CONTENT_TYPE, "message/rfc822")], raw).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
