//! The page of every error and of what is not there.

use askama::Template;

use crate::{Action, Place, Shell, Trouble};

/// An error page.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The frame; `None` where nobody is signed in.
    pub shell: Option<Shell>,
    /// The HTTP status.
    pub status: u16,
    /// A few words: `Page not found`.
    pub title: String,
    /// What happened, why, what to do.
    pub trouble: Trouble,
    /// Where to go from here.
    pub back: Action,
    /// What to quote when asking for help (the request's id); may be empty.
    pub reference: String,
}

impl ProblemPage {
    /// The page for an address that leads nowhere.
    pub fn not_found(shell: Option<Shell>) -> Self {
        Self {
            shell,
            status: 404,
            title: "Nothing here".into(),
            trouble: Trouble::new(
                "There is no page at this address.",
                "It may have been removed, or the address was typed wrongly.",
                "Start again from the first page.",
            ),
            back: Action::link("Today", "/"),
            reference: String::new(),
        }
    }

    /// A page that could not be made because the database is locked.
    pub fn sample() -> Self {
        Self {
            shell: Some(Shell::sample(Place::Import)),
            status: 503,
            title: "The plan could not be made".into(),
            trouble: Trouble::new(
                "cannot read the integrated view",
                "the database did not answer within 5 s",
                "try again in a moment; if it stays, look at rollcall doctor on the server",
            ),
            back: Action::link("Import users", "/import"),
            reference: "018f-7c2a".into(),
        }
    }
}
