//! The short names that stand beside a link: its origin, brand, language, and the server it is published to. None of
//! them has room for free text.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::Malformed;
use crate::text::is_checked_text;

const SHORT_NAME: &str = "1 to 32 of a-z, 0-9 and -, beginning with a letter or digit";

fn is_short_name(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(good)
}

/// The name under which a redirect server knows one rollcall installation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginId(String);

impl FromStr for OriginId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if is_short_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("an origin's id", SHORT_NAME))
        }
    }
}

is_checked_text!(OriginId);

/// The name of one [`Brand`](crate::Brand) of an origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrandId(String);

impl FromStr for BrandId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if is_short_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("a brand's id", SHORT_NAME))
        }
    }
}

impl Default for BrandId {
    /// `default`, the brand that names nobody.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

is_checked_text!(BrandId);

/// A language tag (RFC 5646) of language, script and region only, such as `pt-BR` or `zh-Hant-TW`, in the usual case.
/// Variants, extensions and private use are refused: they would be room for free text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// The first part alone: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl Default for Language {
    /// English, the language every text exists in.
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl FromStr for Language {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refused = || {
            Malformed::new(
                "a language",
                "a tag of language, script and region, such as pt-BR",
            )
        };
        let mut parts = text.split('-').peekable();
        let language = parts
            .next()
            .filter(|p| matches!(p.len(), 2 | 3) && is_alphabetic(p))
            .ok_or_else(refused)?;
        let mut tag = language.to_ascii_lowercase();
        if let Some(script) = parts.next_if(|p| p.len() == 4 && is_alphabetic(p)) {
            tag.push('-');
            tag.push_str(&script[..1].to_ascii_uppercase());
            tag.push_str(&script[1..].to_ascii_lowercase());
        }
        if let Some(region) = parts.next_if(|p| is_region(p)) {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        if parts.next().is_some() {
            Err(refused())
        } else {
            Ok(Self(tag))
        }
    }
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && is_alphabetic(part))
        || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

is_checked_text!(Language);

/// The server a signature is meant for: `host` or `host:port`, lower case, the scheme's usual port left out. Taken from
/// the redirect server's public address on both sides, never from what a request claims.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetHost(String);

impl TargetHost {
    /// The target that an `http` or `https` address names.
    pub fn of(address: &Url) -> Result<Self, Malformed> {
        let refused = Malformed::new(
            "a redirect server's address",
            "an http or https address with a host",
        );
        match (address.scheme(), address.host_str(), address.port()) {
            ("http" | "https", Some(host), None) => Ok(Self(host.to_owned())),
            ("http" | "https", Some(host), Some(port)) => Ok(Self(format!("{host}:{port}"))),
            _ => Err(refused),
        }
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_have_no_room_for_free_text() {
        for good in ["hq", "0", "branch-2", &"a".repeat(32)] {
            assert!(good.parse::<OriginId>().is_ok(), "{good}");
            assert!(good.parse::<BrandId>().is_ok(), "{good}");
        }
        for bad in ["", "-x", "HQ", "a b", "a@b", "a/b", "é", &"a".repeat(33)] {
            assert!(bad.parse::<OriginId>().is_err(), "{bad}");
            assert!(bad.parse::<BrandId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_language_is_written_in_the_usual_case() {
        for (given, tag) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("ZH-hANT-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
        ] {
            assert_eq!(given.parse::<Language>().unwrap().as_str(), tag);
        }
        assert_eq!("pt-BR".parse::<Language>().unwrap().primary(), "pt");
    }

    #[test]
    fn a_language_cannot_carry_a_name() {
        for bad in [
            "",
            "e",
            "english",
            "en-x-ada",
            "en-US-ada",
            "de-1901",
            "en_US",
            "en-",
            "x-ada",
            "en-US-GB",
        ] {
            assert!(bad.parse::<Language>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_target_is_the_host_with_an_unusual_port_only() {
        for (address, target) in [
            ("https://GO.example.org/", "go.example.org"),
            ("https://go.example.org:443", "go.example.org"),
            ("http://127.0.0.1:8090/x", "127.0.0.1:8090"),
            ("https://[::1]:8443", "[::1]:8443"),
        ] {
            assert_eq!(
                TargetHost::of(&Url::parse(address).unwrap())
                    .unwrap()
                    .as_str(),
                target
            );
        }
        assert!(TargetHost::of(&Url::parse("file:///etc").unwrap()).is_err());
    }
}
