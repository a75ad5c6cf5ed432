//! `/plans/{id}` and `/user-plans/{id}` while the plan is made: how far it is.

use askama::Template;

use crate::{Count, Place, Shell};

/// A plan in the making. Live by server-sent events from `/plans/{id}/events`, as a job is ([`crate::job::JobPage`]). Posts to
/// `/plans/{id}/give-up`.
#[derive(Debug, Clone, Template)]
#[template(path = "making.html")]
pub struct MakingPage {
    /// The frame.
    pub shell: Shell,
    /// The plan's id.
    pub id: String,
    /// How many were selected; 0: not known.
    pub total: Count,
    /// Of them those that were looked at.
    pub done: Count,
    /// Whether it was given up, or whoever made it ended.
    pub given_up: bool,
    /// What the list is called that Back leads to.
    pub from: &'static str,
    /// Where Back leads: the list with its query.
    pub back: String,
}

impl MakingPage {
    /// In whole percent.
    pub(crate) fn percent(&self) -> u64 {
        self.done.0.min(self.total.0) * 100 / self.total.0.max(1)
    }

    /// A third of a million.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Import),
            id: "p7".into(),
            total: Count(1_000_000),
            done: Count(336_000),
            given_up: false,
            from: "Import users",
            back: "/import".into(),
        }
    }
}
