//! Listening: one accept loop per listener, a bounded number of connections, and the faults that reach below HTTP. What is
//! answered is left to the router that comes in.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
};
use tower::ServiceExt as _;

use crate::{
    component::{Cursor, Kind},
    fault::{Asked, Faults, Trouble, delay, off_by},
};

/// Connections that one listener serves at a time; more wait to be accepted.
const CONNECTIONS: usize = 1_024;
/// How long a client may take to send its request head.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// A listener at work. Dropping it ends its connections.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `router` on `listener`; with faults it is the component of that kind.
    pub(crate) fn start(
        listener: TcpListener,
        router: Router,
        faults: Option<(Kind, Faults)>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            task: tokio::spawn(accept(listener, router, faults)),
        })
    }

    /// Ends the listener and its connections, and waits until they are gone.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // Cancelled is the answer we asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, router: Router, faults: Option<(Kind, Faults)>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => {
                let (router, faults) = (router.clone(), faults.clone());
                connections.spawn(async move {
                    converse(stream, router, faults).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, router: Router, faults: Option<(Kind, Faults)>) {
    // Small answers must not wait for the last packet's acknowledgement; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let service =
        hyper::service::service_fn(move |request| answer(request, router.clone(), faults.clone()));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The reason for which a connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the component is down, as ordered")]
struct Down;

/// By how much the `total` of a page is to be wrong; handed to the handler as an extension of the request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OffBy(pub(crate) i64);

async fn answer(
    request: Request<Incoming>,
    router: Router,
    faults: Option<(Kind, Faults)>,
) -> Result<Response<Body>, Down> {
    let mut request = request.map(Body::new);
    let troubles = match &faults {
        Some((kind, faults)) if !request.uri().path().starts_with("/sandbox/") => faults.strike(
            *kind,
            &Asked {
                path: request.uri().path(),
                page: page_of(request.uri()),
            },
        ),
        _ => Vec::new(),
    };
    if troubles.is_empty() {
        return Ok(routed(router, request).await);
    }
    let delay = delay(&troubles);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    request.extensions_mut().insert(OffBy(off_by(&troubles)));
    for trouble in &troubles {
        match trouble {
            Trouble::Down => return Err(Down),
            Trouble::Html => return Ok(web_page()),
            Trouble::Status {
                status,
                retry_after,
            } => return Ok(refusal(*status, retry_after.as_deref())),
            Trouble::HalfJson => return Ok(half(routed(router, request).await).await),
            Trouble::Slow { .. } | Trouble::WrongTotal { .. } => {}
        }
    }
    Ok(routed(router, request).await)
}

async fn routed(router: Router, request: Request<Body>) -> Response<Body> {
    let answered: Result<_, Infallible> = router.oneshot(request).await;
    match answered {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The page that a request for a list is about: named by the cursor, else the first.
fn page_of(uri: &axum::http::Uri) -> Option<u32> {
    let is_list = ["/users", "/sip-devices", "/accounts", "/registrations"]
        .iter()
        .any(|end| uri.path().ends_with(end));
    let cursor = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("cursor="));
    is_list
        .then(|| Cursor::parse(cursor))
        .flatten()
        .map(|cursor| cursor.page)
}

fn web_page() -> Response<Body> {
    let page =
        "<!doctype html><title>Sign in</title><h1>Sign in</h1><p>Your session has ended.</p>";
    with_type(StatusCode::OK, "text/html; charset=utf-8", page)
}

fn refusal(status: u16, retry_after: Option<&str>) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_type(status, "application/json", r#"{"error":"as-ordered"}"#);
    if let Some(value) = retry_after.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn with_type(status: StatusCode, kind: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The first half of the body, as a complete answer: nothing but the JSON tells that something is missing.
async fn half(response: Response<Body>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let whole = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(whole.slice(..whole.len() / 2)))
}
