//! Everything an administrator sets in a profile. What a person is told about each setting stands in the catalogue.

use serde::{Deserialize, Serialize};

use super::{ClientKind, Fetch, LinkMode, Srtp, SrtpKeys, Transport};

/// The settings of a profile; what is left out has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own that an administrator switches"
)]
pub struct ProfileSettings {
    /// The softphone.
    pub client: ClientKind,
    /// By what the client's maker knows this installation: Acrobits' Cloud ID, Zoiper's provider id; empty for other clients.
    pub provider_id: String,
    /// How the mailed link leads to the configuration.
    pub link_mode: LinkMode,
    /// Domain of the SIP addresses, and the realm of their digest (RFC 8760).
    pub sip_domain: String,
    /// Host that clients register at; the domain where empty.
    pub sip_host: String,
    /// Port there; 0 = the transport's own.
    pub sip_port: u16,
    /// Transport to it.
    pub transport: Transport,
    /// Outbound proxy, `host` or `host:port`; empty = none.
    pub outbound_proxy: String,
    /// Audio codecs, best first, by their SDP name; empty = the client's own choice.
    pub codecs: Vec<String>,
    /// Media encryption.
    pub srtp: Srtp,
    /// How its keys are agreed on.
    pub srtp_keys: SrtpKeys,
    /// STUN server, `host` or `host:port` (RFC 8489); empty = none.
    pub stun_server: String,
    /// Whether ways through address translation are tried out (RFC 8445).
    pub ice: bool,
    /// Seconds between registrations, 60 to 86,400.
    pub register_interval_s: u32,
    /// Number of the voice mail; the user's own wins over it.
    pub voicemail_number: String,
    /// Whether the client asks to be told of new messages (RFC 3842).
    pub voicemail_notify: bool,
    /// Digits that the client puts in front of national numbers; empty = none.
    pub dial_prefix: String,
    /// Whether calls may wake the app by a push notification.
    pub push: bool,
    /// Whether the app offers chat.
    pub chat: bool,
    /// Whether the app hides its settings.
    pub hide_settings: bool,
    /// Address of a list of contacts, in the client's own form; empty = none.
    pub contacts_url: String,
    /// Host of the client service; empty = none.
    pub client_service_host: String,
    /// Port there; 0 = the service's own.
    pub client_service_port: u16,
    /// How often the client asks again.
    pub fetch: Fetch,
    /// Seconds between its questions while it runs, 300 to 604,800; 0 = it asks at its start only.
    pub refetch_interval_s: u32,
    /// Days that a deployment's link works, 1 to 90.
    pub validity_days: u16,
    /// Devices that one deployment serves, 1 to 20.
    pub devices: u16,
    /// One address that receives the mails of all users of this profile; empty = each their own.
    pub central_email: String,
    /// Language of the mail where the user has none (BCP 47).
    pub language: String,
    /// The organisation that the mail and the pages name.
    pub organisation: String,
    /// Whom to ask for help, as shown in the mail.
    pub help: String,
}

impl Default for ProfileSettings {
    fn default() -> Self {
        Self {
            client: ClientKind::Linphone,
            provider_id: String::new(),
            link_mode: LinkMode::Redirect,
            sip_domain: String::new(),
            sip_host: String::new(),
            sip_port: 0,
            transport: Transport::Tls,
            outbound_proxy: String::new(),
            codecs: Vec::new(),
            srtp: Srtp::Optional,
            srtp_keys: SrtpKeys::Sdes,
            stun_server: String::new(),
            ice: false,
            register_interval_s: 600,
            voicemail_number: String::new(),
            voicemail_notify: false,
            dial_prefix: String::new(),
            push: true,
            chat: true,
            hide_settings: false,
            contacts_url: String::new(),
            client_service_host: String::new(),
            client_service_port: 0,
            fetch: Fetch::EveryStart,
            refetch_interval_s: 0,
            validity_days: 7,
            devices: 3,
            central_email: String::new(),
            language: "en".to_owned(),
            organisation: String::new(),
            help: String::new(),
        }
    }
}

impl ProfileSettings {
    /// The host that clients register at.
    pub fn registrar(&self) -> &str {
        if self.sip_host.is_empty() {
            &self.sip_domain
        } else {
            &self.sip_host
        }
    }

    /// The number of the voice mail: the person's own, or that of the profile.
    pub fn voicemail<'a>(&'a self, own: &'a str) -> &'a str {
        if own.is_empty() {
            &self.voicemail_number
        } else {
            own
        }
    }
}
