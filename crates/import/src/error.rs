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
    #[error("this plan is not for an import")]
    OtherPurpose,
    /// The import is not over.
    #[error("the import still runs")]
    StillRuns,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Query(_) => "clear the filter",
            Self::Empty => "select at least one row",
            Self::Expired | Self::OtherPurpose => "make a new plan",
            Self::StillRuns => "cancel it first, or wait for its end",
            Self::Store(error) => error.hint(),
        }
    }
}
