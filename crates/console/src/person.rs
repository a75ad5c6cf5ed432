//! `/users/new` and `/users/{id}/edit`: one form for a user that is entered by hand, and for what is ours about one that came
//! from a component. What belongs to the component is shown with its mark and cannot be typed over.

use askama::Template;

use crate::{FieldErrors, Mark, Place, ProfileChoice, Shell, profile::LANGUAGES};

/// The form. Posts to `/users/new` or `/users/{id}/edit`; fields that are not shown as inputs are not sent.
#[derive(Debug, Clone, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// The user's id; empty: a new one.
    pub id: String,
    /// What the user is called.
    pub name: String,
    /// The component that its data belongs to, in words; empty: it is ours.
    pub source: String,
    /// Profiles to choose from, with the host that each names.
    pub profiles: Vec<ProfileChoice>,
    /// The values as stored or as typed.
    pub values: Typed,
    /// The fields that belong to a component, with its mark.
    pub owned: Vec<(String, Mark)>,
    /// The passwords and PINs that are held.
    pub held: Vec<String>,
    /// Errors beside their fields.
    pub errors: FieldErrors,
    /// Whether somebody changed the user since the form was opened.
    pub is_outdated: bool,
}

/// Values of a form by the names of their fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// What a field holds; nothing where it is not in the form.
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether this button was pressed or this box ticked.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0
            .iter()
            .any(|(field, one)| field == name && one == value)
    }
}

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Email,
    Digits,
    Secret,
    Language,
}

/// One field.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
}

/// Fields that belong together.
pub(crate) struct Group {
    pub(crate) legend: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) rows: &'static [&'static [Field]],
}

const fn field(name: &'static str, label: &'static str, kind: Kind, help: &'static str) -> Field {
    Field {
        name,
        label,
        kind,
        help,
    }
}

const PERSON: Group = Group {
    legend: "Person",
    lead: "",
    rows: &[
        &[
            field("first_name", "First name", Kind::Text, ""),
            field("last_name", "Last name", Kind::Text, "Needed."),
        ],
        &[
            field(
                "directory_number",
                "Directory number",
                Kind::Text,
                "As it is dialled: digits, * and #.",
            ),
            field(
                "pbx",
                "PBX",
                Kind::Text,
                "Its number or name. May be empty.",
            ),
        ],
        &[
            field(
                "email",
                "E-mail",
                Kind::Email,
                "Needed. Gets the link, the QR code and the code; never a password.",
            ),
            field(
                "language",
                "Language",
                Kind::Language,
                "Of the mail and the landing page.",
            ),
        ],
        &[
            field("department", "Department", Kind::Text, "May be empty."),
            field("login", "Login", Kind::Text, "May be empty."),
        ],
    ],
};

const DELIVERY: Group = Group {
    legend: "Delivery",
    lead: "The mail can go to another address than the component's: to an assistant, to a new colleague's private address. That is kept in the audit.",
    rows: &[&[field(
        "delivery_email",
        "Send the mail to",
        Kind::Email,
        "Empty: to the component's address.",
    )]],
};

const PBX: Group = Group {
    legend: "SIP account at the PBX",
    lead: "What the softphone registers with where no border gateway gives an account. Needed with every profile but “Do not deploy”.",
    rows: &[&[
        field(
            "sip_host",
            "PBX SIP host",
            Kind::Text,
            "Empty: the one of the profile, which also gives domain, port and transport.",
        ),
        field(
            "sip_user",
            "PBX SIP user name",
            Kind::Text,
            "The part before the @.",
        ),
        field("sip_password", "PBX SIP password", Kind::Secret, ""),
    ]],
};

const GATEWAY: Group = Group {
    legend: "SIP account at the border gateway",
    lead: "With a password here, the softphone registers at the MBG SIP host of the profile instead of the PBX.",
    rows: &[&[
        field(
            "mbg_user_name",
            "MBG SIP user name",
            Kind::Text,
            "May be empty.",
        ),
        field("mbg_password", "MBG SIP password", Kind::Secret, ""),
    ]],
};

const VOICEMAIL: Group = Group {
    legend: "Voicemail",
    lead: "",
    rows: &[&[
        field(
            "voicemail_number",
            "Voicemail number",
            Kind::Digits,
            "What the voicemail key dials. Empty: the profile's.",
        ),
        field("voicemail_pin", "Voicemail PIN", Kind::Secret, ""),
    ]],
};

