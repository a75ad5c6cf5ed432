//! A redirect server over real HTTP, as phones, browsers and origins meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attacks;
mod errands;
mod office;
mod publishing;
mod secrecy;
mod tls;
mod visiting;
mod visits;
