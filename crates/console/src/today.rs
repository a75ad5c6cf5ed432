//! `/`: where the roll-out stands, how the connections are, what to do next.

use askama::Template;

use crate::funnel::{Stage, Stuck, stages};
use crate::jobs::{JobLine, JobState};
use crate::{Action, Count, Mark, Place, Shell, Tag, Tone, Trouble, When};

/// The first page.
#[derive(Debug, Clone, Template)]
#[template(path = "today.html")]
pub struct TodayPage {
    /// The frame; `shell.counts.profiles` tells whether a profile exists.
    pub shell: Shell,
    /// How many people got how far.
    pub funnel: Funnel,
    /// Who is stuck where.
    pub stuck: Vec<Stuck>,
    /// Every connection.
    pub connections: Vec<ConnectionLine>,
    /// Jobs that run or wait.
    pub jobs: Vec<JobLine>,
}

/// How many people got how far; each number includes the ones after it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Funnel {
    /// Entries found on the components.
    pub found: Count,
    /// Users imported.
    pub imported: Count,
    /// Users whose deployment was sent.
    pub deployed: Count,
    /// Users whose client fetched its configuration.
    pub downloaded: Count,
    /// Users whose client was seen at the registrar.
    pub registered: Count,
}

impl Funnel {
    pub(crate) fn stages(&self) -> Vec<Stage> {
        let at = |path: &str| path.to_owned();
        stages(vec![
            (
                "Found",
                "people on the components",
                at("/import"),
                self.found,
            ),
            ("Imported", "are users here", at("/users"), self.imported),
            (
                "Deployed",
                "have their e-mail",
                at("/users?reached=deployed"),
                self.deployed,
            ),
            (
                "Downloaded",
                "softphone is configured",
                at("/users?reached=downloaded"),
                self.downloaded,
            ),
            (
                "Registered",
                "their phone rings",
                at("/users?registered=once"),
                self.registered,
            ),
        ])
    }
}

/// One connection and how it is.
#[derive(Debug, Clone)]
pub struct ConnectionLine {
    /// Id, for scanning it alone.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Mark and name of its kind.
    pub kind: Mark,
    /// Host, with port where it matters.
    pub host: String,
    /// When its last complete scan ended.
    pub last_scan: Option<When>,
    /// Records held of it.
    pub records: Count,
    /// How it is.
    pub health: Health,
    /// What is wrong and what to do, for `Incomplete` and `Failed`.
    pub trouble: Option<Trouble>,
}

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The last scan was complete.
    Good,
    /// Being read now.
    Scanning,
    /// The last scan ended early: older records stay.
    Incomplete,
    /// The last scan read nothing.
    Failed,
    /// Never scanned.
    Never,
}

impl Health {
    /// Whether it is being read now.
    pub(crate) fn is_busy(self) -> bool {
        self == Self::Scanning
    }

    /// Whether nothing could be read.
    pub(crate) fn is_bad(self) -> bool {
        self == Self::Failed
    }

    pub(crate) fn tag(self) -> Tag {
        match self {
            Self::Good => Tag::new("complete", Tone::Good),
            Self::Scanning => Tag::new("reading now", Tone::Info),
            Self::Incomplete => Tag::new("incomplete", Tone::Warning),
            Self::Failed => Tag::new("does not answer", Tone::Bad),
            Self::Never => Tag::new("never read", Tone::Plain),
        }
    }
}

/// One step of a newcomer's list.
pub(crate) struct Step {
    pub(crate) done: bool,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) action: Option<Action>,
}

impl TodayPage {
    /// What a newcomer does next: derived from what is there, empty once people download.
    pub(crate) fn steps(&self) -> Vec<Step> {
        if !self.funnel.downloaded.is_zero() {
            return Vec::new();
        }
        let step = |done, title, text, action: Action| Step {
            done,
            title,
            text,
            action: (!done).then_some(action),
        };
        let connected = step(
            !self.connections.is_empty(),
            "Connect the components",
            "One connection for each system that holds user records.",
            Action::link("New connection", "/connections/new"),
        );
        let scan = if connected.done {
            Action::post("Scan now", "/scans")
        } else {
            Action::link("Look there", "/import")
        };
        vec![
            connected,
            step(
                !self.funnel.found.is_zero(),
                "Read their records",
                "A scan reads every record and joins those of one person into one row.",
                scan,
            ),
            step(
                !self.shell.counts.profiles.is_zero(),
                "Make a profile",
                "Where the softphones register, which client people use, how the mail is sent.",
                Action::link("New profile", "/profiles/new"),
            ),
            step(
                !self.funnel.imported.is_zero(),
                "Import users",
                "Choose people from the table. You see what will happen before it does.",
                Action::link("Import users", "/import"),
            ),
            step(
                !self.funnel.deployed.is_zero(),
                "Deploy",
                "Each person gets one e-mail with a link and a QR code.",
                Action::link("Manage users", "/users"),
            ),
            step(
                false,
                "See the first download",
                "Downloaded is stamped when a softphone has really fetched its configuration.",
                Action::link("Manage users", "/users"),
            ),
        ]
    }

    /// A roll-out in full swing, one connection in trouble, one job running.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Today),
            funnel: Funnel {
                found: Count(12_408),
                imported: Count(9_120),
                deployed: Count(8_745),
                downloaded: Count(6_302),
                registered: Count(4_400),
            },
            stuck: Stuck::samples(),
            connections: ConnectionLine::samples(),
            jobs: vec![
                JobLine::sample(JobState::Running),
                JobLine::sample(JobState::Paused),
            ],
        }
    }

    /// A fresh installation.
    pub fn sample_empty() -> Self {
        let mut shell = Shell::sample(Place::Today);
        shell.counts = crate::Counts::default();
        Self {
            shell,
            funnel: Funnel::default(),
            stuck: Vec::new(),
            connections: Vec::new(),
            jobs: Vec::new(),
        }
    }
}

impl ConnectionLine {
    fn samples() -> Vec<Self> {
        let line = |id: &str, kind: Mark, host: &str, records: u64, health| Self {
            id: id.into(),
            name: id.into(),
            kind,
            host: host.into(),
            last_scan: Some(When::new("6 minutes ago", "2026-11-22T13:59:00Z")),
            records: Count(records),
            health,
            trouble: None,
        };
        let mut all = vec![
            line(
                "head-office",
                Mark::new("USP", "Users and Services"),
                "usp.example.org",
                9_804,
                Health::Good,
            ),
            line(
                "edge-1",
                Mark::new("MBG", "Border gateway"),
                "mbg1.example.org",
                11_201,
                Health::Scanning,
            ),
            line(
                "edge-2",
                Mark::new("MBG", "Border gateway"),
                "mbg2.example.org",
                3_500,
                Health::Incomplete,
            ),
            line(
                "mobile",
                Mark::new("CS", "MiCollab Client Service"),
                "client.example.org",
                7_412,
                Health::Good,
            ),
            line(
                "directory",
                Mark::new("LDAP", "LDAP directory"),
                "ldap.example.org:636",
                0,
                Health::Failed,
            ),
        ];
        all[2].last_scan = Some(When::new("yesterday, 22:10", "2026-11-21T22:10:00Z"));
        all[2].trouble = Some(Trouble::new(
            "page 7 of 20 answered with an error",
            "500 Internal Server Error",
            "the scan can be run again; the records of the other pages are up to date",
        ));
        all[4].last_scan = None;
        all[4].trouble = Some(Trouble::new(
            "cannot connect to ldap.example.org:636",
            "connection refused",
            "check that the directory is running and that a firewall lets this server in",
        ));
        all
    }
}
