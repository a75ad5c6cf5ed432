//! Workbooks (ECMA-376, SpreadsheetML): the rows of the first visible sheet one after the other, and sheets written row by row.
//! Formulas are not computed, macros and links not looked at; no part may declare entities.

mod rows;
mod strings;
mod styles;
mod workbook;
mod write;
mod xml;

pub(crate) use rows::Rows;
pub use write::Book;

use crate::zip::Broken;

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no archive, or a broken one.
    #[error("the workbook is cut short or broken")]
    Archive,
    /// It has a password.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// An archive without a workbook.
    #[error("the archive holds no workbook")]
    NoWorkbook,
    /// A workbook without a sheet of cells.
    #[error("the workbook has no sheet with cells")]
    NoSheet,
    /// A part that is no well-formed XML in UTF-8.
    #[error("{part} is no well-formed XML")]
    NotXml {
        /// Its name in the archive.
        part: String,
    },
    /// A part that declares what it is made of, such as entities, which no spreadsheet writes.
    #[error("{part} declares entities")]
    Entities {
        /// Its name in the archive.
        part: String,
    },
    /// A part that unpacks to far more than it looks like.
    #[error("{part} unpacks to more than a table needs")]
    Bomb {
        /// Its name in the archive.
        part: String,
    },
    /// Texts that would fill the memory.
    #[error("the workbook's texts are larger than {} MiB", strings::BYTES_MAX >> 20)]
    TextsTooLarge,
    /// Rows or cells that are not in order, or behind the last that a sheet can have.
    #[error("near row {row} the sheet's rows or cells are not in order, or more than a sheet has")]
    Order {
        /// The row before it.
        row: u64,
    },
}

impl From<Broken> for Unreadable {
    fn from(why: Broken) -> Self {
        match why {
            Broken::Encrypted => Self::Encrypted,
            // It lies in a file of ours; what cannot be read there is what it says about itself.
            Broken::Archive | Broken::Io(_) => Self::Archive,
        }
    }
}
