//! What can go wrong here, with the way out.

/// What went wrong at a mail server's or a mailbox's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What the server said, or what stood in the way of asking it.
    pub words: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl Trouble {
    pub(crate) fn new(words: impl std::fmt::Display, hint: &'static str) -> Self {
        let words = words.to_string();
        Self { words, hint }
    }
}

/// A deployment that cannot be planned, or work that could not be done.
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
    #[error("this plan is not for a deployment")]
    OtherPurpose,
    /// The mail settings cannot work.
    #[error("the mail settings cannot work: {0}")]
    Mail(String),
    /// The redirect server did not take the publications.
    #[error("the redirect server did not take the publications: {0}")]
    Redirect(String),
    /// A mail could not be written.
    #[error("a mail could not be written: {0}")]
    Letter(String),
    /// This person could not be deployed, so there is nothing to preview.
    #[error("{}", .0.reason)]
    CannotPreview(model::Refusal),
    /// A template cannot be used.
    #[error("this cannot be kept like this")]
    Unfit(Vec<model::Fault>),
    /// Somebody else changed it meanwhile.
    #[error("somebody changed this meanwhile")]
    Overtaken,
    /// A mail that was handed in as a bounce is of another kind.
    #[error("this is no delivery status notification (RFC 3464)")]
    NoNotification,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
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
    pub fn hint(&self) -> &str {
        match self {
            Self::Query(_) => "clear the filter",
            Self::Empty => "select at least one row, of the list as it is now",
            Self::Expired | Self::OtherPurpose => "make a new plan",
            Self::Mail(_) | Self::Letter(_) => "see `[mail]` in the settings",
            Self::Redirect(_) => {
                "see that it runs, that its clock is right, and that this server is registered there as an origin"
            }
            Self::Unfit(_) => "correct the fields that are named",
            Self::NoNotification => "hand in the whole mail as it came, as message/rfc822",
            Self::Overtaken => "look at it as it is now, and change it again",
            Self::CannotPreview(why) => &why.hint,
            Self::Store(error) => error.hint(),
        }
    }
}
