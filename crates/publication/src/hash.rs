//! The hash by which a link is known where the ticket itself must not be. Making tickets is left to others.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::Malformed;
use crate::text::travels_as_text;

/// SHA-256 of a ticket's text. Written as base64url without padding (RFC 4648, section 5): 43 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketHash([u8; 32]);

impl TicketHash {
    /// Hashes a ticket exactly as it stands in a link. Any text may be given: what is no ticket just hashes to
    /// something unknown, so that a malformed link costs what an unknown one costs.
    pub fn of(ticket: &str) -> Self {
        Self(sha256(ticket.as_bytes()))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash read back from a store.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("a SHA-256 digest has 32 bytes")
}

/// Reads base64url text of exactly 32 bytes; `None` for anything else.
pub(crate) fn decode_32(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

impl fmt::Display for TicketHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for TicketHash {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        decode_32(text)
            .map(Self)
            .ok_or(Malformed::new("a ticket's hash", "32 bytes as base64url"))
    }
}

travels_as_text!(TicketHash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_plain_sha_256_of_the_text() {
        // FIPS 180-4's own example, "abc".
        assert_eq!(
            TicketHash::of("abc").to_string(),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }

    #[test]
    fn a_hash_reads_back_from_its_text() {
        let hash = TicketHash::of("2mXb");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(TicketHash::from_bytes(*hash.as_bytes()), hash);
    }

    #[test]
    fn text_of_another_length_or_alphabet_is_refused() {
        for text in [
            "",
            "abc",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
            &"A".repeat(44),
        ] {
            assert!(text.parse::<TicketHash>().is_err(), "{text}");
        }
    }
}
