//! What can go wrong here, with the way out.

/// A plan that cannot be made or carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The search or filter is not understood.
    #[error("{0}")]
    Query(String),
    /// Nothing was selected.
    #[error("the selection finds nobody")]
    Empty,
    /// The plan is too old to be carried out.
    #[error("this plan has expired")]
    Expired,
    /// The plan is for something else.
    #[error("this plan is for something else")]
    OtherPurpose,
    /// The import is not over.
    #[error("the import still runs")]
    StillRuns,
    /// The file is something else than a table.
    #[error("the file is {0}, not a table")]
    NoTable(&'static str),
    /// No column is known that tells who is meant.
    #[error("no column of the file is Last name or ID; it has {0}")]
    NoColumns(usize),
    /// There is nobody in the file.
    #[error("the file has no rows below its header")]
    NoRows,
    /// A mapping names a heading that is not there.
    #[error("the file has no column {0} to map")]
    NoHeading(String),
    /// Somebody has to say what these headings mean.
    #[error("some columns of the file are not known")]
    Unmapped(Vec<String>),
    /// Two columns mean the same.
    #[error("two columns of the file mean {0}")]
    ColumnTwice(&'static str),
    /// The file cannot be read to its end.
    #[error("the file cannot be read as a table")]
    Sheet(#[from] sheets::Error),
    /// Rows have faults, and a partial import is not allowed.
    #[error("{} of the file, so that nothing is imported", have_faults(*.0))]
    Faulty(i64),
    /// The components could not be asked.
    #[error(transparent)]
    Roster(#[from] roster::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn have_faults(rows: i64) -> String {
    match rows {
        1 => "there is a fault in 1 row".to_owned(),
        many => format!("there are faults in {many} rows"),
    }
}

impl From<users::Error> for Error {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::Store(inner) => Self::Store(inner),
            users::Error::Empty => Self::Empty,
            users::Error::Expired => Self::Expired,
            users::Error::OtherPurpose => Self::OtherPurpose,
            other => Self::Query(other.to_string()),
        }
    }
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Query(_) => "clear the filter",
            Self::Empty => "select at least one row, of the list as it is now",
            Self::Expired | Self::OtherPurpose => "make a new plan",
            Self::NoTable(_) => "save it as XLSX or CSV in the program that made it",
            Self::NoColumns(_) => {
                "name the columns as in the template, in the first row; their order is free. Or say which column means what"
            }
            Self::NoRows => "write one person into each row below the header",
            Self::NoHeading(_) => {
                "write the heading as it stands in the file, without = and the column"
            }
            Self::Unmapped(_) => "say which column each of them means, or that it is left out",
            Self::ColumnTwice(_) => "take one of them out, or give it another name",
            Self::Sheet(why) => sheet_hint(why),
            Self::Faulty(_) => {
                "mend the rows that the plan lists, or allow a partial import of the others"
            }
            Self::StillRuns => "cancel it first, or wait for its end",
            Self::Roster(error) => return error.hint(),
            Self::Store(error) => error.hint(),
        };
        hint.to_owned()
    }
}

/// What to do about a file that cannot be read.
fn sheet_hint(why: &sheets::Error) -> &'static str {
    use sheets::Unreadable as Book;
    match why {
        sheets::Error::File(_) => "send the file again",
        sheets::Error::NoHeader => {
            "write the names of the columns into the first row, as in the template"
        }
        sheets::Error::TooWide => "take columns out that are not needed",
        sheets::Error::RowTooLarge { .. } => {
            "see that every row ends, every quotation mark is closed, and no cell holds a whole document"
        }
        sheets::Error::NoTable(_) => "save it as XLSX or CSV in the program that made it",
        sheets::Error::WorkbookTooLarge => "save it as CSV, which may be larger",
        sheets::Error::Workbook(book) => match book {
            Book::Encrypted => "take the password away in the program that made it",
            Book::NoWorkbook => {
                "save it as XLSX or CSV: other spreadsheets and archives are not read"
            }
            Book::NoSheet => {
                "give the rows a sheet of their own that is not hidden, and save it again"
            }
            Book::Entities { .. } | Book::Bomb { .. } => {
                "do not trust this file; if it is yours, save it again in a spreadsheet, or as CSV"
            }
            Book::TextsTooLarge => "save it as CSV, which may be larger",
            Book::Archive | Book::NotXml { .. } | Book::Order { .. } => {
                "open it in a spreadsheet and save it again, as XLSX or CSV"
            }
        },
    }
}
