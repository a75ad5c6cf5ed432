//! Any bytes as the sheet of a workbook, and as a workbook: `cargo +nightly fuzz run xlsx crates/import/tests/hostile`.
#![no_main]

#[path = "../../crates/sheets/tests/it/entry.rs"]
#[allow(dead_code, reason = "each target uses some of it")]
mod entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    entry::archive(bytes);
    entry::sheet(bytes);
});
