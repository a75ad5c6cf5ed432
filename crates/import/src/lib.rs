//! From entries and a profile to users: a plan that is shown, then the same decisions carried out. Sends no mail.

mod carry_out;
pub mod csv;
mod decide;
mod error;
mod plan;
mod proposal;
pub mod sync;
mod undo;

pub use carry_out::carry_out;
pub use decide::{About, decide};
pub use error::Error;
pub use plan::{Making, Wanted, plan, run, run_spread};
pub use proposal::{Chosen, chosen, profile_of};
pub use undo::{Undoable, carry_out as carry_out_undo, undo, undoable};
