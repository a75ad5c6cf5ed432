//! A deployment profile: what a client needs and a person's record does not hold.

mod catalogue;
mod check;
mod choices;
mod settings;

use serde::{Deserialize, Serialize};

pub use catalogue::{Change, Control, Group, OptionOf, SETTINGS, Setting, changes};
pub use check::is_language;
pub use choices::{CODECS, ClientKind, Fetch, LinkMode, Srtp, SrtpKeys, Transport};
pub use settings::ProfileSettings;

use crate::ProfileId;

/// A saved profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Its name, unique without regard to case.
    pub name: String,
    /// Its settings.
    pub settings: ProfileSettings,
    /// Rises with every change; a device remembers the version it was given.
    pub version: i64,
}
