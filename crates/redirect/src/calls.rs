//! `/v1/…`: signed calls from origins. Who may call is the signature's matter, what a call does is `links`'.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use publication::{Batch, Call, OriginId, Refused, SignedHeaders, TicketHash, verify};

use crate::store::StoreError;
use crate::{App, answer, links, origins};

/// Why a call is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the body is not a batch of links: {0}")]
    Batch(#[from] serde_json::Error),
    #[error(transparent)]
    Hash(#[from] publication::Malformed),
    #[error("the call cannot be carried out at the moment")]
    Store(#[from] StoreError),
}

impl IntoResponse for CallError {
    fn into_response(self) -> Response {
        let (status, hint) = match &self {
            Self::Refused(Refused::Clock) => (StatusCode::UNAUTHORIZED, "set both servers' clocks"),
            Self::Refused(_) => (
                StatusCode::UNAUTHORIZED,
                "register the origin's present public key here, and use this server's public address there",
            ),
            Self::Batch(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "both servers may need the same version of rollcall",
            ),
            Self::Hash(_) => (
                StatusCode::BAD_REQUEST,
                "a link is named by the hash of its ticket",
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

/// `PUT /v1/links`: a signed batch of links. Answers a `Receipt`.
pub(crate) async fn publish(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, CallError> {
    let origin = signed_by(&app, &method, &uri, &headers, &body).await?;
    let batch: Batch = serde_json::from_slice(&body)?;
    let receipt = links::publish(&app.store, &origin, &batch.links, app.clock.now()).await?;
    Ok(answer::json(StatusCode::OK, "application/json", &receipt))
}

/// `DELETE /v1/links/{hash}`: ends a link for good. Its body is empty, and asking again changes nothing.
pub(crate) async fn end(
    State(app): State<App>,
    Path(hash): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, CallError> {
    let origin = signed_by(&app, &method, &uri, &headers, &body).await?;
    let ticket: TicketHash = hash.parse()?;
    links::end(&app.store, &origin, ticket, app.clock.now()).await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

/// The registered origin whose signature fits the call. An unknown origin and a wrong key are one refusal.
async fn signed_by(
    app: &App,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<OriginId, CallError> {
    let signed = SignedHeaders::read(|name| headers.get(name)?.to_str().ok())?;
    let origin = origins::find(&app.store, &signed.origin)
        .await?
        .ok_or(Refused::Signature)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let call = Call {
        method: method.as_str(),
        path,
        target: &app.target,
        body,
    };
    verify(&signed, &origin.key, &call, app.clock.now())?;
    Ok(origin.id)
}
