//! What is refused before a handler runs (an address or form that cannot be read, a wrong method, an address
//! that leads nowhere), as the console's page.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, Uri, header, uri::PathAndQuery},
    middleware::Next,
    response::{IntoResponse, Response},
};
use console::{Action, Place, Trouble, problem::ProblemPage};

use super::frame::{Page, Refused, rendered, shell};
use crate::{App, Problem, session::SignedIn};

/// A refusal's own words are short; more of them is not read.
const WORDS_MAX: usize = 4096;

/// What a refusal means for whoever sees the page: the words of parsers are for the log.
const fn meaning(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take what was sent to it",
        StatusCode::PAYLOAD_TOO_LARGE => "what was sent is too large",
        _ => "something in its address or its form is not as this page expects it",
    }
}

/// Gives a plain refusal the console's page, and every problem the way back to where the request came from; everything else passes.
pub(crate) async fn as_page(asked: Request, next: Next) -> Response {
    let from = came_from(&asked).map(|path| Action::link("Back", path));
    let mut answer = next.run(asked).await;
    if let (Some(Refused(mut page)), Some(back)) = (answer.extensions_mut().remove(), from.clone())
    {
        page.back = back;
        return rendered(answer.status(), &page);
    }
    if !answer.status().is_client_error() || !is_plain(&answer) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let words = to_bytes(body, WORDS_MAX).await.unwrap_or_default();
    tracing::debug!(status = %parts.status, words = %String::from_utf8_lossy(&words), "a request was not understood");
    let page = ProblemPage {
        shell: None,
        status: parts.status.as_u16(),
        title: "Not understood".to_owned(),
        trouble: Trouble {
            what: "this request cannot be answered".to_owned(),
            why: meaning(parts.status).to_owned(),
            hint: "go back and try again; an address that was typed may be wrong".to_owned(),
        },
        back: from.unwrap_or_else(|| Action::link("Back to the first page", "/")),
        reference: String::new(),
    };
    let (shown, body) = rendered(parts.status, &page).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(shown.headers);
    Response::from_parts(parts, body)
}

/// The other page of ours where whoever asks was before, as the browser tells it.
fn came_from(asked: &Request) -> Option<String> {
    let told = |name| asked.headers().get(name)?.to_str().ok();
    let referer: Uri = told(header::REFERER)?.parse().ok()?;
    let path = referer.path_and_query()?.as_str();
    let is_ours = referer.authority()?.as_str() == told(header::HOST)?;
    let is_here = asked.uri().path_and_query().map(PathAndQuery::as_str) == Some(path);
    // Two slashes would begin the name of a host.
    (is_ours && !is_here && !path.starts_with("//")).then(|| path.to_owned())
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
