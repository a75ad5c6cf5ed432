//! The one HTTP client of all connectors: its limits, its trust, and what an answer's status means. What stands in an answer
//! is left to [`crate::listing`] and the kinds.

use std::{borrow::Cow, time::Duration};

use reqwest::{
    Certificate, Client, Method, Request, RequestBuilder, Response, StatusCode, header, redirect,
};
use serde::Deserialize;
use url::Url;

use crate::{Credential, Error, Settings, address, oauth::Signer, told::excerpt};

/// The largest answer that is read.
const BODY_MAX: usize = 32 << 20;
/// How much of an error answer is read for its words.
const ERROR_BODY_MAX: usize = 4 << 10;
/// How often a request is sent while the component asks for short waits.
const TRIES: u32 = 3;
/// The longest wait that is spent here; the caller schedules longer ones.
const SHORT_WAIT_S: u64 = 5;
/// The wait where the component names none.
const USUAL_WAIT_S: u64 = 30;
/// The longest wait that is believed.
const LONGEST_WAIT_S: u64 = 86_400;

/// Whether an answer may be shown in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Nothing that must not be shown.
    Records,
    /// A token or passwords: not a character of it is shown.
    Secrets,
}

/// A client for one component.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    base: Url,
    accept: &'static str,
    after_s: u64,
    signer: Option<Signer>,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Body {
    content_type: String,
    bytes: Vec<u8>,
    holds: Holds,
}

impl Http {
    /// A client for the component of these settings.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let base = address::http(&settings.address)?;
        let timeout = settings.options.timeout();
        let builder = Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout);
        let builder = match &settings.options.ca_pem {
            // Without TLS there is nothing to trust, and the machine's authorities need not be read.
            None if base.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
            Some(pem) => builder.tls_certs_only(authorities(pem)?),
        };
        let client = builder
            .build()
            .map_err(|why| Error::Unreachable(why.into()))?;
        Ok(Self {
            client,
            base,
            accept: "application/json",
            after_s: timeout.as_secs(),
            signer: match &settings.credential {
                Credential::Signed(signer) => Some(signer.clone()),
                _ => None,
            },
        })
    }

    /// The same for a component that answers in other kinds of JSON.
    pub(crate) fn accepting(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// A request of any method to `path`, which has no leading slash.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, self.url(path))
            .header(header::ACCEPT, self.accept)
    }

    /// A request to read `path`, which has no leading slash.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A request to read what lies below `path` under a name, which may hold any character.
    pub(crate) fn get_below(&self, path: &str, name: &str) -> RequestBuilder {
        let mut url = self.url(path);
        url.path_segments_mut()
            .expect("the address was checked to have a host")
            .push(name);
        self.client.get(url).header(header::ACCEPT, self.accept)
    }

    /// A request that makes something of what it carries.
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Sends a request and reads the whole answer. Short waits that the component asks for are kept here.
    pub(crate) async fn send(&self, request: RequestBuilder, holds: Holds) -> Result<Body, Error> {
        let request = request.build().map_err(|why| self.failed(why))?;
        for _ in 1..TRIES {
            let once = request
                .try_clone()
                .expect("no request here streams its body");
            match self.send_once(self.signed(once), holds).await {
                Err(Error::Throttled { retry_after_s }) if retry_after_s <= SHORT_WAIT_S => {
                    tokio::time::sleep(Duration::from_secs(retry_after_s)).await;
                }
                other => return other,
            }
        }
        self.send_once(self.signed(request), holds).await
    }

    /// Each try is signed by itself: no timestamp and nonce may come twice.
    fn signed(&self, mut request: Request) -> Request {
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, &[]);
        }
        request
    }

    pub(crate) async fn send_once(&self, request: Request, holds: Holds) -> Result<Body, Error> {
        let response = self.client.execute(request).await;
        let response = response.map_err(|why| self.failed(why))?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refusal(response, holds).await);
        }
        let content_type = content_type(&response);
        let bytes = self.read(response, BODY_MAX).await?;
        Ok(Body {
            content_type,
            bytes,
            holds,
        })
    }

    /// Reads a body piece by piece, so that one without end costs no more than the limit.
    async fn read(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|why| self.failed(why))? {
            if bytes.len() + piece.len() > limit {
                return Err(Error::TooLarge {
                    limit: format!("{} MiB", limit >> 20),
                });
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// What a status that is no success means.
    async fn refusal(&self, response: Response, holds: Holds) -> Error {
        let status = response.status();
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            return Error::Throttled {
                retry_after_s: wait_s(response.headers()),
            };
        }
        let date = self
            .signer
            .as_ref()
            .and_then(|signer| off_by_s(response.headers(), signer));
        // Words are an extra: an error answer that cannot be read has none.
        let words = self
            .read(response, ERROR_BODY_MAX)
            .await
            .map(|body| words(&body))
            .unwrap_or_default();
        if let Some(error) = self
            .signer
            .as_ref()
            .and_then(|_| signature_error(status, &words, date))
        {
            return error;
        }
        let said = match holds {
            Holds::Secrets => String::new(),
            Holds::Records => words,
        };
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if said.is_empty() => Error::Refused {
                said: format!("status {}", status.as_u16()),
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Refused { said },
            _ => Error::Status {
                status: status.as_u16(),
                said,
            },
        }
    }

    pub(crate) fn failed(&self, why: reqwest::Error) -> Error {
        if why.is_timeout() {
            return Error::Timeout {
                after_s: self.after_s,
            };
        }
        if why.is_builder() {
            return Error::Settings {
                field: "secret",
                what: "the credential cannot be sent: it holds a character that no header may hold"
                    .to_owned(),
                hint: "enter the credential again, without line breaks",
            };
        }
        Error::Unreachable(why.without_url().into())
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).expect(
            "the paths in this crate are relative addresses or whole ones that were checked",
        )
    }
}

