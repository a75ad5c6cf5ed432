//! A server process of a peer: a process group of its own, its output in a file, ended with its handle and, through a
//! guard that listens on a pipe, also when the test process dies without unwinding.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open},
};

/// Ends the group `$1` with signal `$2` and removes the folder `$3` as soon as the pipe on standard input closes.
const GUARD: &str = r#"
read -r _
kill -s "$2" -- "-$1"
n=0
while [ -e "/proc/$1/exe" ] && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.05; done
kill -s KILL -- "-$1"
rm -rf -- "$3"
"#;
/// How long a process may take to end by its own signal before it is killed.
const END_LIMIT: Timespec = Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};

/// How a process is asked to end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// At once; it has nothing to tidy up.
    Kill,
    /// SIGTERM: it reaps its children.
    Terminate,
    /// SIGQUIT: PostgreSQL's immediate shutdown, which takes its children along.
    Quit,
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    guard: Child,
    end: End,
    output: PathBuf,
}

impl Process {
    /// Starts `command` with both its outputs in the file `output` in `folder`.
    pub(crate) fn start(command: Command, folder: &Path, end: End) -> Result<Self> {
        Self::start_with_input(command, folder, end, Stdio::null())
    }

    /// As [`Process::start`], with something on its standard input.
    pub(crate) fn start_with_input(
        mut command: Command,
        folder: &Path,
        end: End,
        input: Stdio,
    ) -> Result<Self> {
        let output = folder.join("output");
        let file = File::create(&output)?;
        command.stdin(input).stdout(file.try_clone()?).stderr(file);
        Self::guarded(command, folder, end, output)
    }

    /// Starts `command`, whose outputs the caller has set; `output` is shown when it fails.
    pub(crate) fn guarded(
        mut command: Command,
        folder: &Path,
        end: End,
        output: PathBuf,
    ) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{name}`"))?;
        match guard(child.id(), end, folder) {
            Ok(guard) => Ok(Self {
                child,
                guard,
                end,
                output,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Its process id, also the id of its group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The pipe to its standard input, once, where there is one.
    pub(crate) fn input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it has said so far.
    pub(crate) fn output(&self) -> String {
        std::fs::read(&self.output)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The last of what it has said so far, at most so many bytes.
    pub(crate) fn output_end(&self, bytes: u64) -> String {
        let read = || {
            let mut file = File::open(&self.output)?;
            let start = file.metadata()?.len().saturating_sub(bytes);
            file.seek(SeekFrom::Start(start))?;
            let mut end = Vec::new();
            file.take(bytes).read_to_end(&mut end)?;
            std::io::Result::Ok(String::from_utf8_lossy(&end).into_owned())
        };
        read().unwrap_or_default()
    }

    /// Looks until `ready` says yes; a process that ends before is an error with its last words.
    pub(crate) async fn ready(
        &mut self,
        what: &str,
        limit: Duration,
        ready: impl AsyncFn() -> bool,
    ) -> Result<()> {
        let seen = crate::wait_for(what, limit, async || {
            if ready().await {
                return Some(None);
            }
            self.ended().map(Some)
        });
        match seen.await {
            Ok(None) => Ok(()),
            Ok(Some(status)) => bail!(
                "{what} did not happen: the program ended with {status}\n{}",
                self.last_words()
            ),
            Err(error) => Err(error.context(self.last_words())),
        }
    }

    /// Kills the process itself (not its group) as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill_9(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end in good order.
    pub(crate) fn ask_to_end(&self) -> Result<()> {
        let process = self.group().context("not a process id")?;
        kill_process(process, Signal::TERM).context("the program has ended already")
    }

    fn last_words(&self) -> String {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.id()).ok()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard first: after the process is reaped its number may belong to somebody else.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let Some(group) = self.group() else { return };
        let asked = match self.end {
            End::Kill => None,
            End::Terminate => Some(Signal::TERM),
            End::Quit => Some(Signal::QUIT),
        };
        if asked.is_some_and(|signal| ends_by(group, signal)) {
            let _ = self.child.wait();
            return;
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Asks a process to end and waits, bounded, for that event.
fn ends_by(process: Pid, signal: Signal) -> bool {
    let Ok(end) = pidfd_open(process, PidfdFlags::empty()) else {
        return false;
    };
    let mut wanted = [PollFd::new(&end, PollFlags::IN)];
    kill_process(process, signal).is_ok()
        && poll(&mut wanted, Some(&END_LIMIT)).is_ok_and(|seen| seen == 1)
}

fn guard(group: u32, end: End, folder: &Path) -> Result<Child> {
    let signal = match end {
        End::Kill => "KILL",
        End::Terminate => "TERM",
        End::Quit => "QUIT",
    };
    let mut command = Command::new("sh");
    command
        .args(["-c", GUARD, "guard", &group.to_string(), signal])
        .arg(folder);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command.spawn().context("cannot start the guard of a peer")
}

/// Ends one process by its id, as `kill -9` does; its children stay.
pub fn kill_9(pid: u32) -> Result<()> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .context("not a process id")?;
    kill_process(pid, Signal::KILL)
        .with_context(|| format!("cannot end process {}", pid.as_raw_nonzero()))
}
