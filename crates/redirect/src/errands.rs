//! What is asked of an origin on behalf of a visitor: requests that this server makes itself. It follows nothing, and what goes
//! wrong is told without an address, because addresses hold tickets.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::Response;
use landing::Visitor;
use publication::FreshTicket;
use reqwest::{Certificate, Client, redirect::Policy};
use tokio::sync::Semaphore;

use crate::origins::BaseUrl;
use crate::{ServeError, Settings};

/// Renewals that are passed on at the same time; more are dropped.
const RENEWALS_MAX: usize = 32;
/// What is fetched and asked for visitors at the same time; more are told to come back.
const ASKED_MAX: usize = 128;
/// The largest configuration that is passed through, and the largest answer for a code, in bytes.
const DOCUMENT_MAX: usize = 512 * 1024;
const TICKET_MAX: usize = 16 * 1024;
/// How long an origin may take.
const TAKES_MAX: Duration = Duration::from_secs(10);

/// What an origin says about a code.
pub(crate) enum CodeAnswer {
    /// It works: here is a ticket.
    Fresh(FreshTicket),
    /// It does not work, for whatever reason.
    Wrong,
    /// Too many tries.
    Busy,
    /// The origin cannot say.
    Trouble(String),
}

/// What an origin answers an app.
pub(crate) enum Fetched {
    /// This, passed through.
    Passed(Response),
    /// That the link does not work.
    Refused,
    /// Nothing that is of use, or it is not asked because too many are being asked for.
    Trouble,
}

/// Headers of an app that its origin needs to see.
const PASSED_ON: [HeaderName; 4] = [
    HeaderName::from_static("x-linphone-provisioning"),
    header::USER_AGENT,
    header::ACCEPT,
    header::IF_NONE_MATCH,
];
/// Headers of an origin that the app needs to see.
const PASSED_BACK: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_SECURITY_POLICY,
    header::ETAG,
];

/// Asks origins. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Errands {
    http: Client,
    renewals: Arc<Semaphore>,
    asked: Arc<Semaphore>,
}

impl Errands {
    pub(crate) fn new(settings: &Settings) -> Result<Self, ServeError> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TAKES_MAX)
            .pool_max_idle_per_host(8);
        if let Some(file) = &settings.ca_file {
            let pem = std::fs::read(file).map_err(|why| ServeError::CaFile(file.clone(), why))?;
            for certificate in Certificate::from_pem_bundle(&pem).map_err(ServeError::Client)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(Self {
            http: builder.build().map_err(ServeError::Client)?,
            renewals: Arc::new(Semaphore::new(RENEWALS_MAX)),
            asked: Arc::new(Semaphore::new(ASKED_MAX)),
        })
    }

    /// Fetches from an origin for an app and passes the answer through. What the app says of itself goes along, and nothing is
    /// kept.
    pub(crate) async fn fetch(
        &self,
        method: Method,
        address: String,
        headers: &HeaderMap,
        visitor: Visitor,
    ) -> Fetched {
        let Ok(_place) = self.asked.try_acquire() else {
            return Fetched::Trouble;
        };
        let mut request = self
            .http
            .request(method, address)
            .header("x-forwarded-for", visitor.to_string());
        for name in PASSED_ON {
            for value in headers.get_all(&name) {
                request = request.header(&name, value);
            }
        }
        let mut fetched = match request.send().await {
            Ok(fetched) if fetched.status() == StatusCode::GONE => return Fetched::Refused,
            Ok(fetched) if fetched.status().is_server_error() => return Fetched::Trouble,
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::warn!(error = %error.without_url(), "an origin does not answer for an app");
                return Fetched::Trouble;
            }
        };
        let body = match whole(&mut fetched, DOCUMENT_MAX).await {
            Ok(body) => body,
            Err(why) => {
                tracing::warn!(why, "an origin's answer for an app cannot be passed on");
                return Fetched::Trouble;
            }
        };
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = fetched.status();
        for name in PASSED_BACK {
            if let Some(value) = fetched.headers().get(&name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        Fetched::Passed(answer)
    }

    /// Shows an origin a code that somebody typed.
    pub(crate) async fn exchange(
        &self,
        origin: &BaseUrl,
        code: &str,
        visitor: Visitor,
    ) -> CodeAnswer {
        let Ok(_place) = self.asked.try_acquire() else {
            return CodeAnswer::Trouble("too many are asked for".to_owned());
        };
        let request = self
            .http
            .post(origin.codes())
            .header("accept", "application/json")
            .header("x-forwarded-for", visitor.to_string())
            .form(&[("code", code)]);
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return CodeAnswer::Trouble(error.without_url().to_string()),
        };
        match answer.status().as_u16() {
            200 => {}
            410 => return CodeAnswer::Wrong,
            429 => return CodeAnswer::Busy,
            status => return CodeAnswer::Trouble(format!("it answers with status {status}")),
        }
        let body = match whole(&mut answer, TICKET_MAX).await {
            Ok(body) => body,
            Err(why) => return CodeAnswer::Trouble(why),
        };
        let fresh = serde_json::from_slice(&body).ok();
        match fresh.filter(FreshTicket::is_whole) {
            Some(fresh) => CodeAnswer::Fresh(fresh),
            None => CodeAnswer::Trouble("its answer is none".to_owned()),
        }
    }

    /// Has an origin send a new link in place of this one. Goes on by itself: the visitor is not told how it ends, nor kept
    /// waiting for as long as it takes.
    pub(crate) fn renew(&self, origin: &BaseUrl, ticket: &str, visitor: Visitor) {
        let Ok(place) = Arc::clone(&self.renewals).try_acquire_owned() else {
            return;
        };
        let request = self
            .http
            .post(origin.renewal(ticket))
            .header("x-forwarded-for", visitor.to_string());
        tokio::spawn(async move {
            let sent = request.send().await;
            if let Err(error) = sent.and_then(reqwest::Response::error_for_status) {
                tracing::warn!(error = %error.without_url(), "an origin does not take a renewal");
            }
            drop(place);
        });
    }
}

/// The whole body of an answer, or why it cannot be had.
async fn whole(answer: &mut reqwest::Response, max: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > max => {
                return Err(format!("its answer has more than {max} bytes"));
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) => return Err(error.without_url().to_string()),
        }
    }
}
