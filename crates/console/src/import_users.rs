//! `/import`: the integrated view of all records on all components, and the choice of whom to import.

use askama::Template;

use crate::list::Pages;
use crate::{
    Chip, Count, FilterChoice, ListQuery, Mark, Paging, Place, ProfileChoice, Shell, Tag, Tone,
    When,
};

/// The table. Its form posts to `/import/plans` (with `looked`, the total shown, in the address where it
/// is exact): `all` (present: everything that matches) or
/// repeated `id`; with `all`, repeated `except`; always `q`, `filter`, `snapshot`, `profile` and
/// `deploy` (`0` or `1`); `as_proposed` (present: proposals of components go before `profile`).
#[derive(Debug, Clone, Template)]
#[template(path = "import_users.html")]
pub struct ImportUsersPage {
    /// The frame. Failed and incomplete scans are its notices.
    pub shell: Shell,
    /// Search, filter and order. Columns: `name`, `first`, `number`, `pbx`, `mbg`, `account`, `email`, `state`.
    pub query: ListQuery,
    /// More words to filter by.
    pub filters: Vec<FilterChoice>,
    /// The view's revision, sent along with the selection.
    pub snapshot: String,
    /// Connections that are read.
    pub connections: Count,
    /// When the oldest of the last scans ended; `None`: never.
    pub scanned: Option<When>,
    /// What the last round of scans did: new, changed, gone.
    pub last_scan: [Count; 3],
    /// Id of the scan job that runs now; empty: none.
    pub scan_job: String,
    /// How many entries there are of each state and remark.
    pub counts: EntryCounts,
    /// This page's rows.
    pub rows: Vec<EntryRow>,
    /// Where this page stands; `paging.total` is what the header box selects.
    pub paging: Paging,
    /// Whether a component proposes profiles.
    pub proposals: bool,
    /// Profiles to choose from, "Do not deploy" among them.
    pub profiles: Vec<ProfileChoice>,
}

/// How many entries there are of each state.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryCounts {
    /// All.
    pub all: Count,
    /// Not imported yet, nothing against it.
    pub new: Count,
    /// Imported and in line with the source.
    pub imported: Count,
    /// Imported, and the source has changed since.
    pub changed: Count,
    /// Records contradict each other.
    pub conflict: Count,
    /// Something that an import or a deployment needs is missing.
    pub incomplete: Count,
    /// Switched off at the source.
    pub inactive: Count,
    /// Imported, and on no component any more.
    pub gone: Count,
    /// Perhaps the same person as another entry.
    pub proposed: Count,
    /// A further phone of somebody who is here already.
    pub second_line: Count,
}

/// One person of the table.
#[derive(Debug, Clone, Default)]
pub struct EntryRow {
    /// The entry's id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// PBX number or name.
    pub pbx: String,
    /// MBG user name.
    pub mbg_user_name: String,
    /// Client service account.
    pub client_service_account: String,
    /// E-mail address.
    pub email: String,
    /// The profile that a component proposes; may be empty.
    pub proposal: String,
    /// Where it stands.
    pub state: EntryState,
    /// Why it stands there, a few words; may be empty.
    pub note: String,
    /// The components it was found on.
    pub found_on: Vec<Mark>,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EntryState {
    /// Not imported yet, nothing against it.
    #[default]
    New,
    /// Imported and in line with the source.
    Imported,
    /// Imported, and the source has changed since.
    Changed,
    /// Records contradict each other.
    Conflict,
    /// Something is missing.
    Incomplete,
    /// Switched off at the source.
    Inactive,
    /// On no component any more.
    Gone,
}

impl EntryState {
    pub(crate) fn tag(self) -> Tag {
        match self {
            Self::New => Tag::new("new", Tone::Info),
            Self::Imported => Tag::new("imported", Tone::Good),
            Self::Changed => Tag::new("changed", Tone::Warning),
            Self::Conflict => Tag::new("conflict", Tone::Bad),
            Self::Incomplete => Tag::new("incomplete", Tone::Warning),
            Self::Inactive => Tag::new("inactive", Tone::Plain),
            Self::Gone => Tag::new("gone", Tone::Bad),
        }
    }
}

impl EntryRow {
    /// What a screen reader calls this person.
    pub(crate) fn spoken(&self) -> String {
        spoken(&self.first_name, &self.last_name, &self.number)
    }

