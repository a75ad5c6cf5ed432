//! `/connections/new` and `/connections/{id}/settings`: first the kind, then the form of that kind.

use askama::Template;

use crate::{Count, FieldErrors, Mark, Place, Shell, Trouble};

/// The kinds of component, to choose one.
#[derive(Debug, Clone, Template)]
#[template(path = "connection_kinds.html")]
pub struct ConnectionKindsPage {
    /// The frame.
    pub shell: Shell,
    /// Every kind, and every way to connect it.
    pub kinds: Vec<KindChoice>,
}

/// One kind.
#[derive(Debug, Clone)]
pub struct KindChoice {
    /// Where its form is.
    pub href: String,
    /// Its mark.
    pub mark: Mark,
    /// What it is called.
    pub title: String,
    /// What it leads to, in one sentence.
    pub help: String,
}

/// The form of one kind. Posts to `/connections` or `/connections/{id}/settings`.
#[derive(Debug, Clone, Template)]
#[template(path = "connection_form.html")]
pub struct ConnectionFormPage {
    /// The frame.
    pub shell: Shell,
    /// The connection's id; empty: a new one.
    pub id: String,
    /// The connection's name as it is kept; empty: a new one.
    pub called: String,
    /// What its kind is called.
    pub title: String,
    /// What it leads to, in one sentence.
    pub help: String,
    /// Sent along as they are: kind and access.
    pub hidden: Vec<(String, String)>,
    /// Name, address, credential.
    pub fields: Vec<FormField>,
    /// What most people leave as it is.
    pub more: Vec<FormField>,
    /// When it is scanned by itself.
    pub schedule: ScheduleFields,
    /// Whether it is authorized in a window after it was saved.
    pub window: bool,
    /// Whether its people are pushed here: then it is not read.
    pub pushed: bool,
    /// The first records, where they were just asked for.
    pub preview: Option<Previewed>,
    /// Errors beside their fields.
    pub errors: FieldErrors,
}

/// What a preview found.
#[derive(Debug, Clone)]
pub enum Previewed {
    /// It can be read.
    Records {
        /// The first records.
        rows: Vec<PreviewRow>,
        /// How many there are in all, where that is known.
        total: Option<Count>,
        /// What could not be read, a sentence each.
        remarks: Vec<String>,
    },
    /// It cannot.
    Fails(Trouble),
}

/// One record as it would be read.
#[derive(Debug, Clone)]
pub struct PreviewRow {
    /// The component's own id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Login id.
    pub login: String,
    /// Extension.
    pub number: String,
    /// Public number.
    pub e164: String,
    /// Address.
    pub email: String,
    /// Department.
    pub department: String,
    /// Whether this person may be deployed.
    pub enabled: bool,
    /// What is odd about it.
    pub faults: Vec<String>,
}

/// One field.
#[derive(Debug, Clone, Default)]
pub struct FormField {
    /// Its name in the form.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What to enter, in one sentence.
    pub help: String,
    /// What it holds; never a secret.
    pub value: String,
    /// What it would look like; may be empty.
    pub example: String,
    /// Whether the browser insists on it.
    pub needed: bool,
    /// What can be entered.
    pub input: Input,
}

/// What can be entered in a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Input {
    /// One line.
    #[default]
    Text,
    /// One line that is not shown.
    Secret,
    /// Several lines.
    Lines,
    /// Yes or no: any value but the empty one is yes.
    Switch,
    /// A whole number.
    Number,
    /// One of these values, each with its label.
    OneOf(Vec<(String, String)>),
}

/// The fields of a schedule, as text, so that what was typed comes back with its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleFields {
    /// `hand`, `every` or `daily`.
    pub kind: String,
    /// Minutes, for `every`.
    pub minutes: String,
    /// `HH:MM`, UTC, for `daily`.
    pub time: String,
}

impl Default for ScheduleFields {
    fn default() -> Self {
        Self {
            kind: "hand".into(),
            minutes: "60".into(),
            time: "03:00".into(),
        }
    }
}

