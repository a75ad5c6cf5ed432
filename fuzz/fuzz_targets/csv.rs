//! Any bytes as a file of people: `cargo +nightly fuzz run csv`.
#![no_main]

#[path = "../../crates/sheets/tests/it/entry.rs"]
#[allow(dead_code, reason = "each target uses some of it")]
mod entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    entry::csv(bytes);
});
