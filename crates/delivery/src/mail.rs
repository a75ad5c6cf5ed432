//! The deployment mail: one letter to one person with link, code and QR, written from an administrator's
//! template. Sending it is left to others.

mod compose;
mod template;
mod words;

pub use compose::{Composer, Error, Mail, Rendered};
use model::{Email, Language, Secret, Timestamp};
pub use template::{PLACEHOLDERS, Template, check};
pub use words::date;

/// What one mail says, and to whom. Texts may be empty; a template shows only what is there.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Where it goes: the person's address, or their profile's central one.
    pub to: Email,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Directory number as dialled.
    pub number: String,
    /// The link with the ticket: an absolute http or https URL.
    pub link: Secret,
    /// The code for typing, where there is one.
    pub code: Option<Secret>,
    /// Where the code is typed: an absolute URL.
    pub code_address: String,
    /// Until when the link works, in the person's language.
    pub expires: String,
    /// The organisation that writes.
    pub organisation: String,
    /// The profile's name.
    pub profile: String,
    /// Whom to ask for help; may have several lines.
    pub help: String,
    /// The template's language.
    pub language: Language,
    /// Message-ID without its angle brackets, `local@domain`: fixed per deployment (RFC 5322, section 3.6.4).
    pub message_id: String,
    /// The sender, `address` or `Name <address>`.
    pub from: String,
    /// The date in the mail's head.
    pub date: Timestamp,
}

impl Letter {
    /// A letter to an invented person, for previews and for checking templates.
    pub fn sample() -> Self {
        Self {
            to: Email::parse("ada.lovelace@example.org").expect("this address is well formed"),
            first_name: "Ada".to_owned(),
            last_name: "Lovelace".to_owned(),
            number: "4711".to_owned(),
            link: Secret::new("https://go.example.org/d/AAAAAAAAAAAAAAAAAAAAAA"),
            code: Some(Secret::new("7K2M-Q9RT-4XWD")),
            code_address: "https://go.example.org/c".to_owned(),
            expires: "30 November 2026".to_owned(),
            organisation: "Analytical Engines".to_owned(),
            profile: "Office".to_owned(),
            help: "Telephone desk, extension 100".to_owned(),
            language: Language::English,
            message_id: "sample@rollcall.invalid".to_owned(),
            from: "Telephone desk <phones@example.org>".to_owned(),
            date: Timestamp(1_763_856_000_000),
        }
    }
}

#[cfg(test)]
mod tests;
