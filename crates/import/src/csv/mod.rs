//! Users out of a file, CSV or workbook: every row is decided about and shown before anything is written; a row with a fault says where and
//! why, and stops everything unless a partial import is allowed.

mod alike;
mod carry_out;
mod circles;
mod draft;
mod faulty;
mod headings;
mod mapping;
mod plan;
mod read;
mod shown;
mod spoiled;
mod zeros;

use ::users::columns::Column;
use model::{ProfileId, UserId};
use serde::{Deserialize, Serialize};
use store::users::OwnSecret;

pub use carry_out::carry_out;
pub use faulty::Faulty;
pub use mapping::{IGNORE, Mapping, suggestions};
pub use plan::{plan, run, shown};
pub use shown::{Row, rows};

/// How a file is imported.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Options {
    /// Which profile its people get.
    pub profile: Which,
    /// Whether rows with an ID change the users of this system that they name.
    pub overwrite: bool,
    /// Whether an empty cell clears what is there; otherwise it keeps it, and only [`sheets::BLANK`] clears.
    pub clear: bool,
    /// Whether the good rows are imported where others have faults.
    pub partial: bool,
}

/// What is asked of a file.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How it is imported.
    pub options: Options,
    /// What its headings mean where their names do not say it; empty: as it was said for the same header before.
    pub mapping: Mapping,
    /// Whether somebody is there to say what unknown headings mean; otherwise they are left out.
    pub ask: bool,
}

impl From<Options> for Asked {
    fn from(options: Options) -> Self {
        Self {
            options,
            mapping: Mapping::default(),
            ask: false,
        }
    }
}

/// Where the meaning of headings comes from, beyond their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mapped {
    /// It was said with the file.
    Given,
    /// It was said for the same header before, by this person.
    Remembered(String),
}

/// Which profile people get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// All this one; none: *Do not deploy*.
    All(Option<ProfileId>),
    /// The one that their row names.
    FromCsv,
}

/// What was found in a file, kept with its plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// How it is imported.
    pub options: Options,
    /// The encoding's name; empty for a workbook.
    pub encoding: String,
    /// What stands between two cells; none in a workbook.
    pub delimiter: Option<char>,
    /// The name of a workbook's sheet, and how many other sheets are not read.
    #[serde(default)]
    pub sheet: Option<(String, usize)>,
    /// Its headings, each with the column that it means.
    pub headings: Vec<(String, Option<String>)>,
    /// Where their meaning comes from, beyond their names.
    #[serde(default)]
    pub mapped: Option<Mapped>,
    /// What is odd about the file as a whole.
    pub warnings: Vec<String>,
}

/// What one row says, kept with its plan; never a secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    line: u64,
    /// What the user's data becomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<model::PersonFields>,
    /// The profile that the row gives; none: the user's stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gives: Option<Gives>,
    /// Host and port of the client service, where the row says them otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_service: Option<[String; 2]>,
    /// The secrets of the user's own that it takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    clears: Vec<OwnSecret>,
    /// What is odd, by column, and the code of the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    warned: String,
    /// What is wrong, by column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<(String, String)>,
    /// The cells of a row with faults, those with secrets empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cells: Vec<String>,
}

/// A profile that a row gives; none = *Do not deploy*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Gives {
    profile: Option<ProfileId>,
}

/// What is wrong with one cell, or with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    column: Option<Column>,
    message: &'static str,
    /// More about this row, such as a line of the file; not part of the reason that rows are counted by.
    more: String,
}

impl Wrong {
    const fn new(column: Column, message: &'static str) -> Self {
        Self {
            column: Some(column),
            message,
            more: String::new(),
        }
    }

    /// Something that is wrong with the row as a whole.
    const fn with_row(message: &'static str) -> Self {
        Self {
            column: None,
            message,
            more: String::new(),
        }
    }

    fn title(&self) -> &'static str {
        self.column.map_or("The row", Column::title)
    }

    /// As a plan keeps it: title and words.
    fn told(&self) -> (String, String) {
        (self.title().to_owned(), self.words())
    }

    fn words(&self) -> String {
        if self.more.is_empty() {
            self.message.to_owned()
        } else {
            format!("{} {}", self.message, self.more)
        }
    }
}

/// One row as it is decided about.
struct Draft {
    line: u64,
    id: Option<UserId>,
    cells: Vec<(Column, Cell)>,
    secrets: Vec<(OwnSecret, model::Secret)>,
    /// The secrets that are taken away.
    clears: Vec<OwnSecret>,
    /// Where the row has fewer cells than the header: how many.
    short: String,
    wrong: Vec<Wrong>,
}

/// What a cell says about a field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Keep,
    Clear,
    Set(String),
}
