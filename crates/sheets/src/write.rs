//! Rows to CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets need to see the encoding.

use csv::{Terminator, WriterBuilder};

use crate::guard;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A piece of a CSV file: rows, one after the other.
#[derive(Debug, Default)]
pub struct Piece {
    bytes: Vec<u8>,
}

impl Piece {
    /// The first piece, with the header.
    pub fn first<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let mut piece = Self {
            bytes: MARK.to_vec(),
        };
        piece.row(header);
        piece
    }

    /// Adds a row; cells that a spreadsheet would run are guarded.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(&mut self.bytes);
        let guarded: Vec<_> = cells.into_iter().map(guard).collect();
        writer
            .write_record(guarded.iter().map(|cell| cell.as_bytes()))
            .expect("writing to memory cannot fail");
        writer.flush().expect("writing to memory cannot fail");
    }

    /// The bytes of this piece.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, unguard};

    #[test]
    fn what_is_written_reads_back() {
        let header = ["ID", "Name"];
        let rows = [
            ["1", "a \"quoted\", one"],
            ["2", "two\nlines; and ü€"],
            ["3", "=HYPERLINK(\"x\")"],
            ["4", "+49 30 12345"],
            ["5", "'tis"],
        ];
        let mut piece = Piece::first(header);
        for row in rows {
            piece.row(row);
        }
        let bytes = piece.into_bytes();
        let mut table = Table::open(&bytes[..]).unwrap();
        assert_eq!(table.header(), header);
        assert_eq!(table.written().encoding, "UTF-8");
        for row in rows {
            let read = table.next_row().unwrap().unwrap();
            let meant: Vec<_> = read.cells.iter().map(|cell| unguard(cell)).collect();
            assert_eq!(meant, row);
        }
        assert_eq!(table.next_row().unwrap(), None);
    }
}
