//! Deploying and sending, on a real database and against mail servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a fact that cannot go on has failed")]

mod by_hand;
mod deploying;
mod notifying;
mod office;
mod refusals;
mod renewing;
mod sink;
