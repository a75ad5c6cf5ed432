//! Connections, scanning, joining records into entries, and the integrated view. Creates no users.

pub mod connections;
mod credential;
mod derive;
mod error;
pub mod join;
mod scan;
pub mod view;

pub use credential::carry_out as carry_out_credential;
pub use derive::carry_out as carry_out_join;
pub use error::Error;
pub use scan::{carry_out as carry_out_scan, order as order_scans};
pub use view::decide;
