//! What is wrong with a profile's settings: each by itself, and against the client and the link mode.

use super::{
    CODECS, ClientKind, Control, Fetch, LinkMode, ProfileSettings, SETTINGS, Srtp, SrtpKeys,
};
use crate::{Email, Fault, values::is_host};

impl ProfileSettings {
    /// Everything that is wrong with these settings; empty = they can be saved.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check_numbers(&mut faults);
        self.check_places(&mut faults);
        self.check_texts(&mut faults);
        self.check_together(&mut faults);
        faults.0
    }

    /// Every number is within what the catalogue says.
    fn check_numbers(&self, faults: &mut Faults) {
        for setting in SETTINGS {
            let Control::Number { min, max, zero } = setting.control else {
                continue;
            };
            let value = self.number(setting.key);
            let value = value.expect("the catalogue's numbers are known");
            if !(min..=max).contains(&value) && (value != 0 || zero.is_empty()) {
                let message = format!("must be {min} to {max} {}", setting.unit);
                faults.unless(false, setting.key, message.trim_end());
            }
        }
    }

    /// A number by its name.
    fn number(&self, key: &str) -> Option<u64> {
        Some(match key {
            "sip_port" => self.sip_port.into(),
            "register_interval_s" => self.register_interval_s.into(),
            "client_service_port" => self.client_service_port.into(),
            "refetch_interval_s" => self.refetch_interval_s.into(),
            "validity_days" => self.validity_days.into(),
            "devices" => self.devices.into(),
            _ => return None,
        })
    }

    fn check_places(&self, faults: &mut Faults) {
        faults.unless(
            is_host(&self.sip_domain),
            "sip_domain",
            "must be a domain name, such as pbx.example.org",
        );
        for (field, host) in [
            ("sip_host", &self.sip_host),
            ("client_service_host", &self.client_service_host),
        ] {
            faults.unless(
                host.is_empty() || is_host(host),
                field,
                "must be a host name or an IP address",
            );
        }
        for (field, place) in [
            ("outbound_proxy", &self.outbound_proxy),
            ("stun_server", &self.stun_server),
        ] {
            faults.unless(
                place.is_empty() || is_host_and_port(place),
                field,
                "must be host or host:port",
            );
        }
        faults.unless(
            self.contacts_url.is_empty() || is_https(&self.contacts_url),
            "contacts_url",
            "must be an address that begins with https://",
        );
    }

    fn check_texts(&self, faults: &mut Faults) {
        let known = |codec: &String| CODECS.contains(&codec.as_str());
        faults.unless(
            self.codecs.iter().all(known),
            "codecs",
            "may hold opus, G722, PCMU, PCMA and speex only",
        );
        let digits =
            |text: &str, more: &str| text.chars().all(|c| c.is_ascii_digit() || more.contains(c));
        faults.unless(
            digits(&self.voicemail_number, "*#+"),
            "voicemail_number",
            "may hold digits, *, # and + only",
        );
        faults.unless(
            digits(&self.dial_prefix, "") && self.dial_prefix.len() <= 8,
            "dial_prefix",
            "may hold up to 8 digits only",
        );
        faults.unless(
            self.central_email.is_empty() || Email::parse(&self.central_email).is_ok(),
            "central_email",
            "must be an e-mail address",
        );
        faults.unless(
            is_language(&self.language),
            "language",
            "must be a language tag, such as en or pt-BR",
        );
        for (field, text) in [("organisation", &self.organisation), ("help", &self.help)] {
            faults.unless(
                text.chars().count() <= 500 && !text.chars().any(|c| c.is_control() && c != '\n'),
                field,
                "may be 500 characters long and holds no control characters",
            );
        }
    }

    /// What is fine by itself and cannot be had with this client or in this combination.
    fn check_together(&self, faults: &mut Faults) {
        let twice = |(at, codec): (usize, &String)| self.codecs[..at].contains(codec);
        faults.unless(
            !self.codecs.iter().enumerate().any(twice),
            "codecs",
            "names a codec twice",
        );
        faults.unless(
            self.refetch_interval_s == 0 || self.fetch == Fetch::EveryStart,
            "refetch_interval_s",
            "has no place where the configuration is fetched once",
        );
        match self.client {
            ClientKind::Linphone | ClientKind::Json => {}
            ClientKind::Acrobits | ClientKind::Zoiper => self.check_maker(faults),
            ClientKind::Baresip => faults.unless(
                self.srtp != Srtp::Mandatory || self.srtp_keys == SrtpKeys::Sdes,
                "srtp",
                "cannot be mandatory with these keys: baresip insists on encryption only with SDES",
            ),
        }
    }

    /// Clients whose maker stands in between: their links are made for the maker's own addresses.
    fn check_maker(&self, faults: &mut Faults) {
        let fine = |c: char| c.is_ascii_alphanumeric() || "._-*".contains(c);
        faults.unless(
            (1..=64).contains(&self.provider_id.len()) && self.provider_id.chars().all(fine),
            "provider_id",
            "must be what the client's maker gave you: letters, digits, ., _, - and * only",
        );
        faults.unless(
            self.link_mode == LinkMode::Direct,
            "link_mode",
            "must be Direct with this client: the redirect server does not know which client a link is for",
        );
        faults.unless(
            self.client != ClientKind::Acrobits
                || self.srtp != Srtp::Mandatory
                || self.srtp_keys != SrtpKeys::Dtls,
            "srtp_keys",
            "cannot be DTLS with this client where encrypted media is mandatory",
        );
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn unless(&mut self, fine: bool, field: &str, message: &str) {
        if !fine {
            self.0.push(Fault::new(field, message));
        }
    }
}

