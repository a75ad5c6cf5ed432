//! A table with a header: its rows one after the other, each with the line it begins in.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use encoding_rs::{Encoding, UTF_8};

use crate::{
    Odd, Row, Unreadable,
    decoded::Decoded,
    foreign, limits,
    sniff::{self, LOOKED_AT, Written},
};

/// A table that is being read.
pub struct Table<R> {
    reader: Reader<Decoded<R>>,
    header: Vec<String>,
    written: Written,
    encoding: &'static Encoding,
}

/// Why a file cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file itself.
    #[error("the file cannot be read")]
    File(#[from] io::Error),
    /// There is no header.
    #[error("the file has no header")]
    NoHeader,
    /// More columns than a table may have.
    #[error("the header has more than {} columns", limits::COLUMNS)]
    TooWide,
    /// One row is too large: a quotation mark without its end makes the rest of a file one cell.
    #[error("the row in line {line} is larger than {} KiB", limits::ROW_BYTES >> 10)]
    RowTooLarge {
        /// Where it begins.
        line: u64,
    },
    /// It is something else.
    #[error("the file is {0}, not a table")]
    NoTable(&'static str),
    /// A workbook that is too large.
    #[error("the workbook is larger than {} MiB", limits::WORKBOOK_BYTES >> 20)]
    WorkbookTooLarge,
    /// A workbook that cannot be read.
    #[error(transparent)]
    Workbook(#[from] Unreadable),
}

impl<R: Read> Table<R> {
    /// Looks at the beginning of a file and reads its header.
    pub fn open(mut file: R) -> Result<Self, Error> {
        let mut begins = Vec::new();
        file.by_ref()
            .take(LOOKED_AT as u64)
            .read_to_end(&mut begins)?;
        let is_all = begins.len() < LOOKED_AT;
        let encoding = sniff::encoding(&begins, is_all);
        let (text, _) = encoding.decode_with_bom_removal(&begins);
        let said = sniff::said_delimiter(&text);
        let delimiter = said.unwrap_or_else(|| sniff::delimiter(&text));
        let only_returns = !text.contains('\n');
        let written = Written {
            encoding: encoding.name(),
            delimiter,
        };
        let reader = ReaderBuilder::new()
            .delimiter(u8::try_from(delimiter).expect("every known delimiter is ASCII"))
            // A carriage return before a line feed is space at the end of a cell: were it a line end too, rows would be
            // counted from the line before.
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            .has_headers(false)
            .from_reader(Decoded::new(file, encoding, begins, only_returns));
        let mut table = Self {
            reader,
            header: vec![],
            written,
            encoding,
        };
        if said.is_some() {
            // The line that says it is none of the table.
            table.read()?;
        }
        let header = table.read()?.ok_or(Error::NoHeader)?;
        if header.cells.iter().all(String::is_empty) {
            return Err(Error::NoHeader);
        }
        if header.cells.len() > limits::COLUMNS {
            return Err(Error::TooWide);
        }
        table.header = header.cells;
        Ok(table)
    }

    /// The cells of the first row.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the file was written.
    pub fn written(&self) -> Written {
        self.written
    }

    /// The next row that holds anything; none after the last.
    pub fn next_row(&mut self) -> Result<Option<Row>, Error> {
        while let Some(mut row) = self.read()? {
            if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
                let width = self.header.len();
                let beyond = row.cells.iter().skip(width).any(|cell| !cell.is_empty());
                row.odd.extend(beyond.then_some((width, Odd::Beyond)));
                row.told = row.cells.len().min(width);
                row.cells.resize(width, String::new());
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    fn read(&mut self) -> Result<Option<Row>, Error> {
        let line = self.reader.position().line();
        let mut record = ByteRecord::new();
        self.reader.get_mut().refill();
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(self.row(&record))),
            Err(_) if self.reader.get_ref().is_spent() => Err(Error::RowTooLarge { line }),
            Err(why) => Err(Error::File(io::Error::other(why))),
        }
    }

    /// A record with the lines that it stands in. Where it ends is known; empty lines before it were passed over.
    fn row(&mut self, record: &ByteRecord) -> Row {
        let breaks =
            |cell: &[u8]| -> u64 { cell.iter().map(|byte| u64::from(*byte == b'\n')).sum() };
        let next = self.reader.position().line();
        let has_end = !self.reader.get_ref().is_finished();
        let last = next - u64::from(has_end);
        let inside: u64 = record.iter().map(breaks).sum();
        let line = last - inside;
        let (mut odd, mut at) = (vec![], line);
        for (place, cell) in record.iter().enumerate() {
            let ends = at + breaks(cell);
            if ends > at {
                odd.push((place, Odd::Lines(at, ends)));
            }
            at = ends;
        }
        let mut cells: Vec<String> = record.iter().map(cell).collect();
        if self.reader.get_mut().has_foreign(line, last) {
            odd.push((0, Odd::Foreign));
            if self.encoding != UTF_8 {
                for cell in &mut cells {
                    *cell = foreign::as_meant(cell, self.encoding);
                }
            }
        }
        Row {
            line,
            told: record.len(),
            cells,
            odd,
        }
    }
}

/// What was decoded is UTF-8 already; a cell only cuts it between signs.
fn cell(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> (Written, Vec<String>, Vec<Row>) {
        let mut table = Table::open(file).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            rows.push(row);
        }
        (table.written(), table.header().to_vec(), rows)
    }

    fn row(line: u64, cells: &[&str]) -> Row {
        let cells: Vec<_> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Row {
            line,
            told: cells.len(),
            cells,
            odd: vec![],
        }
    }

    #[test]
    fn one_table_reads_alike_however_it_was_written() {
        let text = "id;Nachname\r\n007;Müller\r\n008;\"Größe; \"\"x\"\"\"\r\n";
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked_wide = [b"\xff\xfe", &wide[..]].concat();
        let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        for (file, encoding) in [
            (text.as_bytes(), "UTF-8"),
            (&marked, "UTF-8"),
            (&wide, "UTF-16LE"),
            (&marked_wide, "UTF-16LE"),
            (&latin, "windows-1252"),
        ] {
            let (written, header, rows) = read(file);
            assert_eq!((written.encoding, written.delimiter), (encoding, ';'));
            assert_eq!(header, ["id", "Nachname"], "{encoding}");
            let expected = [row(2, &["007", "Müller"]), row(3, &["008", "Größe; \"x\""])];
            assert_eq!(rows, expected, "{encoding}");
        }
    }

    #[test]
    fn short_and_long_rows_are_filled_and_empty_ones_left_out() {
        let (_, _, rows) = read(b"a,b\n1\n\n , \n1,2,3\n\"x\ny\",2\n4,5");
        let expected = [
            Row {
                told: 1,
                ..row(2, &["1", ""])
            },
            Row {
                odd: vec![(2, Odd::Beyond)],
                ..row(5, &["1", "2"])
            },
            Row {
                odd: vec![(0, Odd::Lines(6, 7))],
                ..row(6, &["x\ny", "2"])
            },
            row(8, &["4", "5"]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_row_in_another_encoding_is_told_and_read_as_it_was_meant() {
        let file = b"id;name\n1;H\xf6fer\n2;M\xc3\xbcller\n3;Gr\xf6n\n4;Ada\n";
        let (written, _, rows) = read(file);
        assert_eq!(written.encoding, "windows-1252");
        let foreign: Vec<_> = rows.iter().map(Row::is_foreign).collect();
        assert_eq!(foreign, [false, true, false, false]);
        assert_eq!(rows[1].cells, ["2", "Müller"]);
        // As many of one as of the other: neither goes in as something else.
        let file = b"id;name\n1;H\xf6fer\n2;M\xc3\xbcller\n";
        assert_eq!(
            read(file).2.iter().filter(|row| row.is_foreign()).count(),
            1
        );
        let file = "id;name\n1;Höfer\n2;Müller\n3;".as_bytes();
        let (written, _, rows) = read(&[file, b"Gr\xf6n"].concat());
        assert_eq!(written.encoding, "UTF-8");
        assert!(rows[2].is_foreign() && !rows[1].is_foreign());
    }

    #[test]
    fn the_other_encoding_is_guessed_by_the_lines_that_are_no_utf_8() {
        let cyrillic = encoding_rs::WINDOWS_1251.encode("1;Пётр\n2;Ольга\n").0;
        let file = [b"id;name\n", &*cyrillic, "3;Jürgen\n".as_bytes()].concat();
        let (written, _, rows) = read(&file);
        assert_eq!(written.encoding, "windows-1251");
        assert_eq!(rows[0].cells, ["1", "Пётр"]);
        assert!(rows[2].is_foreign());
    }

    #[test]
    fn a_first_line_that_says_the_delimiter_is_none_of_the_table() {
        for first in ["sep=,", "SEP=,\r", "\"sep=,\""] {
            let file = format!("{first}\na;b,c\n1;2,3\n");
            let (written, header, rows) = read(file.as_bytes());
            assert_eq!(
                (written.delimiter, &header[..]),
                (',', &["a;b", "c"].map(str::to_owned)[..])
            );
            assert_eq!(rows, [row(3, &["1;2", "3"])], "{first}");
        }
        assert_eq!(read(b"sep=ab;x\n1;2\n").1, ["sep=ab", "x"]);
    }

    #[test]
    fn a_cell_that_runs_over_lines_says_which() {
        let file = b"a,b\n\n\n1,\"x\n2,y\n3,z\n";
        let (_, _, rows) = read(file);
        assert_eq!((rows[0].line, rows[0].lines(1)), (4, Some((4, 7))));
        let (_, _, rows) = read(b"a,b\r\n\"x\r\ny\",\"z\r\n\"\r\n1,2\r\n");
        assert_eq!(
            (rows[0].lines(0), rows[0].lines(1)),
            (Some((2, 3)), Some((3, 4)))
        );
        assert_eq!(rows[1].line, 5);
    }

    #[test]
    fn a_file_without_a_header_and_one_that_is_too_wide_are_refused() {
        assert!(matches!(Table::open(&b""[..]), Err(Error::NoHeader)));
        let wide = ",".repeat(limits::COLUMNS + 1);
        assert!(matches!(Table::open(wide.as_bytes()), Err(Error::NoHeader)));
        let wide = format!("ID{wide}");
        assert!(matches!(Table::open(wide.as_bytes()), Err(Error::TooWide)));
    }

    #[test]
    fn a_quotation_mark_left_open_is_told_with_its_line_and_does_not_fill_the_memory() {
        let file = b"id,name\n1,Ada\n2,\"".chain(io::repeat(b'x'));
        let mut table = Table::open(file).unwrap();
        assert_eq!(table.next_row().unwrap(), Some(row(2, &["1", "Ada"])));
        let error = table.next_row().unwrap_err();
        assert!(matches!(error, Error::RowTooLarge { line: 3 }), "{error}");
    }

    #[test]
    fn a_last_row_without_an_end_is_read_and_half_a_sign_is_replaced() {
        assert_eq!(read(b"id,name\n1,Ada").2, [row(2, &["1", "Ada"])]);
        assert_eq!(read(b"id;name\n1;M\xc3").2[0].cells.len(), 2);
        let cut = [&b"\xff\xfei\0d\0\n\x001\0\n\0"[..], b"2"].concat();
        assert_eq!(read(&cut).2[1].cells, ["\u{FFFD}"]);
    }

    #[test]
    fn signs_are_whole_also_where_a_piece_ends() {
        let names = "ü€😀".repeat(20_000);
        let file = format!("id,name\n1,{names}\n");
        let (_, _, rows) = read(file.as_bytes());
        assert_eq!(rows[0].cells[1], names);
    }
}
