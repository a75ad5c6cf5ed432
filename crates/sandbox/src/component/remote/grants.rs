//! Request tokens, their authorization, and the tokens that come of them (RFC 5849, section 2).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode, header},
    response::IntoResponse,
};

use super::{Remote, signature::Signed};
use crate::{
    clock::Clock,
    component::{made_secret, routes::refused},
    people::Population,
    secret::Secret,
};

/// How long a person may take in the window.
const REQUEST_TIME_S: i64 = 3_600;
/// How long a token lasts: a year.
const TOKEN_TIME_S: i64 = 365 * 86_400;
/// How many of anything are remembered; the whole lot gives way beyond it.
const MOST: usize = 10_000;

/// What was asked for and what was given.
#[derive(Debug)]
pub(crate) struct Grants {
    population: Population,
    clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    made: u64,
    token_time_s: Option<i64>,
    requests: HashMap<String, Asked>,
    tokens: HashMap<String, (Secret, i64)>,
    nonces: HashSet<(String, i64, String)>,
}

/// A request token that was given.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    secret: Secret,
    callback: String,
    until_s: i64,
    /// Proves that the person signed in, before they decide.
    ticket: Option<String>,
    verifier: Option<String>,
}

impl Grants {
    pub(super) fn new(population: Population, clock: Clock) -> Self {
        Self {
            population,
            clock,
            inner: Mutex::default(),
        }
    }

    /// Ends every authorization as if its time were over.
    pub(crate) fn expire(&self) {
        for (_, until) in self.inner().tokens.values_mut() {
            *until = 0;
        }
    }

    /// Forgets every authorization, as when an administrator withdraws them.
    pub(crate) fn revoke(&self) {
        self.inner().tokens.clear();
    }

    /// Lets authorizations that are given from now on last so long.
    pub(crate) fn set_token_time_s(&self, seconds: i64) {
        self.inner().token_time_s = Some(seconds);
    }

    /// The secret of a token that is good, or the name of the problem.
    pub(super) fn secret_of(&self, token: &str) -> Result<Secret, &'static str> {
        match self.inner().tokens.get(token) {
            Some((_, until)) if *until <= self.now_s() => Err("token_expired"),
            Some((secret, _)) => Ok(secret.clone()),
            None => Err("token_rejected"),
        }
    }

    fn request_secret(&self, token: &str) -> Result<Secret, &'static str> {
        match self.inner().requests.get(token) {
            Some(asked) if asked.until_s <= self.now_s() => Err("token_expired"),
            Some(asked) => Ok(asked.secret.clone()),
            None => Err("token_rejected"),
        }
    }

    /// Whether a nonce comes for the first time (section 3.3).
    pub(super) fn is_first(&self, signed: &Signed, now_s: i64) -> bool {
        let mut inner = self.inner();
        if inner.nonces.len() >= MOST {
            inner
                .nonces
                .retain(|(_, at, _)| (now_s - at).abs() <= super::CLOCKS_MAY_DIFFER_S);
        }
        let token = signed.token.clone().unwrap_or_default();
        inner
            .nonces
            .insert((token, signed.timestamp, signed.nonce.clone()))
    }

    /// The request of that token, while it waits for a decision.
    pub(super) fn waiting(&self, token: &str) -> bool {
        let inner = self.inner();
        let asked = inner.requests.get(token);
        asked.is_some_and(|asked| asked.verifier.is_none() && asked.until_s > self.now_s())
    }

    /// A ticket for the person who signed in.
    pub(super) fn ticket(&self, token: &str) -> Option<String> {
        let ticket = self.make("ticket");
        self.inner().requests.get_mut(token)?.ticket = Some(ticket.clone());
        Some(ticket)
    }

    /// Authorizes or refuses a request: where the person is sent back to.
    pub(super) fn decide(&self, token: &str, ticket: &str, authorize: bool) -> Option<String> {
        let verifier = self.make("verifier");
        let mut inner = self.inner();
        let asked = inner.requests.get_mut(token)?;
        if asked.ticket.as_deref() != Some(ticket) {
            return None;
        }
        let sign = if asked.callback.contains('?') {
            '&'
        } else {
            '?'
        };
        let back = format!("{}{sign}oauth_token={token}", asked.callback);
        if authorize {
            asked.verifier = Some(verifier.clone());
            return Some(format!("{back}&oauth_verifier={verifier}"));
        }
        inner.requests.remove(token);
        Some(format!("{back}&oauth_problem=permission_denied"))
    }

    fn ask(&self, callback: &str) -> String {
        let (token, secret) = (self.make("request token"), self.make("request secret"));
        let mut inner = self.inner();
        if inner.requests.len() >= MOST {
            inner.requests.clear();
        }
        let asked = Asked {
            secret: Secret::new(secret.clone()),
            callback: callback.to_owned(),
            until_s: self.now_s() + REQUEST_TIME_S,
            ticket: None,
            verifier: None,
        };
        inner.requests.insert(token.clone(), asked);
        format!("oauth_token={token}&oauth_token_secret={secret}&oauth_callback_confirmed=true")
    }

    /// Gives a token for an authorized request token, once.
    fn give(&self, request: &str, verifier: &str) -> Option<String> {
        let (token, secret) = (self.make("token"), self.make("token secret"));
        let mut inner = self.inner();
        let asked = inner.requests.get(request)?;
        if asked.verifier.as_deref() != Some(verifier) {
            return None;
        }
        inner.requests.remove(request);
        let lasts_s = inner.token_time_s.unwrap_or(TOKEN_TIME_S);
        let until = self.now_s() + lasts_s;
        inner
            .tokens
            .insert(token.clone(), (Secret::new(secret.clone()), until));
        Some(format!(
            "oauth_token={token}&oauth_token_secret={secret}&expires_in={lasts_s}"
        ))
    }

    fn make(&self, what: &str) -> String {
        let mut inner = self.inner();
        inner.made += 1;
        let purpose = format!("oauth {what} {} {}", inner.made, self.clock.now_ms());
        made_secret(self.population, &purpose).expose()[..24].to_owned()
    }

    fn now_s(&self) -> i64 {
        self.clock.now_ms() / 1000
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `POST /oauth/request_token`
pub(super) async fn request_token(
    State(remote): State<Arc<Remote>>,
    request: Request,
) -> Response<Body> {
    match remote.check(&request, |_| Err("token_rejected")) {
        Ok(signed) => match signed.callback {
            Some(callback) if callback.starts_with("http") => form(remote.grants.ask(&callback)),
            _ => refused(StatusCode::BAD_REQUEST, "parameter_absent"),
        },
        Err(problem) => remote.not_let_in(problem),
    }
}

/// `POST /oauth/access_token`
pub(super) async fn access_token(
    State(remote): State<Arc<Remote>>,
    request: Request,
) -> Response<Body> {
    let signed = match remote.check(&request, |token| remote.grants.request_secret(token)) {
        Ok(signed) => signed,
        Err(problem) => return remote.not_let_in(problem),
    };
    let given = signed
        .token
        .zip(signed.verifier)
        .and_then(|(token, verifier)| remote.grants.give(&token, &verifier));
    given.map_or_else(|| remote.not_let_in("permission_denied"), form)
}

fn form(body: String) -> Response<Body> {
    let headers = [
        (header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}
