//! The public redirect server: its own tiny store, its own router, its own TLS. It knows hashes of tickets, origins and
//! expiries, and keeps no log of who asked for what.

mod answer;
mod brands;
mod calls;
mod clock;
mod codes;
mod connections;
mod counts;
mod errands;
mod guest;
mod links;
pub mod origins;
mod router;
mod server;
mod settings;
mod store;
mod visited;
mod visits;

pub use clock::Clock;
pub use router::{App, router};
pub use server::{ServeError, bind, run};
pub use settings::{DatabaseUrl, Settings, SettingsError, Tls};
pub use store::{Store, StoreError};
