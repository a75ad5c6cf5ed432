//! Words about an entry (one row of the integrated view, one person made of one or more records): the
//! rules that join its records, and where it stands.

use serde::{Deserialize, Serialize};

/// The rule by which two records were taken for the same person, strongest first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A person linked them.
    Decision,
    /// One record names the other (USP's user knows the MBG user name).
    CrossReference,
    /// The same PBX and directory number.
    Number,
    /// The same login or client service account.
    Login,
    /// The same e-mail address, unique on both sides.
    Email,
    /// A similar name, and the same department or end of a number: never joins, only proposes.
    Name,
}

impl Rule {
    /// Every rule, strongest first.
    pub const ALL: [Self; 6] = [
        Self::Decision,
        Self::CrossReference,
        Self::Number,
        Self::Login,
        Self::Email,
        Self::Name,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::CrossReference => "cross-reference",
            Self::Number => "number",
            Self::Login => "login",
            Self::Email => "email",
            Self::Name => "name",
        }
    }

    /// The rule of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The rule in words for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Decision => "an administrator linked them",
            Self::CrossReference => "one record names the other's account",
            Self::Number => "same PBX and directory number",
            Self::Login => "same login",
            Self::Email => "same e-mail address, unique on both sides",
            Self::Name => "similar name, and the same department or end of the number",
        }
    }
}

/// What a person says about two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They are one person.
    Together,
    /// They are two.
    Apart,
    /// What was said before is taken back; the rules decide.
    Undone,
}

impl Verdict {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::Apart => "apart",
            Self::Undone => "undone",
        }
    }

    /// The verdict of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Together, Self::Apart, Self::Undone]
            .into_iter()
            .find(|verdict| verdict.name() == name)
    }

    /// Whether the records are one person, where something is said.
    pub const fn together(self) -> Option<bool> {
        match self {
            Self::Together => Some(true),
            Self::Apart => Some(false),
            Self::Undone => None,
        }
    }
}

/// Where an entry stands, as its tag in the table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Records contradict each other: a person decides.
    Conflict,
    /// Something that an import needs is missing.
    Incomplete,
    /// A component says that the person is not active.
    Inactive,
    /// No component holds the person any more.
    Gone,
    /// Imported, and the components tell something new since.
    Changed,
    /// Imported and in line.
    Imported,
    /// Not imported yet.
    New,
}

impl EntryState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Conflict,
        Self::Incomplete,
        Self::Inactive,
        Self::Gone,
        Self::Changed,
        Self::Imported,
        Self::New,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Incomplete => "incomplete",
            Self::Inactive => "inactive",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Imported => "imported",
            Self::New => "new",
        }
    }

    /// The state of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What kind of remark stands at an entry.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Records contradict each other; both rows stay.
    Conflict,
    /// Probably the same person as another entry; a person decides.
    Proposal,
    /// A further phone of a person who has an entry already.
    SecondLine,
    /// A component's record cannot be read as told.
    Fault,
}

/// A remark at an entry: what it is about and why.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct Note {
    /// Its kind.
    pub kind: NoteKind,
    /// The rule that it came from, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Why, for a person.
    pub text: String,
    /// The other entry, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<crate::EntryId>,
}

/// What is asked of an entry besides its state, as bits: the database has an index for each of them, and its
/// statements name them by number.
pub mod marks {
    use super::{Note, NoteKind};
    use crate::{
        PersonFields,
        filter::{Lack, Remarked},
    };

    /// It was imported, and the components tell something else since.
    pub const DRIFTED: i64 = 32;

    /// The bit of a remark.
    pub const fn of_remark(remark: Remarked) -> i64 {
        match remark {
            Remarked::Proposed => 1,
            Remarked::SecondLine => 2,
            Remarked::Fault => 4,
        }
    }

    /// The bit of a lack.
    pub const fn of_lack(lack: Lack) -> i64 {
        match lack {
            Lack::LastName => 8,
            Lack::Email => 16,
        }
    }

    /// All bits of an entry.
    pub fn of(fields: &PersonFields, notes: &[Note], drifted: bool) -> i64 {
        let remarks = notes.iter().filter_map(|note| match note.kind {
            NoteKind::Proposal => Some(Remarked::Proposed),
            NoteKind::SecondLine => Some(Remarked::SecondLine),
            NoteKind::Fault => Some(Remarked::Fault),
            NoteKind::Conflict => None,
        });
        let lacks = [
            (Lack::LastName, &fields.last_name),
            (Lack::Email, &fields.email),
        ];
        let lacks = lacks.into_iter().filter(|(_, text)| text.is_empty());
        let drift = if drifted { DRIFTED } else { 0 };
        let bits = remarks
            .map(of_remark)
            .chain(lacks.map(|(lack, _)| of_lack(lack)));
        bits.fold(drift, |all, bit| all | bit)
    }
}
