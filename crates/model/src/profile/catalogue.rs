//! What a person is told about each setting, in groups: title, help, unit, choices, default. Page, API and command line
//! show this one list; what a client ignores of it stands with the clients.

use serde_json::Value;

use super::{ClientKind, Fetch, LinkMode, ProfileSettings, Srtp, SrtpKeys, Transport};
use crate::Fault;

/// Settings that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Which program.
    Client,
    /// Where and how it registers.
    Registration,
    /// Sound and its way.
    Media,
    /// Dialling and messages.
    Calls,
    /// What the app shows.
    App,
    /// The mailed link, and what is behind it.
    Links,
    /// The mail.
    Mail,
}

impl Group {
    /// Every group, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Client,
        Self::Registration,
        Self::Media,
        Self::Calls,
        Self::App,
        Self::Links,
        Self::Mail,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Registration => "registration",
            Self::Media => "media",
            Self::Calls => "calls",
            Self::App => "app",
            Self::Links => "links",
            Self::Mail => "mail",
        }
    }

    /// What a person calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Registration => "Where softphones register",
            Self::Media => "Media",
            Self::Calls => "Calls and messages",
            Self::App => "The app",
            Self::Links => "Links",
            Self::Mail => "E-mail",
        }
    }
}

/// One of the values that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionOf {
    /// Its permanent name.
    pub value: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// What it means; empty where the title says all.
    pub help: &'static str,
}

const fn option(value: &'static str, title: &'static str, help: &'static str) -> OptionOf {
    OptionOf { value, title, help }
}

/// How a setting is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// One line of text.
    Text,
    /// Some lines of text.
    Lines,
    /// A whole number; what 0, or nothing at all, means, where it means something.
    Number {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
        /// What is done where nothing is set; empty: something has to be.
        zero: &'static str,
    },
    /// One of a few.
    Choice(&'static [OptionOf]),
    /// On or off.
    Flag,
    /// Words in an order, separated by commas.
    List,
}

/// One setting, as people are told of it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the API.
    pub key: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// What a person calls it.
    pub title: &'static str,
    /// What it does, and what is expected.
    pub help: &'static str,
    /// What it is counted in; may be empty.
    pub unit: &'static str,
    /// How it is entered.
    pub control: Control,
    /// Whether a client's configuration is made of it, so that a change makes people out of date.
    pub in_document: bool,
}

const YES: OptionOf = option("true", "On", "");
const NO: OptionOf = option("false", "Off", "");
const FLAG: &[OptionOf] = &[YES, NO];

const fn setting(
    group: Group,
    key: &'static str,
    title: &'static str,
    control: Control,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        group,
        title,
        help,
        unit: "",
        control,
        in_document: !matches!(group, Group::Mail),
    }
}

impl Setting {
    const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// No client's configuration is made of it.
    const fn outside(self) -> Self {
        Self {
            in_document: false,
            ..self
        }
    }

