//! What all pages share: the shell, rendering, and problems as pages.

use access::Admin;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use console::{Action, Count, Counts, Mark, Place, Shell, Template, Trouble, problem::ProblemPage};
use model::ComponentKind;

use super::labels::sentence;
use crate::{App, Problem};

/// A page, or the page that says what went wrong.
pub(crate) type Page = Result<Response, PageError>;

/// A problem as a page.
#[derive(Debug)]
pub(crate) struct PageError(Problem);

/// Goes along with the answer that shows it, so that it can be drawn again by who knows where the request came from.
#[derive(Debug, Clone)]
pub(crate) struct Refused(pub(crate) ProblemPage);

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let faults: Vec<String> = self
            .0
            .rows
            .iter()
            .map(|row| format!("{} {}", row.field, row.message))
            .collect();
        let why = [self.0.detail, faults.join("; ")]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join("; ");
        let page = ProblemPage {
            shell: None,
            status: self.0.status,
            title: heading(status).to_owned(),
            trouble: Trouble {
                what: self.0.title,
                why,
                hint: self.0.hint,
            },
            back: Action::link("Back to the first page", "/"),
            reference: String::new(),
        };
        let mut answer = rendered(status, &page);
        answer.extensions_mut().insert(Refused(page));
        answer
    }
}

/// A problem in a few words; its own sentence follows below.
const fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::GONE => "Too late",
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => "Not possible like this",
        StatusCode::BAD_REQUEST => "Not understood",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "Not allowed",
        _ => "This did not work",
    }
}

/// A finished page.
#[expect(clippy::unnecessary_wraps, reason = "it is how every handler ends")]
pub(crate) fn show(page: &impl Template) -> Page {
    Ok(rendered(StatusCode::OK, page))
}

/// A finished page with a status.
pub(crate) fn rendered(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "this page could not be drawn",
            )
                .into_response()
        }
    }
}

/// The frame of a page.
pub(crate) async fn shell(app: &App, admin: &Admin, here: Place) -> Result<Shell, Problem> {
    let store = &app.store;
    let counts = Counts {
        jobs_running: count(store::jobs::count_open(store).await?),
        users: count(store::users::counts_lately(store).await?.values().sum()),
        entries: count(store::entries::counts(store).await?.of.values().sum()),
        profiles: Count::from(store::profiles::list(store).await?.len()),
    };
    Ok(Shell {
        admin: admin.name().to_owned(),
        role: sentence(admin.role().words()),
        here,
        counts,
        is_sending_paused: store::outbox::paused_since(store).await?.is_some(),
        notices: vec![],
    })
}

/// A number of the database as a page shows it.
pub(crate) fn count(number: i64) -> Count {
    Count(u64::try_from(number).unwrap_or(0))
}

/// The mark of a kind of component.
pub(crate) fn mark(kind: ComponentKind) -> Mark {
    Mark::new(kind.mark(), kind.title())
}

/// The mark that stands as text.
pub(crate) fn mark_of(text: &str) -> Mark {
    ComponentKind::ALL
        .into_iter()
        .find(|kind| kind.mark() == text)
        .map_or_else(|| Mark::new(text, text), mark)
}
