//! `/profiles/new` and `/profiles/{id}`: one form with what a client needs and a user's record does not hold.

use askama::Template;

use crate::{Count, FieldErrors, Place, Shell};

/// The form. Posts `name` and every setting under its key, all as text, to `/profiles` or `/profiles/{id}`; deleting
/// posts to `/profiles/{id}/delete`.
#[derive(Debug, Clone, Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub shell: Shell,
    /// The profile's id; empty: a new one.
    pub id: String,
    /// The version that the form was made of; empty: a new one.
    pub version: String,
    /// The profile's name as stored or as typed.
    pub name: String,
    /// The settings, group by group.
    pub groups: Vec<SettingGroup>,
    /// Errors beside their fields, by key.
    pub errors: FieldErrors,
    /// Users that have this profile.
    pub users: Count,
}

/// Languages of the mail: BCP 47 code and the language's own name.
pub const LANGUAGES: [(&str, &str); 8] = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pt", "Português"),
    ("ar", "العربية"),
];

/// Settings that belong together.
#[derive(Debug, Clone)]
pub struct SettingGroup {
    /// Its permanent name: the anchor is `group-NAME`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its settings.
    pub fields: Vec<SettingField>,
}

/// One setting with its value.
#[derive(Debug, Clone, Default)]
pub struct SettingField {
    /// Its name in the form.
    pub key: String,
    /// What a person calls it.
    pub title: String,
    /// What it does, what is expected, and its default.
    pub help: String,
    /// What it is counted in; may be empty.
    pub unit: String,
    /// How it is entered.
    pub entry: Entry,
    /// The value as stored or as typed.
    pub value: String,
    /// Why the profile's client ignores it; empty where it does not.
    pub ignored: String,
    /// The other clients that ignore it, each with the reason.
    pub ignored_by: Vec<(String, String)>,
}

/// How a setting is entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Entry {
    /// One line.
    #[default]
    Line,
    /// Some lines.
    Lines,
    /// A number.
    Number,
    /// One of some words.
    Select(Vec<Choice>),
    /// One of some words that need an explanation.
    Radios(Vec<Choice>),
}

/// One value to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What a person calls it.
    pub title: String,
    /// What it means; may be empty.
    pub help: String,
}

impl SettingField {
    /// Who else ignores it, in one line.
    pub(crate) fn ignored_by_whom(&self) -> String {
        let names: Vec<_> = self
            .ignored_by
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        names.join(", ")
    }

    /// Whether it needs the whole width.
    pub(crate) fn is_wide(&self) -> bool {
        matches!(self.entry, Entry::Lines | Entry::Radios(_))
    }
}

impl Choice {
    fn sample(value: &str, title: &str, help: &str) -> Self {
        Self {
            value: value.into(),
            title: title.into(),
            help: help.into(),
        }
    }
}

impl ProfilePage {
    /// What a person calls the field of an error.
    pub(crate) fn title_of<'a>(&'a self, key: &'a str) -> &'a str {
        let mut fields = self.groups.iter().flat_map(|group| &group.fields);
        match fields.find(|field| field.key == key) {
            Some(field) => &field.title,
            None if key == "name" => "Name",
            None => key,
        }
    }

    /// An existing profile with two errors.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add("sip_port", "is no number that is possible here");
        errors.add("codecs", "may hold opus, G722, PCMU, PCMA and speex only");
        Self {
            shell: Shell::sample(Place::Profiles),
            id: "p1".into(),
            version: "4".into(),
            name: "Office softphone".into(),
            groups: SettingGroup::samples("70000"),
            errors,
            users: Count(8_210),
        }
    }

    /// A new one.
    pub fn sample_new() -> Self {
        Self {
            id: String::new(),
            version: String::new(),
            name: String::new(),
            groups: SettingGroup::samples(""),
            errors: FieldErrors::default(),
            users: Count(0),
            ..Self::sample()
        }
    }
}

impl SettingGroup {
    /// One field of each kind.
    fn samples(port: &str) -> Vec<Self> {
        let client = SettingField {
            key: "client".into(),
            title: "Client".into(),
            help: "The program that people use. Default: Linphone.".into(),
            entry: Entry::Radios(vec![
                Choice::sample("linphone", "Linphone", "For phones and desktops."),
                Choice::sample("baresip", "baresip", "For Linux and test stations."),
            ]),
            value: "baresip".into(),
            ..SettingField::default()
        };
        let port = SettingField {
            key: "sip_port".into(),
            title: "Port".into(),
            help: "Empty: 5061 for TLS, 5060 otherwise. 1 to 65535.".into(),
            entry: Entry::Number,
            value: port.into(),
            ..SettingField::default()
        };
        let codecs = SettingField {
            key: "codecs".into(),
            title: "Codecs".into(),
            help: "The preferred one first. Default: none.".into(),
            value: "opus, G.999".into(),
            ..SettingField::default()
        };
        let push = SettingField {
            key: "push".into(),
            title: "Push notifications".into(),
            help: "Calls may wake a sleeping phone. Default: on.".into(),
            entry: Entry::Select(vec![
                Choice::sample("true", "On", ""),
                Choice::sample("false", "Off", ""),
            ]),
            value: "true".into(),
            ignored: "it is no app that sleeps".into(),
            ..SettingField::default()
        };
        let interval = SettingField {
            key: "register_interval_s".into(),
            title: "Registration interval".into(),
            help: "How often a client says that it is there. 60 to 86400. Default: 600 seconds."
                .into(),
            unit: "seconds".into(),
            entry: Entry::Number,
            value: "600".into(),
            ignored_by: vec![(
                "Zoiper".into(),
                "its token answer has no place for it".into(),
            )],
            ..SettingField::default()
        };
        let help = SettingField {
            key: "help".into(),
            title: "Help".into(),
            help: "For people who are stuck. May be empty.".into(),
            entry: Entry::Lines,
            value: "Questions?\nCall <100>.".into(),
            ..SettingField::default()
        };
        let group = |name: &str, title: &str, fields| Self {
            name: name.into(),
            title: title.into(),
            fields,
        };
        vec![
            group("client", "Client", vec![client]),
            group(
                "registration",
                "Where softphones register",
                vec![port, interval],
            ),
            group("media", "Media", vec![codecs]),
            group("calls", "Calls and messages", vec![push]),
            group("mail", "E-mail", vec![help]),
        ]
    }
}
