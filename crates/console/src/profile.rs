//! `/profiles/new` and `/profiles/{id}`: one form with what a client needs and a user's record does not hold.

use askama::Template;
use serde::Deserialize;

use crate::{Count, FieldErrors, Place, Shell};

/// The form. Posts [`ProfileFields`] to `/profiles` or `/profiles/{id}`; deleting posts to
/// `/profiles/{id}/delete`.
#[derive(Debug, Clone, Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub shell: Shell,
    /// The profile's id; empty: a new one.
    pub id: String,
    /// The fields as stored or as typed.
    pub fields: ProfileFields,
    /// Errors beside their fields; their names are those of [`ProfileFields`].
    pub errors: FieldErrors,
    /// Users that have this profile.
    pub users: Count,
    /// What of it the client ignores, in words.
    pub ignored: Vec<String>,
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

/// The form's fields under their names, all as text, so that what was typed comes back with its error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProfileFields {
    /// Name of the profile.
    pub name: String,
    /// `linphone` or `baresip`.
    pub client: String,
    /// `redirect` or `direct`.
    pub link_mode: String,
    /// SIP domain.
    pub sip_domain: String,
    /// SIP host (MBG or registrar); empty: the domain.
    pub sip_host: String,
    /// Port, 1 to 65535; empty: the transport's own.
    pub sip_port: String,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Outbound proxy as `host`, `host:port`; may be empty.
    pub outbound_proxy: String,
    /// Codecs in order of preference, separated by commas or spaces; may be empty.
    pub codecs: String,
    /// `off`, `optional` or `mandatory`.
    pub srtp: String,
    /// Registration interval in seconds.
    pub registration_interval_s: String,
    /// Number of the mailbox; may be empty.
    pub voicemail_number: String,
    /// `every-start` or `once`.
    pub fetch: String,
    /// Days that a mailed link works.
    pub validity_days: String,
    /// Devices that one link serves.
    pub devices: String,
    /// One address that receives all mails of this profile; may be empty.
    pub central_email: String,
    /// Language of the mail, BCP 47.
    pub mail_language: String,
    /// Name of the organisation in mail and landing page.
    pub organisation: String,
    /// A line of help in mail and landing page; may be empty.
    pub help_text: String,
}

impl Default for ProfileFields {
    /// What a new profile starts with.
    fn default() -> Self {
        let empty = String::new;
        Self {
            name: empty(),
            client: "linphone".into(),
            link_mode: "redirect".into(),
            sip_domain: empty(),
            sip_host: empty(),
            sip_port: empty(),
            transport: "tls".into(),
            outbound_proxy: empty(),
            codecs: empty(),
            srtp: "optional".into(),
            registration_interval_s: "600".into(),
            voicemail_number: empty(),
            fetch: "every-start".into(),
            validity_days: "7".into(),
            devices: "3".into(),
            central_email: empty(),
            mail_language: "en".into(),
            organisation: empty(),
            help_text: empty(),
        }
    }
}

impl ProfilePage {
    /// An existing profile with two errors.
    pub fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add(
            "sip_port",
            "A port is a number from 1 to 65535; this is “70000”.",
        );
        errors.add(
            "codecs",
            "“G.999” is not a codec this client knows. Try opus, PCMA, PCMU, G722.",
        );
        Self {
            shell: Shell::sample(Place::Profiles),
            id: "p1".into(),
            fields: ProfileFields {
                name: "Office softphone".into(),
                link_mode: "direct".into(),
                sip_domain: "pbx.example.org".into(),
                sip_host: "mbg1.example.org".into(),
                sip_port: "70000".into(),
                codecs: "opus, G.999".into(),
                voicemail_number: "*97".into(),
                organisation: "Example Ltd.".into(),
                help_text: "Questions? Call 100.".into(),
                ..ProfileFields::default()
            },
            errors,
            users: Count(8_210),
            ignored: vec!["voicemail number: it has no key for it".into()],
        }
    }

    /// A new one.
    pub fn sample_new() -> Self {
        Self {
            id: String::new(),
            fields: ProfileFields::default(),
            errors: FieldErrors::default(),
            users: Count(0),
            ignored: Vec::new(),
            ..Self::sample()
        }
    }
}
