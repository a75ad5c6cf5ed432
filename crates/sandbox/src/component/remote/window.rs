//! The window that opens at the border gateway: its administrator signs in, then authorizes or refuses.

use std::sync::Arc;

use axum::{
    Form,
    body::Body,
    extract::{Query, State},
    http::{Response, StatusCode},
    response::{Html, IntoResponse, Redirect},
};
use serde::Deserialize;

use super::{Remote, USER};

#[derive(Deserialize)]
pub(super) struct Asked {
    oauth_token: Option<String>,
}

/// `GET /oauth/authorize?oauth_token=`
pub(super) async fn show(
    State(remote): State<Arc<Remote>>,
    Query(asked): Query<Asked>,
) -> Response<Body> {
    let token = asked.oauth_token.unwrap_or_default();
    if !remote.grants.waiting(&token) {
        return unknown();
    }
    page(StatusCode::OK, "Sign in", &sign_in(&token, ""))
}

#[derive(Deserialize)]
pub(super) struct Sent {
    oauth_token: String,
    user: Option<String>,
    password: Option<String>,
    ticket: Option<String>,
    decision: Option<String>,
}

/// `POST /oauth/authorize`: first name and password, then the decision.
pub(super) async fn decide(
    State(remote): State<Arc<Remote>>,
    Form(sent): Form<Sent>,
) -> Response<Body> {
    let token = &sent.oauth_token;
    if !remote.grants.waiting(token) {
        return unknown();
    }
    if let (Some(ticket), Some(decision)) = (&sent.ticket, &sent.decision) {
        return match remote.grants.decide(token, ticket, decision == "authorize") {
            Some(back) => Redirect::to(&back).into_response(),
            None => unknown(),
        };
    }
    let fits = sent.user.as_deref() == Some(USER)
        && sent.password.as_deref() == Some(remote.password.expose());
    if !fits {
        let wrong = "<p role=\"alert\">This name and password do not belong together.</p>";
        return page(StatusCode::UNAUTHORIZED, "Sign in", &sign_in(token, wrong));
    }
    match remote.grants.ticket(token) {
        Some(ticket) => page(StatusCode::OK, "Authorize", &question(token, &ticket)),
        None => unknown(),
    }
}

fn unknown() -> Response<Body> {
    let text = "<p>This request for an authorization is not known here, or it is over. Send a new one from where you came.</p>";
    page(StatusCode::GONE, "Nothing to authorize", text)
}

/// Tokens are hexadecimal: [`Remote::grants`] knows no other, so none needs escaping here.
fn sign_in(token: &str, problem: &str) -> String {
    format!(
        "{problem}<form method=\"post\" action=\"/oauth/authorize\"><input type=\"hidden\" name=\"oauth_token\" value=\"{token}\">\
         <p><label>Name<br><input name=\"user\" autocomplete=\"username\" required></label></p>\
         <p><label>Password<br><input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label></p>\
         <p><button>Sign in</button></p></form>"
    )
}

fn question(token: &str, ticket: &str) -> String {
    format!(
        "<p><strong>rollcall</strong> asks to read SIP devices and to make set-side passwords on this cluster, for 12 months.</p>\
         <p>Token id <code>{token}</code></p>\
         <form method=\"post\" action=\"/oauth/authorize\"><input type=\"hidden\" name=\"oauth_token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\
         <p><button name=\"decision\" value=\"authorize\">Authorize</button> \
         <button name=\"decision\" value=\"refuse\">Refuse</button></p></form>"
    )
}

fn page(status: StatusCode, title: &str, body: &str) -> Response<Body> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}: border gateway mbg-2</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:10vh auto;padding:0 1rem}}\
         input,button{{font:inherit;padding:.4rem .7rem}}</style>\
         <main><p>Border gateway <strong>mbg-2</strong> (pretend)</p><h1>{title}</h1>{body}</main></html>"
    );
    (status, Html(html)).into_response()
}
