//! baresip's accounts file: one line per account, after a comment that names the device's own link.

use std::fmt::Write as _;

use model::{ProfileSettings, Refusal, SipAccount, SipSecret, Srtp, SrtpKeys, plan::reasons};
use zeroize::Zeroizing;

use crate::{
    Document,
    address::{is_plain, outbound, quoted, server, shown_name, unwritable, uri},
};

pub(crate) mod check;

/// What an accounts line cannot say.
pub(crate) const IGNORED: &[(&str, &str)] = &[
    (
        "fetch",
        "baresip reads its accounts file and never asks for a new one",
    ),
    (
        "voicemail_number",
        "an accounts line has no place for it; it is dialled like any number",
    ),
    (
        "refetch_interval_s",
        "baresip reads its accounts file and never asks for a new one",
    ),
    ("dial_prefix", "numbers are dialled as they are typed"),
    (
        "client_service_host",
        "it does not speak to the client service",
    ),
    (
        "client_service_port",
        "it does not speak to the client service",
    ),
    ("push", "it is no app that sleeps"),
    ("chat", "it has no such setting"),
    ("hide_settings", "its settings are files"),
    ("contacts_url", "its contacts are a file"),
];

/// What counts only without an outbound proxy.
pub(crate) const IGNORED_BEHIND_A_PROXY: &[(&str, &str)] = &[
    (
        "sip_host",
        "with an outbound proxy, baresip sends everything to the proxy and leaves the way on to it",
    ),
    (
        "sip_port",
        "with an outbound proxy, baresip sends everything to the proxy and leaves the way on to it",
    ),
];

/// The longest accounts line: baresip 1.0 reads a line into 512 bytes and cuts the rest off unsaid.
const LINE_MAX: usize = 511;

/// Each codec with the rate and channels that baresip needs to find it.
const CODECS: [(&str, &str); 5] = [
    ("opus", "opus/48000/2"),
    ("G722", "G722/16000/1"),
    ("PCMU", "PCMU/8000/1"),
    ("PCMA", "PCMA/8000/1"),
    ("speex", "speex/16000/1"),
];

/// Renders comment and accounts line. The shown name gives way where the line would be too long.
pub(crate) fn render(
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<Document, Refusal> {
    let rest = after_name(settings, account)?;
    let room = LINE_MAX.checked_sub(rest.len()).ok_or_else(|| {
        unwritable("user name, password and hosts together are too long for baresip")
    })?;
    let name = fitting_name(&account.display_name, room);
    let mut body = Vec::with_capacity(2 * 1024 + device_link.len());
    for part in ["# configuration: ", device_link, "\n", &name, &rest, "\n"] {
        body.extend_from_slice(part.as_bytes());
    }
    Ok(Document {
        content_type: "text/plain; charset=utf-8",
        body: Zeroizing::new(body),
    })
}

/// Everything from the address on.
fn after_name(
    settings: &ProfileSettings,
    account: &SipAccount,
) -> Result<Zeroizing<String>, Refusal> {
    let mut line = Zeroizing::new(String::with_capacity(2 * 1024));
    let transport = settings.transport.name();
    let address = uri(&account.user, &settings.sip_domain);
    let user = parameter(&account.user, "the SIP user name")?;
    let password = parameter(password(account)?, "the SIP password")?;
    write!(
        line,
        "<{address};transport={transport}>;auth_user={};auth_pass={}",
        *user, *password
    )
    .expect(TO_MEMORY);
    if let Some(server) = way_out(settings) {
        write!(line, ";outbound=\"{server}\"").expect(TO_MEMORY);
    }
    write!(line, ";regint={}", settings.register_interval_s).expect(TO_MEMORY);
    line.push_str(match (settings.srtp, settings.srtp_keys) {
        (Srtp::Off, _) => "",
        (Srtp::Mandatory, SrtpKeys::Sdes) => ";mediaenc=srtp-mand",
        (_, SrtpKeys::Sdes) => ";mediaenc=srtp",
        (_, SrtpKeys::Dtls) => ";mediaenc=dtls_srtp",
        (_, SrtpKeys::Zrtp) => ";mediaenc=zrtp",
    });
    line.push_str(&way_through(settings));
    line.push_str(if settings.voicemail_notify {
        ";mwi=yes"
    } else {
        ";mwi=no"
    });
    line.push_str(&codecs(&settings.codecs));
    Ok(line)
}

const TO_MEMORY: &str = "writing to a string cannot fail";

fn password(account: &SipAccount) -> Result<&str, Refusal> {
    match &account.secret {
        SipSecret::Clear(password) => Ok(password.expose()),
        SipSecret::Ha1(_) => Err(reasons::needs_password()),
    }
}

/// A value as it can stand behind `name=`. baresip looks for `;name=` without regard to quotes and takes
/// no escape out of a value again, so `;`, `"` and `\` have no place in one at all.
fn parameter(value: &str, what: &str) -> Result<Zeroizing<String>, Refusal> {
    if value.is_empty() {
        return Err(unwritable(&format!("{what} is empty")));
    }
    if value.chars().any(|c| !is_plain(c) || ";\"\\".contains(c)) {
        return Err(unwritable(&format!(
            "{what} holds a semicolon, a quotation mark, a backslash or a control character, \
             which baresip cannot read"
        )));
    }
    let bare = value
        .chars()
        .all(|c| !c.is_whitespace() && !"<>,".contains(c));
    Ok(Zeroizing::new(if bare {
        value.to_owned()
    } else {
        format!("\"{value}\"")
    }))
}

/// Where requests are sent, unless to the domain itself.
fn way_out(settings: &ProfileSettings) -> Option<String> {
    if let Some((host, port)) = outbound(settings) {
        return Some(server(host, port, settings.transport));
    }
    let own_host = !settings.sip_host.is_empty() || settings.sip_port != 0;
    own_host.then(|| server(settings.registrar(), settings.sip_port, settings.transport))
}

/// How sound finds its way through address translation.
fn way_through(settings: &ProfileSettings) -> String {
    let way = match (settings.stun_server.is_empty(), settings.ice) {
        (true, false) => return String::new(),
        (_, true) => "ice",
        (false, false) => "stun",
    };
    match settings.stun_server.as_str() {
        "" => format!(";medianat={way}"),
        server => format!(";medianat={way};stunserver=\"stun:{server}\""),
    }
}

fn codecs(chosen: &[String]) -> String {
    let known = |name: &String| {
        CODECS
            .iter()
            .find(|codec| codec.0 == name)
            .map(|codec| codec.1)
    };
    let names: Vec<_> = chosen.iter().filter_map(known).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(";audio_codecs={}", names.join(","))
    }
}

/// The quoted name in at most `room` bytes, shortened at its end if need be.
fn fitting_name(name: &str, room: usize) -> String {
    // No sign takes less than a byte: what is certainly too long is not tried letter by letter.
    let mut name: String = shown_name(name).chars().take(room).collect();
    loop {
        let quoted = quoted(name.trim_end());
        if quoted.len() <= room {
            return quoted;
        }
        name.pop();
    }
}
