//! The rows of a sheet as they come, with what their cells show.

use std::fs::File;

use super::{
    Unreadable,
    strings::{Strings, Texts, unescaped},
    styles::{Shown, Styles},
    workbook::Workbook,
    xml::{Attributes, Node, Xml},
};
use crate::{Error, Odd, Row, limits, zip::Archive};

/// The last row and column that a sheet can have.
const ROW_MAX: u64 = 1 << 20;
const COLUMN_MAX: usize = 1 << 14;
/// The largest whole number that a sheet keeps all digits of.
const WHOLE_MAX: f64 = 1e15;

/// A sheet that is being read.
pub(crate) struct Rows {
    xml: Xml,
    strings: Strings,
    styles: Styles,
    header: Vec<String>,
    /// The sheet's name, and how many others the workbook has.
    pub(crate) sheet: (String, usize),
    row: u64,
    part: String,
}

/// A cell as it stands in the sheet.
#[derive(Default)]
struct Cell {
    kind: String,
    style: usize,
    value: String,
    in_value: bool,
    texts: Texts,
}

impl Rows {
    /// Finds the sheet and reads its header.
    pub(crate) fn open(file: File) -> Result<Self, Error> {
        let archive = Archive::open(file).map_err(Unreadable::from)?;
        let book = Workbook::find(&archive)?;
        let strings = book
            .strings
            .map(|part| Strings::read(Xml::open(&archive, &part)?));
        let styles = book
            .styles
            .map(|part| Styles::read(Xml::open(&archive, &part)?));
        let mut rows = Self {
            xml: Xml::open(&archive, &book.sheet)?,
            strings: strings.transpose()?.unwrap_or_default(),
            styles: styles.transpose()?.unwrap_or_default(),
            header: vec![],
            sheet: (book.name, book.others),
            row: 0,
            part: book.sheet.name,
        };
        let mut header = rows.read()?.ok_or(Error::NoHeader)?;
        while header.cells.last().is_some_and(String::is_empty) {
            header.cells.pop();
        }
        if header.cells.len() > limits::COLUMNS {
            return Err(Error::TooWide);
        }
        rows.header = header.cells;
        Ok(rows)
    }

