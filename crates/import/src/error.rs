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
            Self::StillRuns => "cancel it first, or wait for its end",
            Self::Roster(error) => return error.hint(),
            Self::Store(error) => error.hint(),
        };
        hint.to_owned()
    }
}
