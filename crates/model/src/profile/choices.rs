//! The choices that a profile's settings offer, each with its permanent name and its title.

use serde::{Deserialize, Serialize};

/// An enum of choices: permanent names (as in serde's kebab case) and titles.
macro_rules! choices {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal, $title:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every choice.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The permanent name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What a person calls it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The choice of that permanent name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|choice| choice.name() == name)
            }
        }
    };
}

choices! {
    /// The softphones that a profile can be rendered for.
    ClientKind {
        /// Linphone, by remote provisioning.
        Linphone = "linphone", "Linphone";
        /// baresip, by a line of its accounts file.
        Baresip = "baresip", "baresip";
        /// Acrobits Cloud Softphone and Groundwire, by external provisioning.
        Acrobits = "acrobits", "Acrobits / Groundwire";
        /// Zoiper, by a token address.
        Zoiper = "zoiper", "Zoiper";
        /// Any program that reads JSON.
        Json = "json", "JSON document";
    }
}

impl ClientKind {
    /// Whether a `User-Agent` of SIP (RFC 3261, section 20.41), or its product alone, can be this client's.
    pub fn fits(self, agent: &str) -> bool {
        let agent = agent.to_ascii_lowercase();
        let says = |word: &str| agent.contains(word);
        match self {
            // 5.1.65 (Debian) calls itself `Unknown`, and names the library that it is made of.
            Self::Linphone => says("linphone") || says("belle-sip"),
            Self::Baresip => says("baresip"),
            Self::Acrobits => ["acrobits", "groundwire", "cloudsoftphone"]
                .into_iter()
                .any(says),
            // 5 calls itself `Z 5.6.1 v2.10…`.
            Self::Zoiper => says("zoiper") || agent.split(['/', ' ']).next() == Some("z"),
            // Whatever reads it registers under a name of its own.
            Self::Json => true,
        }
    }
}

choices! {
    /// How a mailed link leads to the configuration.
    LinkMode {
        /// Links name the redirect server, which sends apps on to the origin.
        Redirect = "redirect", "Redirect";
        /// Links name the origin itself.
        Direct = "direct", "Direct";
        /// Links name the redirect server, which fetches from the origin for apps that cannot reach it.
        Relay = "relay", "Relay";
    }
}

choices! {
    /// Transport of SIP (RFC 3261, section 18); its name is that of a SIP URI's `transport` parameter.
    Transport {
        /// Datagrams.
        Udp = "udp", "UDP";
        /// A stream.
        Tcp = "tcp", "TCP";
        /// An encrypted stream.
        Tls = "tls", "TLS";
    }
}

choices! {
    /// Whether media is encrypted (RFC 3711).
    Srtp {
        /// Never.
        Off = "off", "Off";
        /// Offered, not insisted on.
        Optional = "optional", "Optional";
        /// A call without it fails.
        Mandatory = "mandatory", "Mandatory";
    }
}

choices! {
    /// How the keys of encrypted media are agreed on.
    SrtpKeys {
        /// In the signalling, which should itself be encrypted (RFC 4568).
        Sdes = "sdes", "SDES";
        /// In the media path, by certificates (RFC 5764).
        Dtls = "dtls", "DTLS";
        /// In the media path, by comparing words (RFC 6189).
        Zrtp = "zrtp", "ZRTP";
    }
}

choices! {
    /// How often a client that can asks for its configuration again.
    Fetch {
        /// At every start.
        EveryStart = "every-start", "At every start";
        /// Once; the client forgets the address.
        Once = "once", "Once";
    }
}

/// The codecs that clients know, by the name used in SDP.
pub const CODECS: [&str; 5] = ["opus", "G722", "PCMU", "PCMA", "speex"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permanent_names_are_those_of_the_api_and_read_back() {
        fn hold<T: Serialize + Copy + PartialEq + std::fmt::Debug>(
            all: &[T],
            name: fn(T) -> &'static str,
            parse: fn(&str) -> Option<T>,
        ) {
            for choice in all {
                let name = name(*choice);
                assert_eq!(serde_json::to_value(choice).unwrap(), name);
                assert_eq!(parse(name), Some(*choice));
            }
        }
        hold(&ClientKind::ALL, ClientKind::name, ClientKind::parse);
        hold(&LinkMode::ALL, LinkMode::name, LinkMode::parse);
        hold(&Transport::ALL, Transport::name, Transport::parse);
        hold(&Srtp::ALL, Srtp::name, Srtp::parse);
        hold(&SrtpKeys::ALL, SrtpKeys::name, SrtpKeys::parse);
        hold(&Fetch::ALL, Fetch::name, Fetch::parse);
    }

    #[test]
    fn a_client_is_told_by_its_name_and_not_by_a_part_of_another() {
        for (kind, agent, fits) in [
            (ClientKind::Zoiper, "Z 5.6.1 v2.10.20.7", true),
            (ClientKind::Zoiper, "Z/5.6.1", true),
            (ClientKind::Zoiper, "Zoiper rv2.8", true),
            (ClientKind::Zoiper, "Zulu/4", false),
            (ClientKind::Acrobits, "CloudSoftphone/1.5", true),
            (ClientKind::Acrobits, "CloudPBX/3", false),
        ] {
            assert_eq!(kind.fits(agent), fits, "{agent}");
        }
    }
}