    /// The cells of the first row.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that holds anything; none after the last.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, Error> {
        let Some(mut row) = self.read()? else {
            return Ok(None);
        };
        let width = self.header.len();
        row.odd.retain(|(at, _)| *at < width);
        let beyond = row.cells.iter().skip(width).any(|cell| !cell.is_empty());
        row.odd.extend(beyond.then_some((width, Odd::Beyond)));
        row.cells.resize(width, String::new());
        row.told = width;
        Ok(Some(row))
    }

    fn read(&mut self) -> Result<Option<Row>, Error> {
        while let Some(node) = self.xml.next()? {
            if let Node::Begin(name, said) = node
                && name == "row"
            {
                self.row = self.number(&said)?;
                let row = self.cells()?;
                if row.cells.iter().any(|cell| !cell.is_empty()) {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }

    fn number(&self, said: &Attributes) -> Result<u64, Unreadable> {
        let number = said.number("r").unwrap_or(self.row + 1);
        if number <= self.row || number > ROW_MAX {
            return Err(Unreadable::Order { row: self.row });
        }
        Ok(number)
    }

    /// The cells up to the end of a row.
    fn cells(&mut self) -> Result<Row, Error> {
        let mut row = Row {
            line: self.row,
            cells: vec![],
            told: 0,
            odd: vec![],
        };
        let (mut size, mut at) = (0, 0);
        let mut cell: Option<Cell> = None;
        while let Some(node) = self.xml.next()? {
            match (node, &mut cell) {
                (Node::End(name), None) if name == "row" => return Ok(row),
                (Node::Begin(name, said), None) if name == "c" => {
                    at = self.place(&said, at)?;
                    cell = Some(Cell {
                        kind: said.get("t").unwrap_or("n").to_owned(),
                        style: said.number("s").unwrap_or(0),
                        ..Cell::default()
                    });
                }
                (Node::End(name), Some(whole)) if name == "c" => {
                    let (text, odd) = self.shown(whole, limits::ROW_BYTES - size)?;
                    size += text.len();
                    put(&mut row, at, text.trim(), odd);
                    at += 1;
                    cell = None;
                }
                (node, Some(cell)) => {
                    cell.see(&node);
                    if size + cell.value.len() + cell.texts.text.len() > limits::ROW_BYTES {
                        return Err(Error::RowTooLarge { line: self.row });
                    }
                }
                _ => {}
            }
        }
        Err(Unreadable::Archive.into())
    }

    /// The place of a cell, from 0, which is not before `next`.
    fn place(&self, said: &Attributes, next: usize) -> Result<usize, Unreadable> {
        let at = match said.get("r") {
            Some(reference) => column(reference),
            None => Some(next),
        };
        at.filter(|at| (next..COLUMN_MAX).contains(at))
            .ok_or(Unreadable::Order { row: self.row })
    }

    /// What a cell shows, in at most so many bytes.
    fn shown(&self, cell: &mut Cell, most: usize) -> Result<(String, Option<Odd>), Error> {
        let value = std::mem::take(&mut cell.value);
        Ok(match cell.kind.as_str() {
            "s" | "b" | "d" if value.is_empty() => (value, None),
            "s" => {
                let text = value.trim().parse().ok().and_then(|n| self.strings.get(n));
                let broken = || Unreadable::NotXml {
                    part: self.part.clone(),
                };
                let text = text.ok_or_else(broken)?;
                // One text may stand in every cell.
                if text.len() > most {
                    return Err(Error::RowTooLarge { line: self.row });
                }
                (text.to_owned(), None)
            }
            "inlineStr" => (unescaped(&cell.texts.text), None),
            "b" => {
                let is_true = ["1", "true"].contains(&value.trim());
                (if is_true { "TRUE" } else { "FALSE" }.to_owned(), None)
            }
            "d" => (value, Some(Odd::Date)),
            "n" if !value.is_empty() => number(&value, self.styles.get(cell.style)),
            _ => (unescaped(&value), None),
        })
    }
}

/// Puts a cell into its row. Those that are left out before it are empty; of those beyond the widest header one is kept, where
/// any holds something: a sheet may have 16,384 in every row.
fn put(row: &mut Row, at: usize, text: &str, odd: Option<Odd>) {
    let is_beyond = at >= limits::COLUMNS;
    if is_beyond && text.is_empty() {
        return;
    }
    let at = at.min(limits::COLUMNS);
    row.cells.resize(at + 1, String::new());
    text.clone_into(&mut row.cells[at]);
    row.odd
        .extend(odd.filter(|_| !is_beyond).map(|odd| (at, odd)));
}

impl Cell {
    fn see(&mut self, node: &Node) {
        match node {
            Node::Begin(name, _) if name == "v" => self.in_value = true,
            Node::End(name) if name == "v" => self.in_value = false,
            Node::Text(text) if self.in_value => self.value.push_str(text),
            _ => self.texts.see(node),
        }
    }
}

/// A number as people read it: whole ones without exponent, with the zeros that its format asks for.
fn number(value: &str, shown: Shown) -> (String, Option<Odd>) {
    let Ok(told) = value.trim().parse::<f64>() else {
        return (value.to_owned(), None);
    };
    let is_whole = told.fract() == 0.0;
    match shown {
        Shown::Date => (value.to_owned(), Some(Odd::Date)),
        _ if told.abs() >= WHOLE_MAX => (value.to_owned(), Some(Odd::Rounded)),
        Shown::Digits(digits) if is_whole && told >= 0.0 => (format!("{told:0digits$.0}"), None),
        _ if is_whole => (format!("{told:.0}"), Some(Odd::Number)),
        _ => (value.trim().to_owned(), Some(Odd::Number)),
    }
}

/// The place of a column, from 0, of a reference such as `AB12`.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let mut place = 0_usize;
    for letter in letters {
        let digit = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        place = place.checked_mul(26)?.checked_add(digit)?;
    }
    place.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_no_wider_than_the_widest_header_and_one_cell_beyond() {
        let mut row = Row {
            line: 1,
            cells: vec![],
            told: 0,
            odd: vec![],
        };
        put(&mut row, 1, "a", Some(Odd::Number));
        put(&mut row, COLUMN_MAX - 2, "", Some(Odd::Date));
        assert_eq!(row.cells, ["", "a"]);
        put(&mut row, COLUMN_MAX - 1, "far", Some(Odd::Date));
        assert_eq!(row.cells.len(), limits::COLUMNS + 1);
        assert_eq!(row.cells[limits::COLUMNS], "far");
        assert_eq!(row.odd, [(1, Odd::Number)]);
    }

    #[test]
    fn references_name_columns() {
        assert_eq!(column("A1"), Some(0));
        assert_eq!(column("z9"), Some(25));
        assert_eq!(column("AB12"), Some(27));
        assert_eq!(column("XFD1"), Some(COLUMN_MAX - 1));
        assert_eq!(column("12"), None);
        assert_eq!(column(&"Z".repeat(99)), None);
    }

    #[test]
    fn numbers_read_as_they_are_shown() {
        let plain = |value| number(value, Shown::Plain);
        assert_eq!(plain("42"), ("42".to_owned(), Some(Odd::Number)));
        assert_eq!(plain("1E+05"), ("100000".to_owned(), Some(Odd::Number)));
        assert_eq!(plain("42.5").0, "42.5");
        assert_eq!(plain("4.930123456789E+18").1, Some(Odd::Rounded));
        assert_eq!(number("42", Shown::Digits(4)), ("0042".to_owned(), None));
        assert_eq!(number("45000", Shown::Date).1, Some(Odd::Date));
        assert_eq!(plain("NaN").0, "NaN");
        assert_eq!(plain("inf").1, Some(Odd::Rounded));
    }
}
