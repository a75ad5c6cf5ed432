//! A moment as a page shows it: words for people, the ISO form for machines.

use askama::Template;

/// A moment, ready to print as `<time>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "parts/when.html")]
pub struct When {
    /// What people read: `6 minutes ago`, `22 Nov, 14:05`.
    pub text: String,
    /// RFC 3339, UTC: `2026-11-22T14:05:00Z`.
    pub iso: String,
}

impl When {
    /// A moment from its words and its RFC 3339 form.
    pub fn new(text: impl Into<String>, iso: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            iso: iso.into(),
        }
    }

    /// The ISO form as a tooltip reads it: without the `T`, in UTC.
    fn full(&self) -> String {
        let clock = self.iso.get(..19).unwrap_or(&self.iso).replace('T', " ");
        format!("{clock} UTC")
    }
}
