//! The generic document: every setting as JSON, for scripts of device management and for tools of desk phones.

use model::{Fetch, ProfileSettings, Refusal, SipAccount, SipSecret, Srtp, SrtpKeys, Transport};
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    Document,
    address::{short_name, unwritable},
};

pub(crate) mod check;

/// A configuration as JSON: what `POST /p/{ticket}` and `GET /x/{device}` answer under a profile of the client `json`.
#[derive(Serialize, ToSchema)]
pub struct Configuration<'a> {
    /// The form of this document; 1.
    version: u8,
    /// The device's own link: where it asks again, with `If-None-Match`.
    link: &'a str,
    /// Whether to ask again at every start, or never.
    fetch: Fetch,
    /// Seconds between further questions; 0 = only at the start.
    refetch_interval_s: u32,
    account: Account<'a>,
    server: Server<'a>,
    media: Media<'a>,
    voicemail: Voicemail<'a>,
    app: App<'a>,
}

/// Who registers.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigurationAccount)]
struct Account<'a> {
    /// The name that is shown to others; may be empty.
    display_name: String,
    /// User part of the SIP address, unescaped, and user of the digest.
    user: &'a str,
    /// Host part of the SIP address, and realm of the digest.
    domain: &'a str,
    /// The password, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    /// `MD5(user:domain:password)` in lower-case hexadecimal (RFC 7616, section 3.4.2), where only that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    ha1: Option<&'a str>,
}

/// Where it registers.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigurationServer)]
struct Server<'a> {
    host: &'a str,
    /// 0 = the transport's own.
    port: u16,
    transport: Transport,
    /// `host` or `host:port`; may be empty.
    outbound_proxy: &'a str,
    register_interval_s: u32,
}

/// Sound and its way.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigurationMedia)]
struct Media<'a> {
    /// By their names in SDP, the best first; none: the client's own choice.
    codecs: &'a [String],
    srtp: Srtp,
    srtp_keys: SrtpKeys,
    /// `host` or `host:port`; may be empty.
    stun_server: &'a str,
    ice: bool,
}

/// The mailbox.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigurationVoicemail)]
struct Voicemail<'a> {
    /// May be empty.
    number: &'a str,
    /// Whether to ask for messages (RFC 3842).
    notify: bool,
}

/// What concerns the app.
#[derive(Serialize, ToSchema)]
#[schema(as = ConfigurationApp)]
struct App<'a> {
    /// Country code for national numbers; may be empty.
    dial_prefix: &'a str,
    push: bool,
    chat: bool,
    hide_settings: bool,
    /// May be empty.
    contacts_url: &'a str,
    /// May be empty.
    client_service_host: &'a str,
    /// 0 = the service's own.
    client_service_port: u16,
}

/// Renders the whole configuration.
pub(crate) fn render(
    settings: &ProfileSettings,
    account: &SipAccount,
    device_link: &str,
) -> Result<Document, Refusal> {
    let configuration = Configuration {
        version: 1,
        link: device_link,
        fetch: settings.fetch,
        refetch_interval_s: settings.refetch_interval_s,
        account: who(settings, account)?,
        server: Server {
            host: settings.registrar(),
            port: settings.sip_port,
            transport: settings.transport,
            outbound_proxy: &settings.outbound_proxy,
            register_interval_s: settings.register_interval_s,
        },
        media: Media {
            codecs: &settings.codecs,
            srtp: settings.srtp,
            srtp_keys: settings.srtp_keys,
            stun_server: &settings.stun_server,
            ice: settings.ice,
        },
        voicemail: Voicemail {
            number: settings.voicemail(&account.voicemail_number),
            notify: settings.voicemail_notify,
        },
        app: App {
            dial_prefix: &settings.dial_prefix,
            push: settings.push,
            chat: settings.chat,
            hide_settings: settings.hide_settings,
            contacts_url: &settings.contacts_url,
            client_service_host: &settings.client_service_host,
            client_service_port: settings.client_service_port,
        },
    };
    // Enough for every document, so that no half of a secret is left behind by growing.
    let mut body = Vec::with_capacity(16 * 1024);
    serde_json::to_writer_pretty(&mut body, &configuration)
        .expect("texts and numbers always serialise");
    body.push(b'\n');
    Ok(Document {
        content_type: "application/json",
        body: Zeroizing::new(body),
    })
}

fn who<'a>(settings: &'a ProfileSettings, account: &'a SipAccount) -> Result<Account<'a>, Refusal> {
    let secret = account.secret.secret().expose();
    let is_ha1 = account.secret.is_ha1();
    if secret.is_empty() {
        return Err(unwritable("the SIP password is empty"));
    }
    if is_ha1 && !is_md5(secret) {
        return Err(unwritable(
            "the hash of the SIP password is not an MD5 in hexadecimal",
        ));
    }
    Ok(Account {
        display_name: short_name(&account.display_name),
        user: &account.user,
        domain: &settings.sip_domain,
        password: matches!(account.secret, SipSecret::Clear(_)).then_some(secret),
        ha1: is_ha1.then_some(secret),
    })
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}
