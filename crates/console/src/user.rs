//! `/users/{id}`: one user — data and where it comes from, devices, deployments, history.

use askama::Template;

use crate::manage::UserState;
use crate::{Mark, Place, Shell, Tag, Tone, When};

/// One user.
#[derive(Debug, Clone, Template)]
#[template(path = "user.html")]
pub struct UserPage {
    /// The frame.
    pub shell: Shell,
    /// Id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// How far this user is.
    pub state: UserState,
    /// Why, a few words; may be empty.
    pub note: String,
    /// The profile: (id, name); no id where there is none.
    pub profile: (String, String),
    /// Id of the entry this user was imported from; empty: none.
    pub entry: String,
    /// Every field with its origin.
    pub fields: Vec<UserField>,
    /// Softphones that fetched a configuration.
    pub devices: Vec<DeviceLine>,
    /// What else is registered with this user's account.
    pub others: Vec<ContactLine>,
    /// Deployments and their mails, the newest first.
    pub deployments: Vec<DeploymentLine>,
    /// History, the newest first.
    pub timeline: Vec<Event>,
    /// Whether the profile lets this user be deployed.
    pub can_deploy: bool,
    /// Whether the access is withdrawn.
    pub is_suspended: bool,
    /// Whether this user may set up their own phone: `open: …`, `closed: …`, `off: …`.
    pub self_deployment: String,
}

/// One field of a user, never editable where it came from a component.
#[derive(Debug, Clone)]
pub struct UserField {
    /// Its name in words.
    pub label: String,
    /// Its value; for a secret a word such as `held, never shown`. Empty: none.
    pub value: String,
    /// The component it belongs to; `None`: entered by hand.
    pub origin: Option<Mark>,
}

/// One softphone.
#[derive(Debug, Clone, Default)]
pub struct DeviceLine {
    /// Client and version: `Linphone 5.1.65`.
    pub client: String,
    /// Platform; may be empty.
    pub platform: String,
    /// First fetch.
    pub first: When,
    /// Last fetch.
    pub last: When,
    /// What it calls itself at the registrar, and when it was seen there first and last.
    pub registered: Option<(String, When, When)>,
    /// What it is: `registered`, `active`, `pending`, `out of date`, `suspended`, `revoked`.
    pub state: String,
    /// What that means, where the word does not say it; may be empty.
    pub meaning: &'static str,
    /// Its id, where its access can be withdrawn; else empty.
    pub id: String,
}

/// A contact at the registrar that is none of the devices.
#[derive(Debug, Clone)]
pub struct ContactLine {
    /// What it calls itself; may be empty.
    pub agent: String,
    /// Where it is.
    pub host: String,
    /// When it was first seen.
    pub first: When,
    /// When it was last seen.
    pub last: When,
}

/// One deployment with its mail.
#[derive(Debug, Clone)]
pub struct DeploymentLine {
    /// When it was ordered.
    pub ordered: When,
    /// Who ordered it.
    pub by: String,
    /// Where it stands.
    pub state: UserState,
    /// The address the mail went to, empty where it is not known any more; `None`: there was no mail.
    pub to: Option<String>,
    /// Until when its link works; `None`: it is over.
    pub expires: Option<When>,
    /// How many devices used its link; what to do where it takes no other. Empty: none did.
    pub used: String,
    /// What became of it, where that is nobody's fault; may be empty.
    pub ended: &'static str,
    /// The mail server's words or another reason; may be empty.
    pub note: String,
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub when: When,
    /// How it is coloured.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// Who did it: an administrator's name, `the softphone`; may be empty.
    pub by: String,
}

impl DeviceLine {
    pub(crate) fn tag(&self) -> Tag {
        let tone = match self.state.as_str() {
            "active" | "registered" => Tone::Good,
            "out of date" | "renewed at its next fetch" => Tone::Warning,
            _ => Tone::Plain,
        };
        Tag::new(self.state.clone(), tone).meaning(self.meaning)
    }
}

