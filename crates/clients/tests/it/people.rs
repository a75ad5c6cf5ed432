//! Accounts and profiles that the other files speak of.

use model::{
    ClientKind, Fetch, LinkMode, ProfileSettings, Secret, SipAccount, SipSecret, Srtp, SrtpKeys,
    Transport,
};

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
        voicemail_notify: true,
        stun_server: "stun.example.org:3478".to_owned(),
        ice: true,
        dial_prefix: "49".to_owned(),
        push: false,
        chat: false,
        hide_settings: true,
        contacts_url: "https://pbx.example.org/people.vcf?a=1&b=2".to_owned(),
        client_service_host: "cs.example.org".to_owned(),
        client_service_port: 18100,
        provider_id: "ROLLCALL".to_owned(),
        link_mode: LinkMode::Direct,
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

/// Each setting that documents are made of, changed alone.
pub(crate) fn one_changed() -> Vec<(&'static str, ProfileSettings)> {
    let changed = |setting, change: fn(&mut ProfileSettings)| {
        let mut settings = plain();
        change(&mut settings);
        (setting, settings)
    };
    vec![
        changed("sip_domain", |s| s.sip_domain = "other.example.org".into()),
        changed("sip_host", |s| s.sip_host = "mbg.example.org".into()),
        changed("sip_port", |s| s.sip_port = 15061),
        changed("transport", |s| s.transport = Transport::Udp),
        changed("outbound_proxy", |s| {
            s.outbound_proxy = "sbc.example.org".into();
        }),
        changed("register_interval_s", |s| s.register_interval_s = 120),
        changed("codecs", |s| s.codecs = vec!["PCMA".into()]),
        changed("srtp", |s| s.srtp = Srtp::Mandatory),
        changed("srtp_keys", |s| s.srtp_keys = SrtpKeys::Dtls),
        changed("stun_server", |s| s.stun_server = "stun.example.org".into()),
        changed("ice", |s| s.ice = true),
        changed("voicemail_number", |s| s.voicemail_number = "*97".into()),
        changed("dial_prefix", |s| s.dial_prefix = "49".into()),
        changed("push", |s| s.push = false),
        changed("chat", |s| s.chat = false),
        changed("hide_settings", |s| s.hide_settings = true),
        changed("contacts_url", |s| {
            s.contacts_url = "https://pbx.example.org/all.vcf".into();
        }),
        changed("fetch", |s| s.fetch = Fetch::Once),
        changed("client_service_host", |s| {
            s.client_service_host = "cs.example.org".into();
        }),
        changed("client_service_port", |s| s.client_service_port = 18100),
        changed("refetch_interval_s", |s| s.refetch_interval_s = 3600),
        changed("voicemail_notify", |s| s.voicemail_notify = true),
    ]
}
