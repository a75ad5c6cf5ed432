//! `/jobs/{id}/undo`: what taking an import back takes away, before it does.

use askama::Template;

use crate::{Count, Place, Shell};

/// Before an import is taken back. Its form posts to the same address; `deployed` (present: also people whose phone
/// has its configuration).
#[derive(Debug, Clone, Template)]
#[template(path = "undo.html")]
pub struct UndoPage {
    /// The frame.
    pub shell: Shell,
    /// The import's job.
    pub id: String,
    /// Users that it made and that are still there.
    pub users: Count,
    /// Of them, those whose phone has its configuration.
    pub deployed: Count,
}

impl UndoPage {
    /// The users that go without more being said.
    pub(crate) fn plain(&self) -> Count {
        Count(self.users.0.saturating_sub(self.deployed.0))
    }

    /// Twelve users, two of them with a phone.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Jobs),
            id: "j7".into(),
            users: Count(1_212),
            deployed: Count(2),
        }
    }
}