const CLIENT_SERVICE: Group = Group {
    legend: "Client service",
    lead: "",
    rows: &[
        &[
            field("client_service_host", "Host", Kind::Text, "May be empty."),
            field("client_service_port", "Port", Kind::Digits, "1 to 65535."),
        ],
        &[
            field(
                "client_service_account",
                "User name",
                Kind::Text,
                "The client service account.",
            ),
            field("client_service_password", "Password", Kind::Secret, ""),
        ],
    ],
};

impl PersonPage {
    pub(crate) fn groups(&self) -> Vec<Group> {
        if self.source.is_empty() {
            vec![PERSON, PBX, GATEWAY, VOICEMAIL, CLIENT_SERVICE]
        } else {
            vec![PERSON, DELIVERY, PBX, GATEWAY, VOICEMAIL, CLIENT_SERVICE]
        }
    }

    /// Where the form goes.
    pub(crate) fn action(&self) -> String {
        if self.id.is_empty() {
            "/users/new".to_owned()
        } else {
            format!("/users/{}/edit", self.id)
        }
    }

    pub(crate) fn back(&self) -> String {
        if self.id.is_empty() {
            "/users".to_owned()
        } else {
            format!("/users/{}", self.id)
        }
    }

    pub(crate) fn value(&self, field: &Field) -> &str {
        self.values.find(field.name).unwrap_or_default()
    }

    /// The mark of the component that a field belongs to; none: it is ours.
    pub(crate) fn owner(&self, field: &Field) -> Option<&Mark> {
        let found = self.owned.iter().find(|(name, _)| name == field.name);
        found.map(|(_, mark)| mark)
    }

    pub(crate) fn holds(&self, field: &Field) -> bool {
        self.held.iter().any(|name| name == field.name)
    }

    /// Languages to choose from; one that is not among the mails' own stays possible.
    pub(crate) fn languages(&self) -> Vec<(&str, &str)> {
        let current = self.values.find("language").unwrap_or_default();
        let mut all = vec![("", "As the profile says")];
        all.extend(LANGUAGES);
        if !all.iter().any(|(code, _)| *code == current) {
            all.push((current, current));
        }
        all
    }

    fn typed(values: &[(&str, &str)]) -> Typed {
        let pairs = values.iter();
        Typed(
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn sample_profiles() -> Vec<ProfileChoice> {
        let choice = |id: &str, name: &str, chosen| ProfileChoice {
            id: id.into(),
            name: name.into(),
            chosen,
        };
        vec![
            choice("p1", "Office softphone, at mbg1.example.org", true),
            choice("", "Do not deploy", false),
        ]
    }

    /// A new user whose SIP account is missing.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        let missing = "is missing: the profile needs a SIP account, and no gateway gives one";
        errors.add("sip_user", missing);
        errors.add("sip_password", missing);
        Self {
            shell: Shell::sample(Place::Manage),
            id: String::new(),
            name: String::new(),
            source: String::new(),
            profiles: Self::sample_profiles(),
            values: Self::typed(&[
                ("first_name", "Ada"),
                ("last_name", "Lovelace"),
                ("directory_number", "4711"),
                ("email", "ada@example.org"),
                ("language", "en"),
            ]),
            owned: vec![],
            held: vec![],
            errors,
            is_outdated: false,
        }
    }

    /// A user that came from two components and whose SIP account was entered by hand.
    pub fn sample_sourced() -> Self {
        let usp = || Mark::sample("USP");
        let owned = [
            "first_name",
            "last_name",
            "directory_number",
            "pbx",
            "email",
            "department",
            "login",
            "mbg_user_name",
            "mbg_password",
            "client_service_account",
        ];
        let owned = owned.map(|name| (name.to_owned(), usp()));
        Self {
            id: "u4711".into(),
            name: "Abe Nakamura 4711".into(),
            source: "USP".into(),
            values: Self::typed(&[
                ("first_name", "Abe"),
                ("last_name", "Nakamura"),
                ("directory_number", "4711"),
                ("email", "abe.nakamura@example.org"),
                ("sip_user", "4711"),
                ("language", "nds"),
            ]),
            owned: owned.to_vec(),
            held: vec!["sip_password".into()],
            errors: FieldErrors::default(),
            ..Self::sample()
        }
    }
}
