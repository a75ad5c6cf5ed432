//! `/set-up`: the first administrator, made with the one-time token that the server printed.

use askama::Template;

use crate::{FieldErrors, Trouble};

/// The set-up page. Posts `token`, `name`, `password`, `password_again` to `/set-up`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "set_up.html")]
pub struct SetUpPage {
    /// The token as typed or as it came with the link.
    pub token: String,
    /// The name as typed.
    pub name: String,
    /// Errors beside their fields.
    pub errors: FieldErrors,
    /// An error that belongs to no field.
    pub trouble: Option<Trouble>,
}

impl SetUpPage {
    /// With a password that was typed differently the second time.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add(
            "password_again",
            "The two passwords differ. Type the same one twice.",
        );
        Self {
            token: "5H2K-9QTV-XN3B".into(),
            name: "grace".into(),
            errors,
            trouble: None,
        }
    }
}
