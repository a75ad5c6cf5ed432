//! SIP addresses as both clients write them, and what must hold before anything is rendered.

use model::{
    ProfileSettings, Refusal, SipAccount, Transport, plan::reasons, sip::escape_user,
    values::is_host,
};

/// Refuses what no renderer could write.
pub(crate) fn check(
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<(), Refusal> {
    if let Some(fault) = settings.faults().into_iter().next() {
        return Err(Refusal::new(
            "broken-profile",
            format!("the profile's {} {}", fault.field, fault.message),
            "mend the profile and save it",
        ));
    }
    if account.user.is_empty() {
        return Err(reasons::no_account());
    }
    if !account.user.chars().all(is_plain) {
        return Err(unwritable("the SIP user name holds a control character"));
    }
    let number = &account.voicemail_number;
    if !number
        .chars()
        .all(|c| c.is_ascii_digit() || "*#+".contains(c))
    {
        return Err(unwritable(
            "the voice mail number holds more than digits, *, # and +",
        ));
    }
    let sound = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    if device_link.is_empty() || !device_link.chars().all(sound) {
        return Err(unwritable("the configuration link is not a URL"));
    }
    Ok(())
}

/// A refusal of a value that has no place in a document; `what` names the field, never the value.
pub(crate) fn unwritable(what: &str) -> Refusal {
    Refusal::new(
        "unwritable",
        what,
        "change the value at its component, scan again, and deploy again",
    )
}

/// A character that every format here can carry in one line: XML 1.0's `Char` (section 2.2) without the
/// control characters.
pub(crate) fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}' | '\u{2028}' | '\u{2029}')
}

/// The shown name as it can stand in one line: odd characters become spaces, and spaces are single.
pub(crate) fn shown_name(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { ' ' })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The longest name that phones show, in characters: it stands in each of their requests, and registrars drop what is too large.
const NAME_MAX: usize = 128;

/// The same without the end of a name that is longer than any.
pub(crate) fn short_name(name: &str) -> String {
    shown_name(name).chars().take(NAME_MAX).collect()
}

/// `"Name" ` as a quoted string (RFC 3261, section 25.1), or nothing where there is no name.
pub(crate) fn quoted(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    format!("\"{}\" ", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `sip:user@domain`, escaped.
pub(crate) fn uri(user: &str, domain: &str) -> String {
    format!("sip:{}@{}", escape_user(user), bracketed(domain))
}

/// `sip:host:port;transport=…`; port 0 is left to the client.
pub(crate) fn server(host: &str, port: u16, transport: Transport) -> String {
    format!(
        "sip:{};transport={}",
        authority(host, port),
        transport.name()
    )
}

/// `host:port`; port 0 is left to the client.
pub(crate) fn authority(host: &str, port: u16) -> String {
    let host = bracketed(host);
    if port == 0 {
        host
    } else {
        format!("{host}:{port}")
    }
}

/// Host and port (0 = none named) of the outbound proxy, if there is one.
pub(crate) fn outbound(settings: &ProfileSettings) -> Option<(&str, u16)> {
    let proxy = settings.outbound_proxy.as_str();
    if proxy.is_empty() {
        return None;
    }
    if is_host(proxy) {
        return Some((proxy, 0));
    }
    let (host, port) = proxy.rsplit_once(':')?;
    Some((host, port.parse().ok()?))
}

/// A host as it stands in a URI: an IPv6 address in brackets (RFC 3261, section 19.1.1).
fn bracketed(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("[{bare}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_stands_in_brackets_once() {
        for host in ["2001:db8::1", "[2001:db8::1]"] {
            assert_eq!(
                server(host, 5061, Transport::Tls),
                "sip:[2001:db8::1]:5061;transport=tls"
            );
        }
        assert_eq!(server("pbx", 0, Transport::Udp), "sip:pbx;transport=udp");
    }

    #[test]
    fn the_port_of_a_proxy_is_found_behind_every_kind_of_host() {
        let proxy = |text: &str| {
            let settings = ProfileSettings {
                outbound_proxy: text.to_owned(),
                ..ProfileSettings::default()
            };
            outbound(&settings).map(|(host, port)| (host.to_owned(), port))
        };
        assert_eq!(proxy(""), None);
        assert_eq!(proxy("sbc"), Some(("sbc".into(), 0)));
        assert_eq!(proxy("sbc:5061"), Some(("sbc".into(), 5061)));
        assert_eq!(proxy("2001:db8::1"), Some(("2001:db8::1".into(), 0)));
        assert_eq!(proxy("[::1]:5061"), Some(("[::1]".into(), 5061)));
    }

    #[test]
    fn a_name_stays_in_its_quotes_and_on_its_line() {
        assert_eq!(quoted(&shown_name("a\"b\\c\r\nd")), "\"a\\\"b\\\\c d\" ");
        assert_eq!(quoted(&shown_name(" \u{0} ")), "");
        let long = "Růžička".repeat(1_500);
        assert_eq!(short_name(&long).chars().count(), NAME_MAX);
    }
}
