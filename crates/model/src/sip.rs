//! The SIP account of a person, as a client's configuration needs it.

use std::fmt::Write;

use crate::Secret;

/// What a client signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipSecret {
    /// The password itself.
    Clear(Secret),
    /// `MD5(user:realm:password)` in lower-case hex (RFC 7616, section 3.4.2).
    Ha1(Secret),
}

impl SipSecret {
    /// The secret of an account out of what a registrar keeps: the password, else its hash, else nothing.
    ///
    /// # Errors
    /// What is wrong with the hash.
    pub fn of(password: &str, ha1: &str) -> Result<Option<Self>, &'static str> {
        if !password.is_empty() {
            return Ok(Some(Self::Clear(Secret::new(password))));
        }
        let ha1 = ha1.trim().to_ascii_lowercase();
        match ha1.len() {
            0 => Ok(None),
            32 if ha1.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(Some(Self::Ha1(Secret::new(ha1))))
            }
            _ => Err("is neither a password nor an MD5 in hexadecimal"),
        }
    }

    /// Whether it is only a hash.
    pub const fn is_ha1(&self) -> bool {
        matches!(self, Self::Ha1(_))
    }

    /// The password or the hash.
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::Clear(secret) | Self::Ha1(secret) => secret,
        }
    }
}

/// What is known about the secret of a person's SIP account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretHeld {
    /// The password itself.
    Clear,
    /// Only its hash.
    Ha1,
    /// Nothing yet, but the component makes one when asked.
    CanBeMade,
    /// Nothing, and it is not to be had.
    None,
}

/// One SIP account, complete enough to register with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipAccount {
    /// The name shown to those who are called.
    pub display_name: String,
    /// User part of the address, unescaped; also the digest user name.
    pub user: String,
    /// Number of the voice mail box; empty where there is none.
    pub voicemail_number: String,
    /// What it signs in with.
    pub secret: SipSecret,
}

/// Escapes the user part of a SIP URI (RFC 3261, section 25.1: `user` = unreserved, escaped or
/// user-unreserved).
pub fn escape_user(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_preferred_to_its_hash_and_a_broken_hash_is_told_without_it() {
        let hash = "F7AE2c0a1f1f6b4d8f1d0c9a2b3c4d5e";
        let clear = SipSecret::of("pw", hash).unwrap().unwrap();
        assert_eq!(clear, SipSecret::Clear(Secret::new("pw")));
        let only = SipSecret::of("", hash).unwrap().unwrap();
        assert_eq!(
            (only.is_ha1(), only.secret().expose()),
            (true, &*hash.to_lowercase())
        );
        assert_eq!(SipSecret::of("", ""), Ok(None));
        assert!(
            !SipSecret::of("", "hunter2")
                .unwrap_err()
                .contains("hunter2")
        );
    }

    #[test]
    fn a_number_sign_is_escaped_and_a_star_is_not() {
        assert_eq!(escape_user("amueller-1#001"), "amueller-1%23001");
        assert_eq!(escape_user("amueller-1*001"), "amueller-1*001");
    }
}
