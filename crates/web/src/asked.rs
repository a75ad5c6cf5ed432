//! What a program asks the API, read from address and body: axum's extractors, whose refusals are problem documents
//! that name the field.

use std::{fmt, marker::PhantomData};

use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        path::ErrorKind,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{App, Problem, RowFault};

/// A body of JSON, in and out.
pub(crate) struct Json<T>(pub(crate) T);

/// The ids in a path.
pub(crate) struct Path<T>(pub(crate) T);

/// The parameters behind a path.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let read = axum::Json::from_request(request, app).await;
        read.map(|axum::Json(Object(value))| Self(value))
            .map_err(|refused| body_problem(&refused))
    }
}

/// What is written as an object. Serde would read a list as the fields in their order.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(OfObject(PhantomData)).map(Self)
    }
}

struct OfObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfObject<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<T: Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, app).await;
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(|refused: PathRejection| {
                Problem::bad_request("the address names no such thing")
                    .detail(misread(&refused))
                    .hint("take ids from the lists")
            })
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let read = axum::extract::Query::from_request_parts(parts, app).await;
        read.map(|axum::extract::Query(value)| Self(value))
            .map_err(|refused: QueryRejection| {
                let problem = Problem::bad_request("a parameter cannot be read");
                with_field(problem, &refused.body_text())
            })
    }
}

/// Which part of an address cannot be what it has to be, without the parser's own words.
fn misread(refused: &PathRejection) -> String {
    if let PathRejection::FailedToDeserializePathParams(why) = refused
        && let ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::DeserializeError { key, .. } =
            why.kind()
    {
        return format!("“{key}” in the address is not one that there can be");
    }
    "a part of the address is not one that there can be".to_owned()
}

/// Why a body was refused: its kind, its size, its syntax, or a field.
fn body_problem(refused: &JsonRejection) -> Problem {
    let status = refused.status();
    let title = match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body is not declared as JSON",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too large",
        StatusCode::UNPROCESSABLE_ENTITY => "the body does not say what is needed",
        _ => "the body is no JSON",
    };
    let problem = Problem::new(status, title);
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => problem.hint("send `Content-Type: application/json`"),
        StatusCode::PAYLOAD_TOO_LARGE => problem.hint("send less than 2 MiB"),
        _ => with_field(problem, &refused.body_text()),
    }
}

/// Adds the field that axum's words name, where they name one: `… type: settings.client: unknown variant …`, or in
/// backticks.
fn with_field(problem: Problem, words: &str) -> Problem {
    let said = words.split_once(": ").map_or(words, |(_, said)| said);
    let is_path = |text: &str| !text.is_empty() && !text.contains([' ', '`']);
    let (field, message) = match said.split_once(": ") {
        Some((field, message)) if is_path(field) => (field, message),
        _ => (said.split('`').nth(1).unwrap_or_default(), said),
    };
    let row = RowFault {
        row: 0,
        field: field.to_owned(),
        message: message.to_owned(),
    };
    Problem {
        rows: vec![row],
        ..problem.hint("the API's description names every field: GET /api/v1/openapi.json")
    }
}