    pub(crate) fn tag(&self) -> Tag {
        self.state
            .tag()
            .link(format!("/import/{}", self.id), self.spoken())
    }
}

/// First and last name; the number or a placeholder where both are missing.
pub(crate) fn spoken(first: &str, last: &str, number: &str) -> String {
    match (first.is_empty(), last.is_empty(), number.is_empty()) {
        (false, false, _) => format!("{first} {last}"),
        (false, true, _) => first.to_owned(),
        (true, false, _) => last.to_owned(),
        (true, true, false) => format!("number {number}"),
        (true, true, true) => "a person without a name".to_owned(),
    }
}

impl ImportUsersPage {
    pub(crate) fn chips(&self) -> Vec<Chip> {
        let counts = &self.counts;
        let mut chips = vec![
            Chip::new("all", "All", counts.all),
            Chip::new("new", "New", counts.new),
            Chip::new("imported", "Imported", counts.imported),
            Chip::new("changed", "Changed", counts.changed).tone(Tone::Warning),
            Chip::new("conflict", "Conflicts", counts.conflict).tone(Tone::Bad),
            Chip::new("incomplete", "Incomplete", counts.incomplete).tone(Tone::Warning),
            Chip::new("inactive", "Inactive", counts.inactive),
        ];
        // What is rare is offered where there is some, or where it is looked at.
        let rare = [
            Chip::new("gone", "Gone", counts.gone).tone(Tone::Bad),
            Chip::new("proposed", "Proposed", counts.proposed)
                .by("note")
                .tone(Tone::Warning),
            Chip::new("second-line", "Second lines", counts.second_line).by("note"),
        ];
        let offered = |chip: &Chip| !chip.count.is_zero() || self.query.shows(chip);
        chips.extend(rare.into_iter().filter(offered));
        chips
    }

    /// What the last round of scans did, as far as it did something: number, words, address.
    pub(crate) fn last_scan(&self) -> Vec<(Count, &'static str, String)> {
        let chip = |word, value| Chip::new(value, "", 0_u64).by(word);
        let parts = [("new", "new"), ("changed", "changed"), ("gone", "gone")];
        self.last_scan
            .iter()
            .zip(parts)
            .filter(|(count, _)| !count.is_zero())
            .map(|(count, (value, words))| {
                let all = ListQuery {
                    path: self.query.path.clone(),
                    ..ListQuery::default()
                };
                (*count, words, all.with_chip(&chip("scan", value)))
            })
            .collect()
    }

    pub(crate) fn pages(&self) -> Pages<'_> {
        Pages {
            paging: &self.paging,
            query: &self.query,
        }
    }

    /// Fifty of 12,408, a broken scan, every state, hard names.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Import).notice(Shell::sample_notice()),
            query: ListQuery {
                path: "/import".into(),
                sort: "name".into(),
                ..ListQuery::default()
            },
            snapshot: "r1842".into(),
            connections: Count(5),
            scanned: Some(When::new("6 minutes ago", "2026-11-22T13:59:00Z")),
            last_scan: [Count(12), Count(41), Count(2)],
            scan_job: String::new(),
            counts: EntryCounts {
                all: Count(12_408),
                new: Count(3_128),
                imported: Count(9_079),
                changed: Count(41),
                conflict: Count(7),
                incomplete: Count(112),
                inactive: Count(41),
                gone: Count(2),
                proposed: Count(19),
                second_line: Count(230),
            },
            filters: FilterChoice::samples(),
            rows: SAMPLE.map(EntryRow::sample).into(),
            paging: Paging {
                from: Some(1),
                shown: Count(10),
                total: Count(12_408),
                size: 50,
                next: Some("k".into()),
                ..Paging::default()
            },
            proposals: true,
            profiles: ProfileChoice::samples(),
        }
    }

    /// Nothing was ever read.
    pub fn sample_empty() -> Self {
        let mut shell = Shell::sample(Place::Import);
        shell.counts = crate::Counts::default();
        Self {
            shell,
            connections: Count(3),
            scanned: None,
            last_scan: [Count(0); 3],
            counts: EntryCounts::default(),
            rows: Vec::new(),
            paging: Paging::single(0_u64),
            ..Self::sample()
        }
    }

    /// A search without a hit.
    pub fn sample_no_match() -> Self {
        Self {
            shell: Shell::sample(Place::Import),
            query: ListQuery {
                path: "/import".into(),
                q: "zzz".into(),
                state: "conflict".into(),
                more: vec![("pbx", "HQ-2".into())],
                filter: "state=conflict&pbx=HQ-2".into(),
                sort: "name".into(),
                ..ListQuery::default()
            },
            counts: EntryCounts::default(),
            rows: Vec::new(),
            paging: Paging::single(0_u64),
            ..Self::sample()
        }
    }
}

