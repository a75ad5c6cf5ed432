//! Escaping for HTML that also makes control characters visible, so that a record with a line
//! feed or a direction override in its name can neither break nor disguise a row.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// The escaper of every template here (named in `askama.toml`).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let mut rest = string;
        while let Some((at, found, shown)) = first_hidden(rest) {
            Html.write_escaped_str(&mut dest, &rest[..at])?;
            dest.write_char(shown)?;
            rest = &rest[at + found.len_utf8()..];
        }
        Html.write_escaped_str(dest, rest)
    }
}

/// The first character that must not reach the page: its place, itself, and what stands for it.
fn first_hidden(text: &str) -> Option<(usize, char, char)> {
    text.char_indices()
        .find_map(|(at, found)| stand_in(found).map(|shown| (at, found, shown)))
}

/// The visible picture of a control character. Line feed and tab stay: text areas and mails need them.
fn stand_in(found: char) -> Option<char> {
    match found {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(found)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        Visible
            .write_escaped_str(&mut out, text)
            .expect("a String takes everything");
        out
    }

    #[test]
    fn control_characters_become_pictures() {
        assert_eq!(written("a\u{0}b\u{1b}[31m\u{7f}"), "a␀b␛[31m␡");
    }

    #[test]
    fn direction_overrides_cannot_disguise_a_name() {
        assert_eq!(written("\u{202e}gro.elpmaxe"), "\u{fffd}gro.elpmaxe");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(written("<b>\"O'Neil\" & co"), {
            let mut plain = String::new();
            Html.write_escaped_str(&mut plain, "<b>\"O'Neil\" & co")
                .expect("a String takes everything");
            plain
        });
        assert!(!written("<b>").contains('<'));
    }

    #[test]
    fn names_of_any_script_pass() {
        assert_eq!(written("فاطمة Łukasz 李"), "فاطمة Łukasz 李");
    }
}
