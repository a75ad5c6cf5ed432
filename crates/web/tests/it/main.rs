//! The edges as a browser and a program meet them: requests in, answers out, no socket between.

#![expect(
    clippy::unwrap_used,
    reason = "a fact fails by panicking where its subject breaks"
)]

mod api;
mod harness;
mod me;
mod pages;
mod scim;
