//! Deploying and sending, on a real database and against mail servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a fact that cannot go on has failed")]

mod bounces;
mod by_hand;
mod deploying;
mod doorkeeper;
mod limits;
mod mailbox;
mod notifying;
mod office;
mod postfix;
mod public;
mod refusals;
mod renewing;
mod signing_in;
mod sink;
mod templates;
mod together;
mod waves;
