//! `/import/{id}`: one row explained — its records, how they were joined, what differs, what is doubtful.

mod sample;

use askama::Template;

use crate::import_users::{EntryState, spoken};
use crate::{Count, Mark, Shell, Tag, Tone, When};

/// An entry explained. Its forms post to `/import/{id}/decisions`: `verdict` (`link`, `apart` or `undo`), `decided`,
/// and `record` or `other` (an entry).
#[derive(Debug, Clone, Template)]
#[template(path = "entry.html")]
pub struct EntryPage {
    /// The frame.
    pub shell: Shell,
    /// The entry's id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// Where it stands.
    pub state: EntryState,
    /// Why it stands there and what to do, one sentence each; may be empty.
    pub reasons: Vec<Reason>,
    /// Every field with the value that counts.
    pub fields: Vec<EntryField>,
    /// The records side by side.
    pub records: Vec<RecordSide>,
    /// How the records were joined.
    pub joins: Vec<Join>,
    /// Joins that were refused or only proposed.
    pub doubts: Vec<Doubt>,
    /// What people decided about its records, newest first.
    pub history: Vec<Said>,
    /// The number of the last decision, sent along with the next one.
    pub decided: String,
    /// Id of the user this entry was imported as; empty: not imported.
    pub user: String,
}

/// What is said about an entry, and what to do.
#[derive(Debug, Clone)]
pub struct Reason {
    /// How serious.
    pub tone: Tone,
    /// What is the case.
    pub text: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// One field of the entry.
#[derive(Debug, Clone)]
pub struct EntryField {
    /// Its name in words: `E-mail`.
    pub label: String,
    /// The value that counts; empty: none.
    pub value: String,
    /// The component that wins; `None` without a value.
    pub winner: Option<Mark>,
    /// Values of other components that lost: (component, value).
    pub others: Vec<(Mark, String)>,
}

/// One record as its component told it. Secrets never come here.
#[derive(Debug, Clone, Default)]
pub struct RecordSide {
    /// Its id here.
    pub id: String,
    /// The labels of the fields whose value counts because this record has it.
    pub wins: Vec<String>,
    /// The component.
    pub component: Mark,
    /// The connection's name.
    pub connection: String,
    /// The component's own id of the record.
    pub source_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The whole name as the component shows it.
    pub display_name: String,
    /// Login id.
    pub login: String,
    /// Directory number.
    pub number: String,
    /// PBX number or name.
    pub pbx: String,
    /// E-mail address.
    pub email: String,
    /// MBG user name.
    pub mbg_user_name: String,
    /// SIP user and host: `4711@pbx.example.org`.
    pub sip: String,
    /// Client service account.
    pub account: String,
    /// Department.
    pub department: String,
    /// Whether it is switched on: `yes`, `no`; empty: the component does not say.
    pub enabled: String,
    /// What is wrong with it; may be empty.
    pub fault: String,
}

/// Two records were taken for one person.
#[derive(Debug, Clone)]
pub struct Join {
    /// One record: component and its id there.
    pub left: (Mark, String),
    /// The other.
    pub right: (Mark, String),
    /// The rule in plain words: `same PBX and directory number`.
    pub rule: String,
    /// The values that matched: `HQ-1, 1#001 = 1*001`.
    pub values: String,
}

/// Another entry that this one was not joined with, or may have to be.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// The other entry in words: `Siobhan Sullivan, 4720`.
    pub text: String,
    /// Its id; empty: it is gone.
    pub other: String,
    /// Every reason, the most serious first.
    pub whys: Vec<Why>,
    /// Whether the two can be one person at all.
    pub can_link: bool,
}

/// One reason of a doubt.
#[derive(Debug, Clone)]
pub struct Why {
    /// Refused because it contradicts something, or only proposed.
    pub kind: DoubtKind,
    /// Why it was not made.
    pub reason: String,
    /// The value that both have: `4711 HQ-1`; may be empty.
    pub value: String,
}

/// What somebody decided.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who.
    pub actor: String,
    /// When.
    pub when: When,
    /// In a few words: `linked`, `kept apart`, `took back what was said about`.
    pub words: &'static str,
    /// The records that it was said of: component, and what a person calls it.
    pub records: Vec<(Mark, String)>,
    /// The other side.
    pub others: Vec<(Mark, String)>,
    /// The record to take it back of, where it still stands; empty: it does not.
    pub take_back: String,
}

/// Why a join was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtKind {
    /// Both rows stay, both say why.
    Conflict,
    /// A person has to decide.
    Proposal,
}

impl DoubtKind {
    pub(crate) fn tag(self) -> Tag {
        match self {
            Self::Conflict => Tag::new("conflict", Tone::Bad),
            Self::Proposal => Tag::new("proposed", Tone::Warning),
        }
    }
}

/// One line of the records side by side.
pub(crate) struct Line<'a> {
    pub(crate) label: &'static str,
    /// The values, and whether each is the one that counts.
    pub(crate) cells: Vec<(&'a str, bool)>,
    /// Whether two records that have a value differ in it.
    pub(crate) differs: bool,
}

/// Reads one field of a record.
type Field = fn(&RecordSide) -> &String;

/// A value as joining compares it: without case, and `1#001` as `1*001`.
fn folded(value: &str) -> String {
    value.to_lowercase().replace('#', "*")
}

impl EntryPage {
    pub(crate) fn name(&self) -> String {
        spoken(&self.first_name, &self.last_name, &self.number)
    }

    pub(crate) fn record_count(&self) -> Count {
        Count::from(self.records.len())
    }

    /// Whether a record can be taken out.
    pub(crate) fn can_part(&self) -> bool {
        self.records.len() > 1
    }

    pub(crate) fn has_faults(&self) -> bool {
        self.records.iter().any(|record| !record.fault.is_empty())
    }

    /// The records field by field; fields that no record has are left out.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        const FIELDS: [(&str, Field); 13] = [
            ("Last name", |r| &r.last_name),
            ("First name", |r| &r.first_name),
            ("Shown as", |r| &r.display_name),
            ("Login", |r| &r.login),
            ("Directory number", |r| &r.number),
            ("PBX", |r| &r.pbx),
            ("E-mail", |r| &r.email),
            ("MBG user name", |r| &r.mbg_user_name),
            ("SIP account", |r| &r.sip),
            ("Client service account", |r| &r.account),
            ("Department", |r| &r.department),
            ("Active", |r| &r.enabled),
            ("Id there", |r| &r.source_id),
        ];
        FIELDS
            .iter()
            .map(|&(label, field)| {
                let wins = |record: &RecordSide| record.wins.iter().any(|won| won == label);
                let cells: Vec<(&str, bool)> = self
                    .records
                    .iter()
                    .map(|record| (field(record).as_str(), wins(record)))
                    .collect();
                let mut told = cells
                    .iter()
                    .filter(|(cell, _)| !cell.is_empty())
                    .map(|(cell, _)| folded(cell));
                let first = told.next();
                let differs = label != "Id there" && told.any(|cell| Some(cell) != first);
                Line {
                    label,
                    cells,
                    differs,
                }
            })
            .filter(|line| line.cells.iter().any(|(cell, _)| !cell.is_empty()))
            .collect()
    }
}
