//! What a signed request says, and whether its signature fits (RFC 5849, sections 3.2 and 3.4). Written from the standard
//! and judged by `requests-oauthlib`, not shared with the connector.

use axum::{extract::Request, http::header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use sha2::Sha256;

/// Everything but the unreserved characters (section 3.6).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The protocol parameters of a request.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) client: String,
    pub(super) token: Option<String>,
    pub(super) timestamp: i64,
    pub(super) nonce: String,
    pub(super) callback: Option<String>,
    pub(super) verifier: Option<String>,
    method: String,
    signature: String,
    all: Vec<(String, String)>,
}

impl Signed {
    /// Reads the `Authorization` header (section 3.5.1); none where it is not there or incomplete.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let value = request
            .headers()
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?;
        let (scheme, rest) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let all: Vec<(String, String)> = rest.split(',').filter_map(parameter).collect();
        let find = |name: &str| {
            let found = all.iter().find(|(known, _)| known == name);
            found
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        Some(Self {
            client: find("oauth_consumer_key")?,
            token: find("oauth_token"),
            timestamp: find("oauth_timestamp")?.parse().ok()?,
            nonce: find("oauth_nonce")?,
            callback: find("oauth_callback"),
            verifier: find("oauth_verifier"),
            method: find("oauth_signature_method")?,
            signature: find("oauth_signature")?,
            all,
        })
    }
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    Some((decoded(name)?, decoded(value)?))
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The signature base string (section 3.4.1) of a request without a form.
pub(super) fn base_string(request: &Request, signed: &Signed) -> Option<String> {
    let host = request
        .headers()
        .get(header::HOST)?
        .to_str()
        .ok()?
        .to_lowercase();
    let host = host.strip_suffix(":80").unwrap_or(&host);
    let query = request.uri().query().unwrap_or_default();
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decoded(&text.replace('+', " "));
            Some((encoded(&plain(name)?), encoded(&plain(value)?)))
        })
        .collect::<Option<_>>()?;
    let protocol = signed
        .all
        .iter()
        .filter(|(name, _)| name != "realm" && name != "oauth_signature");
    parameters.extend(protocol.map(|(name, value)| (encoded(name), encoded(value))));
    parameters.sort();
    let joined: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let address = format!("http://{host}{}", request.uri().path());
    Some(format!(
        "{}&{}&{}",
        request.method(),
        encoded(&address),
        encoded(&joined.join("&"))
    ))
}

/// Whether the signature is that of the base string; the client has no secret of its own.
pub(super) fn fits(signed: &Signed, base: &str, token_secret: &str) -> bool {
    let Ok(told) = STANDARD.decode(&signed.signature) else {
        return false;
    };
    let key = format!("&{}", encoded(token_secret));
    match signed.method.as_str() {
        "HMAC-SHA1" => {
            let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes());
            mac.is_ok_and(|mac| mac.chain_update(base).verify_slice(&told).is_ok())
        }
        "HMAC-SHA256" => {
            let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
            mac.is_ok_and(|mac| mac.chain_update(base).verify_slice(&told).is_ok())
        }
        _ => false,
    }
}
