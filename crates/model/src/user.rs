//! A user: a person we manage, after import.

use serde::{Deserialize, Serialize};

use crate::{EntryId, PersonFields, ProfileId, Timestamp, UserId};

/// How far a person has come, best first in what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    /// Imported, nothing was sent.
    Imported,
    /// A deployment is ordered and not yet sent.
    Queued,
    /// The last deployment could not be made or its mail was refused for good.
    Failed,
    /// The mail server accepted the mail.
    Deployed,
    /// A client fetched its configuration.
    Downloaded,
    /// Access is withdrawn for the time being.
    Suspended,
}

impl UserState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Imported,
        Self::Queued,
        Self::Failed,
        Self::Deployed,
        Self::Downloaded,
        Self::Suspended,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Queued => "queued",
            Self::Failed => "failed",
            Self::Deployed => "deployed",
            Self::Downloaded => "downloaded",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id; another system's id is never equal to it.
    pub id: UserId,
    /// The entry it was imported from.
    pub entry: Option<EntryId>,
    /// Its profile; none = *Do not deploy*.
    pub profile: Option<ProfileId>,
    /// Its data, as imported.
    #[serde(flatten)]
    pub fields: PersonFields,
    /// How far it has come.
    pub state: UserState,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// When the mail server accepted the last deployment.
    pub deployed_at: Option<Timestamp>,
    /// When a client first fetched a configuration.
    pub downloaded_at: Option<Timestamp>,
    /// Rises with every change of its data.
    pub version: i64,
}
