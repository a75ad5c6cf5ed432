//! `/c` and `/c/{origin}`: a code that somebody types because they have no camera. Its origin says what it is worth; here it is
//! neither kept nor looked at.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use landing::TicketLink;
use publication::{Brand, BrandId, FreshTicket};
use serde::Deserialize;

use crate::counts::What;
use crate::errands::CodeAnswer;
use crate::guest::Guest;
use crate::origins::{self, Origin};
use crate::{App, StoreError, answer, brands, links};

/// The longest text that is passed on: a code has 12 symbols, and people may type blanks between all of them.
const TYPED_MAX: usize = 40;

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    code: String,
}

/// `GET /c/{origin}`, and `GET /c` while there is one origin.
pub(crate) async fn show(
    State(app): State<App>,
    origin: Option<Path<String>>,
    guest: Guest,
) -> Response {
    match find(&app, origin.as_deref()).await {
        Ok(Some((_, brand))) => answer::page(landing::typing(&brand, &guest.language(None), false)),
        Ok(None) => answer::page(landing::not_found(&guest.language(None))),
        Err(error) => trouble(&guest, &error),
    }
}

/// `POST /c/{origin}`, and `POST /c` while there is one origin.
pub(crate) async fn exchange(
    State(app): State<App>,
    origin: Option<Path<String>>,
    guest: Guest,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let (language, now) = (guest.language(None), app.clock.now());
    let (origin, brand) = match find(&app, origin.as_deref()).await {
        Ok(Some(found)) => found,
        Ok(None) => return answer::page(landing::not_found(&language)),
        Err(error) => return trouble(&guest, &error),
    };
    if !app.codes.take(guest.from, now) {
        app.counts.add(What::Busy);
        return answer::page(landing::busy(&language));
    }
    let code = typed.map(|Form(typed)| typed.code).unwrap_or_default();
    let asked = if code.is_empty() || code.len() > TYPED_MAX {
        CodeAnswer::Wrong
    } else {
        app.errands.exchange(&origin.url, &code, guest.from).await
    };
    if !matches!(asked, CodeAnswer::Wrong) {
        app.codes.give_back(&guest.from);
    }
    match asked {
        CodeAnswer::Fresh(fresh) => match lead_on(&app, &origin, &fresh).await {
            Ok(answer) => answer,
            Err(error) => trouble(&guest, &error),
        },
        CodeAnswer::Wrong => {
            app.counts.add(What::CodeRefused);
            answer::page(landing::typing(&brand, &language, true))
        }
        CodeAnswer::Busy => {
            app.counts.add(What::Busy);
            answer::page(landing::busy(&language))
        }
        CodeAnswer::Trouble(why) => {
            tracing::warn!(origin = %origin.id, why, "an origin does not answer for a code");
            answer::page(landing::trouble(&language))
        }
    }
}

/// The origin that a path names, and how its pages look.
async fn find(app: &App, named: Option<&String>) -> Result<Option<(Origin, Brand)>, StoreError> {
    let origin = match named {
        None => origins::only_one(&app.store).await?,
        Some(name) => match name.parse() {
            Ok(id) => origins::find(&app.store, &id).await?,
            Err(_) => None,
        },
    };
    let Some(origin) = origin else {
        return Ok(None);
    };
    let brand = brands::find(&app.store, &origin.id, &BrandId::default()).await?;
    Ok(Some((origin, brand)))
}

/// Takes the fresh ticket's link in and leads to its page.
async fn lead_on(app: &App, origin: &Origin, fresh: &FreshTicket) -> Result<Response, StoreError> {
    let link = std::slice::from_ref(&fresh.link);
    links::publish(&app.store, &origin.id, link, app.clock.now()).await?;
    app.counts.add(What::CodeTaken);
    let page = TicketLink::new(&app.public_url, &fresh.ticket);
    Ok(answer::moved(StatusCode::SEE_OTHER, page.as_str()))
}

fn trouble(guest: &Guest, error: &StoreError) -> Response {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a code cannot be passed on"
    );
    answer::page(landing::trouble(&guest.language(None)))
}
