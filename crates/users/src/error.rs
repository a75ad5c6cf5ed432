//! What can go wrong here, with the way out.

use model::Fault;

/// A change that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values that cannot be saved, by field.
    #[error("this cannot be saved")]
    Unfit(Vec<Fault>),
    /// Data of a user that came from a component, which owns it.
    #[error("this data belongs to {to} and is changed there")]
    Belongs {
        /// The component.
        to: String,
        /// The fields that belong to it.
        fields: Vec<String>,
        /// What is wrong with these and others.
        faults: Vec<Fault>,
    },
    /// A profile that people still have.
    #[error("{0} users have this profile")]
    InUse(i64),
    /// Somebody changed the profile or user in between.
    #[error("somebody changed this {0} meanwhile")]
    Meanwhile(&'static str),
    /// The search or filter is not understood.
    #[error("{0}")]
    Query(String),
    /// Nobody was selected.
    #[error("the selection finds nobody")]
    Empty,
    /// The plan is too old to be carried out.
    #[error("this plan has expired")]
    Expired,
    /// The plan is for something else.
    #[error("this plan is for something else")]
    OtherPurpose,
    /// The file cannot hold them.
    #[error("the file cannot be written")]
    File(#[from] std::io::Error),
    /// A phone has the configuration of a user who is to be deleted.
    #[error("a phone has this person's configuration")]
    PhoneDeployed,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unfit(_) => "correct the fields that are named",
            Self::Belongs { .. } => {
                "change it at that component, then use Sync data (`POST /api/v1/syncs`, `rollcall sync`); whom no component holds any more can \
                 be deleted and made anew by hand"
            }
            Self::InUse(_) => "name a profile that they get in its place",
            Self::Meanwhile(_) => "open it again, and make the change there",
            Self::Query(_) => "clear the filter",
            Self::Empty => "select at least one row, of the list as it is now",
            Self::Expired | Self::OtherPurpose => "make a new plan",
            Self::File(_) => "export fewer people, or as CSV",
            Self::PhoneDeployed => {
                "confirm with `deployed=true`: the phone loses the account at its next fetch"
            }
            Self::Store(error) => error.hint(),
        }
    }
}
