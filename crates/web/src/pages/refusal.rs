//! What is refused before a handler runs (an address or form that cannot be read, a wrong method, an address
//! that leads nowhere), as the console's page.

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use console::{Action, Place, Trouble, problem::ProblemPage};

use super::frame::{Page, rendered, shell};
use crate::{App, Problem, session::SignedIn};

/// A refusal's own words are short; more of them is not read.
const WORDS_MAX: usize = 4096;

/// Gives a plain refusal the console's page; everything else passes.
pub(crate) async fn as_page(answer: Response) -> Response {
    if !answer.status().is_client_error() || !is_plain(&answer) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let words = to_bytes(body, WORDS_MAX).await.unwrap_or_default();
    let page = ProblemPage {
        shell: None,
        status: parts.status.as_u16(),
        title: "Not understood".to_owned(),
        trouble: Trouble {
            what: "this request cannot be answered".to_owned(),
            why: String::from_utf8_lossy(&words).into_owned(),
            hint: "go back and try again; an address that was typed may be wrong".to_owned(),
        },
        back: Action::link("Back to the first page", "/"),
        reference: String::new(),
    };
    let (shown, body) = rendered(parts.status, &page).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(shown.headers);
    Response::from_parts(parts, body)
}

fn is_plain(answer: &Response<Body>) -> bool {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// Every address that leads nowhere.
pub(crate) async fn nowhere(State(app): State<App>, admin: Option<SignedIn>, uri: Uri) -> Page {
    if uri.path().starts_with("/api/") {
        return Ok(
            Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address").into_response(),
        );
    }
    let shell = match admin {
        Some(SignedIn(admin)) => Some(shell(&app, &admin, Place::Today).await?),
        None => None,
    };
    let page = ProblemPage::not_found(shell);
    Ok(rendered(StatusCode::NOT_FOUND, &page))
}
