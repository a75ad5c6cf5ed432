//! What can go wrong here, with the way out.

use model::Fault;

/// Something that cannot be kept, or a read that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Settings or a decision that cannot be kept.
    #[error("this cannot be saved as it is")]
    Unfit(Vec<Fault>),
    /// Somebody else decided about the same person meanwhile.
    #[error("{actor} decided about this person meanwhile")]
    Decided {
        /// Who.
        actor: String,
    },
    /// The component did not answer as it should.
    #[error("cannot read from {name} at {address}")]
    Component {
        /// The connection's name.
        name: String,
        /// Where it leads.
        address: String,
        /// What happened.
        #[source]
        source: components::Error,
    },
    /// What was looked at is not so any more, or belongs to somebody else.
    #[error("{what}")]
    Conflict {
        /// What is in the way.
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unfit(_) => "correct the fields that are named".to_owned(),
            Self::Decided { .. } => {
                "look at the entry again: its history tells what was said; then decide".to_owned()
            }
            Self::Component { source, .. } => source.hint().to_owned(),
            Self::Conflict { hint, .. } => (*hint).to_owned(),
            Self::Store(error) => error.hint().to_owned(),
        }
    }
}
