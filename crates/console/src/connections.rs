//! `/connections`: every connection with how it is let in, how old its data is, and what is wrong with it.

use askama::Template;

use crate::{Count, Mark, Place, Shell, Tag, Tone, Trouble, When};

/// The list of connections.
#[derive(Debug, Clone, Template)]
#[template(path = "connections.html")]
pub struct ConnectionsPage {
    /// The frame.
    pub shell: Shell,
    /// Whether this administrator may add and change connections.
    pub may_change: bool,
    /// Every connection.
    pub rows: Vec<ConnectionRow>,
}

/// One connection.
#[derive(Debug, Clone)]
pub struct ConnectionRow {
    /// Id.
    pub id: String,
    /// The id's last characters, as the table shows it.
    pub short_id: String,
    /// Its name.
    pub name: String,
    /// Mark and name of its kind.
    pub kind: Mark,
    /// Host, with port where it matters.
    pub host: String,
    /// The id of the token that the component gave; may be empty.
    pub token_id: String,
    /// Whether its credential was accepted.
    pub verified: Tag,
    /// When what was granted ends, in words; empty where it does not.
    pub expires: Expiry,
    /// When its last complete scan ended.
    pub last_scan: Option<When>,
    /// Records held of it.
    pub records: Count,
    /// How it is.
    pub state: Tag,
    /// What is wrong and what to do.
    pub trouble: Option<Trouble>,
}

/// When a grant ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expiry {
    /// `in 30 days`; empty where it does not end, or nothing was granted.
    pub text: String,
    /// How near that is.
    pub tone: Tone,
}

impl ConnectionRow {
    /// Whether it does not work at all.
    pub(crate) fn is_bad(&self) -> bool {
        self.state.tone == Tone::Bad
    }
}

impl ConnectionsPage {
    /// One of each state.
    pub fn sample() -> Self {
        let row = |id: &str, name: &str, kind: &str, host: &str, state: Tag| ConnectionRow {
            id: id.into(),
            short_id: id.into(),
            name: name.into(),
            kind: Mark::sample(kind),
            host: host.into(),
            token_id: String::new(),
            verified: Tag::new("verified", Tone::Good),
            expires: Expiry::default(),
            last_scan: Some(When::new("6 minutes ago", "2026-11-22T13:59:00Z")),
            records: Count(9_804),
            state,
            trouble: None,
        };
        let good = || Tag::new("complete", Tone::Good);
        let mut rows = vec![
            row("7c2a91", "head-office", "USP", "usp.example.org", good()),
            row(
                "7c2a94",
                "edge-1",
                "MBG",
                "mbg1.example.org",
                Tag::new("held", Tone::Warning),
            ),
            row(
                "7c2b03",
                "edge-2",
                "MBG",
                "mbg2.example.org:8443",
                Tag::new("not authorized", Tone::Bad),
            ),
            row("7c2b10", "mobile", "CS", "client.example.org", good()),
        ];
        rows[1].token_id = "a41f09c2d7e84b6f".into();
        rows[1].expires = Expiry {
            text: "in 6 days".into(),
            tone: Tone::Warning,
        };
        rows[1].trouble = Some(Trouble::new(
            "held: 412 of 3,500 records would be gone",
            "",
            "check the component and scan again; if they are really gone, confirm it on this connection's page",
        ));
        rows[2].verified = Tag::new("not verified", Tone::Warning);
        rows[2].last_scan = None;
        rows[2].records = Count(0);
        rows[2].trouble = Some(Trouble::new(
            "the request was not sent: its web service is not started (connection refused)",
            "",
            "start the web service of the border gateway, check the address, then send the request again",
        ));
        rows[3].token_id = "5d1be0a97f32".into();
        rows[3].expires = Expiry {
            text: "in 1 hour".into(),
            tone: Tone::Plain,
        };
        Self {
            shell: Shell::sample(Place::Connections),
            may_change: true,
            rows,
        }
    }

    /// None yet, for an administrator who may not add one.
    pub fn sample_empty() -> Self {
        Self {
            shell: Shell::sample(Place::Connections),
            may_change: false,
            rows: Vec::new(),
        }
    }
}
