//! `/users/changes`: which profile or language a selection gets, before it is planned.

use askama::Template;

use crate::{Place, ProfileChoice, Shell, profile::LANGUAGES};

/// Two choices about one selection. Posts to `/users/profile-changes/plan` or `/users/language-changes/plan`.
#[derive(Debug, Clone, Template)]
#[template(path = "changes.html")]
pub struct ChangesPage {
    /// The frame.
    pub shell: Shell,
    /// The selection.
    pub hidden: Vec<(&'static str, String)>,
    /// What is sent along in the address: how many the list counted; may be empty.
    pub looked: String,
    /// Profiles to choose from.
    pub profiles: Vec<ProfileChoice>,
}

impl ChangesPage {
    pub(crate) fn languages() -> [(&'static str, &'static str); 8] {
        LANGUAGES
    }

    /// Everybody.
    pub fn sample() -> Self {
        let choice = |id: &str, name: &str| ProfileChoice {
            id: id.into(),
            name: name.into(),
            chosen: false,
        };
        Self {
            shell: Shell::sample(Place::Manage),
            hidden: vec![("all", "1".into()), ("q", String::new())],
            looked: "?looked=9120".into(),
            profiles: vec![
                choice("p1", "Office softphone"),
                choice("", "Do not deploy"),
            ],
        }
    }
}
