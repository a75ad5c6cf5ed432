//! The sample of an explained entry.

use super::{Doubt, DoubtKind, EntryField, EntryPage, Join, Reason, RecordSide, Said, Why};
use crate::import_users::EntryState;
use crate::{Mark, Place, Shell, Tone, When};

impl EntryPage {
    /// Three records, two joins, a conflict and a proposal.
    pub fn sample() -> Self {
        let usp = || Mark::sample("USP");
        let mbg = || Mark::sample("MBG");
        let ldap = || Mark::sample("LDAP");
        let field = |label: &str, value: &str, winner: Option<Mark>, others| EntryField {
            label: label.into(),
            value: value.into(),
            winner,
            others,
        };
        Self {
            shell: Shell::sample(Place::Import),
            id: "e4720".into(),
            first_name: "Siobhán".into(),
            last_name: "Ó Súilleabháin".into(),
            number: "4720".into(),
            state: EntryState::Conflict,
            reasons: vec![Reason {
                tone: Tone::Bad,
                text: "Two records of “edge-1” claim the number 4720.".into(),
                hint: "Give one of them its own number on the border gateway, then scan again."
                    .into(),
            }],
            fields: vec![
                field(
                    "Last name",
                    "Ó Súilleabháin",
                    Some(usp()),
                    vec![(ldap(), "O'Sullivan".into())],
                ),
                field("First name", "Siobhán", Some(usp()), Vec::new()),
                field("Directory number", "4720", Some(mbg()), Vec::new()),
                field("PBX", "HQ-2", Some(mbg()), Vec::new()),
                field("MBG user name", "sosull-4720", Some(mbg()), Vec::new()),
                field("Client service account", "", None, Vec::new()),
                field(
                    "E-mail",
                    "siobhan@example.org",
                    Some(usp()),
                    vec![(ldap(), "s.osullivan@example.org".into())],
                ),
            ],
            records: records(),
            joins: vec![
                Join {
                    left: (usp(), "u-20431".into()),
                    right: (mbg(), "dev-8812".into()),
                    rule: "the user names this device".into(),
                    values: "sosull-4720".into(),
                },
                Join {
                    left: (usp(), "u-20431".into()),
                    right: (ldap(), "6f1c0d2e…".into()),
                    rule: "same login".into(),
                    values: "sosull = SOSULL".into(),
                },
            ],
            doubts: doubts(),
            history: vec![Said {
                actor: "grace".into(),
                when: When::new("2 hours ago", "2026-11-22T12:05:00Z"),
                words: "linked",
                records: vec![(ldap(), "Siobhán O'Sullivan".into())],
                others: vec![
                    (usp(), "Siobhán Ó Súilleabháin, 4720".into()),
                    (mbg(), "sosull-4720, 4720".into()),
                ],
                take_back: "9".into(),
            }],
            decided: "17".into(),
            user: "u77".into(),
        }
    }
}

fn records() -> Vec<RecordSide> {
    vec![
        RecordSide {
            component: Mark::sample("USP"),
            id: "7".into(),
            wins: vec!["Last name", "First name", "E-mail", "Login", "Department"]
                .into_iter()
                .map(str::to_owned)
                .collect(),
            connection: "head-office".into(),
            source_id: "u-20431".into(),
            first_name: "Siobhán".into(),
            last_name: "Ó Súilleabháin".into(),
            login: "sosull".into(),
            number: "4720".into(),
            pbx: "HQ-2".into(),
            email: "siobhan@example.org".into(),
            mbg_user_name: "sosull-4720".into(),
            department: "Finance".into(),
            enabled: "yes".into(),
            ..RecordSide::default()
        },
        RecordSide {
            component: Mark::sample("MBG"),
            id: "8".into(),
            wins: vec!["Directory number", "PBX", "MBG user name", "SIP account"]
                .into_iter()
                .map(str::to_owned)
                .collect(),
            connection: "edge-1".into(),
            source_id: "dev-8812".into(),
            display_name: "O'Sullivan, Siobhán".into(),
            number: "4720".into(),
            pbx: "HQ-2".into(),
            mbg_user_name: "sosull-4720".into(),
            sip: "sosull-4720@mbg1.example.org".into(),
            enabled: "yes".into(),
            ..RecordSide::default()
        },
        RecordSide {
            component: Mark::sample("LDAP"),
            id: "9".into(),
            wins: vec![],
            connection: "directory".into(),
            source_id: "6f1c0d2e-4a1b-4c55-9a53-1f0e2b7c9d10".into(),
            first_name: "Siobhán".into(),
            last_name: "O'Sullivan".into(),
            login: "SOSULL".into(),
            email: "s.osullivan@example.org".into(),
            department: "Finance".into(),
            fault: "telephoneNumber is not a number: “ask reception”".into(),
            ..RecordSide::default()
        },
    ]
}

fn doubts() -> Vec<Doubt> {
    vec![
        Doubt {
            text: "dev-9014 on “edge-1”, 4720".into(),
            other: "e4720b".into(),
            whys: vec![
                Why {
                    kind: DoubtKind::Conflict,
                    reason: "two records of edge-1 have the same number".into(),
                    value: "4720 HQ-2".into(),
                },
                Why {
                    kind: DoubtKind::Proposal,
                    reason: "another entry has the same number, but name or login differ".into(),
                    value: "4720 HQ-2".into(),
                },
            ],
            can_link: false,
        },
        Doubt {
            text: "Sheila O'Sullivan, 3720".into(),
            other: "e3720".into(),
            whys: vec![Why {
                kind: DoubtKind::Proposal,
                reason: "similar names in one department".into(),
                value: "Siobhán Ó Súilleabháin / Sheila O'Sullivan, Finance".into(),
            }],
            can_link: true,
        },
    ]
}
