//! The demo's other processes: started, watched, ended by their own ids.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use crate::shutdown::ENDS_WITH_INPUT;

/// One role of this binary as a process of its own.
#[derive(Debug)]
pub(crate) struct Role {
    name: &'static str,
    child: Child,
    /// Closed when this process ends, however it ends: then the child ends too.
    _line: Option<ChildStdin>,
    /// Its first line on standard output, where it was waited for.
    pub(crate) first_line: String,
}

impl Role {
    /// Starts a role.
    pub(crate) async fn start(
        name: &'static str,
        args: &[&str],
        log: &Path,
        wait: bool,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let log = std::fs::File::create(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .env(ENDS_WITH_INPUT, "1")
            .stdout(if wait { Stdio::piped() } else { Stdio::null() })
            .stderr(log)
            .kill_on_drop(true)
            // A Ctrl-C at the terminal reaches the demo alone, which ends the others in their order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start the {name}"))?;
        let mut first_line = String::new();
        if wait {
            let output = child
                .stdout
                .take()
                .context("standard output was asked for")?;
            let mut output = BufReader::new(output);
            timeout(Duration::from_mins(1), output.read_line(&mut first_line))
                .await
                .with_context(|| format!("the {name} did not say that it is ready"))??;
        }
        Ok(Self {
            name,
            _line: child.stdin.take(),
            child,
            first_line,
        })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Resolves when it ended by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        let status = self.child.wait().await;
        anyhow::anyhow!(
            "the {} ended by itself ({status:?})\n  hint: see its log in the data folder",
            self.name
        )
    }

    /// Asks it to end, and makes it end if it does not.
    pub(crate) async fn end(mut self) {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout(Duration::from_secs(10), self.child.wait())
            .await
            .is_err()
        {
            let _ = self.child.kill().await;
        }
    }
}
