//! OAuth 2 client credentials (RFC 6749, section 4.4): one token for a connection, fetched when there is none and again when the
//! component does not take it any more.

use model::Secret;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::form_urlencoded::byte_serialize;

use crate::{
    Error, TokenInfo,
    http::{Holds, Http},
};

/// What a client shows to be given a token.
#[derive(Debug)]
pub(crate) struct Client {
    /// `client_id`.
    pub(crate) id: String,
    /// `client_secret`.
    pub(crate) secret: Secret,
    /// The token endpoint: a path below the component's address, or a whole address that was checked.
    pub(crate) endpoint: String,
}

/// A token (RFC 6749, section 5.1).
#[derive(Debug, Deserialize)]
pub(crate) struct Granted {
    /// The token itself.
    pub(crate) access_token: Secret,
    expires_in: Option<i64>,
    /// An extension: what the service calls the token.
    token_id: Option<String>,
}

impl Granted {
    /// What may be shown of it; where the service tells no id, a short hash stands for one.
    pub(crate) fn info(&self) -> TokenInfo {
        let hash = Sha256::digest(self.access_token.expose().as_bytes());
        let short = hash[..6]
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        TokenInfo {
            id: self.token_id.clone().unwrap_or(short),
            expires_in_s: self.expires_in.filter(|seconds| *seconds > 0),
        }
    }
}

impl Client {
    /// Fetches a token.
    pub(crate) async fn fetch(&self, http: &Http) -> Result<Granted, Error> {
        // RFC 6749, section 2.3.1: both are form-encoded before they become user and password.
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let secret = Secret::new(encoded(self.secret.expose()));
        let request = http
            .post(&self.endpoint)
            .basic_auth(encoded(&self.id), Some(secret.expose()))
            .form(&[("grant_type", "client_credentials")]);
        let body = http
            .send(request, Holds::Secrets)
            .await
            .map_err(|error| match error {
                // RFC 6749, section 5.2: a client that is not let in is told so with 400 or 401.
                Error::Status { status: 400, .. } => Error::Refused {
                    said: "status 400".to_owned(),
                },
                other => other,
            })?;
        let text = body.text();
        body.json(&text)
    }
}
