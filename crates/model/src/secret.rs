//! A secret in memory: never prints itself, wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A password, token or key while it is in use. Neither `Debug` nor serialisation shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // What a wrong value is must not be told with it: a PIN may come as a number.
        String::deserialize(from)
            .map(Self::new)
            .map_err(|_| serde::de::Error::custom("must be a text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert!(!format!("{:?}", Secret::new("s3cret")).contains("s3cret"));
    }

    #[test]
    fn a_secret_that_is_no_text_is_refused_without_it() {
        let refused = serde_json::from_str::<Secret>("1234").unwrap_err();
        assert_eq!(refused.to_string(), "must be a text");
    }
}
