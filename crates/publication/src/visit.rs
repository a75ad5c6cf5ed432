//! What a redirect server tells an origin about its links: that somebody looked, or pressed the button, and in which hour.
//! Who it was, nobody knows.

use serde::{Deserialize, Serialize};

use crate::TicketHash;

/// The most visits that one answer holds.
pub const VISITS_MAX: usize = 1_000;

/// An hour in milliseconds: no visit is told more exactly.
pub const HOUR_MS: i64 = 60 * 60 * 1000;

/// What happened at a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VisitKind {
    /// Its page was shown to somebody or something.
    Seen,
    /// The page's button was pressed.
    Opened,
}

impl VisitKind {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Opened => "opened",
        }
    }

    /// The kind of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Seen, Self::Opened]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// The hash of the ticket in the link.
    pub ticket: TicketHash,
    /// What happened.
    pub kind: VisitKind,
    /// When the hour began in which it did, in milliseconds since 1970 (UTC).
    pub hour: i64,
}

/// The answer to `GET /v1/visits?after=`: up to [`VISITS_MAX`] visits of the origin that signed, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visits {
    /// The visits.
    pub visits: Vec<Visit>,
    /// What to ask after next time.
    pub next: i64,
}