impl FilterChoice {
    fn samples() -> Vec<Self> {
        let choice = |word, label, values: &[(&str, &str)]| Self {
            word,
            label,
            values: values
                .iter()
                .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
                .collect(),
            chosen: String::new(),
        };
        vec![
            choice("state", "State", &[("new", "New"), ("gone", "Gone")]),
            choice("lacks", "Without", &[("email", "E-mail address")]),
            choice(
                "pbx",
                "PBX",
                &[("HQ-1", "HQ-1"), ("Branch & Co", "Branch & Co")],
            ),
        ]
    }
}

impl ProfileChoice {
    pub(crate) fn samples() -> Vec<Self> {
        let choice = |id: &str, name: &str, chosen| Self {
            id: id.into(),
            name: name.into(),
            chosen,
        };
        vec![
            choice("p1", "Office softphone", true),
            choice("p2", "Teleworker", false),
            choice("p0", "Do not deploy", false),
        ]
    }
}

/// The sample's people: state, first and last name, number, PBX, MBG user name, client service
/// account, e-mail, note, components.
const SAMPLE: [&str; 10] = [
    "new|Abe|Nakamura|4711|HQ-1|anakamura-4711|anakamura|abe.nakamura@example.org||USP MBG CS",
    "imported|Anneliese|Müller-Lüdenscheidt|1*001|HQ-1|amueller-1*001|amueller|a.mueller@example.org||USP MBG LDAP",
    "conflict|Siobhán|Ó Súilleabháin|4720|HQ-2|sosull-4720||siobhan@example.org|two records claim number 4720|USP MBG",
    "new|فاطمة|السيد|4733|HQ-2|falsayed-4733|falsayed|f.alsayed@example.org||USP MBG CS LDAP",
    "incomplete||Reception|100|HQ-1|reception-100|||no e-mail address on any component|MBG",
    "new|Zoë|van der Berg|4790|HQ-1|zvdberg-4790|zvdberg|zoe.vdberg@example.org||USP MBG",
    "changed|Łukasz|Zieliński|4802|HQ-2|lzielinski-4802|lzielinski|l.zielinski@example.org|e-mail changed at the source yesterday|USP MBG CS",
    "inactive|Adolph Blaine Charles David Earl Frederick Gerald Hubert|Wolfeschlegelsteinhausenbergerdorff|4899|Branch office Baden-Württemberg|awolfeschlegelsteinhausenbergerdorff-4899|awolfeschlegelstein|adolph.wolfeschlegelsteinhausenbergerdorff@subsidiary.example.org|switched off on Users and Services|USP CS",
    "incomplete|Con\0trol\u{1b}[31m|\u{202e}gnirts\nlive|4900|HQ-1|||broken@|e-mail address is not valid|LDAP",
    "new|李|小龙|4911|HQ-2|xli-4911|xli|xiaolong.li@example.org||USP MBG CS",
];

impl EntryRow {
    fn sample(line: &str) -> Self {
        let mut parts = line.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let state = match next().as_str() {
            "imported" => EntryState::Imported,
            "changed" => EntryState::Changed,
            "conflict" => EntryState::Conflict,
            "incomplete" => EntryState::Incomplete,
            "inactive" => EntryState::Inactive,
            _ => EntryState::New,
        };
        let mut row = Self {
            state,
            first_name: next(),
            last_name: next(),
            number: next(),
            pbx: next(),
            mbg_user_name: next(),
            client_service_account: next(),
            email: next(),
            note: next(),
            ..Self::default()
        };
        if row.number == "4733" {
            row.proposal = "Office & co".into();
        }
        row.id = format!("e{}", row.number.replace(['*', '#'], "-"));
        row.found_on = next().split(' ').map(Mark::sample).collect();
        row
    }
}
