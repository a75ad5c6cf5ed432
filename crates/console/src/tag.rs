//! Small labels: the state of a thing in a word, and the mark of the component it came from.

use askama::Template;

use crate::Tone;

/// A state in a word, coloured; a link where there is more to say.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/tag.html")]
pub struct Tag {
    /// The word.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// Where it is explained; empty: not a link.
    pub href: String,
    /// What the word means, where it does not say so itself; may be empty.
    pub meaning: String,
    /// What a screen reader adds to the link: whose state this is. May be empty.
    pub about: String,
}

impl Tag {
    /// A tag that leads nowhere.
    pub fn new(label: impl Into<String>, tone: Tone) -> Self {
        Self {
            label: label.into(),
            tone,
            href: String::new(),
            meaning: String::new(),
            about: String::new(),
        }
    }

    /// The same with what its word means.
    #[must_use]
    pub fn meaning(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = meaning.into();
        self
    }

    /// The same, leading to its explanation.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, about: impl Into<String>) -> Self {
        self.href = href.into();
        self.about = about.into();
        self
    }
}

/// The component a record came from, as the short mark of a table and in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// Two to four letters: `USP`, `MBG`, `CS`, `LDAP`, `CSV`.
    pub short: String,
    /// In full, with the connection's name: `Users and Services “head office”`.
    pub full: String,
}

impl Mark {
    /// A mark.
    pub fn new(short: impl Into<String>, full: impl Into<String>) -> Self {
        Self {
            short: short.into(),
            full: full.into(),
        }
    }

    /// A mark that the samples use, by its short form.
    pub(crate) fn sample(short: &str) -> Self {
        let full = match short {
            "USP" => "Users and Services “head-office”",
            "MBG" => "Border gateway “edge-1”",
            "IN" => "SCIM in “workforce”",
            "CS" => "MiCollab Client Service “mobile”",
            _ => "LDAP directory “directory”",
        };
        Self::new(short, full)
    }
}