impl Body {
    /// The answer as text; bytes that are no UTF-8 are replaced, so that one broken name costs no page.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Reads the JSON of `text`, which is this body's.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&self, text: &'a str) -> Result<T, Error> {
        let is_page = self.content_type.contains("html") || text.trim_start().starts_with('<');
        if is_page {
            return Err(self.not_understood("it answers with a web page instead of JSON", text));
        }
        serde_json::from_str(text).map_err(|why| {
            let what = match why.is_eof() {
                true if text.trim().is_empty() => "its answer is empty",
                true => "its JSON ends in the middle",
                false => "its answer is not the JSON that was asked for",
            };
            self.not_understood(what, text)
        })
    }

    /// The error that shows where this answer goes wrong.
    pub(crate) fn not_understood(&self, what: &'static str, text: &str) -> Error {
        let begins = match self.holds {
            Holds::Records => excerpt(text),
            Holds::Secrets => String::new(),
        };
        Error::NotUnderstood {
            what,
            content_type: self.content_type.clone(),
            begins,
        }
    }
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, Error> {
    let found = Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default();
    if found.is_empty() {
        Err(no_authority())
    } else {
        Ok(found)
    }
}

/// The error of a PEM text without a certificate.
pub(crate) fn no_authority() -> Error {
    Error::Settings {
        field: "ca_pem",
        what: "the authority to trust holds no certificate".to_owned(),
        hint: "give it as PEM, from BEGIN CERTIFICATE to END CERTIFICATE",
    }
}

fn content_type(response: &Response) -> String {
    let value = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.map_or_else(
        || "none".to_owned(),
        |value| excerpt(value).to_ascii_lowercase(),
    )
}

/// The words of an error answer: `{"error": …}`, or `{"detail": …}` (RFC 7644, section 3.12).
fn words(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        #[serde(alias = "detail")]
        error: String,
    }
    serde_json::from_slice(body)
        .map(|said: Said| excerpt(&said.error))
        .unwrap_or_default()
}

/// More than this, and a component takes a signed request for an old one.
const CLOCKS_MAY_DIFFER_S: u64 = 120;

/// By how many seconds the component's clock, as its answer tells it, differs from ours.
fn off_by_s(headers: &header::HeaderMap, signer: &Signer) -> Option<u64> {
    let told = headers.get(header::DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(told)
        .ok()?
        .timestamp()
        .as_second();
    let ours = signer.env.now().0.div_euclid(1000);
    Some(theirs.abs_diff(ours))
}

/// What a refused signature means, by the names of the errors that border gateways give (those of the OAuth problem
/// reporting extension) and by the clocks.
fn signature_error(status: StatusCode, words: &str, off_by_s: Option<u64>) -> Option<Error> {
    if !matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    ) {
        return None;
    }
    match (words, off_by_s) {
        ("token_expired", _) => Some(Error::Expired),
        ("timestamp_refused", by) => Some(Error::ClockDiffers {
            by_s: by.unwrap_or(0),
        }),
        (
            "token_revoked"
            | "token_rejected"
            | "permission_denied"
            | "signature_invalid"
            | "consumer_key_unknown",
            _,
        ) => Some(Error::Refused {
            said: words.replace('_', " "),
        }),
        (_, Some(by_s)) if status == StatusCode::UNAUTHORIZED && by_s > CLOCKS_MAY_DIFFER_S => {
            Some(Error::ClockDiffers { by_s })
        }
        _ => None,
    }
}

/// How long to wait (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the answer's own `Date` so that
/// neither clock matters.
fn wait_s(headers: &header::HeaderMap) -> u64 {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    let date = |text| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|date| date.timestamp().as_second())
    };
    let wait = text(header::RETRY_AFTER).and_then(|after| match after.trim().parse::<u64>() {
        Ok(seconds) => Some(seconds),
        Err(_) => u64::try_from(date(after)? - date(text(header::DATE)?)?).ok(),
    });
    wait.unwrap_or(USUAL_WAIT_S).clamp(1, LONGEST_WAIT_S)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

    use super::*;

    fn headers(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_as_a_date() {
        let now = (DATE, "Fri, 31 Dec 1999 23:59:29 GMT");
        assert_eq!(wait_s(&headers(&[(RETRY_AFTER, "7")])), 7);
        assert_eq!(
            wait_s(&headers(&[
                (RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT"),
                now.clone()
            ])),
            30
        );
        assert_eq!(
            wait_s(&headers(&[(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT")])),
            USUAL_WAIT_S
        );
        assert_eq!(
            wait_s(&headers(&[(RETRY_AFTER, "soon"), now])),
            USUAL_WAIT_S
        );
        assert_eq!(wait_s(&headers(&[])), USUAL_WAIT_S);
        assert_eq!(wait_s(&headers(&[(RETRY_AFTER, "0")])), 1);
        assert_eq!(
            wait_s(&headers(&[(RETRY_AFTER, "99999999999")])),
            LONGEST_WAIT_S
        );
    }

    #[test]
    fn an_answer_that_holds_secrets_is_never_shown() {
        let body = Body {
            content_type: "text/html".into(),
            bytes: b"<p>hunter2".to_vec(),
            holds: Holds::Secrets,
        };
        let error = body.json::<u8>(&body.text()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
