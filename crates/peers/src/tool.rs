//! Finding and running other people's programs: a missing one is a loud error that says which Debian package has it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;

/// Folders that hold servers and are not on an ordinary user's search path.
const SERVER_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
/// No helper program of ours takes longer, also on a busy machine.
const RUN_LIMIT: Duration = Duration::from_mins(2);

/// The path of `program`, on the search path or among the servers, or an error that names the Debian `package` it comes from.
pub fn find(program: &str, package: &str) -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    // First, because Debian's `psql` on the search path is a script that takes longer than the query.
    let postgres = newest_in("/usr/lib/postgresql").map(|version| version.join("bin"));
    postgres
        .into_iter()
        .chain(std::env::split_paths(&on_path))
        .chain(SERVER_FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .with_context(|| missing(program, package))
}

/// What the person reads when a program is not there.
fn missing(program: &str, package: &str) -> String {
    format!(
        "the program `{program}` is not installed\n  hint: it is in the Debian package `{package}`; `cargo xtask test` installs everything the tests need"
    )
}

/// The path of a Python program that `cargo xtask test` installs below `target`, or an error that says so.
pub(crate) fn find_python(program: &str) -> Result<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let repository = repository.expect("this crate lies two folders below the repository");
    let path = repository.join("target/python/bin").join(program);
    if path.is_file() {
        return Ok(path);
    }
    bail!(
        "the program `{program}` is not installed\n  hint: `cargo xtask test` installs it, with everything else that the tests need"
    )
}

/// The entry of `folder` with the highest number as its name.
fn newest_in(folder: impl AsRef<Path>) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .max_by_key(|path| {
            path.file_name()
                .and_then(OsStr::to_str)
                .and_then(|name| name.parse::<u32>().ok())
        })
}

/// Runs a command to its end with `input` on its standard input and answers its standard output.
pub(crate) async fn run(mut command: Command, input: &str) -> Result<String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut command = tokio::process::Command::from(command);
    let mut child = command
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let mut stdin = child
        .stdin
        .take()
        .context("the child has a standard input")?;
    let input = input.to_owned();
    // Beside the reading, so that neither side waits for the other; a program that stops reading early says why itself.
    let writing = tokio::spawn(async move { stdin.write_all(input.as_bytes()).await });
    let ended = tokio::time::timeout(RUN_LIMIT, child.wait_with_output()).await;
    let output = ended.with_context(|| format!("`{name}` did not end within {RUN_LIMIT:?}"))??;
    writing.abort();
    if !output.status.success() {
        // Some say on their standard output what went wrong.
        let [said, also] =
            [&output.stderr, &output.stdout].map(|said| String::from_utf8_lossy(said));
        bail!(
            "`{name}` ended with {}\n  because: {}",
            output.status,
            format!("{said}{also}").trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_names_its_package_and_the_command_that_installs_it() {
        let error = find("no-such-program", "some-package")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`no-such-program`"), "{error}");
        assert!(
            error.contains("`some-package`") && error.contains("cargo xtask test"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_failing_program_is_an_error_with_its_own_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "cat >/dev/null; echo no luck >&2; exit 3"]);
        let error = run(command, "x").await.unwrap_err().to_string();
        assert!(error.contains("no luck") && error.contains('3'), "{error}");
    }
}
