//! What can go wrong here, with the way out.

/// A plan that cannot be made or carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The search or filter is not understood.
    #[error("{0}")]
    Query(String),
    /// Nothing was selected.
    #[error("nothing is selected")]
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
    #[error("the file is {0}, not a CSV file")]
    NoTable(&'static str),
    /// No column is known that tells who is meant.
    #[error("the file has neither a column Last name nor a column ID (it has: {0})")]
    NoColumns(String),
    /// Two columns mean the same.
    #[error("two columns of the file mean {0}")]
    ColumnTwice(&'static str),
    /// The file cannot be read to its end.
    #[error("the file cannot be read as CSV")]
    Sheet(#[from] sheets::Error),
    /// Rows have faults, and a partial import is not allowed.
    #[error("{0} rows of the file have faults, so that nothing is imported")]
    Faulty(i64),
    /// The components could not be asked.
    #[error(transparent)]
    Roster(#[from] roster::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<users::Error> for Error {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::Store(inner) => Self::Store(inner),
            other => Self::Query(other.to_string()),
        }
    }
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Query(_) => "clear the filter",
            Self::Empty => "select at least one row",
            Self::Expired | Self::OtherPurpose => "make a new plan",
            Self::NoTable(_) => "save it as CSV in the program that made it",
            Self::NoColumns(_) => {
                "name the columns as in the template, in the first row; their order is free"
            }
            Self::ColumnTwice(_) => "take one of them out, or give it another name",
            Self::Sheet(_) => "see that every row ends and every quotation mark is closed",
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
