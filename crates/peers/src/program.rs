//! Our own program as a process: its ready line, its output, `kill -9`, and the same start once more.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    folder::Folder,
    process::{End, Process},
};

/// A started program. Its current folder is a temporary one of its own, so a relative path such as `data` in its
/// arguments names a folder that lives as long as this handle, across restarts.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    process: Option<Process>,
    folder: Folder,
}

impl Program {
    /// Starts the program at `path`; in an integration test of `app` that is `env!("CARGO_BIN_EXE_rollcall")`.
    pub fn start<A: AsRef<OsStr>>(
        path: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        Self::start_with(path, arguments, [("RUST_BACKTRACE", "1")])
    }

    /// The same with variables in its environment.
    pub fn start_with<A: AsRef<OsStr>, K: AsRef<OsStr>, V: AsRef<OsStr>>(
        path: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = A>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self> {
        let folder = Folder::new("program", None)?;
        folder.make("work")?;
        let owned = |text: &OsStr| text.to_owned();
        let arguments = arguments
            .into_iter()
            .map(|one| owned(one.as_ref()))
            .collect();
        let environment = environment
            .into_iter()
            .map(|(key, value)| (owned(key.as_ref()), owned(value.as_ref())));
        let path = fs::canonicalize(path.as_ref())
            .with_context(|| format!("there is no program at {}", path.as_ref().display()))?;
        let mut program = Self {
            path,
            arguments,
            environment: environment.collect(),
            process: None,
            folder,
        };
        program.restart()?;
        Ok(program)
    }

    /// Ends it at once where it still runs, and starts it again with the same arguments in the same folder.
    pub fn restart(&mut self) -> Result<()> {
        self.process = None;
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.current_dir(self.folder()).stdin(Stdio::null());
        command
            .stdout(File::create(self.stdout_path())?)
            .stderr(File::create(self.stderr_path())?);
        self.process = Some(Process::guarded(
            command,
            self.folder.path(),
            End::Kill,
            self.stderr_path(),
        )?);
        Ok(())
    }

    /// Its current folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// Its process id; `None` after [`Program::kill_9`].
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Ends the process itself as `kill -9` does and waits until it is gone. Processes that it started live on until
    /// [`Program::restart`] or drop.
    pub fn kill_9(&mut self) -> Result<()> {
        self.process
            .as_mut()
            .context("the program does not run")?
            .kill_9()
    }

    /// Asks it to end (SIGTERM) and waits, bounded, for its exit code; `None` when a signal ended it.
    pub async fn terminate(&mut self, limit: Duration) -> Result<Option<i32>> {
        self.process
            .as_ref()
            .context("the program does not run")?
            .ask_to_end()?;
        self.exit_code(limit).await
    }

    /// Waits, bounded, until it ends by itself, and answers its exit code; `None` when a signal ended it.
    pub async fn exit_code(&mut self, limit: Duration) -> Result<Option<i32>> {
        let process = self.process.as_mut().context("the program does not run")?;
        let ended = crate::wait_for("the program's end", limit, async || process.ended()).await;
        ended
            .map(|status| status.code())
            .with_context(|| self.stderr())
    }

    /// Waits, bounded, for the first line of its standard output that is a JSON object, and answers it.
    pub async fn ready_line(&mut self, limit: Duration) -> Result<Value> {
        self.wait_line(limit, |line| {
            serde_json::from_str(line).ok().filter(Value::is_object)
        })
        .await
    }

    /// Waits, bounded, for a complete line of its standard output in which `wanted` finds something.
    pub async fn wait_line<T>(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let seen = crate::wait_for("the expected line of the program", limit, async || {
            let ended = self.process.as_mut().and_then(Process::ended);
            let text = self.stdout();
            let complete = text
                .split_inclusive('\n')
                .filter_map(|line| line.strip_suffix('\n'));
            let found = complete.map(&wanted).find_map(|found| found.map(Ok));
            found.or_else(|| ended.map(Err))
        });
        match seen.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(status)) => bail!(
                "the program ended with {status} before the expected line\n{}",
                self.stderr()
            ),
            Err(error) => Err(error.context(self.stderr())),
        }
    }

    /// Its standard output since the last start.
    pub fn stdout(&self) -> String {
        text(&self.stdout_path())
    }

    /// Its error output since the last start.
    pub fn stderr(&self) -> String {
        text(&self.stderr_path())
    }

    fn stdout_path(&self) -> PathBuf {
        self.folder.join("stdout")
    }

    fn stderr_path(&self) -> PathBuf {
        self.folder.join("stderr")
    }
}

fn text(path: &Path) -> String {
    fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
