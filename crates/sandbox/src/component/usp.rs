//! Users and Services: one list and each of its users, behind a bearer token.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
    routing::get,
};

use super::{
    Book, Credentials, Kind,
    book::PageQuery,
    made_secret,
    routes::{bearer, not_let_in, page, refused},
};
use crate::{people::Population, secret::Secret, server::OffBy};

/// The pretend Users and Services.
#[derive(Debug)]
pub(crate) struct Usp {
    pub(crate) book: Book,
    token: Secret,
}

impl Usp {
    pub(crate) fn new(population: Population) -> Arc<Self> {
        Arc::new(Self {
            book: Book::new(population, Kind::Usp),
            token: made_secret(population, "usp token"),
        })
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::Token(self.token.clone())
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/usp/v1/users", get(list_users))
            .route("/usp/v1/users/{id}", get(get_user))
            .with_state(Arc::clone(self))
    }
}

/// `GET /usp/v1/users?cursor=&limit=`
async fn list_users(
    State(usp): State<Arc<Usp>>,
    off_by: Option<Extension<OffBy>>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response<Body> {
    if bearer(&headers) != Some(usp.token.expose()) {
        return not_let_in();
    }
    page(&usp.book, &query, off_by.map(|o| o.0), "")
}

/// `GET /usp/v1/users/{id}`
async fn get_user(
    State(usp): State<Arc<Usp>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    if bearer(&headers) != Some(usp.token.expose()) {
        return not_let_in();
    }
    match usp.book.find(&id) {
        Some(user) => Json(user).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no-such-user"),
    }
}
