//! Rows to CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets need to see the encoding; or to a workbook.

use std::io;

use csv::{Terminator, Writer, WriterBuilder};

use crate::{Book, Kind, guard};

const MARK: &[u8] = b"\xef\xbb\xbf";
const MEMORY: &str = "writing to memory cannot fail";

/// A piece of a CSV file: rows, one after the other.
pub struct Piece {
    writer: Writer<Vec<u8>>,
}

impl Default for Piece {
    fn default() -> Self {
        Self::after(vec![])
    }
}

impl Piece {
    fn after(begins: Vec<u8>) -> Self {
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(begins);
        Self { writer }
    }

    /// The first piece, with the header.
    pub fn first<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let mut piece = Self::after(MARK.to_vec());
        piece.row(header);
        piece
    }

    /// Adds a row; cells that a spreadsheet would run are guarded.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for cell in cells {
            let cell = guard(cell);
            self.writer.write_field(cell.as_bytes()).expect(MEMORY);
        }
        self.writer.write_record(None::<&[u8]>).expect(MEMORY);
    }

    /// The bytes of this piece.
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect(MEMORY)
    }
}

/// A file that is written piece by piece, whatever it is written as.
pub enum Pieces {
    /// CSV.
    Csv(Box<Piece>),
    /// A workbook.
    Xlsx(Box<Book>),
}

impl Pieces {
    /// Begins a file with its header; `name` is the name of a workbook's sheet.
    pub fn begin<'a>(
        kind: Kind,
        name: &'static str,
        header: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<Self> {
        Ok(match kind {
            Kind::Csv => Self::Csv(Box::new(Piece::first(header))),
            Kind::Xlsx => Self::Xlsx(Box::new(Book::begin(name, header, None)?)),
        })
    }

    /// Adds a row; cells that a spreadsheet would run are guarded.
    ///
    /// # Errors
    /// Where a workbook cannot hold more.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        match self {
            Self::Csv(piece) => piece.row(cells),
            Self::Xlsx(book) => book.row(cells)?,
        }
        Ok(())
    }

    /// What can be sent on.
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(piece) => std::mem::take(piece.as_mut()).into_bytes(),
            Self::Xlsx(book) => book.take(),
        }
    }

    /// The rest of the file.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(piece) => Ok(piece.into_bytes()),
            Self::Xlsx(book) => book.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Form, Sheet, Table, unguard};

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

    #[test]
    fn a_workbook_reads_back_and_says_what_it_is() {
        let header = ["ID", "Name"];
        let rows = [
            ["0042", "a \"quoted\" <b>&amp;"],
            ["2", "two\nlines; and ü€😀"],
            ["3", "=HYPERLINK(\"x\")"],
            ["", "_x0041_ _x005F_ \u{7}"],
            ["5", "'tis"],
        ];
        let notes = vec![vec!["Column".to_owned()], vec!["ID".to_owned()]];
        let mut book = Book::begin("Users", header, Some(("Help", notes))).unwrap();
        let mut bytes = Vec::new();
        for row in rows {
            book.row(row).unwrap();
            bytes.extend(book.take());
        }
        bytes.extend(book.finish().unwrap());
        let mut sheet = Sheet::open(&bytes[..]).unwrap();
        assert_eq!(sheet.header(), header);
        let form = Form::Xlsx {
            name: "Users".to_owned(),
            others: 1,
        };
        assert_eq!(sheet.form(), form);
        for (n, row) in (2..).zip(rows) {
            let read = sheet.next_row().unwrap().unwrap();
            let meant: Vec<_> = read.cells.iter().map(|cell| unguard(cell)).collect();
            assert_eq!((read.line, &meant[..]), (n, &row[..]));
        }
        assert_eq!(sheet.next_row().unwrap(), None);
    }
}
