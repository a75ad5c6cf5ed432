//! A deployment profile: what a client needs and a person's record does not hold.

use serde::{Deserialize, Serialize};

use crate::{Email, Fault, ProfileId, values::is_host};

/// The softphones that a profile can be rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// Linphone, by remote provisioning.
    Linphone,
    /// baresip, by a line of its accounts file.
    Baresip,
}

impl ClientKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Linphone, Self::Baresip];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linphone => "linphone",
            Self::Baresip => "baresip",
        }
    }

    /// The product's name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Linphone => "Linphone",
            Self::Baresip => "baresip",
        }
    }

    /// The kind of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How a mailed link leads to the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkMode {
    /// Links name the redirect server, which sends apps on to the origin.
    Redirect,
    /// Links name the origin itself.
    Direct,
}

impl LinkMode {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Direct => "direct",
        }
    }

    /// The mode of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Redirect, Self::Direct]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// Transport of SIP (RFC 3261, section 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// An encrypted stream.
    Tls,
}

impl Transport {
    /// The permanent name, as in a SIP URI's `transport` parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The transport of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls]
            .into_iter()
            .find(|t| t.name() == name)
    }
}

/// Whether media is encrypted (RFC 3711).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Srtp {
    /// Never.
    Off,
    /// Offered, not insisted on.
    Optional,
    /// A call without it fails.
    Mandatory,
}

impl Srtp {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Mandatory => "mandatory",
        }
    }

    /// The value of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Off, Self::Optional, Self::Mandatory]
            .into_iter()
            .find(|s| s.name() == name)
    }
}

/// How often a client that can asks for its configuration again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fetch {
    /// At every start.
    EveryStart,
    /// Once; the client forgets the address.
    Once,
}

impl Fetch {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EveryStart => "every-start",
            Self::Once => "once",
        }
    }

    /// The value of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::EveryStart, Self::Once]
            .into_iter()
            .find(|f| f.name() == name)
    }
}

/// The codecs that both clients know, by the name used in SDP.
pub const CODECS: [&str; 5] = ["opus", "G722", "PCMU", "PCMA", "speex"];

/// Everything an administrator sets in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileSettings {
    /// The softphone.
    pub client: ClientKind,
    /// How the mailed link leads to the configuration.
    pub link_mode: LinkMode,
    /// Domain of the SIP addresses, and the realm of their digest (RFC 8760).
    pub sip_domain: String,
    /// Host that clients register at; the domain where empty.
    pub sip_host: String,
    /// Port there; 0 = the transport's own.
    pub sip_port: u16,
    /// Transport to it.
    pub transport: Transport,
    /// Outbound proxy, `host` or `host:port`; empty = none.
    pub outbound_proxy: String,
    /// Audio codecs, best first, by their SDP name; empty = the client's own choice.
    pub codecs: Vec<String>,
    /// Media encryption.
    pub srtp: Srtp,
    /// Seconds between registrations, 60 to 86,400.
    pub register_interval_s: u32,
    /// Number of the voice mail; the user's own wins over it.
    pub voicemail_number: String,
    /// How often the client asks again.
    pub fetch: Fetch,
    /// Days that a deployment's link works, 1 to 90.
    pub validity_days: u16,
    /// Devices that one deployment serves, 1 to 20.
    pub devices: u16,
    /// One address that receives the mails of all users of this profile; empty = each their own.
    pub central_email: String,
    /// Language of the mail where the user has none (BCP 47).
    pub language: String,
    /// The organisation that the mail and the pages name.
    pub organisation: String,
    /// Whom to ask for help, as shown in the mail.
    pub help: String,
}

