//! What a page has to say besides its content: notices, troubles and the way out of them.

use askama::Template;

/// How a thing is coloured. Colour is never the only sign: each comes with words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// No judgement.
    #[default]
    Plain,
    /// Worth knowing.
    Info,
    /// As it should be.
    Good,
    /// Needs a look.
    Warning,
    /// Does not work.
    Bad,
}

impl Tone {
    /// Whether it is as bad as it gets.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Bad)
    }

    /// The CSS class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warning => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A way onward: a link, or a button that posts.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/action.html")]
pub struct Action {
    /// What the link or button says.
    pub label: String,
    /// Where it leads, from the root: `/scans`.
    pub href: String,
    /// `None`: a link. `Some`: a `POST` form with these hidden fields (name, value).
    pub post: Option<Vec<(String, String)>>,
}

impl Action {
    /// A link.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            post: None,
        }
    }

    /// A button that posts without fields.
    pub fn post(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            post: Some(Vec::new()),
            ..Self::link(label, href)
        }
    }

    /// Adds a hidden field to a posting button.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.post
            .get_or_insert_default()
            .push((name.into(), value.into()));
        self
    }
}

/// A line above the page's content.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/notice.html")]
pub struct Notice {
    /// Its colour and icon.
    pub tone: Tone,
    /// What happened, one sentence.
    pub text: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// The way out, if there is one.
    pub action: Option<Action>,
}

impl Notice {
    /// A notice without hint and way out.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            hint: String::new(),
            action: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }
}

/// What went wrong, in the three parts of every error of this project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// Why; may be empty.
    pub why: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Trouble {
    /// A trouble of all three parts.
    pub fn new(what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            hint: hint.into(),
        }
    }
}
