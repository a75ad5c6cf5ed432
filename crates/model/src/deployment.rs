//! Where a deployment and a device stand.

use serde::{Deserialize, Serialize};

/// Where a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentState {
    /// Ordered, not sent.
    Queued,
    /// It could not be rendered, or there is no address or secret.
    Failed,
    /// The mail server accepted the mail: *Deployed*.
    Sent,
    /// The mail server refused the mail for good.
    Bounced,
    /// A client fetched its configuration.
    Downloaded,
    /// A newer deployment took its place.
    Superseded,
    /// Somebody withdrew it.
    Revoked,
}

impl DeploymentState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Failed,
        Self::Sent,
        Self::Bounced,
        Self::Downloaded,
        Self::Superseded,
        Self::Revoked,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Bounced => "bounced",
            Self::Downloaded => "downloaded",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
        }
    }

    /// The state of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether its ticket can still be exchanged, before its end.
    pub const fn ticket_lives(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Sent | Self::Bounced | Self::Downloaded
        )
    }
}

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// Its configuration is on the way: it counts once it took the whole of it.
    Pending,
    /// The fetch of its configuration broke off: it is listed, and its place is free again.
    BrokenOff,
    /// It has its configuration.
    Live,
    /// Somebody withdrew it: its link gives only the document that takes its account away.
    Revoked,
    /// It was withdrawn, and fetched that document.
    Emptied,
}

impl DeviceState {
    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::BrokenOff => "broken-off",
            Self::Live => "live",
            Self::Revoked => "revoked",
            Self::Emptied => "emptied",
        }
    }

    /// The state of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Pending,
            Self::BrokenOff,
            Self::Live,
            Self::Revoked,
            Self::Emptied,
        ];
        all.into_iter().find(|s| s.name() == name)
    }
}
