//! `/mail-templates/{language}/history`: who changed what of a template, and the way back.

use askama::Template;

use crate::{Place, Shell, When};

/// The versions of a template. Going back posts `version`, `seen` and `profile` to `{href}/restorations`.
#[derive(Debug, Clone, Template)]
#[template(path = "mail_history.html")]
pub struct MailHistoryPage {
    /// The frame.
    pub shell: Shell,
    /// `/mail-templates/de`.
    pub href: String,
    /// What it is: `Deutsch`, `Deutsch for Office softphone`.
    pub name: String,
    /// The profile's id; empty: everybody's.
    pub profile: String,
    /// The newest version; 0: none.
    pub version: String,
    /// Its versions, newest first.
    pub lines: Vec<MailVersion>,
    /// The version before which older ones stand; empty: there are none.
    pub older: String,
    /// Whether this administrator may change it.
    pub can_change: bool,
}

/// One version.
#[derive(Debug, Clone)]
pub struct MailVersion {
    /// Its number.
    pub number: String,
    /// Whether it is in force.
    pub is_now: bool,
    /// Whether it went back to what stands above.
    pub is_reset: bool,
    /// Who made it.
    pub actor: String,
    /// When.
    pub when: When,
    /// What differs from before, part by part.
    pub parts: Vec<PartChange>,
}

/// What differs in one part of a template.
#[derive(Debug, Clone)]
pub struct PartChange {
    /// What a person calls it: `Plain text`.
    pub title: &'static str,
    /// Lines taken, put and around them.
    pub lines: Vec<DiffLine>,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// As it was.
    Same(String),
    /// Not any more.
    Gone(String),
    /// New.
    New(String),
    /// So many lines that are as they were are left out.
    Skipped(usize),
}

impl PartChange {
    /// One part.
    pub(crate) fn samples() -> Vec<Self> {
        vec![Self {
            title: "Plain text",
            lines: vec![
                DiffLine::Skipped(4),
                DiffLine::Same("{{ link }}".into()),
                DiffLine::Gone("Questions?".into()),
                DiffLine::New("Questions? Call 100.".into()),
            ],
        }]
    }
}

impl MailHistoryPage {
    /// The address of the editor, or of what lies below it.
    pub(crate) fn at(&self, what: &str) -> String {
        let profile = if self.profile.is_empty() {
            String::new()
        } else {
            format!("?profile={}", self.profile)
        };
        format!("{}{what}{profile}", self.href)
    }

    /// The address of older versions.
    pub(crate) fn older_page(&self) -> String {
        let and = if self.profile.is_empty() { '?' } else { '&' };
        format!("{}{and}before={}", self.at("/history"), self.older)
    }

    /// Two versions.
    pub fn sample() -> Self {
        let version = |number: &str, parts| MailVersion {
            number: number.into(),
            is_now: number == "2",
            is_reset: number == "1",
            actor: "admin:grace".into(),
            when: When::new("22 Nov, 14:02", "2026-11-22T14:02:00Z"),
            parts,
        };
        Self {
            shell: Shell::sample(Place::MailTemplates),
            href: "/mail-templates/de".into(),
            name: "Deutsch".into(),
            profile: String::new(),
            version: "2".into(),
            lines: vec![version("2", PartChange::samples()), version("1", vec![])],
            older: "1".into(),
            can_change: true,
        }
    }
}
