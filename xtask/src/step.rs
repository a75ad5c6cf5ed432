//! One step of a command: said before it runs, and an error when it fails.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the repository")
}

/// A call of the cargo that runs this command.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// A call of another program, from the repository's root.
pub(crate) fn program<const N: usize>(name: &str, arguments: [&str; N]) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).args(arguments);
    command
}

/// Whether a call works at all; its output is not shown.
pub(crate) fn works(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Says what is run, runs it, and fails when it fails.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .collect();
    let mut shown: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(name) = Path::new(words[0]).file_name() {
        shown[0] = name.to_string_lossy().into_owned();
    }
    let shown = shown.join(" ");
    println!("\n--> {shown}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

/// Builds the program; where it lies.
pub(crate) fn rollcall() -> Result<PathBuf> {
    let build = ["build", "--package", "rollcall", "--bin", "rollcall"];
    run(cargo(build))?;
    built("rollcall")
}

/// Builds the program and does something with it.
pub(crate) fn with_program<T>(run: impl AsyncFnOnce(&Path) -> Result<T>) -> Result<T> {
    let program = rollcall()?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("nothing else installs a provider")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&program))
}

/// Where cargo puts what it builds in the profile that this command itself was built in.
pub(crate) fn built(name: &str) -> Result<PathBuf> {
    let this = env::current_exe().context("this program has a path")?;
    Ok(this.with_file_name(name))
}
