//! `/connections/{id}`: one connection: whether it is let in, how it is, what it is set to, its last scans.

use askama::Template;

use crate::{Count, Mark, Place, Shell, Tag, Tone, Trouble, When, connections::Expiry};

/// One connection.
#[derive(Debug, Clone, Template)]
#[template(path = "connection.html")]
pub struct ConnectionPage {
    /// The frame.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Mark and name of its kind.
    pub kind: Mark,
    /// What its kind and way are called.
    pub title: String,
    /// Where it leads.
    pub address: String,
    /// How it is.
    pub state: Tag,
    /// Whether this administrator may change it.
    pub may_change: bool,
    /// What is wrong and what to do.
    pub trouble: Option<Trouble>,
    /// How it is let in.
    pub way: Way,
    /// That token, when it was just made; a secret that is shown this once.
    pub new_token: Option<String>,
    /// When its credential was accepted; none while it was not.
    pub verified: Option<When>,
    /// The id of the token that the component gave; may be empty.
    pub token_id: String,
    /// When what was granted ends.
    pub expires: Expiry,
    /// The authorization that is waited for.
    pub waiting: Option<Waiting>,
    /// What a test found, when one was just made.
    pub tested: Option<Tested>,
    /// What the held scan did not see.
    pub held: Option<Held>,
    /// The job that reads it now, or will.
    pub scanning: Option<String>,
    /// Whether it is left alone.
    pub paused: bool,
    /// When it is scanned by itself, in words.
    pub schedule: String,
    /// When that is next.
    pub next_scan: Option<String>,
    /// When its last complete scan ended.
    pub last_scan: Option<When>,
    /// Records held of it.
    pub records: Count,
    /// Records of the last scan that could not be read.
    pub skipped: Count,
    /// Who is registered there: of users, of nobody known, and when it was looked.
    pub contacts: Option<(Count, Count, When)>,
    /// The connection that reads the records of this cluster in its place: id and name.
    pub read_by: Option<(String, String)>,
    /// Nodes of its cluster: name, host, role.
    pub nodes: Vec<(String, String, String)>,
    /// Its settings, label and value; never a secret.
    pub settings: Vec<(String, String)>,
    /// Its last scans, newest first.
    pub scans: Vec<ScanLine>,
}

/// How a connection is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a credential that is kept here.
    Credential,
    /// By an authorization that is given in a window.
    Window,
    /// It comes to us, by a token that is made for it.
    Pushed,
}

/// An authorization that is waited for.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The id of its token.
    pub token_id: String,
    /// Its window; empty for everybody but the one who asked, and once its time is over.
    pub url: String,
    /// When it was asked for.
    pub at: When,
}

/// What a test of a connection found.
#[derive(Debug, Clone)]
pub enum Tested {
    /// It works: what was read, in words.
    Works(String),
    /// It does not.
    Fails(Trouble),
}

/// What a held scan did not see.
#[derive(Debug, Clone)]
pub struct Held {
    /// Records that were not seen.
    pub unseen: Count,
    /// Records that were there.
    pub all: Count,
    /// Some of them, as people call them.
    pub some: Vec<String>,
}

/// One scan.
#[derive(Debug, Clone)]
pub struct ScanLine {
    /// Its job.
    pub job: String,
    /// When it was ordered.
    pub at: When,
    /// By whom.
    pub by: String,
    /// How it ended.
    pub state: Tag,
    /// What it read, or what went wrong.
    pub note: String,
}

impl ConnectionPage {
    fn is_remote(&self) -> bool {
        self.way == Way::Window
    }

    fn is_pushed(&self) -> bool {
        self.way == Way::Pushed
    }