fn is_host_and_port(text: &str) -> bool {
    is_host(text)
        || text
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok())
}

/// An address that a client fetches: of printable ASCII without what ends it in some format (RFC 3986, section 2).
fn is_https(text: &str) -> bool {
    let sound = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    let host = text
        .strip_prefix("https://")
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    text.len() <= 500
        && text.chars().all(sound)
        && host.is_some_and(|host| is_host_and_port(host) && !host.is_empty())
}

/// Whether `tag` looks like a language tag (RFC 5646, section 2.1).
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphabetic()))
        && parts.all(|p| (1..=8).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphanumeric()))
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

    fn fields(settings: &ProfileSettings) -> Vec<String> {
        settings.faults().into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn the_defaults_need_only_a_domain() {
        assert_eq!(office().faults(), []);
        assert_eq!(fields(&ProfileSettings::default()), ["sip_domain"]);
    }

    #[test]
    fn each_fault_names_its_field() {
        let bad = ProfileSettings {
            sip_host: "a b".into(),
            outbound_proxy: "x:y".into(),
            stun_server: "x y".into(),
            contacts_url: "http://x.example.org/".into(),
            codecs: vec!["mp3".into()],
            register_interval_s: 5,
            validity_days: 0,
            devices: 21,
            central_email: "nobody".into(),
            voicemail_number: "x".into(),
            dial_prefix: "+49".into(),
            language: "e".into(),
            help: "a\rb".into(),
            ..office()
        };
        let mut wrong = fields(&bad);
        wrong.sort();
        assert_eq!(
            wrong,
            [
                "central_email",
                "codecs",
                "contacts_url",
                "devices",
                "dial_prefix",
                "help",
                "language",
                "outbound_proxy",
                "register_interval_s",
                "sip_host",
                "stun_server",
                "validity_days",
                "voicemail_number"
            ]
        );
        let message = |field: &str| {
            let faults = bad.faults();
            let fault = faults.iter().find(|fault| fault.field == field).unwrap();
            fault.message.clone()
        };
        assert_eq!(message("devices"), "must be 1 to 20 devices");
        assert_eq!(
            message("register_interval_s"),
            "must be 60 to 86400 seconds"
        );
    }

    #[test]
    fn an_address_of_contacts_is_https_and_whole() {
        for (address, fine) in [
            ("https://x.example.org/a.vcf?b=c", true),
            ("https://x.example.org:8443", true),
            ("https://", false),
            ("https://a b/", false),
            ("javascript:alert(1)", false),
            ("https://x.example.org/\">", false),
        ] {
            assert_eq!(is_https(address), fine, "{address}");
        }
    }

    #[test]
    fn what_a_client_cannot_do_is_a_fault_of_the_setting_that_asks_for_it() {
        let dtls = ProfileSettings {
            client: ClientKind::Baresip,
            srtp: Srtp::Mandatory,
            srtp_keys: SrtpKeys::Dtls,
            ..office()
        };
        assert_eq!(fields(&dtls), ["srtp"]);
        let linphone = ProfileSettings {
            client: ClientKind::Linphone,
            ..dtls
        };
        assert_eq!(linphone.faults(), []);
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let odd = ProfileSettings {
            fetch: Fetch::Once,
            refetch_interval_s: 3600,
            codecs: vec!["opus".into(), "PCMA".into(), "opus".into()],
            ..office()
        };
        assert_eq!(fields(&odd), ["codecs", "refetch_interval_s"]);
    }

    #[test]
    fn a_client_whose_maker_stands_in_between_needs_its_id_and_direct_links() {
        for client in [ClientKind::Acrobits, ClientKind::Zoiper] {
            let bare = ProfileSettings { client, ..office() };
            assert_eq!(fields(&bare), ["provider_id", "link_mode"]);
            let whole = ProfileSettings {
                provider_id: "ROLLCALL*".into(),
                link_mode: LinkMode::Direct,
                ..bare
            };
            assert_eq!(whole.faults(), []);
            let odd = ProfileSettings {
                provider_id: "a/b@c".into(),
                ..whole
            };
            assert_eq!(fields(&odd), ["provider_id"]);
        }
    }
}
