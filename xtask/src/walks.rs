//! `cargo xtask walks`: builds the program and hands it to the browser's scripts.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::step;

/// The folder of the walks.
pub(crate) fn folder() -> PathBuf {
    step::root().join("browser")
}

/// Whether there are any.
pub(crate) fn exist() -> bool {
    folder().join("package.json").is_file()
}

/// Every walk; each finds the program in `ROLLCALL_BIN`.
const WALKS: [&str; 3] = [
    "browser/walk.mjs",
    "browser/view.mjs",
    "browser/authorize.mjs",
];

/// Builds the program and walks.
pub(crate) fn run() -> Result<()> {
    ensure!(
        exist(),
        "there is no browser/package.json, so there is nothing to walk"
    );
    let modules = folder().join("node_modules").is_dir();
    ensure!(
        modules,
        "the walks' packages are not installed\n  hint: `cargo xtask test` installs them"
    );
    let program = step::rollcall()?;
    for walk in WALKS {
        let mut command = step::program("node", [walk]);
        command.env("ROLLCALL_BIN", &program);
        step::run(command)?;
    }
    Ok(())
}
