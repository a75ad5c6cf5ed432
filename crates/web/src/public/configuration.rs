//! `GET`/`POST /p/{ticket}` and `GET /x/{device}`: what softphones fetch.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri, header},
    response::IntoResponse,
};
use bytes::Bytes;
use clients::Document;
use delivery::Fetched;
use http_body::{Body as HttpBody, Frame, SizeHint};
use model::DeviceId;
use store::devices::Given;

use super::{asking, asks_for_new, guest::Guest, landing_page, refused, ticket::Ticket, trouble};
use crate::App;

/// `GET /p/{ticket}` with a client's mark, or `POST /p/{ticket}`.
pub(crate) async fn by_ticket(
    State(app): State<App>,
    Ticket(ticket): Ticket,
    guest: Guest,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let is_post = method == Method::POST;
    if is_post && asks_for_new(&uri) {
        return landing_page::ask_for_new(&app, &guest, &ticket);
    }
    answer(&app, &guest, &ticket, asking(is_post, &headers)).await
}

/// Exchanges a ticket and answers with the document, or with the one refusal.
pub(crate) async fn answer(
    app: &App,
    guest: &Guest,
    ticket: &str,
    asking: delivery::Asking<'_>,
) -> Response<Body> {
    match delivery::exchange(&app.store, app.delivery(), ticket, asking).await {
        Ok(Some(exchanged)) => {
            let what = if exchanged.awaits_use {
                What::Relayed
            } else {
                What::Configuration
            };
            let device = exchanged.device;
            let watched = Watched::new(&exchanged.document, device, what, app.clone());
            document(&exchanged.document, Body::new(watched), None)
        }
        Ok(None) => refused(guest),
        Err(error) => {
            tracing::error!(%error, "a ticket could not be exchanged");
            trouble(guest)
        }
    }
}

/// `GET /x/{device}`: with an entity tag; 304 where the client has it already.
pub(crate) async fn by_device(
    State(app): State<App>,
    Ticket(link): Ticket,
    guest: Guest,
    headers: HeaderMap,
) -> Response<Body> {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    of_device(&app, &guest, &link, known).await
}

/// `HEAD` of whatever gives a configuration: looking is no use of a link, and says nothing of it.
pub(crate) async fn only_looks() -> impl IntoResponse {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(header::ALLOW, "GET, POST")],
    )
}

/// `POST /x/{device}?renewal`: the refusal's button, which asks where the refusal was shown.
pub(crate) async fn device_asks(
    State(app): State<App>,
    Ticket(link): Ticket,
    guest: Guest,
    uri: Uri,
) -> Response<Body> {
    if asks_for_new(&uri) {
        return landing_page::ask_for_new(&app, &guest, &link);
    }
    refused(&guest)
}

/// What a device's link leads to; `known` is the entity tag of what the client has.
pub(crate) async fn of_device(
    app: &App,
    guest: &Guest,
    link: &str,
    known: Option<&str>,
) -> Response<Body> {
    match delivery::fetch(&app.store, app.delivery(), &app.shared.fetches, link, known).await {
        Ok(Fetched::Document(found, tag, (device, given))) => {
            let watched = Watched::new(&found, device, What::Again(given), app.clone());
            document(&found, Body::new(watched), Some(&tag))
        }
        Ok(Fetched::Neutral(found, None)) => {
            document(&found, Body::from(found.body.to_vec()), None)
        }
        Ok(Fetched::Neutral(found, Some(device))) => {
            let watched = Watched::new(&found, device, What::Neutral, app.clone());
            document(&found, Body::new(watched), None)
        }
        Ok(Fetched::NotModified(tag)) => Response::builder()
            .status(StatusCode::NOT_MODIFIED)
            .header(header::ETAG, tag)
            .header(header::CACHE_CONTROL, "no-store")
            .body(Body::empty())
            .expect("the headers are valid"),
        Ok(Fetched::Refused) => refused(guest),
        Err(error) => {
            tracing::error!(%error, "a configuration could not be fetched");
            trouble(guest)
        }
    }
}

/// A document as an answer.
pub(crate) fn document(document: &Document, body: Body, tag: Option<&str>) -> Response<Body> {
    let mut answer = Response::builder()
        .header(header::CONTENT_TYPE, document.content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Some(tag) = tag {
        answer = answer.header(header::ETAG, tag);
    }
    answer.body(body).expect("the headers are valid")
}

/// What a watched body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A device's first configuration: taken whole the device counts, else its place is free again.
    Configuration,
    /// The same through a relay: taken whole there, the device counts when it first asks by its own link.
    Relayed,
    /// A later one: taken whole it is noted what the device has.
    Again(Given),
    /// What empties a withdrawn device: taken whole its link is dead, else it is asked for again.
    Neutral,
}

/// A body that knows whether the connection took the whole of it.
struct Watched {
    bytes: Option<Bytes>,
    length: u64,
    device: DeviceId,
    what: What,
    app: App,
}

impl Watched {
    fn new(document: &Document, device: DeviceId, what: What, app: App) -> Self {
        let bytes = Bytes::copy_from_slice(&document.body);
        Self {
            length: bytes.len() as u64,
            bytes: Some(bytes),
            device,
            what,
            app,
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.bytes.is_some() { self.length } else { 0 })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let (device, whole) = (self.device, self.bytes.is_none());
        let what = self.what;
        if let What::Again(given) = what {
            if whole {
                self.app.shared.fetches.note(device, given);
            }
            return;
        }
        let store = self.app.store.clone();
        tokio::spawn(async move {
            let stamped = match (what, whole) {
                (What::Configuration, true) => delivery::taken(&store, device).await,
                (What::Configuration | What::Relayed, false) => {
                    delivery::broken_off(&store, device).await
                }
                (What::Neutral, true) => delivery::emptied(&store, device).await,
                (What::Relayed, true) | (What::Neutral, false) | (What::Again(_), _) => Ok(()),
            };
            if let Err(error) = stamped {
                // Its link stamps it at the first use.
                tracing::warn!(%error, "a download could not be stamped");
            }
        });
    }
}
