//! Linphone's remote provisioning document (lpconfig): XML whose entries overwrite the client's own settings.

use md5::{Digest, Md5};
use model::{Fetch, ProfileSettings, Refusal, SipAccount, SipSecret, Srtp, SrtpKeys};
use quick_xml::events::BytesStart;
use zeroize::Zeroizing;

use crate::{
    Document,
    address::{outbound, quoted, server, short_name, unwritable, uri},
    xml::Xml,
};

pub(crate) mod check;

const NO_CLIENT_SERVICE: &str = "it does not speak to the client service";

/// What remote provisioning cannot say.
pub(crate) const IGNORED: &[(&str, &str)] = &[
    (
        "refetch_interval_s",
        "it asks at its start, and not in between",
    ),
    ("client_service_host", NO_CLIENT_SERVICE),
    ("client_service_port", NO_CLIENT_SERVICE),
];

/// The namespace of the document's root; another root is taken as success and applies nothing.
const NAMESPACE: &str = "http://www.linphone.org/xsds/lpconfig.xsd";

/// Rate and channels of each codec as Linphone lists them, under its name in a profile. The last two are in no
/// profile: they stand here to be switched off, because Linphone has them on by default.
const CODECS: [(&str, u32, u8); 9] = [
    ("opus", 48_000, 2),
    ("G722", 8_000, 1),
    ("PCMU", 8_000, 1),
    ("PCMA", 8_000, 1),
    ("speex", 16_000, 1),
    ("speex", 8_000, 1),
    ("speex", 32_000, 1),
    ("SILK", 16_000, 1),
    ("G729", 8_000, 1),
];

