//! The people we manage: profiles, the source of a person's SIP account, and asking for a deployment.
//! Knows no components; it only remembers where a user came from.

mod ask;
pub mod changes;
pub mod columns;
pub mod entered;
mod error;
mod export;
pub mod making;
pub mod profiles;
pub mod removal;
pub mod selected;
pub mod self_deployment;
mod source;
pub mod suspension;

pub use ask::{Asked, ask_deployment, ask_secret};
pub use error::Error;
pub use export::{Export, template};
pub use source::{Kinds, kinds, known, own_name, sip_record};
