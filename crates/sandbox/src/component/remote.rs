//! The second node of the border gateway's cluster, connected remotely: it holds the same data, lets signed requests in
//! (OAuth 1.0a, RFC 5849) and does not look numbers with `#` up. The dance for a token stands in [`grants`], its window in
//! [`window`], what a signature is in [`signature`].

mod grants;
mod signature;
mod window;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderValue, Response, StatusCode, header},
    middleware::{self, Next},
    response::IntoResponse,
    routing::{get, post},
};

use self::{
    grants::Grants,
    signature::{Signed, base_string, fits},
};
use super::{Mbg, made_secret, mbg, routes::refused};
use crate::{clock::Clock, people::Population, secret::Secret};

/// The client that may ask for authorizations; it has no secret of its own.
const CLIENT: &str = "rollcall";
/// The administrator of this border gateway.
const USER: &str = "admin";
/// By how much a client's clock may differ.
const CLOCKS_MAY_DIFFER_S: i64 = 300;

/// Where the remote border gateway is, and who may authorize there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteMbg {
    /// Base address without a trailing slash.
    pub url: String,
    /// Who signs in there.
    pub user: String,
    /// With which password.
    pub password: Secret,
}

/// The node.
#[derive(Debug)]
pub(crate) struct Remote {
    mbg: Arc<Mbg>,
    clock: Clock,
    password: Secret,
    pub(crate) grants: Grants,
}

impl Remote {
    pub(crate) fn new(population: Population, mbg: Arc<Mbg>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            mbg,
            password: Secret::new(made_secret(population, "mbg-2 admin").expose()[..12].to_owned()),
            grants: Grants::new(population, clock.clone()),
            clock,
        })
    }

    pub(crate) fn at(&self, url: String) -> RemoteMbg {
        RemoteMbg {
            url,
            user: USER.to_owned(),
            password: self.password.clone(),
        }
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let data = mbg::routes()
            .route("/mbg/v1/sip-devices/by-number/{number}", get(get_device))
            .with_state(Arc::clone(&self.mbg))
            .layer(middleware::from_fn_with_state(Arc::clone(self), let_in));
        Router::new()
            .route("/oauth/request_token", post(grants::request_token))
            .route("/oauth/access_token", post(grants::access_token))
            .route("/oauth/authorize", get(window::show).post(window::decide))
            .with_state(Arc::clone(self))
            .merge(data)
    }

    /// Who signed a request, or the name of the problem. `secret_of` finds the secret of the token that it names.
    fn check(
        &self,
        request: &Request,
        secret_of: impl Fn(&str) -> Result<Secret, &'static str>,
    ) -> Result<Signed, &'static str> {
        let signed = Signed::of(request).ok_or("parameter_absent")?;
        if signed.client != CLIENT {
            return Err("consumer_key_unknown");
        }
        let now = self.clock.now_ms() / 1000;
        if (now - signed.timestamp).abs() > CLOCKS_MAY_DIFFER_S {
            return Err("timestamp_refused");
        }
        let secret = match &signed.token {
            Some(token) => secret_of(token)?,
            None => Secret::new(String::new()),
        };
        let base = base_string(request, &signed).ok_or("parameter_absent")?;
        if !fits(&signed, &base, secret.expose()) {
            return Err("signature_invalid");
        }
        if !self.grants.is_first(&signed, now) {
            return Err("nonce_used");
        }
        Ok(signed)
    }

    /// 401 with the name of the problem, and the time that this machine thinks it is.
    fn not_let_in(&self, problem: &'static str) -> Response<Body> {
        let mut answer = refused(StatusCode::UNAUTHORIZED, problem);
        let challenge = HeaderValue::from_static("OAuth realm=\"mbg\"");
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
        let date = crate::clock::http_date(self.clock.now_ms());
        if let Ok(date) = HeaderValue::from_str(&date) {
            answer.headers_mut().insert(header::DATE, date);
        }
        answer
    }
}

async fn let_in(State(remote): State<Arc<Remote>>, request: Request, next: Next) -> Response<Body> {
    match remote.check(&request, |token| remote.grants.secret_of(token)) {
        Ok(signed) if signed.token.is_some() => next.run(request).await,
        Ok(_) => remote.not_let_in("token_rejected"),
        Err(problem) => remote.not_let_in(problem),
    }
}

/// `GET /mbg/v1/sip-devices/by-number/{number}?icp=`: a number with `#` cannot be asked for from elsewhere, however it is
/// written in the address.
async fn get_device(
    state: State<Arc<Mbg>>,
    Path(number): Path<String>,
    which: axum::extract::Query<mbg::WhichPbx>,
) -> Response<Body> {
    if number.contains('#') {
        return refused(StatusCode::BAD_REQUEST, "number-not-addressable");
    }
    mbg::get_device(state, Path(number), which)
        .await
        .into_response()
}
