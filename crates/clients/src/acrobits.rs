//! Acrobits Cloud Softphone and Groundwire: the account that external provisioning answers, as its maker documents it.

use model::{
    Fetch, ProfileSettings, Refusal, SipAccount, SipSecret, Srtp, SrtpKeys, Transport,
    plan::reasons,
};
use quick_xml::events::BytesStart;
use zeroize::Zeroizing;

use crate::{
    Document,
    address::{authority, is_plain, outbound, short_name, unwritable},
    xml::{Xml, leaves},
};

/// The login name of a device that has its configuration: its password is then the last part of its own link.
pub const DEVICE: &str = "device";

/// What an account cannot say.
pub(crate) const IGNORED: &[(&str, &str)] = &[
    (
        "codecs",
        "the app's own order counts, which its maker's portal sets",
    ),
    ("ice", "the app finds its way as its maker's portal says"),
    ("chat", "the maker's portal switches it"),
    ("hide_settings", "the maker's portal decides what is shown"),
    ("contacts_url", "it reads contacts in a form of its own"),
    ("dial_prefix", "numbers are rewritten by rules of its own"),
    (
        "client_service_host",
        "it does not speak to the client service",
    ),
    (
        "client_service_port",
        "it does not speak to the client service",
    ),
];

/// Renders the account.
pub(crate) fn render(
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<Document, Refusal> {
    let password = password(account)?;
    let name = short_name(&account.display_name);
    // The app refuses an account without a title.
    let title = if name.is_empty() {
        &account.user
    } else {
        &name
    };
    let mut xml = Xml::new();
    xml.open(BytesStart::new("account"));
    xml.leaf("title", title);
    xml.leaf("username", &account.user);
    xml.leaf("password", password);
    xml.leaf("authUsername", &account.user);
    xml.leaf("userDisplayName", &name);
    xml.leaf("host", &settings.sip_domain);
    xml.leaf("proxy", &proxy(settings));
    xml.leaf("transport", transport(settings.transport));
    xml.leaf("expires", &settings.register_interval_s.to_string());
    encryption(&mut xml, settings);
    let voicemail = settings.voicemail(&account.voicemail_number);
    xml.leaf("voiceMailNumber", voicemail);
    xml.leaf("subscribeForVoicemail", digit(settings.voicemail_notify));
    xml.leaf("STUN", &settings.stun_server);
    xml.leaf("icm", if settings.push { "push" } else { "off" });
    again(&mut xml, settings, device_link);
    xml.close("account");
    Ok(xml.finish())
}

/// How the app asks again: with a login of its own, at its link.
fn again(xml: &mut Xml, settings: &ProfileSettings, device_link: &str) {
    let secret = device_link.rsplit('/').next().unwrap_or_default();
    xml.leaf("cloud_username", DEVICE);
    xml.leaf("cloud_password", secret);
    let url = match settings.fetch {
        Fetch::EveryStart => device_link,
        Fetch::Once => "",
    };
    xml.leaf("extProvUrl", url);
    xml.leaf("extProvInterval", &settings.refetch_interval_s.to_string());
}

fn encryption(xml: &mut Xml, settings: &ProfileSettings) {
    let how = match settings.srtp {
        Srtp::Off => "disabled",
        Srtp::Optional => "enabled",
        Srtp::Mandatory => "required",
    };
    let (sdes, zrtp) = match settings.srtp_keys {
        SrtpKeys::Sdes => (how, "disabled"),
        SrtpKeys::Zrtp => ("disabled", how),
        SrtpKeys::Dtls => ("disabled", "disabled"),
    };
    for (name, value) in [
        ("sdesIncoming", sdes),
        ("sdesOutgoing", sdes),
        ("zrtpIncoming", zrtp),
        ("zrtpOutgoing", zrtp),
    ] {
        xml.leaf(name, value);
    }
}

/// Where everything is sent, unless to the domain itself.
fn proxy(settings: &ProfileSettings) -> String {
    if let Some((host, port)) = outbound(settings) {
        return authority(host, port);
    }
    if settings.sip_host.is_empty() && settings.sip_port == 0 {
        return String::new();
    }
    authority(settings.registrar(), settings.sip_port)
}

/// Over TLS addresses stay `sip:`, as they do for every other client.
const fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls+sip:",
    }
}

const fn digit(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

/// The password itself, as it can stand in XML.
pub(crate) fn password(account: &SipAccount) -> Result<&str, Refusal> {
    let SipSecret::Clear(password) = &account.secret else {
        return Err(reasons::needs_password());
    };
    let password = password.expose();
    if password.is_empty() {
        return Err(unwritable("the SIP password is empty"));
    }
    if !password.chars().all(is_plain) {
        return Err(unwritable("the SIP password holds a control character"));
    }
    Ok(password)
}

/// What the app shows its person in place of an account.
pub fn message(text: &str) -> Document {
    let mut xml = Xml::new();
    xml.leaf("message", text);
    xml.finish()
}

/// Well formed, with a title and everything that registering takes.
pub(crate) fn validate(body: &[u8]) -> Result<(), String> {
    let found = leaves(body, &["account"])?;
    complete(
        &found,
        &[
            "title",
            "username",
            "password",
            "host",
            "transport",
            "cloud_password",
        ],
    )
}

/// Whether all these texts are there.
pub(crate) fn complete(
    found: &std::collections::BTreeMap<String, Zeroizing<String>>,
    wanted: &[&str],
) -> Result<(), String> {
    let missing = wanted
        .iter()
        .find(|name| found.get(**name).is_none_or(|text| text.is_empty()));
    missing.map_or(Ok(()), |name| Err(format!("{name} is missing")))
}
