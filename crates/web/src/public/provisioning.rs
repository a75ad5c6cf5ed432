//! `/prov/{client}`: fixed addresses that clients ask because their makers know them, with the ticket among the parameters.

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Response, StatusCode, Uri},
};
use model::ClientKind;
use serde::Deserialize;

use super::{asking, asks_for_new, configuration, guest::Guest, landing_page, refused};
use crate::App;

/// What Acrobits' apps sign in with: the ticket, or what the account gave them for later.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Login {
    cloud_username: String,
    cloud_password: String,
}

/// `GET /prov/acrobits?cloud_username=…&cloud_password=…`. A refusal is a text that the app shows.
pub(crate) async fn acrobits(
    State(app): State<App>,
    Query(login): Query<Login>,
    guest: Guest,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = if login.cloud_username == clients::DEVICE {
        configuration::of_device(&app, &guest, &login.cloud_password, None).await
    } else {
        let asking = delivery::Asking {
            endpoint: Some(ClientKind::Acrobits),
            ..asking(false, &headers)
        };
        configuration::answer(&app, &guest, &login.cloud_password, asking).await
    };
    let status = answer.status();
    if status.is_success() {
        return answer;
    }
    let text = if status == StatusCode::GONE {
        "This link does not work (any more). Ask for a new one."
    } else {
        "This does not work at the moment. Try again in a few minutes."
    };
    let told = clients::message(text);
    let body = Body::from(told.body.to_vec());
    let mut told = configuration::document(&told, body, None);
    *told.status_mut() = status;
    told
}

/// What Zoiper asks the token address with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Token {
    t: String,
}

/// `POST /prov/zoiper?renewal`: the refusal's button. Which link was meant is not told any more; whoever asks is told the same in any
/// case.
pub(crate) async fn zoiper_asks(State(app): State<App>, guest: Guest, uri: Uri) -> Response<Body> {
    if asks_for_new(&uri) {
        return landing_page::ask_for_new(&app, &guest, "");
    }
    refused(&guest)
}

/// `GET /prov/zoiper?t=…`
pub(crate) async fn zoiper(
    State(app): State<App>,
    Query(token): Query<Token>,
    guest: Guest,
    headers: HeaderMap,
) -> Response<Body> {
    let asking = delivery::Asking {
        endpoint: Some(ClientKind::Zoiper),
        ..asking(false, &headers)
    };
    configuration::answer(&app, &guest, &token.t, asking).await
}
