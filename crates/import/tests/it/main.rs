//! Planning and carrying out, on a real database, with everything that can happen between the two.
#![expect(clippy::unwrap_used, reason = "a fact that cannot go on has failed")]

mod agreeing;
mod between;
mod files;
mod half_way;
mod hostile;
mod office;
mod scene;
mod syncing;
mod undoing;
