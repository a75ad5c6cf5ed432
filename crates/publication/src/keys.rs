//! The Ed25519 key pair (RFC 8032) of an origin. Keeping the seed sealed is left to whoever owns it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroize as _;

use crate::Malformed;
use crate::hash::decode_32;
use crate::text::travels_as_text;

/// The 32 secret bytes from which a key pair follows. Wiped when dropped, and never printed.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Makes a new seed; `fill` has to fill the array from a cryptographic random source.
    pub fn generate(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        let mut bytes = [0; 32];
        fill(&mut bytes);
        let seed = Self(bytes);
        bytes.zeroize();
        seed
    }

    /// A seed read back from where it was kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Malformed::new("a signing key's seed", "32 bytes"))
    }

    /// The bytes, to be sealed and kept.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// An origin's signing key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The key pair that follows from a seed (RFC 8032, section 5.1.5).
    #[expect(
        clippy::missing_panics_doc,
        reason = "it cannot: any 32 bytes are a seed"
    )]
    pub fn from_seed(seed: &Seed) -> Self {
        Self(
            Ed25519KeyPair::from_seed_unchecked(&seed.0)
                .expect("every 32 bytes are an Ed25519 seed"),
        )
    }

    /// What a redirect server needs to check this key's signatures.
    #[expect(
        clippy::missing_panics_doc,
        reason = "it cannot: the length is fixed by RFC 8032"
    )]
    pub fn public(&self) -> PublicKey {
        PublicKey(
            self.0
                .public_key()
                .as_ref()
                .try_into()
                .expect("an Ed25519 public key has 32 bytes"),
        )
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0
            .sign(message)
            .as_ref()
            .try_into()
            .expect("an Ed25519 signature has 64 bytes")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(public {})", self.public())
    }
}

/// The public half of a [`SigningKey`]. Written as base64url without padding: 43 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        decode_32(text).map(Self).ok_or(Malformed::new(
            "a public key",
            "an Ed25519 key as base64url, 43 characters",
        ))
    }
}

travels_as_text!(PublicKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_rfc_8032_test_1_is_reproduced() {
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let key = SigningKey::from_seed(&Seed::from_bytes(&seed).unwrap());
        assert_eq!(
            key.public().to_string(),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(key.sign(b"")[..4], [0xe5, 0x56, 0x43, 0x00]);
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let seed = Seed::generate(|bytes| bytes.fill(7));
        assert_eq!(format!("{seed:?}"), "Seed(…)");
        assert!(!format!("{:?}", SigningKey::from_seed(&seed)).contains("BwcHB"));
        assert_eq!(seed.as_bytes(), &[7; 32]);
    }

    #[test]
    fn a_public_key_reads_back_from_its_text() {
        let key = SigningKey::from_seed(&Seed::generate(|bytes| bytes.fill(7))).public();
        assert_eq!(key.to_string().parse(), Ok(key));
        assert!("AAAA".parse::<PublicKey>().is_err());
    }
}
