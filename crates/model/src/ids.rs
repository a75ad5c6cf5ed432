//! Ids: a version 7 UUID for what people make and links name, a number for what scanning makes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Env;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id of this moment.
            pub fn new(env: &Env) -> Self {
                Self(env.uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// An administrator.
    AdminId,
    /// A connection to one component.
    ConnectionId,
    /// A deployment: one offer of a configuration to one user.
    DeploymentId,
    /// A device: one client that exchanged a ticket.
    DeviceId,
    /// A job.
    JobId,
    /// A plan: what an import or a deployment would do, written down.
    PlanId,
    /// A deployment profile.
    ProfileId,
    /// A sealed value.
    SecretId,
    /// A version of a mail template.
    TemplateId,
    /// An API token.
    TokenId,
    /// A user.
    UserId,
}

number_id! {
    /// An entry of the integrated view; kept across scans, never given twice.
    EntryId,
    /// A record as one component holds it; kept while the component's own id stays the same.
    RecordId,
}
