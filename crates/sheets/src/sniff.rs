//! How a file was written, seen at its beginning: a byte order mark first, then the bytes themselves, then the header.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file is looked at.
pub(crate) const LOOKED_AT: usize = 64 << 10;
/// In this order where the header holds as many of one as of another.
const DELIMITERS: [char; 4] = [';', ',', '\t', '|'];

/// How a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The encoding's name (Encoding Standard), such as `UTF-8` or `windows-1252`.
    pub encoding: &'static str,
    /// What stands between two cells.
    pub delimiter: char,
}

/// The encoding of a file that begins with these bytes; `is_all` where there are no more.
pub(crate) fn encoding(begins: &[u8], is_all: bool) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(begins) {
        return marked;
    }
    // Text in UTF-16 without a mark has a zero in every other byte wherever it is plain.
    let zeros = |from: usize| {
        begins
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|byte| **byte == 0)
    };
    let (even, odd, half) = (zeros(0).count(), zeros(1).count(), begins.len() / 2);
    if odd * 10 > half * 4 && even * 10 < half {
        return UTF_16LE;
    }
    if even * 10 > half * 4 && odd * 10 < half {
        return UTF_16BE;
    }
    if is_utf8(begins, is_all) || is_mostly_utf8(begins) {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new();
    // Lines that are UTF-8 all the same are told apart later (`foreign`); they say nothing about how the others are written.
    let others = begins.split_inclusive(|byte| matches!(byte, b'\n' | b'\r'));
    for line in others.filter(|line| line.is_ascii() || std::str::from_utf8(line).is_err()) {
        detector.feed(line, false);
    }
    detector.feed(b"", is_all);
    let guess = detector.guess(None, false);
    if guess.is_single_byte() || !is_all {
        guess
    } else {
        WINDOWS_1252
    }
}

/// Whether these bytes are UTF-8, but for a sign that may go on behind them.
fn is_utf8(begins: &[u8], is_all: bool) -> bool {
    match std::str::from_utf8(begins) {
        Ok(_) => true,
        Err(why) => !is_all && why.error_len().is_none(),
    }
}

/// Whether more signs are UTF-8 than are not: then the others are the broken ones, and telling them costs less than breaking all.
fn is_mostly_utf8(begins: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in begins.utf8_chunks() {
        whole += chunk
            .valid()
            .chars()
            .filter(|sign| !sign.is_ascii())
            .count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// The delimiter that a first line of its own says (`sep=;`), as spreadsheets write and read it.
pub(crate) fn said_delimiter(begins: &str) -> Option<char> {
    let first = begins.split(['\n', '\r']).next()?.trim_matches('"');
    let (word, sign) = first.split_at_checked(4)?;
    let mut signs = sign.chars();
    let sign = signs.next().filter(|_| signs.next().is_none())?;
    let is_one = sign.is_ascii_punctuation() || sign == '\t';
    (word.eq_ignore_ascii_case("sep=") && is_one && sign != '"').then_some(sign)
}

/// What stands most often between the cells of a header; a comma where nothing does.
pub(crate) fn delimiter(header: &str) -> char {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for sign in header.chars() {
        match sign {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => break,
            _ if quoted => {}
            other => {
                if let Some(at) = DELIMITERS.iter().position(|known| *known == other) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    match counts.iter().position(|count| *count == most) {
        Some(at) if most > 0 => DELIMITERS[at],
        _ => ',',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_decides_then_the_bytes() {
        let utf16 = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
        };
        let big = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<_>>()
        };
        assert_eq!(encoding(b"\xef\xbb\xbfid", true), UTF_8);
        assert_eq!(encoding("id;Name\n1;Müller".as_bytes(), true), UTF_8);
        assert_eq!(
            encoding(b"id;Name\n1;M\xfcller\n2;Gr\xf6\xdfe", true),
            WINDOWS_1252
        );
        assert_eq!(encoding(b"\xff\xfei\0", true), UTF_16LE);
        assert_eq!(encoding(&utf16("id;Name\n1;Ada"), true), UTF_16LE);
        assert_eq!(encoding(&big("id;Name\n1;Ada"), true), UTF_16BE);
        assert_eq!(encoding(b"", true), UTF_8);
        assert_eq!(
            encoding(b"M\xc3\xbcller\nH\xc3\xb6fer\nH\xf6pper", true),
            UTF_8
        );
        let cut = &"ü".repeat(9).into_bytes()[..17];
        assert_eq!(encoding(cut, false), UTF_8);
    }

    #[test]
    fn the_header_tells_the_delimiter_and_quoted_ones_do_not_count() {
        assert_eq!(delimiter("id;Last, First;mail\n1,2,3,4,5"), ';');
        assert_eq!(delimiter("id,\"a;b;c;d\",mail"), ',');
        assert_eq!(delimiter("id\tname"), '\t');
        assert_eq!(delimiter("id|name"), '|');
        assert_eq!(delimiter("id"), ',');
    }
}
