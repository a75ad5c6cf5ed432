//! `/sign-in`: name and password.

use askama::Template;

use crate::Trouble;

/// The sign-in page. Posts `name`, `password`, `next` to `/sign-in`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The name as typed before.
    pub name: String,
    /// Path to go to afterwards; empty: the first page.
    pub next: String,
    /// Why it did not work, and what to do.
    pub trouble: Option<Trouble>,
    /// A quiet line above the form, such as `You are signed out.`; may be empty.
    pub note: String,
}

impl SignInPage {
    /// After a wrong password.
    pub fn sample() -> Self {
        Self {
            name: "grace".into(),
            next: "/import".into(),
            trouble: Some(Trouble::new(
                "This name and password do not belong together.",
                "",
                "After a few wrong attempts there is a short wait. A primary administrator can set a new password.",
            )),
            note: String::new(),
        }
    }
}