/// Renders the whole configuration. Values that a profile no longer sets are overwritten with an empty
/// text: what is not mentioned would stay on the device.
pub(crate) fn render(
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<Document, Refusal> {
    let ha1 = ha1(settings, account)?;
    let mut config = Config::new();
    misc(&mut config, settings, device_link);
    sip(&mut config, settings);
    proxy(&mut config, settings, account);
    nat(&mut config, settings);
    config.section(
        "auth_info_0",
        &[
            ("username", &account.user),
            ("userid", &account.user),
            ("ha1", &ha1),
            ("algorithm", "MD5"),
            ("realm", &settings.sip_domain),
            ("domain", &settings.sip_domain),
        ],
    );
    codecs(&mut config, &settings.codecs);
    config.section(
        "ui",
        &[
            ("disable_chat_feature", digit(!settings.chat)),
            ("hide_settings", digit(settings.hide_settings)),
        ],
    );
    Ok(config.finish())
}

/// The document that takes account and secret off a device. The configuration link stays, so that a person
/// whose suspension ends gets the account back.
pub(crate) fn neutral() -> Document {
    let mut config = Config::new();
    config.section(
        "proxy_0",
        &[
            ("reg_proxy", ""),
            ("reg_identity", ""),
            ("reg_route", ""),
            ("reg_sendregister", "0"),
            ("voicemail_uri", ""),
            ("mwi_server_uri", ""),
        ],
    );
    config.section(
        "auth_info_0",
        &[
            ("username", ""),
            ("userid", ""),
            ("ha1", ""),
            ("passwd", ""),
        ],
    );
    config.section("misc", &[("contacts-vcard-list", "")]);
    config.section(
        "ui",
        &[("disable_chat_feature", "0"), ("hide_settings", "0")],
    );
    config.finish()
}

fn misc(config: &mut Config, settings: &ProfileSettings, device_link: &str) {
    let contacts = ("contacts-vcard-list", settings.contacts_url.as_str());
    match settings.fetch {
        Fetch::EveryStart => config.section(
            "misc",
            &[
                ("config-uri", device_link),
                ("transient_provisioning", "0"),
                contacts,
            ],
        ),
        Fetch::Once => config.section("misc", &[("transient_provisioning", "1"), contacts]),
    }
}

fn sip(config: &mut Config, settings: &ProfileSettings) {
    let encryption = match (settings.srtp, settings.srtp_keys) {
        (Srtp::Off, _) => "none",
        (_, SrtpKeys::Sdes) => "srtp",
        (_, SrtpKeys::Dtls) => "dtls",
        (_, SrtpKeys::Zrtp) => "zrtp",
    };
    config.section(
        "sip",
        &[
            ("default_proxy", "0"),
            ("media_encryption", encryption),
            (
                "media_encryption_mandatory",
                digit(settings.srtp == Srtp::Mandatory),
            ),
        ],
    );
}

const fn digit(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

/// The name by which the account refers to its way through address translation.
const NAT: &str = "rollcall";

fn nat(config: &mut Config, settings: &ProfileSettings) {
    let protocols = match (settings.stun_server.is_empty(), settings.ice) {
        (true, false) => "",
        (false, false) => "stun",
        (true, true) => "ice",
        (false, true) => "stun,ice",
    };
    config.section(
        "nat_policy_0",
        &[
            ("ref", NAT),
            ("stun_server", &settings.stun_server),
            ("protocols", protocols),
        ],
    );
}

fn proxy(config: &mut Config, settings: &ProfileSettings, account: &SipAccount) {
    let domain = settings.sip_domain.as_str();
    let name = quoted(&short_name(&account.display_name));
    let registrar = server(settings.registrar(), settings.sip_port, settings.transport);
    let route = outbound(settings).map_or_else(String::new, |(host, port)| {
        format!("<{};lr>", server(host, port, settings.transport))
    });
    let voicemail = match settings.voicemail(&account.voicemail_number) {
        "" => String::new(),
        number => uri(number, domain),
    };
    let lamp = if settings.voicemail_notify {
        &voicemail
    } else {
        ""
    };
    config.section(
        "proxy_0",
        &[
            (
                "reg_identity",
                &format!("{name}<{}>", uri(&account.user, domain)),
            ),
            ("reg_proxy", &format!("<{registrar}>")),
            ("reg_route", &route),
            ("realm", domain),
            ("reg_expires", &settings.register_interval_s.to_string()),
            ("reg_sendregister", "1"),
            ("publish", "0"),
            ("voicemail_uri", &voicemail),
            ("mwi_server_uri", lamp),
            ("dial_prefix", &settings.dial_prefix),
            ("push_notification_allowed", digit(settings.push)),
            ("nat_policy_ref", NAT),
        ],
    );
}

/// The chosen codecs in their order, then the others switched off: what is not listed keeps its default,
/// and every codec that is on by default is listed.
fn codecs(config: &mut Config, chosen: &[String]) {
    if chosen.is_empty() {
        return;
    }
    let wanted = chosen
        .iter()
        .flat_map(|name| CODECS.iter().filter(move |c| c.0 == name));
    let others = CODECS
        .iter()
        .filter(|c| !chosen.iter().any(|name| name == c.0));
    let all = wanted.map(|c| (c, "1")).chain(others.map(|c| (c, "0")));
    for (place, ((mime, rate, channels), enabled)) in all.enumerate() {
        config.section(
            &format!("audio_codec_{place}"),
            &[
                ("mime", mime),
                ("rate", &rate.to_string()),
                ("channels", &channels.to_string()),
                ("enabled", enabled),
            ],
        );
    }
}

/// `MD5(user:realm:password)` (RFC 7616, section 3.4.2): the password itself never reaches the device.
fn ha1(settings: &ProfileSettings, account: &SipAccount) -> Result<Zeroizing<String>, Refusal> {
    match &account.secret {
        SipSecret::Ha1(hash) => {
            let hash = Zeroizing::new(hash.expose().to_ascii_lowercase());
            let sound = hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            sound.then_some(hash).ok_or_else(|| {
                unwritable("the hash of the SIP password is not an MD5 in hexadecimal")
            })
        }
        SipSecret::Clear(password) if password.expose().is_empty() => {
            Err(unwritable("the SIP password is empty"))
        }
        SipSecret::Clear(password) => {
            let mut hash = Md5::new();
            for part in [
                &account.user,
                ":",
                &settings.sip_domain,
                ":",
                password.expose(),
            ] {
                hash.update(part.as_bytes());
            }
            Ok(hex(&hash.finalize()))
        }
    }
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|b| [b >> 4, b & 15]);
    Zeroizing::new(pairs.map(|d| char::from(DIGITS[usize::from(d)])).collect())
}

/// A document in the making.
struct Config(Xml);

impl Config {
    fn new() -> Self {
        let mut xml = Xml::new();
        xml.open(BytesStart::new("config").with_attributes([("xmlns", NAMESPACE)]));
        Self(xml)
    }

    /// One section whose entries overwrite what the device has.
    fn section(&mut self, name: &str, entries: &[(&str, &str)]) {
        let section = BytesStart::new("section").with_attributes([("name", name)]);
        self.0.open(section);
        for (key, value) in entries {
            let attributes = [("name", *key), ("overwrite", "true")];
            let entry = BytesStart::new("entry").with_attributes(attributes);
            self.0.text(entry, value);
        }
        self.0.close("section");
    }

    fn finish(mut self) -> Document {
        self.0.close("config");
        self.0.finish()
    }
}
