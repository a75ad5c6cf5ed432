//! A rendered configuration: bytes that hold a secret, so they neither print themselves nor outlive their use.

use std::fmt;

use zeroize::Zeroizing;

/// A configuration document as it goes to a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its media type, with the character set where the type has one.
    pub content_type: &'static str,
    /// Its bytes, UTF-8; wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Document({}, {} bytes)",
            self.content_type,
            self.body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_does_not_print_its_body() {
        let document = Document {
            content_type: "text/plain",
            body: Zeroizing::new(b"s3cret".to_vec()),
        };
        assert_eq!(format!("{document:?}"), "Document(text/plain, 6 bytes)");
    }
}