impl Default for ProfileSettings {
    fn default() -> Self {
        Self {
            client: ClientKind::Linphone,
            link_mode: LinkMode::Redirect,
            sip_domain: String::new(),
            sip_host: String::new(),
            sip_port: 0,
            transport: Transport::Tls,
            outbound_proxy: String::new(),
            codecs: Vec::new(),
            srtp: Srtp::Optional,
            register_interval_s: 600,
            voicemail_number: String::new(),
            fetch: Fetch::EveryStart,
            validity_days: 7,
            devices: 3,
            central_email: String::new(),
            language: "en".to_owned(),
            organisation: String::new(),
            help: String::new(),
        }
    }
}

impl ProfileSettings {
    /// The host that clients register at.
    pub fn registrar(&self) -> &str {
        if self.sip_host.is_empty() {
            &self.sip_domain
        } else {
            &self.sip_host
        }
    }

    /// Everything that is wrong with these settings; empty = they can be saved.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut check = |fine: bool, field: &str, message: &str| {
            if !fine {
                faults.push(Fault::new(field, message));
            }
        };
        check(
            is_host(&self.sip_domain),
            "sip_domain",
            "must be a domain name, such as pbx.example.org",
        );
        check(
            self.sip_host.is_empty() || is_host(&self.sip_host),
            "sip_host",
            "must be a host name or an IP address",
        );
        let proxy = self.outbound_proxy.as_str();
        check(
            proxy.is_empty() || is_host_and_port(proxy),
            "outbound_proxy",
            "must be host or host:port",
        );
        check(
            self.codecs
                .iter()
                .all(|codec| CODECS.contains(&codec.as_str())),
            "codecs",
            "may hold opus, G722, PCMU, PCMA and speex only",
        );
        check(
            (60..=86_400).contains(&self.register_interval_s),
            "register_interval_s",
            "must be 60 to 86400 seconds",
        );
        check(
            (1..=90).contains(&self.validity_days),
            "validity_days",
            "must be 1 to 90 days",
        );
        check(
            (1..=20).contains(&self.devices),
            "devices",
            "must be 1 to 20",
        );
        check(
            self.central_email.is_empty() || Email::parse(&self.central_email).is_ok(),
            "central_email",
            "must be an e-mail address",
        );
        check(
            self.voicemail_number
                .chars()
                .all(|c| c.is_ascii_digit() || "*#+".contains(c)),
            "voicemail_number",
            "may hold digits, *, # and + only",
        );
        check(
            is_language(&self.language),
            "language",
            "must be a language tag, such as en or pt-BR",
        );
        for (field, text) in [("organisation", &self.organisation), ("help", &self.help)] {
            check(
                text.chars().count() <= 500 && !text.chars().any(|c| c.is_control() && c != '\n'),
                field,
                "may be 500 characters long and holds no control characters",
            );
        }
        faults
    }
}

fn is_host_and_port(text: &str) -> bool {
    is_host(text)
        || text
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok())
}

/// Whether `tag` looks like a language tag (RFC 5646, section 2.1).
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphabetic()))
        && parts.all(|p| (1..=8).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A saved profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Its name, unique without regard to case.
    pub name: String,
    /// Its settings.
    pub settings: ProfileSettings,
    /// Rises with every change; a device remembers the version it was given.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> ProfileSettings {
        ProfileSettings {
            sip_domain: "pbx.example.org".into(),
            ..ProfileSettings::default()
        }
    }

    #[test]
    fn the_defaults_need_only_a_domain() {
        assert_eq!(office().faults(), []);
        let fields: Vec<_> = ProfileSettings::default()
            .faults()
            .into_iter()
            .map(|f| f.field)
            .collect();
        assert_eq!(fields, ["sip_domain"]);
    }

    #[test]
    fn each_fault_names_its_field() {
        let bad = ProfileSettings {
            sip_host: "a b".into(),
            outbound_proxy: "x:y".into(),
            codecs: vec!["mp3".into()],
            register_interval_s: 5,
            validity_days: 0,
            devices: 21,
            central_email: "nobody".into(),
            voicemail_number: "x".into(),
            language: "e".into(),
            help: "a\rb".into(),
            ..office()
        };
        assert_eq!(bad.faults().len(), 10);
    }
}
