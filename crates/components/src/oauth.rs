//! OAuth 1.0a (RFC 5849): signing requests with HMAC-SHA1 or HMAC-SHA256. The dance for a token is left to
//! [`crate::authorization`].

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use model::{Env, Secret};
use reqwest::{
    Request,
    header::{AUTHORIZATION, HeaderValue},
};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::Sha256;
use url::Url;

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SignatureMethod {
    /// HMAC-SHA1 (RFC 5849, section 3.4.2).
    #[default]
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    /// The same with SHA-256.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
}

impl SignatureMethod {
    /// As `oauth_signature_method` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// What signs requests: who asks, for whom, and how.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The client's identifier (`oauth_consumer_key`).
    pub client: String,
    /// The client's secret; may be empty.
    pub client_secret: Secret,
    /// The token, its id and its secret; none while there is none.
    pub token: Option<Token>,
    /// How to sign.
    pub method: SignatureMethod,
    /// Where timestamps and nonces come from.
    pub env: Env,
}

/// A token: of a request for authorization, or of an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its identifier (`oauth_token`).
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

impl Signer {
    /// Signs a request with a timestamp and nonce of its own; `more` are further protocol parameters (`oauth_callback`,
    /// `oauth_verifier`). Bodies that are no form are not part of a signature (section 3.4.1.3.1); no request here has a form.
    pub(crate) fn sign(&self, request: &mut Request, more: &[(&str, &str)]) {
        let timestamp = self.env.now().0.div_euclid(1000).to_string();
        let nonce = hex(&self.env.random::<16>());
        let header = self.header(
            request.method().as_str(),
            request.url(),
            &[],
            more,
            &timestamp,
            &nonce,
        );
        let mut value =
            HeaderValue::from_str(&header).expect("everything in it is percent-encoded");
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }

    /// The `Authorization` header (section 3.5.1).
    fn header(
        &self,
        method: &str,
        url: &Url,
        form: &[(&str, &str)],
        more: &[(&str, &str)],
        timestamp: &str,
        nonce: &str,
    ) -> String {
        let mut protocol = vec![
            ("oauth_consumer_key", self.client.as_str()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", self.method.name()),
            ("oauth_timestamp", timestamp),
        ];
        protocol.extend(
            self.token
                .as_ref()
                .map(|token| ("oauth_token", token.id.as_str())),
        );
        protocol.extend(more);
        let signature = self.signature(&base_string(method, url, form, &protocol));
        protocol.push(("oauth_signature", &signature));
        let parts: Vec<_> = protocol
            .into_iter()
            .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
            .collect();
        format!("OAuth {}", parts.join(", "))
    }

    fn signature(&self, base: &str) -> String {
        let token_secret = self
            .token
            .as_ref()
            .map_or("", |token| token.secret.expose());
        let key = Secret::new(format!(
            "{}&{}",
            encode(self.client_secret.expose()),
            encode(token_secret)
        ));
        match self.method {
            SignatureMethod::HmacSha1 => mac::<Hmac<Sha1>>(&key, base),
            SignatureMethod::HmacSha256 => mac::<Hmac<Sha256>>(&key, base),
        }
    }
}

fn mac<M: Mac + KeyInit>(key: &Secret, text: &str) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(key.expose().as_bytes())
        .expect("a MAC takes keys of any length");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The signature base string (section 3.4.1).
fn base_string(
    method: &str,
    url: &Url,
    form: &[(&str, &str)],
    protocol: &[(&str, &str)],
) -> String {
    let encoded = |name: &str, value: &str| (encode(name), encode(value));
    let mut parameters: Vec<_> = url.query_pairs().map(|(n, v)| encoded(&n, &v)).collect();
    parameters.extend(form.iter().chain(protocol).map(|(n, v)| encoded(n, v)));
    parameters.sort();
    let joined: Vec<_> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    // The parser has put scheme and host in lower case and left a default port out (section 3.4.1.2).
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    format!(
        "{method}&{}&{}",
        encode(&address),
        encode(&joined.join("&"))
    )
}

/// Percent-encoding of everything but unreserved characters (section 3.6).
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use model::{
        Timestamp,
        clock::{FixedClock, SystemEntropy},
    };

    use super::*;

    fn signer(client: &str, secret: &str, token: Option<(&str, &str)>) -> Signer {
        Signer {
            client: client.to_owned(),
            client_secret: Secret::new(secret),
            token: token.map(|(id, secret)| Token {
                id: id.to_owned(),
                secret: Secret::new(secret),
            }),
            method: SignatureMethod::HmacSha1,
            env: Env::new(FixedClock::at(Timestamp(0)), SystemEntropy),
        }
    }

    fn printer(token: Option<(&str, &str)>) -> Signer {
        signer("dpf43f3p2l4k3l03", "kd94hf93k423kf44", token)
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[track_caller]
    fn assert_signed(header: &str, signature: &str) {
        let expected = format!("oauth_signature=\"{}\"", encode(signature));
        assert!(header.contains(&expected), "{header}");
    }

    #[test]
    fn rfc_5849_section_1_2_the_request_for_temporary_credentials() {
        let more = [("oauth_callback", "http://printer.example.com/ready")];
        let url = url("https://photos.example.net/initiate");
        let header = printer(None).header("POST", &url, &[], &more, "137131200", "wIjqoS");
        assert_signed(&header, "74KNZJeDHnMBp0EMJ9ZHt/XKycU=");
        assert!(header.contains("oauth_callback=\"http%3A%2F%2Fprinter.example.com%2Fready\""));
    }

    #[test]
    fn rfc_5849_section_1_2_the_request_for_a_token() {
        let signer = printer(Some(("hh5s93j4hdidpola", "hdhd0244k9j7ao03")));
        let more = [("oauth_verifier", "hfdp7dh39dks9884")];
        let url = url("https://photos.example.net/token");
        let header = signer.header("POST", &url, &[], &more, "137131201", "walatlh");
        assert_signed(&header, "gKgrFCywp7rO0OXSjdot/IHF7IU=");
    }

    #[test]
    fn rfc_5849_section_1_2_the_request_for_a_photo() {
        let signer = printer(Some(("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")));
        let url = url("http://photos.example.net/photos?file=vacation.jpg&size=original");
        let header = signer.header("GET", &url, &[], &[], "137131202", "chapoH");
        assert_signed(&header, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    #[test]
    fn rfc_5849_section_3_4_1_1_the_base_string() {
        let url = url("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b");
        let protocol = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let base = base_string("POST", &url, &[("c2", ""), ("a3", "2 q")], &protocol);
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D\
                        %26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1\
                        %26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
        assert_eq!(base, expected);
    }

    #[test]
    fn each_method_signs_in_its_own_way() {
        let sha1 = printer(None);
        let sha256 = Signer {
            method: SignatureMethod::HmacSha256,
            ..sha1.clone()
        };
        assert_eq!(STANDARD.decode(sha1.signature("x")).unwrap().len(), 20);
        assert_eq!(STANDARD.decode(sha256.signature("x")).unwrap().len(), 32);
    }

    #[test]
    fn no_two_requests_have_one_nonce() {
        let signer = printer(None);
        let header = || {
            let mut request = Request::new(reqwest::Method::GET, url("https://mbg.example.org/"));
            signer.sign(&mut request, &[]);
            request.headers()[AUTHORIZATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_ne!(header(), header());
    }
}
