//! The signature under every call from an origin to a redirect server: which bytes it covers, how it travels, how it is
//! checked. Sending, and keeping the keys, is left to others.
//!
//! The signed message is seven lines of text, each ended by one line feed (`0x0A`):
//!
//! ```text
//! rollcall-publication-v1
//! PUT                                            the method, upper case
//! /v1/links                                      path, with "?" and the query if there is one, as sent
//! go.example.org                                 the target: TargetHost of the server's public address
//! hq                                             the origin's id
//! 1800000000000                                  signed at: milliseconds since 1970, decimal
//! 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU    SHA-256 of the body's bytes, base64url without padding
//! ```
//!
//! No part can hold a line feed, so no two calls share one message. The signature is Ed25519 (RFC 8032) over these bytes
//! and travels in three headers beside the body: `Rollcall-Origin`, `Rollcall-Signed-At` (the same decimal), and
//! `Rollcall-Signature` (64 bytes, base64url without padding). A call counts within [`CLOCK_WINDOW_MS`] of its time on
//! either side. Within that window it may be replayed and changes nothing: versions only rise, and an end is for good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::hash::sha256;
use crate::{OriginId, PublicKey, SigningKey, TargetHost};

/// How far a call's time may differ from the redirect server's clock, in milliseconds: ten minutes.
pub const CLOCK_WINDOW_MS: i64 = 600_000;

/// The names of the headers a signature travels in: origin, time, signature.
pub const HEADERS: [&str; 3] = [
    "rollcall-origin",
    "rollcall-signed-at",
    "rollcall-signature",
];

/// The parts of a call that its signature covers beside origin and time.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The method, upper case.
    pub method: &'a str,
    /// Path and query as sent.
    pub path: &'a str,
    /// The server it is meant for.
    pub target: &'a TargetHost,
    /// The body's bytes as sent.
    pub body: &'a [u8],
}

/// The headers of a signed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// Who signed.
    pub origin: OriginId,
    /// When, in milliseconds since 1970.
    pub signed_at: i64,
    signature: [u8; 64],
}

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is missing or not readable.
    #[error("the call is not signed")]
    Unsigned,
    /// Signed too long ago, or in the future.
    #[error("the call's time is more than ten minutes away from this server's clock")]
    Clock,
    /// The signature does not fit key, method, path, target, origin, time and body.
    #[error("the signature does not fit the call")]
    Signature,
}

