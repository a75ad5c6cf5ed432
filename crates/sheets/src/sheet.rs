//! A table whatever it was written in: what a file is, is seen at its first bytes, not by its name.

use std::io::{self, Chain, Cursor, Read, Seek};

use crate::{Error, Form, Row, Table, Written, limits, xlsx};

/// What workbooks begin with: the first part of an archive, or the end of an empty one.
const ARCHIVES: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// What is no table although people call it so.
const OTHERS: [(&[u8], &str); 6] = [
    (
        b"\xd0\xcf\x11\xe0",
        "a workbook of Excel 97 (.xls) or with a password",
    ),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document (RTF)"),
];
const LOOKED_AT: u64 = 8;

/// A table that is being read.
pub enum Sheet<R> {
    /// CSV.
    Csv(Box<Table<Chain<Cursor<Vec<u8>>, R>>>),
    /// The first sheet of a workbook.
    Xlsx(Box<Workbook>),
}

/// The sheet of a workbook.
pub struct Workbook(xlsx::Rows);

impl<R: Read> Sheet<R> {
    /// Looks at the beginning of a file and reads the table's header. A workbook is kept in a temporary file without a name, because
    /// what it holds is found from its end.
    pub fn open(mut file: R) -> Result<Self, Error> {
        let mut begins = Vec::new();
        file.by_ref().take(LOOKED_AT).read_to_end(&mut begins)?;
        if let Some((_, what)) = OTHERS.iter().find(|(mark, _)| begins.starts_with(mark)) {
            return Err(Error::NoTable(what));
        }
        let is_archive = ARCHIVES.iter().any(|mark| begins.starts_with(mark));
        let whole = Cursor::new(begins).chain(file);
        if !is_archive {
            return Ok(Self::Csv(Box::new(Table::open(whole)?)));
        }
        let mut kept = tempfile::tempfile()?;
        let most = limits::WORKBOOK_BYTES;
        if io::copy(&mut whole.take(most + 1), &mut kept)? > most {
            return Err(Error::WorkbookTooLarge);
        }
        kept.rewind()?;
        let rows = xlsx::Rows::open(kept)?;
        Ok(Self::Xlsx(Box::new(Workbook(rows))))
    }

    /// The cells of the first row.
    pub fn header(&self) -> &[String] {
        match self {
            Self::Csv(table) => table.header(),
            Self::Xlsx(book) => book.0.header(),
        }
    }

    /// How the file was written.
    pub fn form(&self) -> Form {
        match self {
            Self::Csv(table) => {
                let Written {
                    encoding,
                    delimiter,
                } = table.written();
                Form::Csv {
                    encoding,
                    delimiter,
                }
            }
            Self::Xlsx(book) => {
                let (name, others) = book.0.sheet.clone();
                Form::Xlsx { name, others }
            }
        }
    }

    /// The next row that holds anything; none after the last.
    pub fn next_row(&mut self) -> Result<Option<Row>, Error> {
        match self {
            Self::Csv(table) => table.next_row(),
            Self::Xlsx(book) => book.0.next_row(),
        }
    }
}
