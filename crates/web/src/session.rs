//! Who asks: a session's cookie or an API token makes an [`Admin`]; nothing else does.

use access::Admin;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use model::Secret;

use crate::{App, Problem};

/// Whose session a cookie carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// An administrator's.
    Administrator,
    /// A person's, for their own page.
    Person,
}

impl Of {
    /// Browsers accept the names with a prefix only with `Secure`, without a domain and for the whole site (RFC 6265bis, section
    /// 4.1.3.2).
    fn name(self, app: &App) -> &'static str {
        match (self, app.shared.settings.secure_cookies) {
            (Self::Administrator, false) => "rollcall_session",
            (Self::Administrator, true) => "__Host-rollcall_session",
            (Self::Person, false) => "rollcall_me",
            (Self::Person, true) => "__Host-rollcall_me",
        }
    }
}

/// The session's token of a request.
pub(crate) fn token(of: Of, jar: &CookieJar, app: &App) -> Option<Secret> {
    jar.get(of.name(app))
        .map(|cookie| Secret::new(cookie.value()))
}

/// The cookie that carries a session.
pub(crate) fn cookie(of: Of, token: &Secret, app: &App) -> Cookie<'static> {
    let mut cookie = Cookie::new(of.name(app), token.expose().to_owned());
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie.set_secure(app.shared.settings.secure_cookies);
    cookie
}

/// An administrator on a page: signed in, or sent to sign in.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Admin);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(token) = token(Of::Administrator, &jar, app) else {
            return Err(Redirect::to("/sign-in").into_response());
        };
        match access::by_session(&app.store, &token).await {
            Ok(Some(admin)) => Ok(Self(admin)),
            Ok(None) => Err(Redirect::to("/sign-in").into_response()),
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// An administrator at the API: by bearer token (RFC 6750) or by session.
#[derive(Debug)]
pub(crate) struct Operator(pub(crate) Admin);

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Secret::new(token.trim()));
        let found = match bearer {
            Some(token) => access::by_token(&app.store, &token).await?,
            None => match token(
                Of::Administrator,
                &CookieJar::from_headers(&parts.headers),
                app,
            ) {
                Some(token) => access::by_session(&app.store, &token).await?,
                None => None,
            },
        };
        found.map(Self).ok_or_else(|| {
            Problem::new(StatusCode::UNAUTHORIZED, "this needs an API token or a signed-in session")
                .hint("send `Authorization: Bearer TOKEN`; a token is made by the command line or the demo")
        })
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Response> {
        Ok(
            <Self as FromRequestParts<App>>::from_request_parts(parts, app)
                .await
                .ok(),
        )
    }
}
