//! The way to a token at a remote border gateway (RFC 5849, section 2): a request token, the window in which a person
//! authorizes it, the token. Keeping what comes out of it is left to `roster`.

use model::Secret;
use reqwest::Method;
use url::{Url, form_urlencoded};

use crate::{
    Credential, Error, Settings,
    http::{Holds, Http},
    oauth::Token,
};

/// What a component granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The token that requests are signed with from now on.
    pub token: Token,
    /// How long it lasts, in seconds; none if it told no end.
    pub expires_in_s: Option<i64>,
}

/// Asks for a request token; the person will be sent back to `callback`.
///
/// # Errors
/// [`Error::NotStarted`] where the component offers no authorization, [`Error::ClockDiffers`], [`Error::Refused`].
pub async fn request(settings: &Settings, callback: &str) -> Result<Token, Error> {
    let told = post(
        settings,
        "oauth/request_token",
        &[("oauth_callback", callback)],
    )
    .await?;
    // RFC 5849, section 2.1: a component that does not confirm it would call back somebody else.
    if told.of("oauth_callback_confirmed") != Some("true") {
        return Err(unclear("it does not confirm the callback"));
    }
    told.token()
}

/// The window in which a person authorizes a request token. It is always on the component's own host.
///
/// # Errors
/// [`Error::Settings`] for an address that is none.
pub fn window(settings: &Settings, token_id: &str) -> Result<Url, Error> {
    let mut url = Http::new(settings)?.url("oauth/authorize");
    url.query_pairs_mut().append_pair("oauth_token", token_id);
    Ok(url)
}

/// Exchanges an authorized request token, which signs in the settings' credential, for a token.
///
/// # Errors
/// As [`request`], and [`Error::Expired`] where the window was open for too long.
pub async fn exchange(settings: &Settings, verifier: &str) -> Result<Granted, Error> {
    let told = post(
        settings,
        "oauth/access_token",
        &[("oauth_verifier", verifier)],
    )
    .await?;
    let expires_in_s = told.of("expires_in").and_then(|text| text.parse().ok());
    Ok(Granted {
        token: told.token()?,
        expires_in_s: expires_in_s.filter(|seconds| *seconds > 0),
    })
}

async fn post(settings: &Settings, path: &str, more: &[(&str, &str)]) -> Result<Told, Error> {
    let Credential::Signed(signer) = &settings.credential else {
        return Err(Error::Unsupported {
            what: "it is connected without an authorization",
        });
    };
    let http = Http::new(settings)?;
    let mut request = http
        .request(Method::POST, path)
        .build()
        .map_err(|why| http.failed(why))?;
    signer.sign(&mut request, more);
    match http.send_once(request, Holds::Secrets).await {
        Ok(body) => Ok(Told::parse(&body.text())),
        Err(Error::Unreachable(why)) => Err(Error::NotStarted {
            said: crate::error::deepest(&*why),
        }),
        Err(Error::Status { status: 404, .. }) => Err(Error::NotStarted {
            said: "status 404".to_owned(),
        }),
        Err(Error::Throttled { .. }) => Err(Error::NotStarted {
            said: "it is not ready".to_owned(),
        }),
        Err(other) => Err(other),
    }
}

fn unclear(what: &'static str) -> Error {
    Error::NotUnderstood {
        what,
        content_type: "application/x-www-form-urlencoded".to_owned(),
        begins: String::new(),
    }
}

/// What it told, form-encoded; never shown, it holds a secret.
struct Told(Vec<(String, String)>);

impl Told {
    fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.trim().as_bytes())
                .into_owned()
                .collect(),
        )
    }

    fn of(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn token(&self) -> Result<Token, Error> {
        match (self.of("oauth_token"), self.of("oauth_token_secret")) {
            (Some(id), Some(secret)) if id.len() <= 200 => Ok(Token {
                id: id.to_owned(),
                secret: Secret::new(secret),
            }),
            _ => Err(unclear("it gives no token")),
        }
    }
}
