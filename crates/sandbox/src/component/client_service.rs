//! The client service: OAuth 2 client credentials (RFC 6749, 4.4), then accounts and the sign-in of a person.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Extension, Form, Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Book, Credentials, Kind,
    book::PageQuery,
    made_secret, position_of,
    routes::{bearer, not_let_in, page, refused},
};
use crate::{
    clock::Clock,
    people::{Population, accounts_of_login},
    secret::Secret,
    server::OffBy,
};

/// How long a token is good.
const TOKEN_TIME_S: i64 = 3_600;
/// How many tokens are good at a time; the oldest give way.
const TOKENS: usize = 1_000;
const CLIENT_ID: &str = "rollcall";

/// The pretend client service.
#[derive(Debug)]
pub(crate) struct ClientService {
    pub(crate) book: Book,
    population: Population,
    clock: Clock,
    secret: Secret,
    tokens: Mutex<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    given: u64,
    good_until_ms: HashMap<String, i64>,
}

impl ClientService {
    pub(crate) fn new(population: Population, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            book: Book::new(population, Kind::ClientService),
            population,
            clock,
            secret: made_secret(population, "client secret"),
            tokens: Mutex::default(),
        })
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::Client {
            id: CLIENT_ID.to_owned(),
            secret: self.secret.clone(),
        }
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/client-service/oauth/token", post(give_token))
            .route("/client-service/v1/accounts", get(list_accounts))
            .route("/client-service/v1/accounts/{id}", get(get_account))
            .route("/client-service/v1/sign-in", post(sign_in))
            .with_state(Arc::clone(self))
    }

    /// Makes every token given so far worthless.
    pub(crate) fn expire_tokens(&self) {
        self.tokens().good_until_ms.clear();
    }

    fn give_token(&self) -> String {
        let now = self.clock.now_ms();
        let mut tokens = self.tokens();
        tokens.given += 1;
        tokens.good_until_ms.retain(|_, until| *until > now);
        if tokens.good_until_ms.len() >= TOKENS {
            tokens.good_until_ms.clear();
        }
        let token = made_secret(
            self.population,
            &format!("access token {} {now}", tokens.given),
        )
        .expose()
        .to_owned();
        tokens
            .good_until_ms
            .insert(token.clone(), now + TOKEN_TIME_S * 1_000);
        token
    }

    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let now = self.clock.now_ms();
        bearer(headers).is_some_and(|token| {
            self.tokens()
                .good_until_ms
                .get(token)
                .is_some_and(|until| *until > now)
        })
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The active account that `login` and `password` open.
    fn opened(&self, login: &str, password: &str) -> Option<Value> {
        let people = accounts_of_login(self.population, login);
        let accounts = self.book.candidates(people.iter().map(|index| index * 2));
        accounts.into_iter().find(|account| {
            let owner = account["id"]
                .as_str()
                .and_then(|id| position_of(self.population.seed, Kind::ClientService, id));
            let right = owner.map(|at| {
                self.population
                    .person(at / 2)
                    .password(self.population.seed)
            });
            account["active"] == true
                && account["loginId"]
                    .as_str()
                    .is_some_and(|known| known.eq_ignore_ascii_case(login))
                && right.as_deref() == Some(password)
        })
    }
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// `POST /client-service/oauth/token`: the client shows itself by Basic or in the form (RFC 6749, 2.3.1).
async fn give_token(
    State(service): State<Arc<ClientService>>,
    headers: HeaderMap,
    Form(form): Form<TokenRequest>,
) -> Response<Body> {
    if form.grant_type.as_deref() != Some("client_credentials") {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let shown = basic(&headers).or_else(|| form.client_id.zip(form.client_secret));
    if shown.is_none_or(|(id, secret)| id != CLIENT_ID || secret != service.secret.expose()) {
        let mut response = refused(StatusCode::UNAUTHORIZED, "invalid_client");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        return response;
    }
    let token = json!({ "access_token": service.give_token(), "token_type": "Bearer", "expires_in": TOKEN_TIME_S });
    ([(header::CACHE_CONTROL, "no-store")], Json(token)).into_response()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, value) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let text = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(value.trim()).ok())
        .flatten()?;
    let (id, secret) = str::from_utf8(&text).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// `GET /client-service/v1/accounts?cursor=&limit=`
async fn list_accounts(
    State(service): State<Arc<ClientService>>,
    off_by: Option<Extension<OffBy>>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response<Body> {
    if !service.lets_in(&headers) {
        return not_let_in();
    }
    page(&service.book, &query, off_by.map(|o| o.0), "")
}

/// `GET /client-service/v1/accounts/{id}`
async fn get_account(
    State(service): State<Arc<ClientService>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    if !service.lets_in(&headers) {
        return not_let_in();
    }
    match service.book.find(&id) {
        Some(account) => Json(account).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no-such-account"),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    login_id: String,
    password: String,
}

/// `POST /client-service/v1/sign-in` `{loginId, password}`: `{"accountId"}`, or 401 `wrong-login-or-password`.
async fn sign_in(
    State(service): State<Arc<ClientService>>,
    headers: HeaderMap,
    Json(shown): Json<SignIn>,
) -> Response<Body> {
    if !service.lets_in(&headers) {
        return not_let_in();
    }
    match service.opened(&shown.login_id, &shown.password) {
        Some(account) => Json(json!({ "accountId": account["id"] })).into_response(),
        None => refused(StatusCode::UNAUTHORIZED, "wrong-login-or-password"),
    }
}