impl ConnectionFormPage {
    /// A new directory with two errors.
    pub fn sample() -> Self {
        let field = |name: &str, label: &str, value: &str, input| FormField {
            name: name.into(),
            label: label.into(),
            help: "Where it is; plain http and ldap are for this machine only.".into(),
            value: value.into(),
            input,
            ..FormField::default()
        };
        let mut errors = FieldErrors::default();
        errors.add(
            "address",
            "the address `ldap.example.org` is none; write it like ldaps://ldap.example.org",
        );
        errors.add("page_size", "must be a whole number from 1 to 1000");
        let levels = vec![("a".into(), "First".into()), ("b".into(), "Second".into())];
        Self {
            shell: Shell::sample(Place::Connections),
            id: String::new(),
            called: String::new(),
            title: "LDAP directory".into(),
            help: "The people of an LDAP directory.".into(),
            hidden: vec![
                ("kind".into(), "ldap".into()),
                ("access".into(), "local".into()),
            ],
            fields: vec![
                field("name", "Name", "directory", Input::Text),
                field("address", "Address", "ldap.example.org", Input::Text),
                field("account", "Bind DN", "", Input::Text),
                field("secret", "Password", "", Input::Secret),
            ],
            more: vec![
                field("page_size", "Records per page", "many", Input::Number),
                field("start_tls", "StartTLS", "true", Input::Switch),
                field("level", "Level", "b", Input::OneOf(levels)),
                field("ca_pem", "Private certificate authority", "", Input::Lines),
            ],
            schedule: ScheduleFields::default(),
            window: false,
            pushed: false,
            preview: None,
            errors,
        }
    }

    /// A remote border gateway, changed.
    pub fn sample_remote() -> Self {
        Self {
            id: "7c2b03".into(),
            called: "edge-2".into(),
            title: "border gateway, remote".into(),
            window: true,
            errors: FieldErrors::default(),
            ..Self::sample()
        }
    }

    /// A directory that is changed, with two of its records.
    pub fn sample_preview() -> Self {
        let ada = PreviewRow {
            id: "7f000001-0000-1000-8000-000000000001".into(),
            name: "Ada Lovelace".into(),
            login: "ada".into(),
            number: "4711".into(),
            e164: "+493012344711".into(),
            email: "ada@example.org".into(),
            department: "Research".into(),
            enabled: true,
            faults: vec![],
        };
        let odd = PreviewRow {
            id: "7f000001-0000-1000-8000-000000000002".into(),
            name: String::new(),
            login: "printer".into(),
            number: String::new(),
            e164: String::new(),
            email: String::new(),
            department: String::new(),
            enabled: false,
            faults: vec!["last_name is missing".into(), "email has no @".into()],
        };
        Self {
            id: "7c2b04".into(),
            called: "directory".into(),
            errors: FieldErrors::default(),
            preview: Some(Previewed::Records {
                rows: vec![ada, odd],
                total: Some(Count(3_500)),
                remarks: vec!["Record 3 cannot be read: it has no id (entryUUID).".into()],
            }),
            ..Self::sample()
        }
    }

    /// A directory that cannot be read.
    pub fn sample_unread() -> Self {
        Self {
            preview: Some(Previewed::Fails(Trouble::new(
                "cannot read from directory at ldaps://ldap.example.org",
                "it refuses the credentials (result code 49)",
                "enter valid credentials for this connection",
            ))),
            ..Self::sample_preview()
        }
    }

    /// Whether records can be read before it is saved.
    pub(crate) fn can_preview(&self) -> bool {
        !self.window && !self.pushed
    }

    /// Whether a field of those that most people leave alone is at fault.
    pub(crate) fn more_is_at_fault(&self) -> bool {
        self.more
            .iter()
            .any(|field| !self.errors.of(&field.name).is_empty())
    }
}

impl ConnectionKindsPage {
    /// Two kinds.
    pub fn sample() -> Self {
        let choice = |kind: &str, mark: &str, title: &str| KindChoice {
            href: format!("/connections/new?kind={kind}&access=local"),
            mark: Mark::sample(mark),
            title: title.into(),
            help: "The users of a telephone system, with their phones and services.".into(),
        };
        Self {
            shell: Shell::sample(Place::Connections),
            kinds: vec![
                choice("usp", "USP", "Users and Services"),
                choice("mbg", "MBG", "border gateway"),
            ],
        }
    }
}
