//! The roster as a whole: real components, a real store, the orders carried out as a worker does.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

mod authorizing;
mod bad_input;
mod connecting;
mod contacts;
mod credential;
mod decisions;
mod files;
mod harness;
mod interruption;
mod leaving;
mod quality;
mod registrar;
mod rescan;
mod story;
mod synchronization;
mod truth;
