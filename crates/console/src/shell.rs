//! What surrounds every page of a signed-in administrator: navigation, counts, notices.

use crate::{Action, Count, Notice, Tone};

/// The frame of a page.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    /// Name of the signed-in administrator.
    pub admin: String,
    /// Their role in words: `Primary administrator`.
    pub role: String,
    /// Which link of the navigation is the current one.
    pub here: Place,
    /// Numbers beside the links.
    pub counts: Counts,
    /// Whether somebody paused the outbox.
    pub is_sending_paused: bool,
    /// Lines above the page's content, the most important first.
    pub notices: Vec<Notice>,
}

/// The places of the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// `/`
    #[default]
    Today,
    /// `/jobs`
    Jobs,
    /// `/users`
    Manage,
    /// `/import`
    Import,
    /// `/profiles`
    Profiles,
    /// `/connections`
    Connections,
    /// `/mail-templates`
    MailTemplates,
    /// `/outbox`
    Outbox,
    /// `/brand`
    Brand,
}

/// Numbers beside the navigation's links; zero shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Jobs running or waiting.
    pub jobs_running: Count,
    /// Users under Manage.
    pub users: Count,
    /// Entries of the integrated view.
    pub entries: Count,
    /// Profiles.
    pub profiles: Count,
}

impl Shell {
    /// Whether this place is where the page is.
    pub(crate) fn at(&self, place: &str) -> bool {
        place
            == match self.here {
                Place::Today => "today",
                Place::Jobs => "jobs",
                Place::Manage => "manage",
                Place::Import => "import",
                Place::Profiles => "profiles",
                Place::Connections => "connections",
                Place::MailTemplates => "mail-templates",
                Place::Outbox => "outbox",
                Place::Brand => "brand",
            }
    }

    /// The frame that the samples use.
    pub fn sample(here: Place) -> Self {
        Self {
            admin: "Grace Example".into(),
            role: "Primary administrator".into(),
            here,
            counts: Counts {
                jobs_running: Count(1),
                users: Count(9_120),
                entries: Count(12_408),
                profiles: Count(3),
            },
            is_sending_paused: false,
            notices: Vec::new(),
        }
    }

    /// The same frame with one more notice.
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// A notice that the samples use.
    pub(crate) fn sample_notice() -> Notice {
        Notice::new(
            Tone::Warning,
            "MBG “edge-2” answered page 7 of 20 with an error. 3,500 of its records are from yesterday.",
        )
        .hint("Nobody is taken for gone until a scan ends well.")
        .action(Action::post("Scan again", "/scans").field("connection", "edge-2"))
    }
}