    /// A local gateway whose scan is held.
    pub fn sample() -> Self {
        let when = |text: &str| When::new(text, "2026-11-22T13:59:00Z");
        Self {
            shell: Shell::sample(Place::Connections),
            id: "7c2a94".into(),
            name: "edge-1".into(),
            kind: Mark::sample("MBG"),
            title: "border gateway".into(),
            address: "https://mbg1.example.org".into(),
            state: Tag::new("held", Tone::Warning),
            may_change: true,
            trouble: Some(Trouble::new(
                "held: 412 of 3,500 records would be gone",
                "",
                "check the component and scan again; if they are really gone, confirm it",
            )),
            way: Way::Credential,
            new_token: None,
            verified: Some(when("6 minutes ago")),
            token_id: String::new(),
            expires: Expiry::default(),
            waiting: None,
            tested: Some(Tested::Works(
                "100 records on the first page, 3,088 in all".into(),
            )),
            held: Some(Held {
                unseen: Count(412),
                all: Count(3_500),
                some: vec!["Ada Lovelace".into(), "Grace Hopper".into()],
            }),
            scanning: None,
            paused: false,
            schedule: "every 60 minutes".into(),
            next_scan: Some("in 54 minutes".into()),
            last_scan: Some(when("yesterday, 22:10")),
            records: Count(3_500),
            contacts: Some((
                Count(2_911),
                Count(14),
                When::new("a minute ago", "2026-11-22T14:04:00Z"),
            )),
            skipped: Count(2),
            read_by: None,
            nodes: vec![
                ("mbg-1".into(), "mbg-1.example.org".into(), "primary".into()),
                (
                    "mbg-2".into(),
                    "mbg-2.example.org".into(),
                    "secondary".into(),
                ),
            ],
            settings: vec![("Records per page".into(), "500".into())],
            scans: vec![ScanLine {
                job: "j1".into(),
                at: when("6 minutes ago"),
                by: "rollcall".into(),
                state: Tag::new("failed", Tone::Bad),
                note: "held: 412 of 3,500 records would be gone".into(),
            }],
        }
    }

    /// A remote gateway that waits for its authorization; the test failed.
    pub fn sample_waiting() -> Self {
        Self {
            id: "7c2b03".into(),
            name: "edge-2".into(),
            title: "border gateway, remote".into(),
            address: "https://mbg2.example.org:8443".into(),
            state: Tag::new("not authorized", Tone::Warning),
            way: Way::Window,
            verified: None,
            trouble: None,
            held: None,
            waiting: Some(Waiting {
                token_id: "a41f09c2d7e84b6f".into(),
                url: "https://mbg2.example.org:8443/oauth/authorize?oauth_token=a41f09c2d7e84b6f"
                    .into(),
                at: When::new("a minute ago", "2026-11-22T14:04:00Z"),
            }),
            tested: Some(Tested::Fails(Trouble::new(
                "cannot read from edge-2 at https://mbg2.example.org:8443",
                "it is not authorized",
                "a primary administrator authorizes it under Configuration > Connections",
            ))),
            paused: true,
            schedule: "by hand".into(),
            next_scan: None,
            last_scan: None,
            records: Count(0),
            contacts: None,
            skipped: Count(0),
            read_by: Some(("7c2a94".into(), "edge-1".into())),
            scans: vec![],
            ..Self::sample()
        }
    }

    /// An identity provider's connection whose token was just made.
    pub fn sample_pushed() -> Self {
        Self {
            id: "7c2b77".into(),
            name: "workforce".into(),
            kind: Mark::sample("IN"),
            title: "SCIM in".into(),
            address: "https://phones.example.org/scim/v2".into(),
            state: Tag::new("nothing pushed yet", Tone::Plain),
            way: Way::Pushed,
            new_token: Some("tN0c-only-an-example-k7aQ".into()),
            token_id: "5f2b90aa".into(),
            trouble: None,
            tested: None,
            held: None,
            last_scan: None,
            records: Count(0),
            contacts: None,
            skipped: Count(0),
            nodes: vec![],
            settings: vec![("Name".into(), "workforce".into())],
            scans: vec![],
            ..Self::sample()
        }
    }

    /// A verified remote gateway whose authorization ends soon, for an administrator who may not change it.
    pub fn sample_verified() -> Self {
        Self {
            verified: Some(When::new("2026-01-04 09:12", "2026-01-04T09:12:00Z")),
            token_id: "0be7c1d22f9a4e55".into(),
            expires: Expiry {
                text: "in 6 days".into(),
                tone: Tone::Warning,
            },
            waiting: None,
            tested: None,
            paused: false,
            read_by: None,
            may_change: false,
            state: Tag::new("complete", Tone::Good),
            ..Self::sample_waiting()
        }
    }
}
