//! The shared texts of a workbook, one behind the other in memory, and the way they write signs that XML cannot hold.

use super::{
    Unreadable,
    xml::{Node, Xml},
};

/// What all texts together may hold, in bytes.
pub(super) const BYTES_MAX: usize = 64 << 20;
/// How many there may be.
const COUNT_MAX: usize = 4 << 20;

/// All shared texts (ECMA-376, part 1, 18.4).
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads them.
    pub(super) fn read(mut xml: Xml) -> Result<Self, Unreadable> {
        let mut strings = Self::default();
        let mut texts = Texts::default();
        while let Some(node) = xml.next()? {
            match &node {
                Node::End(name) if name == "si" => {
                    strings.add(&unescaped(&std::mem::take(&mut texts.text)))?;
                }
                _ => texts.see(&node),
            }
            if strings.text.len() + texts.text.len() > BYTES_MAX {
                return Err(Unreadable::TextsTooLarge);
            }
        }
        Ok(strings)
    }

    fn add(&mut self, text: &str) -> Result<(), Unreadable> {
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).map_err(|_| Unreadable::TextsTooLarge)?;
        self.ends.push(end);
        if self.ends.len() > COUNT_MAX {
            return Err(Unreadable::TextsTooLarge);
        }
        Ok(())
    }

    /// The text of this number.
    pub(super) fn get(&self, n: usize) -> Option<&str> {
        let begin = match n.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(begin..*self.ends.get(n)? as usize)
    }
}

/// Gathers the text of `t` elements, in one piece or in runs, without what is only for reading aloud (`rPh`).
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) text: String,
    in_text: bool,
    aloud: usize,
}

impl Texts {
    pub(super) fn see(&mut self, node: &Node) {
        match node {
            Node::Begin(name, _) if name == "rPh" => self.aloud += 1,
            Node::End(name) if name == "rPh" => self.aloud = self.aloud.saturating_sub(1),
            Node::Begin(name, _) if name == "t" => self.in_text = true,
            Node::End(name) if name == "t" => self.in_text = false,
            Node::Text(text) if self.in_text && self.aloud == 0 => self.text.push_str(text),
            _ => {}
        }
    }
}

/// A text with `_x000D_` and the like (ECMA-376, part 1, 22.9.2.19, `ST_Xstring`) as the signs they stand for.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(sign) = escape_of(rest) {
            plain.push(sign);
            rest = &rest[7..];
        } else {
            plain.push_str("_x");
            rest = &rest[2..];
        }
    }
    plain.push_str(rest);
    plain
}

/// The sign that an escape at the beginning of a text stands for.
pub(super) fn escape_of(text: &str) -> Option<char> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let is_whole = text[6..].starts_with('_') && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_whole);
    code.and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_signs_and_what_looks_like_one_stays() {
        assert_eq!(unescaped("a_x000D_b_x005F_x0041_"), "a\rb_x0041_");
        for plain in ["_x00", "_x00zz_", "_xD800_", "_x0041", "_x", "a_x€€€€_"] {
            assert_eq!(unescaped(plain), plain);
        }
    }
}
