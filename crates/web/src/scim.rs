//! SCIM 2.0 as a server (RFC 7644) under `/scim/v2`: identity providers push people with the bearer token of a connection. What
//! happens then is `roster::receive`'s business.

mod discovery;
mod users;

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use model::Secret;
use roster::receive::{self, Receiver};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::App;

/// The largest body, in bytes.
const BODY_MAX: usize = 256 << 10;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/ServiceProviderConfig", get(discovery::configuration))
        .route("/ResourceTypes", get(discovery::resource_types))
        .route("/ResourceTypes/{id}", get(discovery::resource_type))
        .route("/Schemas", get(discovery::schemas))
        .route("/Schemas/{id}", get(discovery::schema))
        .route("/Users", get(users::list).post(users::create))
        .route("/Users/.search", post(users::search))
        // Users are all that is here (RFC 7644, section 3.4.3).
        .route("/.search", post(users::search))
        .route(
            "/Users/{id}",
            get(users::get)
                .put(users::replace)
                .patch(users::patch)
                .delete(users::remove),
        )
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
}

/// A provider that showed the token of a connection.
struct Provider(Receiver);

impl FromRequestParts<App> for Provider {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let told = parts.headers.get(header::AUTHORIZATION);
        let token = told
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Secret::new(token.trim()));
        let found = match token {
            Some(token) => receive::by_token(&app.store, &token)
                .await
                .map_err(receive::Error::from)?,
            None => None,
        };
        found.map(Self).ok_or_else(|| Refused {
            status: StatusCode::UNAUTHORIZED,
            scim_type: None,
            detail: "this needs the bearer token of a connection of kind `scim-in`".to_owned(),
        })
    }
}

/// A refusal as the standard words it (RFC 7644, section 3.12).
struct Refused {
    status: StatusCode,
    scim_type: Option<&'static str>,
    detail: String,
}

impl Refused {
    fn new(status: StatusCode, detail: &str) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.to_owned(),
        }
    }
}

impl From<receive::Error> for Refused {
    fn from(error: receive::Error) -> Self {
        let status = match &error {
            receive::Error::Invalid { .. } => StatusCode::BAD_REQUEST,
            receive::Error::NameTaken => StatusCode::CONFLICT,
            receive::Error::NotFound => StatusCode::NOT_FOUND,
            receive::Error::OtherVersion => StatusCode::PRECONDITION_FAILED,
            receive::Error::Store(_) => {
                tracing::error!(%error, "a pushed user could not be kept");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self {
            status,
            scim_type: error.scim_type(),
            detail: error.to_string(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.into();
        }
        let mut answer = answer(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"SCIM\"");
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        answer
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut answer = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/scim+json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

async fn nothing(_: Provider) -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "there is nothing at this address")
}

async fn not_so(_: Provider) -> Refused {
    let detail = "this address does not take that method";
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// The base address of everything here.
pub(crate) fn base(app: &App) -> String {
    let public = app.delivery().public_url.as_str();
    format!("{}/scim/v2", public.trim_end_matches('/'))
}

/// A body: JSON, whatever it calls itself.
struct Told(Value);

impl FromRequest<App> for Told {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refused> {
        let body = to_bytes(request.into_body(), BODY_MAX).await;
        let body = body.map_err(|_| {
            let detail = format!("the body is larger than {} KiB", BODY_MAX >> 10);
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, &detail)
        })?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|why| Refused {
                status: StatusCode::BAD_REQUEST,
                scim_type: Some("invalidSyntax"),
                detail: format!("the body is no JSON: {why}"),
            })
    }
}

/// The parameters of a request.
struct Parameters<T>(T);

impl<T: DeserializeOwned> FromRequestParts<App> for Parameters<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refused> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(read)) => Ok(Self(read)),
            Err(why) => Err(Refused {
                status: StatusCode::BAD_REQUEST,
                scim_type: Some("invalidValue"),
                detail: format!("the parameters cannot be read: {why}"),
            }),
        }
    }
}

/// The entity tags of a condition.
fn tags(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