impl SignedHeaders {
    /// Names and values as they are sent.
    pub fn pairs(&self) -> [(&'static str, String); 3] {
        let [origin, signed_at, signature] = HEADERS;
        [
            (origin, self.origin.to_string()),
            (signed_at, self.signed_at.to_string()),
            (signature, URL_SAFE_NO_PAD.encode(self.signature)),
        ]
    }

    /// Reads them from a call; `header` gives a header's value by its lower-case name.
    pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Result<Self, Refused> {
        let [origin, signed_at, signature] =
            HEADERS.map(|name| header(name).ok_or(Refused::Unsigned));
        let signature = URL_SAFE_NO_PAD
            .decode(signature?)
            .map_err(|_| Refused::Unsigned)?;
        Ok(Self {
            origin: origin?.parse().map_err(|_| Refused::Unsigned)?,
            signed_at: signed_at?.parse().map_err(|_| Refused::Unsigned)?,
            signature: signature.try_into().map_err(|_| Refused::Unsigned)?,
        })
    }
}

/// Signs a call of `origin` at `signed_at` (milliseconds since 1970).
pub fn sign(key: &SigningKey, origin: &OriginId, signed_at: i64, call: &Call<'_>) -> SignedHeaders {
    let signature = key.sign(&message(origin, signed_at, call));
    SignedHeaders {
        origin: origin.clone(),
        signed_at,
        signature,
    }
}

/// Checks a call against the key of the origin that its headers name, at the time `now` (milliseconds since 1970).
pub fn verify(
    headers: &SignedHeaders,
    key: &PublicKey,
    call: &Call<'_>,
    now: i64,
) -> Result<(), Refused> {
    if headers.signed_at.abs_diff(now) > CLOCK_WINDOW_MS.unsigned_abs() {
        return Err(Refused::Clock);
    }
    let message = message(&headers.origin, headers.signed_at, call);
    if key.verifies(&message, &headers.signature) {
        Ok(())
    } else {
        Err(Refused::Signature)
    }
}

fn message(origin: &OriginId, signed_at: i64, call: &Call<'_>) -> Vec<u8> {
    let Call {
        method,
        path,
        target,
        body,
    } = call;
    let digest = URL_SAFE_NO_PAD.encode(sha256(body));
    format!(
        "rollcall-publication-v1\n{method}\n{path}\n{target}\n{origin}\n{signed_at}\n{digest}\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::Seed;

    const NOW: i64 = 1_800_000_000_000;

    fn key(fill: u8) -> SigningKey {
        SigningKey::from_seed(&Seed::generate(|bytes| bytes.fill(fill)))
    }

    fn target(address: &str) -> TargetHost {
        TargetHost::of(&Url::parse(address).unwrap()).unwrap()
    }

    fn origin() -> OriginId {
        "hq".parse().unwrap()
    }

    #[test]
    fn the_signed_bytes_are_the_documented_ones() {
        let call = Call {
            method: "PUT",
            path: "/v1/links",
            target: &target("https://go.example.org"),
            body: b"",
        };
        assert_eq!(
            String::from_utf8(message(&origin(), NOW, &call)).unwrap(),
            "rollcall-publication-v1\nPUT\n/v1/links\ngo.example.org\nhq\n1800000000000\n\
             47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\n"
        );
    }

    #[test]
    fn every_covered_part_breaks_the_signature_when_changed() {
        let (here, elsewhere) = (
            target("https://go.example.org"),
            target("https://go.example.net"),
        );
        let call = Call {
            method: "PUT",
            path: "/v1/links",
            target: &here,
            body: b"{}",
        };
        let headers = sign(&key(1), &origin(), NOW, &call);
        let public = key(1).public();
        assert_eq!(verify(&headers, &public, &call, NOW), Ok(()));

        let tampered = [
            Call {
                method: "DELETE",
                ..call
            },
            Call {
                path: "/v1/links?x=1",
                ..call
            },
            Call {
                target: &elsewhere,
                ..call
            },
            Call {
                body: b"{} ",
                ..call
            },
        ];
        for call in tampered {
            assert_eq!(
                verify(&headers, &public, &call, NOW),
                Err(Refused::Signature),
                "{call:?}"
            );
        }
        let other_origin = SignedHeaders {
            origin: "branch".parse().unwrap(),
            ..headers.clone()
        };
        let other_time = SignedHeaders {
            signed_at: NOW + 1,
            ..headers.clone()
        };
        let mut other_bits = headers.clone();
        other_bits.signature[63] ^= 1;
        for headers in [other_origin, other_time, other_bits] {
            assert_eq!(
                verify(&headers, &public, &call, NOW),
                Err(Refused::Signature),
                "{headers:?}"
            );
        }
        assert_eq!(
            verify(&headers, &key(2).public(), &call, NOW),
            Err(Refused::Signature)
        );
    }

    #[test]
    fn a_call_counts_for_ten_minutes_on_either_side() {
        let call = Call {
            method: "PUT",
            path: "/v1/links",
            target: &target("https://go.example.org"),
            body: b"{}",
        };
        let headers = sign(&key(1), &origin(), NOW, &call);
        for (now, answer) in [
            (NOW - CLOCK_WINDOW_MS, Ok(())),
            (NOW + CLOCK_WINDOW_MS, Ok(())),
            (NOW - CLOCK_WINDOW_MS - 1, Err(Refused::Clock)),
            (NOW + CLOCK_WINDOW_MS + 1, Err(Refused::Clock)),
            (i64::MIN, Err(Refused::Clock)),
        ] {
            assert_eq!(verify(&headers, &key(1).public(), &call, now), answer);
        }
    }

    #[test]
    fn headers_read_back_and_broken_ones_are_unsigned() {
        let call = Call {
            method: "PUT",
            path: "/v1/links",
            target: &target("https://go.example.org"),
            body: b"{}",
        };
        let headers = sign(&key(1), &origin(), NOW, &call);
        let pairs = headers.pairs();
        let read = |change: &dyn Fn(&str) -> Option<&'static str>| {
            SignedHeaders::read(|name| match change(name) {
                Some("") => None,
                Some(value) => Some(value),
                None => pairs
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, v)| v.as_str()),
            })
        };
        assert_eq!(read(&|_| None), Ok(headers.clone()));
        for (header, value) in [
            ("rollcall-origin", "HQ!"),
            ("rollcall-origin", ""),
            ("rollcall-signed-at", "soon"),
            ("rollcall-signed-at", ""),
            ("rollcall-signature", "AAAA"),
            ("rollcall-signature", ""),
        ] {
            assert_eq!(
                read(&|name| (name == header).then_some(value)),
                Err(Refused::Unsigned),
                "{header}: {value}"
            );
        }
    }
}
