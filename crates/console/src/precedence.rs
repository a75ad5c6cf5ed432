//! `/import/precedence`: which component wins each field, and what another order would change, before it is saved.

use askama::Template;

use crate::{Count, Mark, Place, Shell};

/// The order of every field.
#[derive(Debug, Clone, Template)]
#[template(path = "precedences.html")]
pub struct PrecedencesPage {
    /// The frame.
    pub shell: Shell,
    /// Every field: its name in the address, its label, the components in their order, whether it was changed.
    pub fields: Vec<(String, String, Vec<Mark>, bool)>,
}

/// One field's order. Its form gets `/import/precedence/{field}` with `kind` for each place, which shows what it changes;
/// a second one posts there, which saves it.
#[derive(Debug, Clone, Template)]
#[template(path = "precedence.html")]
pub struct PrecedencePage {
    /// The frame.
    pub shell: Shell,
    /// The field's name in the address.
    pub field: String,
    /// Its label.
    pub label: String,
    /// Every kind of component, its name and what people call it.
    pub kinds: Vec<(String, String)>,
    /// The wanted order; as it is now where nothing else was asked for.
    pub wanted: Vec<String>,
    /// What it would change, once asked.
    pub effect: Option<EffectView>,
    /// Whether somebody changed the order before.
    pub is_set: bool,
}

/// What an order would change.
#[derive(Debug, Clone, Default)]
pub struct EffectView {
    /// How many people.
    pub changed: Count,
    /// The first of them: entry, name, value now, value then.
    pub examples: Vec<(String, String, String, String)>,
}

impl PrecedencesPage {
    /// Two fields, one of them changed.
    pub fn sample() -> Self {
        let marks = |all: &[&str]| all.iter().map(|mark| Mark::sample(mark)).collect();
        Self {
            shell: Shell::sample(Place::Import),
            fields: vec![
                (
                    "email".into(),
                    "E-mail".into(),
                    marks(&["LDAP", "USP", "CS", "MBG"]),
                    true,
                ),
                (
                    "directory_number".into(),
                    "Directory number".into(),
                    marks(&["USP", "MBG", "CS", "LDAP"]),
                    false,
                ),
            ],
        }
    }
}

impl PrecedencePage {
    /// The places of the order, from 1.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, &String)> {
        (1..).zip(&self.wanted)
    }

    /// Two people would change.
    pub fn sample() -> Self {
        let kind = |name: &str, title: &str| (name.to_owned(), title.to_owned());
        let example = |id: &str, name: &str, from: &str, to: &str| {
            (
                id.to_owned(),
                name.to_owned(),
                from.to_owned(),
                to.to_owned(),
            )
        };
        Self {
            shell: Shell::sample(Place::Import),
            field: "email".into(),
            label: "E-mail".into(),
            kinds: vec![
                kind("usp", "Users and Services"),
                kind("ldap", "LDAP directory"),
            ],
            wanted: vec!["ldap".into(), "usp".into()],
            effect: Some(EffectView {
                changed: Count(2),
                examples: vec![
                    example(
                        "e4720",
                        "Siobhán Ó Súilleabháin 4720",
                        "siobhan@example.org",
                        "s.osullivan@example.org",
                    ),
                    example("e4711", "Abe Nakamura 4711", "abe@example.org", ""),
                ],
            }),
            is_set: true,
        }
    }
}
