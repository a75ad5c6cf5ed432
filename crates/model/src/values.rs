//! Values that are parsed once at the edge; afterwards the type is the proof.

use std::fmt;

/// An e-mail address: syntax checked (the `dot-atom` and quoted forms of RFC 5321, section 4.1.2, that
/// mail systems really use; RFC 6531 letters allowed), domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Parses an address.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (local, domain) = text
            .rsplit_once('@')
            .ok_or("an e-mail address needs an @")?;
        if local.is_empty() || local.len() > 64 {
            return Err("the part before the @ must have 1 to 64 characters");
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || "()<>[]:;,\\\"@".contains(c);
        let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let inner = if quoted {
            &local[1..local.len() - 1]
        } else {
            local
        };
        if quoted
            && inner
                .chars()
                .any(|c| c.is_control() || c == '"' || c == '\\')
        {
            return Err("the quoted part before the @ holds a character that is not allowed");
        }
        if !quoted && (local.chars().any(odd) || local.split('.').any(str::is_empty)) {
            return Err("the part before the @ holds a character that is not allowed");
        }
        if domain.len() > 253 || !domain.split('.').all(is_label) {
            return Err("the part after the @ is not a domain name");
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A label of a host name: letters, digits and inner hyphens (RFC 1123, section 2.1; letters of any script).
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A directory number as dialled: digits, `*` and `#`, leading zeros kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryNumber(String);

impl DirectoryNumber {
    /// Parses a number; spaces, dots and hyphens between digits are dropped.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let dialled: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !".-/()".contains(*c))
            .collect();
        if dialled.is_empty() {
            return Err("a directory number needs at least one digit");
        }
        if dialled.len() > 32 {
            return Err("a directory number has at most 32 digits");
        }
        if !dialled
            .chars()
            .all(|c| c.is_ascii_digit() || c == '*' || c == '#')
        {
            return Err("a directory number holds digits, * and # only");
        }
        Ok(Self(dialled))
    }

    /// The number as dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The form in which numbers are compared: `1#001` and `1*001` are one number.
pub fn number_key(number: &str) -> String {
    number.replace('#', "*")
}

/// Whether `host` is a host name or an IP address, optionally in brackets.
pub fn is_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_local_part_and_lower_their_domain() {
        assert_eq!(
            Email::parse(" Ada.L@Example.ORG ").unwrap().as_str(),
            "Ada.L@example.org"
        );
        assert!(Email::parse("名前@例え.jp").is_ok());
        assert!(Email::parse("\"ada b\"@example.org").is_ok());
    }

    #[test]
    fn broken_addresses_are_refused() {
        for bad in [
            "",
            "ada",
            "@x.org",
            "a@",
            "a b@x.org",
            "a@x..org",
            "a@-x.org",
            "a\r\nBcc:b@x.org",
            "a..b@x.org",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn numbers_keep_zeros_and_stars() {
        assert_eq!(
            DirectoryNumber::parse("00 47-11").unwrap().as_str(),
            "004711"
        );
        assert_eq!(number_key("1#001"), number_key("1*001"));
        assert!(DirectoryNumber::parse("47a").is_err());
    }
}
