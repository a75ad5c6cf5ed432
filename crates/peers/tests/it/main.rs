//! Every peer starts, answers as the real thing does, and leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that finds something missing fails the test"
)]

mod mail_and_web;
mod openldap;
mod postgres;
mod program;
mod softphones;
