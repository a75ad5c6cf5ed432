//! Joining records into entries: which records are one person, and why. Pure: the same records give the
//! same grouping in whatever order they come.

mod assemble;
mod card;
mod group;
mod names;

pub(crate) use assemble::state;
pub use assemble::{Assembled, Source, assemble, winners};
pub use card::{Card, Key, Place};
pub use group::{Edge, Grouping, Remark, group};
pub use names::differ;