    /// What can be chosen; empty where something is written.
    pub const fn options(&self) -> &'static [OptionOf] {
        match self.control {
            Control::Choice(options) => options,
            Control::Flag => FLAG,
            _ => &[],
        }
    }

    /// Its value in a profile.
    pub fn of(&self, settings: &ProfileSettings) -> Value {
        let mut all = serde_json::to_value(settings).expect("settings always serialise");
        all[self.key].take()
    }

    /// Its default.
    pub fn default(&self) -> Value {
        self.of(&ProfileSettings::default())
    }

    /// A value as it is typed; nothing where nothing is set.
    pub fn typed(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(words) => {
                let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
                words.join(", ")
            }
            Value::Number(number) if number.as_u64() == Some(0) => String::new(),
            other => other.to_string(),
        }
    }

    /// A value as it is read: the title of a choice, a number with its unit, what nothing means.
    pub fn shown(&self, value: &Value) -> String {
        let typed = self.typed(value);
        let chosen = self.options().iter().find(|option| option.value == typed);
        match (chosen, self.control) {
            (Some(option), _) => option.title.to_owned(),
            (None, Control::Number { zero, .. }) if typed.is_empty() => zero.to_owned(),
            (None, Control::Number { .. }) => {
                let unit = match typed.as_str() {
                    "1" => self.unit.strip_suffix('s').unwrap_or(self.unit),
                    _ => self.unit,
                };
                format!("{typed} {unit}").trim().to_owned()
            }
            (None, _) => typed,
        }
    }

    /// What was typed as a value; nothing typed is the default.
    ///
    /// # Errors
    /// A fault of this setting where the text is no number or none of the choices.
    pub fn read(&self, typed: &str) -> Result<Value, Fault> {
        let text = typed.replace("\r\n", "\n").trim().to_owned();
        let fault = |message: &str| Fault::new(self.key, message);
        Ok(match self.control {
            Control::Text | Control::Lines => Value::String(text),
            Control::List => text
                .split(|c: char| c == ',' || c.is_whitespace())
                .filter(|word| !word.is_empty())
                .collect(),
            Control::Number { zero, .. } if text.is_empty() && !zero.is_empty() => 0.into(),
            _ if text.is_empty() => self.default(),
            Control::Number { max, .. } => {
                let number: Option<u64> = text.parse().ok().filter(|number| *number <= max);
                number
                    .ok_or_else(|| fault("is no number that is possible here"))?
                    .into()
            }
            Control::Flag => Value::Bool(match text.as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(fault("is none of the choices")),
            }),
            // Languages besides those that are offered can be set by the API, and stay.
            Control::Choice(options) => {
                let open = self.key == "language";
                if !open && !options.iter().any(|option| option.value == text) {
                    return Err(fault("is none of the choices"));
                }
                Value::String(text)
            }
        })
    }
}

/// A setting that differs between two versions of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in the API; `name` for the profile's name.
    pub setting: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// What it was, as it is read.
    pub from: String,
    /// What it is.
    pub to: String,
    /// Whether clients' configurations are made of it.
    pub in_document: bool,
}

/// What differs, in the order of the page.
pub fn changes(from: &ProfileSettings, to: &ProfileSettings) -> Vec<Change> {
    let values = |settings| serde_json::to_value(settings).expect("settings always serialise");
    let (before, after) = (values(from), values(to));
    SETTINGS
        .iter()
        .filter(|setting| before[setting.key] != after[setting.key])
        .map(|setting| Change {
            setting: setting.key,
            title: setting.title,
            from: setting.shown(&before[setting.key]),
            to: setting.shown(&after[setting.key]),
            in_document: setting.in_document,
        })
        .collect()
}

const CLIENTS: &[OptionOf] = &[
    option(
        ClientKind::Linphone.name(),
        ClientKind::Linphone.title(),
        "For phones and desktops. Takes its account as a hash, and asks again by itself.",
    ),
    option(
        ClientKind::Baresip.name(),
        ClientKind::Baresip.title(),
        "For Linux and test stations. Needs the clear password. It fetches its configuration by a script: the page that a browser shows behind \
         the link is made for Linphone.",
    ),
    option(
        ClientKind::Acrobits.name(),
        ClientKind::Acrobits.title(),
        "For phones. Needs the clear password, a Cloud ID at Acrobits, and there as the external provisioning address: this server's /prov/acrobits with \
         cloud_username and cloud_password.",
    ),
    option(
        ClientKind::Zoiper.name(),
        ClientKind::Zoiper.title(),
        "For phones. Needs the clear password, a provider id at Zoiper, and there as the token address: this server's /prov/zoiper?t=. Zoiper's own \
         page sees the link's ticket.",
    ),
    option(
        ClientKind::Json.name(),
        ClientKind::Json.title(),
        "For scripts of device management and tools of desk phones: every setting, as the API describes it. The page that a browser shows \
         behind the link is made for Linphone.",
    ),
];

