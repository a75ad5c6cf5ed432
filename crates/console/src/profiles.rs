//! `/profiles`: the list of deployment profiles.

use askama::Template;

use crate::{Count, Place, Shell};

/// The list of profiles.
#[derive(Debug, Clone, Template)]
#[template(path = "profiles.html")]
pub struct ProfilesPage {
    /// The frame.
    pub shell: Shell,
    /// All profiles.
    pub rows: Vec<ProfileLine>,
}

/// One profile.
#[derive(Debug, Clone, Default)]
pub struct ProfileLine {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// The client in words: `Linphone`, `Do not deploy`.
    pub client: String,
    /// The link mode: `redirect`, `direct`; empty where nothing is deployed.
    pub link_mode: String,
    /// SIP domain, host and transport in words: `pbx.example.org via mbg1.example.org:5061 (TLS)`.
    pub registers_at: String,
    /// Users that have it.
    pub users: Count,
}

impl ProfilesPage {
    /// Three profiles.
    pub fn sample() -> Self {
        let line = |id: &str, name: &str, client: &str, mode: &str, at: &str, users| ProfileLine {
            id: id.into(),
            name: name.into(),
            client: client.into(),
            link_mode: mode.into(),
            registers_at: at.into(),
            users: Count(users),
        };
        Self {
            shell: Shell::sample(Place::Profiles),
            rows: vec![
                line(
                    "p1",
                    "Office softphone",
                    "Linphone",
                    "direct",
                    "pbx.example.org via mbg1.example.org:5061 (TLS)",
                    8_210,
                ),
                line(
                    "p2",
                    "Teleworker",
                    "baresip",
                    "redirect",
                    "pbx.example.org via mbg2.example.org:5060 (UDP)",
                    640,
                ),
                line("p0", "Do not deploy", "Do not deploy", "", "", 270),
            ],
        }
    }

    /// None yet.
    pub fn sample_empty() -> Self {
        Self {
            shell: Shell::sample(Place::Profiles),
            rows: Vec::new(),
        }
    }
}
