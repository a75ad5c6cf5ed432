//! Stories: the whole program as people use it, against real parts.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod kill;
mod office;
mod postgres;
mod secrecy;
mod story;
mod verbs;