impl DeviceLine {
    fn sample() -> Self {
        let at = |text: &str, iso: &str| When::new(text, iso);
        Self {
            client: "Linphone 5.1.65".into(),
            platform: "Debian 12".into(),
            first: at("22 Nov, 14:40", "2026-11-22T14:40:00Z"),
            last: at("3 minutes ago", "2026-11-22T15:02:00Z"),
            registered: Some((
                "Linphone/5.1.65".into(),
                at("22 Nov, 14:41", "2026-11-22T14:41:00Z"),
                at("2 minutes ago", "2026-11-22T15:03:00Z"),
            )),
            state: "registered".into(),
            meaning: "",
            id: "d4711".into(),
        }
    }
}

impl ContactLine {
    fn sample() -> Self {
        Self {
            agent: "DeskPhone/9.1".into(),
            host: "192.0.2.7".into(),
            first: When::new("20 Nov, 08:02", "2026-11-20T08:02:00Z"),
            last: When::new("2 minutes ago", "2026-11-22T15:03:00Z"),
        }
    }
}

impl UserPage {
    pub(crate) fn name(&self) -> String {
        crate::import_users::spoken(&self.first_name, &self.last_name, &self.number)
    }

    /// A user with one device and a bounced first mail.
    pub fn sample() -> Self {
        let usp = || Some(Mark::sample("USP"));
        let mbg = || Some(Mark::sample("MBG"));
        let field = |label: &str, value: &str, origin| UserField {
            label: label.into(),
            value: value.into(),
            origin,
        };
        let at = |text: &str, iso: &str| When::new(text, iso);
        let event = |text: &str, by: &str, tone, clock: &str| Event {
            when: When::new(
                format!("22 Nov, {clock}"),
                format!("2026-11-22T{clock}:00Z"),
            ),
            tone,
            text: text.into(),
            by: by.into(),
        };
        Self {
            shell: Shell::sample(Place::Manage),
            id: "u4711".into(),
            first_name: "Abe".into(),
            last_name: "Nakamura".into(),
            number: "4711".into(),
            state: UserState::Downloaded,
            note: String::new(),
            profile: ("p1".into(), "Office softphone".into()),
            entry: "e4711".into(),
            fields: vec![
                field("Last name", "Nakamura", usp()),
                field("First name", "Abe", usp()),
                field("Directory number", "4711", mbg()),
                field("PBX", "HQ-1", mbg()),
                field("MBG SIP user name", "anakamura-4711", mbg()),
                field("SIP password", "held, never shown", mbg()),
                field(
                    "Client service account",
                    "anakamura",
                    Some(Mark::sample("CS")),
                ),
                field("E-mail", "abe.nakamura@example.org", usp()),
                field("Language", "en", None),
            ],
            devices: vec![DeviceLine::sample()],
            others: vec![ContactLine::sample()],
            deployments: vec![
                DeploymentLine {
                    ordered: at("22 Nov, 14:02", "2026-11-22T14:02:00Z"),
                    by: "Grace Example".into(),
                    state: UserState::Downloaded,
                    to: Some("abe.nakamura@example.org".into()),
                    expires: Some(at("29 Nov, 14:02", "2026-11-29T14:02:00Z")),
                    used: "used on 1 of 3 devices".into(),
                    ended: "",
                    note: String::new(),
                },
                DeploymentLine {
                    ordered: at("21 Nov, 09:30", "2026-11-21T09:30:00Z"),
                    by: "Grace Example".into(),
                    state: UserState::Bounced,
                    to: Some("abe@example.org".into()),
                    expires: None,
                    used: String::new(),
                    ended: "",
                    note: "550 5.1.1 no such user".into(),
                },
            ],
            timeline: vec![
                event(
                    "downloaded by Linphone 5.1.65",
                    "the softphone",
                    Tone::Good,
                    "14:40",
                ),
                event("link opened", "", Tone::Info, "14:39"),
                event(
                    "mail accepted for abe.nakamura@example.org",
                    "",
                    Tone::Info,
                    "14:03",
                ),
                event("deployed", "Grace Example", Tone::Plain, "14:02"),
                event(
                    "imported with profile Office softphone",
                    "Grace Example",
                    Tone::Plain,
                    "09:28",
                ),
            ],
            can_deploy: true,
            is_suspended: false,
            self_deployment: "open: this person can sign in and set up their own phone".into(),
        }
    }
}
