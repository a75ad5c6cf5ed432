//! Connections, scanning, joining records into entries, and the integrated view. Creates no users.

mod again;
pub mod authorize;
pub mod change;
mod cluster;
pub mod connections;
mod contacts;
mod credential;
mod decide;
pub mod departures;
mod derive;
mod error;
pub mod join;
pub mod precedence;
pub mod preview;
pub mod receive;
mod scan;
mod schedule;
mod sign_in;
pub mod view;
mod warnings;

pub use again::{Again, read_again};
pub use contacts::{carry_out as carry_out_contacts, order_due as order_due_contacts};
pub use credential::carry_out as carry_out_credential;
pub use decide::{About, Decision, decide};
pub use derive::{carry_out as carry_out_join, form};
pub use error::Error;
pub use scan::{carry_out as carry_out_scan, last as last_scans, order as order_scans};
pub use schedule::order_due as order_due_scans;
pub use sign_in::{SignedIn, can_sign_in, sign_in};
pub use warnings::order_due as order_due_warnings;
