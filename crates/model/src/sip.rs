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
    fn a_number_sign_is_escaped_and_a_star_is_not() {
        assert_eq!(escape_user("amueller-1#001"), "amueller-1%23001");
        assert_eq!(escape_user("amueller-1*001"), "amueller-1*001");
    }
}
