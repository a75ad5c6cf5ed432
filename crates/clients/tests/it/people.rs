//! Accounts and profiles that the other files speak of.

use model::{ClientKind, Fetch, ProfileSettings, Secret, SipAccount, SipSecret, Srtp, Transport};

/// The device's own link in every document here.
pub(crate) const LINK: &str =
    "https://rollcall.example.org/p/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn ada() -> SipAccount {
    SipAccount {
        display_name: "Ada Lovelace".to_owned(),
        user: "alovelace-4711".to_owned(),
        voicemail_number: String::new(),
        secret: SipSecret::Clear(Secret::new("Sesame-1")),
    }
}

/// The same account, of which only `MD5(alovelace-4711:pbx.example.org:Sesame-1)` is known.
pub(crate) fn ada_by_hash() -> SipAccount {
    SipAccount {
        secret: SipSecret::Ha1(Secret::new("A1CB824C4B8F8FC83E534672CF9DAF74")),
        ..ada()
    }
}

pub(crate) fn named(display_name: &str) -> SipAccount {
    SipAccount {
        display_name: display_name.to_owned(),
        ..ada()
    }
}

/// Nothing but a domain: TLS, optional SRTP, fetched at every start.
pub(crate) fn plain() -> ProfileSettings {
    ProfileSettings {
        sip_domain: "pbx.example.org".to_owned(),
        ..ProfileSettings::default()
    }
}

/// Nearly every setting differs from its default.
pub(crate) fn full(client: ClientKind) -> ProfileSettings {
    ProfileSettings {
        client,
        sip_host: "2001:db8::5060".to_owned(),
        sip_port: 15060,
        transport: Transport::Tcp,
        outbound_proxy: "sbc.example.org:5070".to_owned(),
        codecs: vec!["opus".to_owned(), "PCMA".to_owned(), "G722".to_owned()],
        srtp: Srtp::Mandatory,
        register_interval_s: 120,
        voicemail_number: "*97".to_owned(),
        fetch: Fetch::Once,
        ..plain()
    }
}

/// A registrar beside its domain, by datagrams and in the clear.
pub(crate) fn lab() -> ProfileSettings {
    ProfileSettings {
        sip_host: "[::1]".to_owned(),
        sip_port: 15060,
        transport: Transport::Udp,
        srtp: Srtp::Off,
        ..plain()
    }
}
