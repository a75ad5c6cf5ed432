//! Rows that are written in another encoding than their file: somebody put two exports together, and one of them would be read as
//! mojibake without a word.
//!
//! What is certain about bytes is whether they are UTF-8: text in another encoding practically never is, because there a letter beyond ASCII
//! would have to be followed by just the signs that UTF-8 asks for. So:
//!
//! - in a file in UTF-8, a line that is not UTF-8 is written otherwise;
//! - in a file in an encoding of single bytes (windows-1252 and its like), a line that goes beyond ASCII and is UTF-8 as a whole is
//!   written otherwise. It would read `Ã¼` for `ü`;
//! - in encodings of two bytes (`Shift_JIS`, GBK, …) a short name is UTF-8 by chance too often, and in UTF-16 a line of other bytes breaks
//!   all that follow: there nothing is said by line. Signs that are none stand out there by themselves.

use std::collections::VecDeque;

use encoding_rs::{Encoding, UTF_8};

/// What a file is written in, as far as its lines can be judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Utf8,
    SingleBytes,
    Not,
}

/// The lines of a file as they are read.
pub(crate) struct Lines {
    judged: Judged,
    /// What ends a line.
    end: u8,
    /// The line that is being read, from 1.
    line: u64,
    /// Whether it goes beyond ASCII, and whether it holds what is not UTF-8.
    beyond: bool,
    broken: bool,
    /// The beginning of a sign that goes on in the next piece.
    half: Vec<u8>,
    /// Lines that are written otherwise and were not asked for yet.
    foreign: VecDeque<u64>,
}

impl Lines {
    pub(crate) fn of(encoding: &'static Encoding, end: u8) -> Self {
        let judged = if encoding == UTF_8 {
            Judged::Utf8
        } else if encoding.is_single_byte() {
            Judged::SingleBytes
        } else {
            Judged::Not
        };
        Self {
            judged,
            end,
            line: 1,
            beyond: false,
            broken: false,
            half: vec![],
            foreign: VecDeque::new(),
        }
    }

    /// Goes on with the next bytes of the file.
    pub(crate) fn read(&mut self, piece: &[u8]) {
        if self.judged == Judged::Not {
            return;
        }
        let end = self.end;
        for part in piece.split_inclusive(|byte| *byte == end) {
            self.part(part);
            if part.last() == Some(&end) {
                self.end_line();
            }
        }
    }

    /// The file has no more bytes.
    pub(crate) fn end(&mut self) {
        self.end_line();
    }

    fn part(&mut self, part: &[u8]) {
        if self.broken || (part.is_ascii() && self.half.is_empty()) {
            return;
        }
        self.beyond = true;
        let mut joined = std::mem::take(&mut self.half);
        let bytes = if joined.is_empty() {
            part
        } else {
            joined.extend_from_slice(part);
            &joined
        };
        if let Err(why) = std::str::from_utf8(bytes) {
            let rest = &bytes[why.valid_up_to()..];
            match why.error_len() {
                Some(_) => self.broken = true,
                None => self.half = rest.to_vec(),
            }
        }
    }

    fn end_line(&mut self) {
        let broken = self.broken || !self.half.is_empty();
        let is_foreign = match self.judged {
            Judged::Utf8 => broken,
            Judged::SingleBytes => self.beyond && !broken,
            Judged::Not => false,
        };
        if is_foreign {
            self.foreign.push_back(self.line);
        }
        self.line += 1;
        self.beyond = false;
        self.broken = false;
        self.half.clear();
    }

    /// Whether one of these lines is written otherwise. They are asked for in order.
    pub(crate) fn has_foreign(&mut self, from: u64, to: u64) -> bool {
        while self.foreign.front().is_some_and(|line| *line < from) {
            self.foreign.pop_front();
        }
        self.foreign.front().is_some_and(|line| *line <= to)
    }
}

/// A cell of a line that was read as single bytes and is UTF-8: as it was meant.
pub(crate) fn as_meant(cell: &str, read_as: &'static Encoding) -> String {
    let (bytes, _, _) = read_as.encode(cell);
    String::from_utf8(bytes.into_owned()).unwrap_or_else(|_| cell.to_owned())
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GBK, WINDOWS_1252};

    use super::*;

    const MIXED: &[u8] = b"id\nM\xc3\xbcller\nH\xf6fer\nAda\nH\xc3\xb6";

    fn foreign(encoding: &'static Encoding, piece: usize) -> Vec<u64> {
        let mut lines = Lines::of(encoding, b'\n');
        MIXED.chunks(piece).for_each(|part| lines.read(part));
        lines.end();
        lines.foreign.into()
    }

    #[test]
    fn lines_that_are_written_otherwise_are_found_however_they_come() {
        for piece in 1..MIXED.len() {
            assert_eq!(foreign(UTF_8, piece), [3]);
            assert_eq!(foreign(WINDOWS_1252, piece), [2, 5]);
            assert_eq!(foreign(GBK, piece), Vec::<u64>::new());
        }
    }

    #[test]
    fn mojibake_is_turned_back() {
        assert_eq!(as_meant("M\u{c3}\u{bc}ller", WINDOWS_1252), "M\u{fc}ller");
        assert_eq!(as_meant("M\u{fc}ller", WINDOWS_1252), "M\u{fc}ller");
    }
}