const LINK_MODES: &[OptionOf] = &[
    option(
        LinkMode::Redirect.name(),
        LinkMode::Redirect.title(),
        "Links name the redirect server, which sends clients on to this one. This server's address stays out of the mail. \
         The client must follow redirects: Linphone 5.1 for the console does not. Not for Acrobits and Zoiper: the redirect server does not know \
         which client a link is for, and its page leads into Linphone.",
    ),
    option(
        LinkMode::Direct.name(),
        LinkMode::Direct.title(),
        "Links name this server itself. Right where it can be reached from where people are.",
    ),
    option(
        LinkMode::Relay.name(),
        LinkMode::Relay.title(),
        "Links name the redirect server, which fetches from this one. Right where phones cannot reach this server, or follow no \
         redirects; not for Acrobits and Zoiper. Configurations with their secrets pass through the redirect server's memory; it keeps nothing of them.",
    ),
];

const FETCHES: &[OptionOf] = &[
    option(
        Fetch::EveryStart.name(),
        Fetch::EveryStart.title(),
        "Changes reach people by themselves.",
    ),
    option(
        Fetch::Once.name(),
        Fetch::Once.title(),
        "The client keeps what it got and may be changed by hand.",
    ),
];

const TRANSPORTS: &[OptionOf] = &[
    option(Transport::Tls.name(), Transport::Tls.title(), ""),
    option(Transport::Tcp.name(), Transport::Tcp.title(), ""),
    option(Transport::Udp.name(), Transport::Udp.title(), ""),
];

const SRTPS: &[OptionOf] = &[
    option(Srtp::Off.name(), Srtp::Off.title(), ""),
    option(Srtp::Optional.name(), Srtp::Optional.title(), ""),
    option(Srtp::Mandatory.name(), Srtp::Mandatory.title(), ""),
];

const SRTP_KEYS: &[OptionOf] = &[
    option(SrtpKeys::Sdes.name(), SrtpKeys::Sdes.title(), ""),
    option(SrtpKeys::Dtls.name(), SrtpKeys::Dtls.title(), ""),
    option(SrtpKeys::Zrtp.name(), SrtpKeys::Zrtp.title(), ""),
];

/// The languages of the mail that ships.
const LANGUAGES: &[OptionOf] = &[
    option("en", "English", ""),
    option("de", "Deutsch", ""),
    option("fr", "Français", ""),
    option("es", "Español", ""),
    option("it", "Italiano", ""),
    option("nl", "Nederlands", ""),
    option("pt", "Português", ""),
    option("ar", "العربية", ""),
];

