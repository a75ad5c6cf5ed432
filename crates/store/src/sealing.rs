//! How secrets are sealed: XChaCha20-Poly1305 under one data key, which a key from outside the database
//! wraps. The additional data binds a value to its id, its purpose and the data key.

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use model::Env;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    Error, Result,
    sql::{Row, Transaction},
};

/// The key that wraps the data key: 32 bytes from a file, the environment or a command, never from the
/// data folder.
#[derive(Clone)]
pub struct WrappingKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrappingKey(…)")
    }
}

impl WrappingKey {
    /// A new random key.
    pub fn random(env: &Env) -> Self {
        Self(Zeroizing::new(env.random()))
    }

    /// The key of this text: base64 of 32 bytes.
    ///
    /// # Errors
    /// A sentence where it is no such text; it does not quote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = Zeroizing::new(
            STANDARD
                .decode(text.trim())
                .map_err(|_| "the key is not base64")?,
        );
        let key = bytes
            .as_slice()
            .try_into()
            .map_err(|_| "the key must be base64 of 32 bytes")?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The text that [`WrappingKey::parse`] reads.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }
}

const NONCE_LEN: usize = 24;
/// Finds the data key.
pub(crate) const KEPT_KEY: &str =
    "SELECT key_id, wrapped FROM data_key ORDER BY created_at LIMIT 1";

fn seal(key: &[u8; 32], env: &Env, bound_to: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = env.random();
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload {
        msg: plain,
        aad: bound_to,
    };
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .expect("sealing fails only for more than 256 GiB");
    [nonce.as_slice(), &sealed].concat()
}

fn open(key: &[u8; 32], bound_to: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(Error::Sealed)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload {
        msg: text,
        aad: bound_to,
    };
    cipher
        .decrypt(&XNonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| Error::Sealed)
}

/// The unwrapped data key at work.
pub(crate) struct Sealer {
    key: Zeroizing<[u8; 32]>,
    key_id: String,
    /// Keys the codes' HMAC; derived, so that it is not in the database either.
    code_key: Zeroizing<[u8; 32]>,
}

impl Sealer {
    /// Unwraps the data key, or makes one where the database is new. Servers that start at once come here
    /// one after the other, so that they agree on one key.
    pub(crate) async fn load_or_make(
        tx: &Transaction,
        wrapping: &WrappingKey,
        env: &Env,
    ) -> Result<Self> {
        if tx.rows(KEPT_KEY, vec![]).await?.is_empty() {
            let (key_id, key) = (env.uuid().to_string(), Zeroizing::new(env.random::<32>()));
            let wrapped = seal(&wrapping.0, env, key_id.as_bytes(), key.as_slice());
            let text = "INSERT INTO data_key (key_id, wrapped, created_at) VALUES ($1, $2, $3)";
            let values = vec![key_id.into(), wrapped.into(), env.now().0.into()];
            tx.run(text, values).await?;
        }
        Self::unwrapped(&tx.rows(KEPT_KEY, vec![]).await?, wrapping)
    }

    /// Unwraps the data key that a database answers to [`KEPT_KEY`].
    pub(crate) fn unwrapped(found: &[Row], wrapping: &WrappingKey) -> Result<Self> {
        let row = found.first().ok_or(Error::Missing("data key"))?;
        let key_id: String = row.get(0)?;
        let wrapped: Vec<u8> = row.get(1)?;
        let plain = open(&wrapping.0, key_id.as_bytes(), &wrapped).map_err(|_| Error::WrongKey)?;
        let key: [u8; 32] = plain.as_slice().try_into().map_err(|_| Error::WrongKey)?;
        Ok(Self::of(key, key_id))
    }

    fn of(key: [u8; 32], key_id: String) -> Self {
        let mut code_key = Zeroizing::new([0; 32]);
        hkdf::Hkdf::<Sha256>::new(None, &key)
            .expand(b"rollcall typed codes", code_key.as_mut_slice())
            .expect("32 bytes are within HKDF's limit");
        Self {
            key: Zeroizing::new(key),
            key_id,
            code_key,
        }
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    fn binding(&self, id: Uuid, purpose: &str) -> Vec<u8> {
        [
            id.as_bytes().as_slice(),
            purpose.as_bytes(),
            b"\0",
            self.key_id.as_bytes(),
        ]
        .concat()
    }

    pub(crate) fn seal(&self, env: &Env, id: Uuid, purpose: &str, plain: &str) -> Vec<u8> {
        seal(&self.key, env, &self.binding(id, purpose), plain.as_bytes())
    }

    pub(crate) fn open(
        &self,
        id: Uuid,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        open(&self.key, &self.binding(id, purpose), sealed)
    }

    /// HMAC-SHA-256 of a typed code.
    pub(crate) fn code_mac(&self, code_key: &str) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.code_key.as_slice())
            .expect("HMAC takes keys of any length");
        mac.update(code_key.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl Sealer {
    /// By what a contact is found again whose address is not kept; no code holds a space.
    pub(crate) fn contact_mac(&self, contact: &str) -> [u8; 16] {
        let mac = self.code_mac(&format!("contact {contact}"));
        mac[..16].try_into().expect("it has 32 bytes")
    }
}

/// SHA-256, for sessions and tokens that are looked up by their hash.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{
        Timestamp,
        clock::{FixedClock, SystemEntropy},
    };

    fn env() -> Env {
        Env::new(FixedClock::at(Timestamp(0)), SystemEntropy)
    }

    #[test]
    fn a_value_opens_only_under_its_own_id_and_purpose() {
        let (env, sealer) = (env(), Sealer::of([7; 32], "k".into()));
        let (id, other) = (env.uuid(), env.uuid());
        let text = sealer.seal(&env, id, "sip", "s3cret");
        assert_eq!(sealer.open(id, "sip", &text).unwrap().as_slice(), b"s3cret");
        assert!(sealer.open(other, "sip", &text).is_err());
        assert!(sealer.open(id, "pin", &text).is_err());
        assert!(
            Sealer::of([8; 32], "k".into())
                .open(id, "sip", &text)
                .is_err()
        );
        let mut bent = text;
        bent[30] ^= 1;
        assert!(sealer.open(id, "sip", &bent).is_err());
    }

    #[test]
    fn a_wrapping_key_reads_back_and_does_not_print_itself() {
        let key = WrappingKey::random(&env());
        assert_eq!(WrappingKey::parse(&key.to_text()).unwrap().0, key.0);
        assert!(WrappingKey::parse("abc").is_err());
        assert_eq!(format!("{key:?}"), "WrappingKey(…)");
    }
}
