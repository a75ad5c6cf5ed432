//! `cargo xtask quality`: how well joining knows people again, rule by rule, held against the sandbox's truth.

use anyhow::Result;

use crate::step;

pub(crate) fn run() -> Result<()> {
    // The figures are those of the facts; here they are shown too.
    step::run(step::cargo([
        "test",
        "--package",
        "roster",
        "--test",
        "it",
        "quality::",
        "--",
        "--nocapture",
        "--test-threads=1",
    ]))
}
