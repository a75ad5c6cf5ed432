//! Zoiper: what the token address answers. Everything but the login stands in the provider's own settings at Zoiper.

use model::{ProfileSettings, Refusal, SipAccount};
use quick_xml::events::BytesStart;

use crate::{
    Document,
    acrobits::{complete, password},
    xml::{Xml, leaves},
};

const PATH: [&str; 3] = ["options", "accounts", "account"];

const AT_ZOIPER: &str = "it is set at Zoiper, with the provider id";
const NOT_AGAIN: &str = "Zoiper asks once and keeps what it got";
const NO_CLIENT_SERVICE: &str = "it does not speak to the client service";

/// What the answer cannot say.
pub(crate) const IGNORED: &[(&str, &str)] = &[
    ("sip_domain", AT_ZOIPER),
    ("sip_host", AT_ZOIPER),
    ("sip_port", AT_ZOIPER),
    ("transport", AT_ZOIPER),
    ("outbound_proxy", AT_ZOIPER),
    ("register_interval_s", AT_ZOIPER),
    ("codecs", AT_ZOIPER),
    ("srtp", AT_ZOIPER),
    ("srtp_keys", AT_ZOIPER),
    ("stun_server", AT_ZOIPER),
    ("ice", AT_ZOIPER),
    ("voicemail_number", AT_ZOIPER),
    ("voicemail_notify", AT_ZOIPER),
    ("dial_prefix", AT_ZOIPER),
    ("push", AT_ZOIPER),
    ("chat", AT_ZOIPER),
    ("hide_settings", AT_ZOIPER),
    ("contacts_url", AT_ZOIPER),
    ("client_service_host", NO_CLIENT_SERVICE),
    ("client_service_port", NO_CLIENT_SERVICE),
    ("fetch", NOT_AGAIN),
    ("refetch_interval_s", NOT_AGAIN),
];

/// Renders the login.
pub(crate) fn render(_: &ProfileSettings, account: &SipAccount) -> Result<Document, Refusal> {
    let password = password(account)?;
    let mut xml = Xml::new();
    for name in PATH {
        xml.open(BytesStart::new(name));
    }
    xml.leaf("username", &account.user);
    xml.leaf("password", password);
    xml.leaf("authentication_username", &account.user);
    for name in PATH.into_iter().rev() {
        xml.close(name);
    }
    Ok(xml.finish())
}

/// Well formed, with a whole login.
pub(crate) fn validate(body: &[u8]) -> Result<(), String> {
    let found = leaves(body, &PATH)?;
    complete(&found, &["username", "password", "authentication_username"])
}
