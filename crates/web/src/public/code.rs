//! `/c`: a code that somebody types. People get a page, the redirect server gets what it needs to lead its visitor on.

use axum::{
    Form, Json,
    body::Body,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use delivery::Typed;
use model::LinkMode;
use publication::{BrandId, FreshTicket, Language, Link, TicketHash};
use serde::Deserialize;

use super::{guest::Guest, page};
use crate::App;

/// The longest text that is looked at: a code has 12 symbols, and people may type blanks between all of them.
const TYPED_MAX: usize = 40;

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct TypedForm {
    #[serde(default)]
    code: String,
}

/// `GET /c`
pub(crate) async fn show(State(app): State<App>, guest: Guest) -> Response<Body> {
    page(landing::typing(&app.brand(), &guest.language(None), false))
}

/// `POST /c`: a fresh ticket, as JSON for a program that accepts it, else as the way to its page.
pub(crate) async fn exchange(
    State(app): State<App>,
    guest: Guest,
    headers: HeaderMap,
    typed: Result<Form<TypedForm>, FormRejection>,
) -> Response<Body> {
    let (language, now) = (guest.language(None), app.store.env().now().0);
    if !app.shared.codes.take(guest.from, now) {
        return page(landing::busy(&language));
    }
    let code = typed.map(|Form(typed)| typed.code).unwrap_or_default();
    let exchanged = if code.is_empty() || code.len() > TYPED_MAX {
        Ok(None)
    } else {
        delivery::exchange_code(&app.store, &code).await
    };
    if !matches!(exchanged, Ok(None)) {
        app.shared.codes.give_back(&guest.from);
    }
    match exchanged {
        Ok(Some(typed)) if accepts_json(&headers) => Json(fresh(&typed)).into_response(),
        Ok(Some(typed)) => {
            let place = app.delivery().ticket_link(typed.link_mode, &typed.ticket);
            let place = [
                (header::LOCATION, place.expose()),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (StatusCode::SEE_OTHER, place).into_response()
        }
        Ok(None) => page(landing::typing(&app.brand(), &language, true)),
        Err(error) => {
            tracing::error!(%error, "a code could not be exchanged");
            page(landing::trouble(&language))
        }
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    accepted.is_some_and(|accepted| accepted.as_bytes() == b"application/json")
}

fn fresh(typed: &Typed) -> FreshTicket {
    let ticket = typed.ticket.expose();
    FreshTicket {
        ticket: ticket.to_owned(),
        link: Link {
            ticket: TicketHash::of(ticket),
            version: 1,
            expires: typed.expires_at.0,
            brand: BrandId::default(),
            language: typed
                .language
                .parse()
                .unwrap_or_else(|_| Language::default()),
            relay: typed.link_mode == LinkMode::Relay,
            ended: false,
        },
    }
}
