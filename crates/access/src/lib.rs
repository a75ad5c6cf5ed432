//! Administrators: set-up, sign-in, sessions, API tokens and roles; and the sessions of people on their own page. Knows no pages.

mod limit;
mod password;
pub mod person;
mod sign_in;

pub use limit::Attempts;
pub use password::{PASSWORD_MIN, Passwords};
pub use sign_in::{
    Session, add_token, by_session, by_token, ensure_setup_token, set_up, sign_in, sign_out,
};
pub use store::access::Administrator;

use model::{Actor, AdminId, Role};

/// Proof that an administrator asks: only a signed-in request or a valid token makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin(Administrator);

impl Admin {
    /// The administrator's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The administrator's id.
    pub const fn id(&self) -> AdminId {
        self.0.id
    }

    /// What it may do.
    pub const fn role(&self) -> Role {
        self.0.role
    }

    /// How the audit names it.
    pub fn actor(&self) -> Actor {
        Actor(self.0.name.clone())
    }

    /// Itself as one who may do everything.
    ///
    /// # Errors
    /// [`Error::NeedsPrimary`] for an ordinary administrator.
    pub fn primary(&self) -> Result<&Self, Error> {
        if self.role() >= Role::PrimaryAdministrator {
            Ok(self)
        } else {
            Err(Error::NeedsPrimary)
        }
    }
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Name or password is wrong; which one is not said.
    #[error("this name and password do not belong together")]
    WrongPassword,
    /// Too many wrong passwords for this name.
    #[error("too many attempts for this name")]
    TooManyAttempts,
    /// The set-up token is not the one that the server printed.
    #[error("this is not the set-up token that the server printed")]
    WrongSetupToken,
    /// A new password or name is not good enough.
    #[error("{0}")]
    Unfit(&'static str),
    /// Only a primary administrator may do this.
    #[error("only a primary administrator may do this")]
    NeedsPrimary,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::WrongPassword => "check both; capital letters matter in the password",
            Self::TooManyAttempts => "wait a minute, then try again",
            Self::WrongSetupToken => {
                "copy it again from the server's output; a restart prints a new one"
            }
            Self::Unfit(_) => "choose another one",
            Self::NeedsPrimary => "ask a primary administrator",
            Self::Store(error) => error.hint(),
        }
    }
}
