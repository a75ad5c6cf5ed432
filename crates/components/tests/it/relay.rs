//! A relay before a component that speaks HTTP, real or pretend, which passes everything on but for what it is told to spoil.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use peers::Certificate;
use serde_json::Value;
use tokio::{sync::Mutex, task::JoinHandle};

/// What a relay does to the answers to lists; everything else is passed on as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoils {
    /// Nothing.
    Nothing,
    /// Answers with this status and `Retry-After: 120`.
    Busy(u16),
    /// The first half of it.
    Half,
    /// The second record is no record.
    SecondRecord,
    /// From the second list on the token is not taken, until another one comes.
    Token,
    /// The answer has no end.
    End,
}

/// A running relay; it ends with its handle.
pub(crate) struct Relay {
    pub(crate) address: String,
    /// Who signed its certificate, where it speaks TLS.
    pub(crate) authority: Option<String>,
    server: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Course {
    target: String,
    spoils: Spoils,
    client: reqwest::Client,
    /// The tokens that were shown with lists, in order.
    shown: Mutex<Vec<HeaderValue>>,
}

impl Relay {
    /// Relays to `target`, `http://host:port` with an optional path.
    pub(crate) async fn to(target: &str, spoils: Spoils) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (origin, path) = split(target);
        let address = format!("http://{}{path}", listener.local_addr().unwrap());
        let router = router(origin, spoils);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            authority: None,
            server,
        }
    }

    /// The same over TLS, with a certificate of an authority that nobody knows yet.
    pub(crate) async fn secure(target: &str) -> Self {
        let certificate = Certificate::for_loopback().unwrap();
        let (pem, key) = (
            certificate.pem.clone().into_bytes(),
            certificate.key_pem.clone().into_bytes(),
        );
        let tls = axum_server::tls_rustls::RustlsConfig::from_pem(pem, key)
            .await
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (origin, path) = split(target);
        let address = format!("https://{}{path}", listener.local_addr().unwrap());
        let server = axum_server::from_tcp_rustls(listener, tls).unwrap();
        let app = router(origin, Spoils::Nothing).into_make_service();
        let server = tokio::spawn(async move { server.serve(app).await.unwrap() });
        Self {
            address,
            authority: Some(certificate.ca_pem.clone()),
            server,
        }
    }
}

/// Origin and path of an address.
fn split(target: &str) -> (&str, &str) {
    let host = target.find("://").unwrap() + 3;
    let path = target[host..]
        .find('/')
        .map_or(target.len(), |at| host + at);
    (&target[..path], target[path..].trim_end_matches('/'))
}

fn router(target: &str, spoils: Spoils) -> Router {
    let course = Course {
        target: target.to_owned(),
        spoils,
        client: reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap(),
        shown: Mutex::default(),
    };
    Router::new().fallback(pass).with_state(Arc::new(course))
}

async fn pass(State(course): State<Arc<Course>>, request: Request) -> Response<Body> {
    let is_list = request.method() == "GET";
    let spoils = if is_list {
        course.spoils
    } else {
        Spoils::Nothing
    };
    match spoils {
        Spoils::Busy(status) => answer(status, [(header::RETRY_AFTER, "120")], Body::empty()),
        Spoils::End => answer(
            200,
            [(header::CONTENT_TYPE, "application/json")],
            endless(Bytes::from(vec![b' '; 1 << 20])),
        ),
        Spoils::Token if course.is_spent(request.headers()).await => {
            answer(401, [(header::WWW_AUTHENTICATE, "Bearer")], Body::empty())
        }
        Spoils::Nothing | Spoils::Token | Spoils::Half | Spoils::SecondRecord => {
            let (parts, bytes) = course.forward(request).await;
            let bytes = match spoils {
                Spoils::Half => bytes.slice(..bytes.len() / 2),
                Spoils::SecondRecord => without_second(&bytes),
                _ => bytes,
            };
            let mut answer = Response::new(Body::from(bytes));
            *answer.status_mut() = parts.0;
            if let Some(kind) = parts.1.get(header::CONTENT_TYPE) {
                answer
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, kind.clone());
            }
            answer
        }
    }
}

impl Course {
    /// Whether the token of this list was shown before: the first of two lists spends it.
    async fn is_spent(&self, headers: &HeaderMap) -> bool {
        let token = headers[header::AUTHORIZATION].clone();
        let mut shown = self.shown.lock().await;
        let is_spent = shown.contains(&token);
        shown.push(token);
        is_spent
    }

    async fn forward(&self, request: Request) -> ((StatusCode, HeaderMap), Bytes) {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let mut headers = parts.headers;
        headers.remove(header::HOST);
        headers.remove(header::CONTENT_LENGTH);
        let path = parts.uri.path_and_query().unwrap();
        let url = format!("{}{path}", self.target);
        let request = self.client.request(parts.method, url).headers(headers);
        let answer = request.body(body).send().await.unwrap();
        let head = (answer.status(), answer.headers().clone());
        (head, answer.bytes().await.unwrap())
    }
}

fn answer<const N: usize>(
    status: u16,
    headers: [(header::HeaderName, &'static str); N],
    body: Body,
) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// The same piece again and again.
fn endless(piece: Bytes) -> Body {
    let pieces = std::iter::repeat(Ok::<_, Infallible>(piece));
    Body::from_stream(futures_util::stream::iter(pieces))
}

/// The list with a number where its second record was.
fn without_second(list: &[u8]) -> Bytes {
    let mut list: Value = serde_json::from_slice(list).unwrap();
    let records = list.as_object_mut().unwrap().values_mut();
    let records = records.filter_map(Value::as_array_mut);
    let longest = records.max_by_key(|records| records.len()).unwrap();
    longest[1] = Value::from(7);
    Bytes::from(list.to_string())
}
