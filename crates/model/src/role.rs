//! Who acts: roles of administrators, and the actor that the audit names.

use serde::{Deserialize, Serialize};

/// What an administrator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The daily work: import, deploy, profiles.
    Administrator,
    /// Everything, including connections and administrators.
    PrimaryAdministrator,
}

impl Role {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::PrimaryAdministrator => "primary-administrator",
        }
    }

    /// The role of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Administrator, Self::PrimaryAdministrator]
            .into_iter()
            .find(|r| r.name() == name)
    }

    /// The role in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::PrimaryAdministrator => "primary administrator",
        }
    }
}

/// Who did something, as the audit and a timeline name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor(pub String);

impl Actor {
    /// A person who acts for themself; not their name, which may be an administrator's too.
    pub fn person(user: crate::UserId) -> Self {
        Self(format!("user {user}"))
    }

    /// rollcall itself: a schedule, a worker, a phone's own request.
    pub fn system() -> Self {
        Self("rollcall".to_owned())
    }
}
