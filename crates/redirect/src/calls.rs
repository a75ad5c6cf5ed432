//! `/v1/…`: signed calls from origins. Who may call is the signature's matter, what a call does is `links`'.

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use publication::{Batch, Branding, Call, OriginId, Refused, SignedHeaders, TicketHash, verify};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::brands::{self, BrandError};
use crate::counts::What;
use crate::store::StoreError;
use crate::{App, answer, links, origins, visited};

/// Why a call is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the body is not what is published here: {0}")]
    Body(#[from] serde_json::Error),
    #[error(transparent)]
    Hash(#[from] publication::Malformed),
    #[error(transparent)]
    Brand(BrandError),
    #[error("the call cannot be carried out at the moment")]
    Store(#[from] StoreError),
}

impl From<BrandError> for CallError {
    fn from(error: BrandError) -> Self {
        match error {
            BrandError::Store(error) => Self::Store(error),
            error @ BrandError::TooMany => Self::Brand(error),
        }
    }
}

impl IntoResponse for CallError {
    fn into_response(self) -> Response {
        let (status, hint) = match &self {
            Self::Refused(Refused::Clock) => (StatusCode::UNAUTHORIZED, "set both servers' clocks"),
            Self::Refused(_) => (
                StatusCode::UNAUTHORIZED,
                "register the origin's present public key here, and use this server's public address there",
            ),
            Self::Body(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "both servers may need the same version of rollcall",
            ),
            Self::Hash(_) => (
                StatusCode::BAD_REQUEST,
                "a link is named by the hash of its ticket",
            ),
            Self::Brand(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "use one of those there are",
            ),
            Self::Store(error) => {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "a call cannot be carried out"
                );
                (StatusCode::SERVICE_UNAVAILABLE, "try again in a minute")
            }
        };
        let problem = serde_json::json!({ "status": status.as_u16(), "title": self.to_string(), "hint": hint });
        answer::json(status, "application/problem+json", &problem)
    }
}

/// A call that a registered origin has signed. An unknown origin and a wrong key are one refusal.
pub(crate) struct Signed {
    by: OriginId,
    body: Bytes,
}

impl Signed {
    /// The body as what is published here.
    fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl FromRequest<App> for Signed {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (head, body) = request.into_parts();
        let whole = Request::from_parts(head.clone(), body);
        let body = Bytes::from_request(whole, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let by = check(app, &head, &body).await;
        if matches!(by, Err(CallError::Refused(_))) {
            app.counts.add(What::CallRefused);
        }
        let by = by.map_err(IntoResponse::into_response)?;
        Ok(Self { by, body })
    }
}

/// `PUT /v1/links`: a signed batch of links. Answers a `Receipt`.
pub(crate) async fn publish(State(app): State<App>, call: Signed) -> Result<Response, CallError> {
    let batch: Batch = call.read()?;
    let receipt = links::publish(&app.store, &call.by, &batch.links, app.clock.now()).await?;
    app.counts.add_many(What::Published, receipt.accepted);
    Ok(answer::json(StatusCode::OK, "application/json", &receipt))
}

/// `DELETE /v1/links/{hash}`: ends a link for good. Its body is empty, and asking again changes nothing.
pub(crate) async fn end(
    State(app): State<App>,
    Path(hash): Path<String>,
    call: Signed,
) -> Result<Response, CallError> {
    let ticket: TicketHash = hash.parse()?;
    links::end(&app.store, &call.by, ticket, app.clock.now()).await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

/// `PUT /v1/brand`: how the origin's pages look. Answers a `Receipt`.
pub(crate) async fn brand(State(app): State<App>, call: Signed) -> Result<Response, CallError> {
    let branding: Branding = call.read()?;
    let receipt = brands::publish(&app.store, &call.by, &branding).await?;
    Ok(answer::json(StatusCode::OK, "application/json", &receipt))
}

/// After which visit to go on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    #[serde(default)]
    after: i64,
}

/// `GET /v1/visits?after=`: what happened at the origin's links. Answers `Visits`.
pub(crate) async fn visits(
    State(app): State<App>,
    Query(After { after }): Query<After>,
    call: Signed,
) -> Result<Response, CallError> {
    let visits = visited::after(&app.store, &call.by, after).await?;
    Ok(answer::json(StatusCode::OK, "application/json", &visits))
}

async fn check(app: &App, head: &Parts, body: &[u8]) -> Result<OriginId, CallError> {
    let signed = SignedHeaders::read(|name| head.headers.get(name)?.to_str().ok())?;
    let origin = origins::find(&app.store, &signed.origin)
        .await?
        .ok_or(Refused::Signature)?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let call = Call {
        method: head.method.as_str(),
        path,
        target: &app.target,
        body,
    };
    verify(&signed, &origin.key, &call, app.clock.now())?;
    Ok(origin.id)
}
