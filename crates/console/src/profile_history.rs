//! `/profiles/{id}/history`: who changed what of a profile, and the way back.

use askama::Template;

use crate::{Place, Shell, When, profile_change::Settled};

/// The versions of a profile. Going back posts `version` and `seen` to `/profiles/{id}/restorations`.
#[derive(Debug, Clone, Template)]
#[template(path = "profile_history.html")]
pub struct ProfileHistoryPage {
    /// The frame.
    pub shell: Shell,
    /// The profile's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version now.
    pub version: String,
    /// Its versions, newest first.
    pub lines: Vec<VersionLine>,
    /// The version before which older ones stand; empty: there are none.
    pub older: String,
}

/// One version.
#[derive(Debug, Clone)]
pub struct VersionLine {
    /// Its number.
    pub version: String,
    /// Whether it is in force.
    pub is_now: bool,
    /// Who made it; empty: not known.
    pub actor: String,
    /// When.
    pub when: When,
    /// What differs from the one before.
    pub changes: Vec<Settled>,
}

impl ProfileHistoryPage {
    /// Three versions.
    pub fn sample() -> Self {
        let line = |version: &str, actor: &str, changes| VersionLine {
            version: version.into(),
            is_now: version == "3",
            actor: actor.into(),
            when: When::new("22 Nov, 14:02", "2026-11-22T14:02:00Z"),
            changes,
        };
        Self {
            shell: Shell::sample(Place::Profiles),
            id: "p1".into(),
            name: "Office softphone".into(),
            version: "3".into(),
            lines: vec![
                line("3", "admin:grace", Settled::samples()),
                line("2", "admin:ada", Settled::samples()[..1].to_vec()),
                line("1", "", vec![]),
            ],
            older: String::new(),
        }
    }
}
