//! The only SQL on our database: one file per thing, written once for SQLite and PostgreSQL. This room
//! keeps and finds; it decides nothing.
//!
//! Reads take a [`Store`], writes take a [`Tx`]; what belongs together is written in one [`Tx`].

pub mod access;
pub mod audit;
pub mod authorizations;
pub mod brand;
pub mod connections;
pub mod contacts;
pub mod decisions;
pub mod deployments;
pub mod details;
pub mod devices;
mod dialect;
pub mod entries;
mod error;
pub mod funnel;
mod hold;
pub mod jobs;
mod known;
mod listed;
mod listing;
mod look;
pub mod mail_templates;
pub mod mailbox;
pub mod mappings;
mod migrate;
mod narrow;
pub mod outbox;
pub mod pages;
pub mod plans;
pub mod precedence;
pub mod profiles;
pub mod provisioning;
pub mod publications;
#[cfg(test)]
mod query_plans;
pub mod records;
pub mod rest;
pub mod scim;
mod sealing;
pub mod secrets;
mod seen;
pub mod self_passes;
mod sql;
pub mod stale;
mod tally;
pub mod users;

pub use error::Error;
pub use hold::{Hold, as_i64};
pub use listing::{Filter, ListQuery, Page, Total, USER_SORTS, words};
pub use look::{Look, Migrations};
pub use sealing::WrappingKey;
pub use sql::{Settings, Store, Tx};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
