//! Joining records into entries: which records are one person, and why. Pure: the same records give the
//! same grouping in whatever order they come.

mod assemble;
mod bucket;
mod card;
#[cfg(test)]
mod facts;
mod group;
mod keep;
mod names;
mod precedence;
#[cfg(test)]
mod properties;
mod similar;
mod union;
mod verdict;

pub use assemble::{Assembled, Source, assemble, winners};
pub(crate) use assemble::{FIELD_NAMES, default_order, state};
pub use card::{Card, Key, Place};
pub use group::{Edge, Grouping, Remark, group};
pub(crate) use keep::{Kept, contested, keep};
pub use names::differ;
pub use precedence::Precedences;
