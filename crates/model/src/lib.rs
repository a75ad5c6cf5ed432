//! The project's words as types, and pure rules about them: no I/O, no SQL, no HTTP, no time of day.
//! Every other room builds on this one and speaks in its words.

pub mod clock;
pub mod cluster;
pub mod deployment;
pub mod entry;
pub mod fault;
pub mod filter;
pub mod ids;
pub mod language;
pub mod order;
pub mod person;
pub mod plan;
pub mod profile;
pub mod record;
pub mod role;
pub mod schedule;
pub mod secret;
pub mod selection;
pub mod sip;
pub mod text;
pub mod ticket;
pub mod user;
pub mod values;
pub mod wave;

pub use clock::{Clock, Entropy, Env, Timestamp};
pub use entry::{EntryState, Note, NoteKind, Rule};
pub use fault::{Fault, Refusal};
pub use filter::{EntryFilter, UserFilter};
pub use ids::{
    AdminId, ConnectionId, DeploymentId, DeviceId, EntryId, JobId, PlanId, ProfileId, RecordId,
    SecretId, TemplateId, TokenId, UserId,
};
pub use language::Language;
pub use order::{Order, Outcome};
pub use person::PersonFields;
pub use profile::{
    ClientKind, Fetch, LinkMode, Profile, ProfileSettings, Srtp, SrtpKeys, Transport,
};
pub use record::{ComponentKind, Record};
pub use role::{Actor, Role};
pub use schedule::Schedule;
pub use secret::Secret;
pub use selection::{Query, Selection, Sort, SortColumn};
pub use sip::{SecretHeld, SipAccount, SipSecret};
pub use user::{Ours, User, UserState};
pub use values::{DirectoryNumber, Email};
