//! Tables in files: CSV in whatever encoding and with whatever delimiter it was written, and workbooks (XLSX), row by row and
//! within limits; both written too. What a column means is left to others.

mod decoded;
mod foreign;
mod guard;
mod row;
mod sheet;
mod sniff;
mod table;
mod write;
mod xlsx;
mod zip;

pub use guard::{BLANK, guard, unguard};
pub use row::{Odd, Row};
pub use sheet::{Sheet, Workbook};
pub use sniff::Written;
pub use table::{Error, Table};
pub use write::{Piece, Pieces};
pub use xlsx::{Book, Unreadable};

/// How a table was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As CSV.
    Csv {
        /// The encoding's name (Encoding Standard), such as `UTF-8` or `windows-1252`.
        encoding: &'static str,
        /// What stands between two cells.
        delimiter: char,
    },
    /// As a sheet of a workbook.
    Xlsx {
        /// The sheet's name.
        name: String,
        /// How many visible sheets are not read.
        others: usize,
    },
}

/// What a table is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// CSV in UTF-8.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
}

/// What a file may hold at most; a file that holds more is not read.
pub mod limits {
    /// Columns of a table.
    pub const COLUMNS: usize = 500;
    /// Bytes of one row, as UTF-8.
    pub const ROW_BYTES: usize = 1 << 20;
    /// Bytes of a workbook.
    pub const WORKBOOK_BYTES: u64 = 256 << 20;
}
