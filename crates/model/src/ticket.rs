//! The short-lived and long-lived secrets of links: tickets, typed codes and device links. Only their
//! hashes are kept.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{Env, Secret};

/// SHA-256 of a ticket's or a device link's text: what databases keep.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkHash(pub [u8; 32]);

impl LinkHash {
    /// Hashes the text as it stands in a link; any text, also one that no ticket can have.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Debug for LinkHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkHash(…)")
    }
}

/// A secret that stands in a link: `N` random bytes as base64url without padding (RFC 4648, section 5).
fn random_link<const N: usize>(env: &Env) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(env.random::<N>()))
}

/// A new ticket for a mailed link: 128 random bits, 22 characters.
pub fn new_ticket(env: &Env) -> Secret {
    random_link::<16>(env)
}

/// A new device link's secret: 256 random bits, 43 characters.
pub fn new_device_link(env: &Env) -> Secret {
    random_link::<32>(env)
}

/// Crockford's base32: no I, L, O or U.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code for typing: 60 random bits as 12 symbols of Crockford's base32 in three groups.
pub fn new_code(env: &Env) -> Secret {
    let bytes = env.random::<12>();
    let mut code = String::with_capacity(14);
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(CROCKFORD[usize::from(byte & 31)]));
    }
    Secret::new(code)
}

/// A typed code in the form that is compared: upper case, no spaces or hyphens, look-alikes resolved.
pub fn code_key(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        clock::{FixedClock, SystemEntropy},
    };

    fn env() -> Env {
        Env::new(FixedClock::at(Timestamp(0)), SystemEntropy)
    }

    #[test]
    fn tickets_have_128_bits_and_device_links_256() {
        assert_eq!(new_ticket(&env()).expose().len(), 22);
        assert_eq!(new_device_link(&env()).expose().len(), 43);
        assert_ne!(new_ticket(&env()), new_ticket(&env()));
    }

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let code = new_code(&env());
        assert_eq!(code.expose().len(), 14);
        let typed = code
            .expose()
            .to_lowercase()
            .replace('0', "o")
            .replace('-', " ");
        assert_eq!(code_key(&typed), code.expose().replace('-', ""));
    }
}
