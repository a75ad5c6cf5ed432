//! Tables in files: CSV in whatever encoding and with whatever delimiter it was written, row by row and within limits, and CSV
//! written. What a column means is left to others.

mod decoded;
mod guard;
mod sniff;
mod table;
mod write;

pub use guard::{BLANK, guard, unguard};
pub use sniff::Written;
pub use table::{Error, Row, Table};
pub use write::Piece;

/// What a file may hold at most; a row that holds more is left out, a file that does is not read.
pub mod limits {
    /// Columns of a table.
    pub const COLUMNS: usize = 500;
    /// Bytes of one row, as UTF-8.
    pub const ROW_BYTES: usize = 1 << 20;
}