/// Every setting, group by group, in the order of the page.
pub const SETTINGS: &[Setting] = &[
    setting(
        Group::Client,
        "client",
        "Client",
        Control::Choice(CLIENTS),
        "The program that people use. Everybody with this profile gets its kind of configuration.",
    ),
    setting(
        Group::Client,
        "provider_id",
        "Id at the client's maker",
        Control::Text,
        "Cloud ID (Acrobits) or provider id (Zoiper). Empty for other clients.",
    )
    .outside(),
    setting(
        Group::Registration,
        "sip_domain",
        "SIP domain",
        Control::Text,
        "The part after the @ of a person's SIP address: pbx.example.org. Also the realm of their passwords.",
    ),
    setting(
        Group::Registration,
        "sip_host",
        "MBG SIP host",
        Control::Text,
        "Border gateway or registrar that clients connect to. Empty: the SIP domain.",
    ),
    setting(
        Group::Registration,
        "transport",
        "Transport",
        Control::Choice(TRANSPORTS),
        "TLS keeps others from listening in on who calls whom.",
    ),
    setting(
        Group::Registration,
        "sip_port",
        "Port",
        Control::Number {
            min: 1,
            max: 65_535,
            zero: "the transport's own",
        },
        "Empty: 5061 for TLS, 5060 otherwise.",
    ),
    setting(
        Group::Registration,
        "outbound_proxy",
        "Outbound proxy",
        Control::Text,
        "A server in between, host or host:port. Empty: none.",
    ),
    setting(
        Group::Registration,
        "register_interval_s",
        "Registration interval",
        Control::Number {
            min: 60,
            max: 86_400,
            zero: "",
        },
        "How often a client says that it is there.",
    )
    .unit("seconds"),
    setting(
        Group::Media,
        "codecs",
        "Codecs",
        Control::List,
        "The preferred one first, separated by commas: opus, G722, PCMU, PCMA, speex. Empty: the client's own choice.",
    ),
    setting(
        Group::Media,
        "srtp",
        "Encrypted media (SRTP)",
        Control::Choice(SRTPS),
        "Mandatory: a call without it fails.",
    ),
    setting(
        Group::Media,
        "srtp_keys",
        "Keys of encrypted media",
        Control::Choice(SRTP_KEYS),
        "SDES needs TLS as the transport to be of use; DTLS and ZRTP do not, and the PBX has to know them.",
    ),
    setting(
        Group::Media,
        "stun_server",
        "STUN server",
        Control::Text,
        "Tells clients behind a router their public address, host or host:port. Empty: none, which is right with a border gateway.",
    ),
    setting(
        Group::Media,
        "ice",
        "Try several ways (ICE)",
        Control::Flag,
        "Clients look for the shortest way of the sound between them.",
    ),
    setting(
        Group::Calls,
        "voicemail_number",
        "Voicemail number",
        Control::Text,
        "What the voicemail key dials: *97. A person's own number goes before it. Empty: no key.",
    ),
    setting(
        Group::Calls,
        "voicemail_notify",
        "Message lamp",
        Control::Flag,
        "The client asks the voicemail to tell of new messages.",
    ),
    setting(
        Group::Calls,
        "dial_prefix",
        "Dialling prefix",
        Control::Text,
        "Country code for numbers that are dialled the national way, digits only: 49. Empty: none.",
    ),
    setting(
        Group::Calls,
        "push",
        "Push notifications",
        Control::Flag,
        "Calls may wake a sleeping phone. Needs a PBX that keeps up with it.",
    ),
    setting(
        Group::App,
        "chat",
        "Chat",
        Control::Flag,
        "Whether the app offers text messages.",
    ),
    setting(
        Group::App,
        "hide_settings",
        "Hide the app's settings",
        Control::Flag,
        "Nobody changes by accident what the profile sets.",
    ),
    setting(
        Group::App,
        "contacts_url",
        "Contacts",
        Control::Text,
        "An https address where the app reads its contacts, in the app's own form: vCards for Linphone. Empty: none.",
    ),
    setting(
        Group::App,
        "client_service_host",
        "Client service host",
        Control::Text,
        "Where the app finds presence, chat and directory of the client service. Empty: none.",
    ),
    setting(
        Group::App,
        "client_service_port",
        "Client service port",
        Control::Number {
            min: 1,
            max: 65_535,
            zero: "the service's own",
        },
        "Empty: the service's own.",
    ),
    setting(
        Group::Links,
        "link_mode",
        "Link mode",
        Control::Choice(LINK_MODES),
        "Where a mailed link leads.",
    )
    .outside(),
    setting(
        Group::Links,
        "fetch",
        "Configuration is fetched",
        Control::Choice(FETCHES),
        "Whether the client comes back for changes.",
    ),
    setting(
        Group::Links,
        "refetch_interval_s",
        "Asks again while it runs",
        Control::Number {
            min: 300,
            max: 604_800,
            zero: "at its start only",
        },
        "For apps that are never closed. Empty: at its start only.",
    )
    .unit("seconds"),
    setting(
        Group::Links,
        "validity_days",
        "A mailed link works for",
        Control::Number {
            min: 1,
            max: 90,
            zero: "",
        },
        "Later it leads to a page that offers a new one.",
    )
    .unit("days")
    .outside(),
    setting(
        Group::Links,
        "devices",
        "Devices per link",
        Control::Number {
            min: 1,
            max: 20,
            zero: "",
        },
        "How many softphones one link configures.",
    )
    .unit("devices")
    .outside(),
    setting(
        Group::Mail,
        "organisation",
        "Organisation",
        Control::Text,
        "Named in the mail and on the landing page.",
    ),
    setting(
        Group::Mail,
        "language",
        "Language",
        Control::Choice(LANGUAGES),
        "For people whose own language is not known.",
    ),
    setting(
        Group::Mail,
        "help",
        "Help",
        Control::Lines,
        "For people who are stuck: “Questions? Call 100.” May be empty.",
    ),
    setting(
        Group::Mail,
        "central_email",
        "Central deployment e-mail",
        Control::Text,
        "This address gets the mails of all people with this profile, for handing out. Empty: each person gets their own.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str) -> &'static Setting {
        SETTINGS.iter().find(|setting| setting.key == key).unwrap()
    }

    #[test]
    fn every_setting_is_told_of_once_and_in_its_group() {
        let all = serde_json::to_value(ProfileSettings::default()).unwrap();
        let mut kept: Vec<_> = all
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut told: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        kept.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, kept);
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.group));
        for setting in SETTINGS {
            assert!(
                !setting.title.is_empty() && setting.help.len() > 10,
                "{}",
                setting.key
            );
        }
    }

    #[test]
    fn every_default_is_one_of_the_choices_and_reads_back() {
        for setting in SETTINGS {
            let (default, options) = (setting.default(), setting.options());
            let typed = setting.typed(&default);
            assert_eq!(setting.read(&typed), Ok(default), "{}", setting.key);
            let known = options.iter().any(|option| option.value == typed);
            assert!(options.is_empty() || known, "{}", setting.key);
        }
    }

    #[test]
    fn choices_are_those_of_the_types() {
        let names = |key: &str| -> Vec<_> { one(key).options().iter().map(|o| o.value).collect() };
        let hold = |key: &str, mut all: Vec<&str>| {
            let mut told = names(key);
            told.sort_unstable();
            all.sort_unstable();
            assert_eq!(told, all, "{key}");
        };
        hold("client", ClientKind::ALL.map(ClientKind::name).to_vec());
        hold("link_mode", LinkMode::ALL.map(LinkMode::name).to_vec());
        hold("transport", Transport::ALL.map(Transport::name).to_vec());
        hold("srtp", Srtp::ALL.map(Srtp::name).to_vec());
        hold("srtp_keys", SrtpKeys::ALL.map(SrtpKeys::name).to_vec());
        hold("fetch", Fetch::ALL.map(Fetch::name).to_vec());
    }

    #[test]
    fn what_is_typed_is_read_or_a_fault_of_its_setting() {
        assert_eq!(one("sip_port").read(""), Ok(0.into()));
        assert_eq!(one("devices").read(" "), Ok(3.into()));
        assert_eq!(
            one("codecs").read("opus,  PCMA"),
            Ok(["opus", "PCMA"].into_iter().collect())
        );
        assert_eq!(one("help").read(" a\r\nb "), Ok("a\nb".into()));
        assert_eq!(one("language").read("pt-BR"), Ok("pt-BR".into()));
        for (key, typed) in [
            ("sip_port", "70000"),
            ("devices", "-1"),
            ("client", "fax"),
            ("push", "yes"),
        ] {
            assert_eq!(one(key).read(typed).unwrap_err().field, key);
        }
    }

    #[test]
    fn what_differs_is_told_as_people_read_it() {
        let old = ProfileSettings::default();
        let new = ProfileSettings {
            sip_port: 5070,
            srtp: Srtp::Mandatory,
            devices: 4,
            push: false,
            ..old.clone()
        };
        let told: Vec<_> = changes(&old, &new)
            .into_iter()
            .map(|c| format!("{}: {} → {} {}", c.setting, c.from, c.to, c.in_document))
            .collect();
        assert_eq!(
            told,
            [
                "sip_port: the transport's own → 5070 true",
                "srtp: Optional → Mandatory true",
                "push: On → Off true",
                "devices: 3 devices → 4 devices false"
            ]
        );
        assert_eq!(changes(&old, &old), []);
    }
}
