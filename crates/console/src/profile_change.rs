//! `POST /profiles/{id}`: what a change of a profile comes to, before it is saved.

use askama::Template;

use crate::{Count, Place, Shell};

/// Before a change is saved. Posts everything that was typed to `/profiles/{id}` again, with `agreed`: `1` saves, `back`
/// shows the form again.
#[derive(Debug, Clone, Template)]
#[template(path = "profile_change.html")]
pub struct ProfileChangePage {
    /// The frame.
    pub shell: Shell,
    /// The profile's id.
    pub id: String,
    /// Its name before the change.
    pub name: String,
    /// What differs.
    pub changes: Vec<Settled>,
    /// People whose clients become out of date.
    pub out_of_date: Count,
    /// Everything that was typed.
    pub typed: Vec<(String, String)>,
}

/// One setting that differs.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What a person calls it.
    pub title: String,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl Settled {
    pub(crate) fn samples() -> Vec<Self> {
        let one = |title: &str, from: &str, to: &str| Self {
            title: title.into(),
            from: from.into(),
            to: to.into(),
        };
        vec![
            one("Registration interval", "600 seconds", "120 seconds"),
            one("Outbound proxy", "", "sbc.example.org:5061"),
            one("Help", "Call 100 <desk>", ""),
        ]
    }
}

impl ProfileChangePage {
    /// Three settings, thousands of people.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Profiles),
            id: "p1".into(),
            name: "Office softphone".into(),
            changes: Settled::samples(),
            out_of_date: Count(7_904),
            typed: vec![
                ("name".into(), "Office softphone".into()),
                ("help".into(), "a \"b\"\nc".into()),
            ],
        }
    }
}
