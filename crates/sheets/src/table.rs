//! A table with a header: its rows one after the other, each with the line it begins in.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::{
    Odd, Row, Unreadable,
    decoded::Decoded,
    limits,
    sniff::{self, LOOKED_AT, Written},
};

/// A table that is being read.
pub struct Table<R> {
    reader: Reader<Decoded<R>>,
    header: Vec<String>,
    written: Written,
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
        let delimiter = sniff::delimiter(&text);
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
        };
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
            Ok(true) => Ok(Some(Row {
                line: record.position().map_or(line, csv::Position::line),
                cells: record.iter().map(cell).collect(),
                told: record.len(),
                odd: vec![],
            })),
            Err(_) if self.reader.get_ref().is_spent() => Err(Error::RowTooLarge { line }),
            Err(why) => Err(Error::File(io::Error::other(why))),
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
            row(6, &["x\ny", "2"]),
            row(8, &["4", "5"]),
        ];
        assert_eq!(rows, expected);
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
