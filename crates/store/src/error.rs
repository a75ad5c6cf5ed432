//! What can go wrong with the database, in words.

use sea_orm::{DbErr, SqlErr};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database itself.
    #[error("the database did not answer as expected")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A unique name or key is in use.
    #[error("{0} is in use already")]
    Taken(&'static str),
    /// What was asked for is not there.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// A stored value cannot be read back.
    #[error("a stored {what} cannot be read: {why}")]
    Corrupt {
        /// The thing.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A sealed value does not open.
    #[error("a sealed value does not open with this installation's key")]
    Sealed,
    /// The wrapping key is not the one that this database was made with.
    #[error("the key does not fit this database")]
    WrongKey,
    /// The worker no longer holds the job.
    #[error("another worker took the job over")]
    LeaseLost,
    /// Something was to be written by who only looks.
    #[error("this database is only looked at")]
    LookedAt,
    /// The database cannot be opened.
    #[error("{0}")]
    Open(String),
}

impl Error {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Database(_) => {
                "see the server's log; check that the database runs and its disk is not full"
            }
            Self::Taken(_) => "choose another one",
            Self::Missing(_) => "it may have been removed meanwhile; go back and reload the list",
            Self::Corrupt { .. } => "restore the last backup, or report this with the server's log",
            Self::Sealed | Self::WrongKey => {
                "start with the key file that belongs to this data folder"
            }
            Self::LeaseLost => "nothing is to be done: the other worker goes on",
            Self::LookedAt => "open it as its server does",
            Self::Open(_) => "see `database_url` and `data` in the settings",
        }
    }
}

/// Names of unique constraints that a person can hit, with what they are called.
const NAMED: [(&str, &str, &str); 5] = [
    (
        "administrator_name",
        "administrator.name_key",
        "this administrator's name",
    ),
    (
        "connection_name",
        "connection.name_key",
        "this connection's name",
    ),
    ("profile_name", "profile.name_key", "this profile's name"),
    (
        "mail_template_version",
        "mail_template.profile_id",
        "this version of the template",
    ),
    ("scim_user_name", "scim_user.user_name", "this user's name"),
];

/// What a person calls the thing whose unique name is in use, by what the engine says.
fn taken(said: &str) -> Option<Error> {
    NAMED
        .into_iter()
        .find(|(name, column, _)| said.contains(name) || said.contains(column))
        .map(|(.., words)| Error::Taken(words))
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let named = match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(said)) => taken(&said),
            _ => None,
        };
        named.unwrap_or_else(|| Self::Database(error.into()))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let named = match &error {
            rusqlite::Error::SqliteFailure(code, Some(said))
                if code.code == rusqlite::ErrorCode::ConstraintViolation =>
            {
                taken(said)
            }
            _ => None,
        };
        named.unwrap_or_else(|| Self::Database(error.into()))
    }
}
