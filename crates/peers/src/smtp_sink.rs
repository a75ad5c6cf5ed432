//! Postfix's `smtp-sink`: a mail server of other people's making that takes every message, keeps each as a file, and
//! does not remove doubles.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Result;
use tokio::net::TcpStream;

use crate::{
    folder::{Account, Folder},
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(10);
/// More than one writing of its counters takes, in bytes: it writes them for every message.
const COUNTER_MAX: u64 = 512;

/// A running sink.
#[derive(Debug)]
pub struct SmtpSink {
    process: Process,
    port: Port,
    folder: Folder,
}

impl SmtpSink {
    /// Starts a sink; `faults` are options of smtp-sink(1), such as `["-r", "RCPT"]` for a temporary refusal.
    pub async fn start(faults: &[&str]) -> Result<Self> {
        Self::with(&[&["-d", "%s."], faults].concat()).await
    }

    /// Starts a sink that counts what it accepts and keeps nothing of it.
    pub async fn discarding() -> Result<Self> {
        Self::with(&[]).await
    }

    async fn with(options: &[&str]) -> Result<Self> {
        let sink = tool::find("smtp-sink", "postfix")?;
        let folder = Folder::new("smtp-sink", Account::below_root("nobody")?)?;
        let messages = folder.make("messages")?;
        let port = Port::free()?;
        let mut command = folder.command(&sink);
        command.current_dir(messages).arg("-c").args(options);
        command.arg(format!("127.0.0.1:{}", port.number)).arg("256");
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        let number = port.number;
        let ready = async || TcpStream::connect(("127.0.0.1", number)).await.is_ok();
        process
            .ready("smtp-sink's start", READY_LIMIT, ready)
            .await?;
        Ok(Self {
            process,
            port,
            folder,
        })
    }

    /// Where it listens, without TLS.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port.number))
    }

    /// How many messages it has accepted; one whose connection broke before the end of DATA does not count.
    pub fn accepted(&self) -> usize {
        let output = self.process.output_end(COUNTER_MAX);
        let last = output
            .rsplit("mesg=")
            .next()
            .filter(|_| output.contains("mesg="));
        last.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }

    /// Waits, bounded by `limit`, until it has accepted that many messages, and answers how many it has.
    pub async fn wait_accepted(&self, count: usize, limit: Duration) -> Result<usize> {
        let what = format!("the arrival of {count} messages at smtp-sink");
        crate::wait_for(&what, limit, async || {
            Some(self.accepted()).filter(|seen| *seen >= count)
        })
        .await
    }

    /// The messages as they came, each below the lines that the sink puts in front (`X-Rcpt-Args` and so on). A
    /// message that is arriving at this moment may be among them, cut off.
    pub fn messages(&self) -> Result<Vec<String>> {
        let files = fs::read_dir(self.folder.join("messages"))?;
        let paths: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
        let texts = paths.iter().map(fs::read);
        Ok(texts
            .filter_map(|text| Some(String::from_utf8_lossy(&text.ok()?).into_owned()))
            .collect())
    }

    /// The Message-ID of every message, sorted; a message that came twice is listed twice, one without is empty.
    pub fn message_ids(&self) -> Result<Vec<String>> {
        let messages = self.messages()?;
        let mut ids: Vec<String> = messages
            .iter()
            .map(|text| message_id(text).unwrap_or_default())
            .collect();
        ids.sort();
        Ok(ids)
    }
}

/// The Message-ID of a message (RFC 5322, 3.6.4), which may stand on a folded line.
fn message_id(message: &str) -> Option<String> {
    let head = message.split("\n\n").next()?;
    let line = |line: &str| {
        line.get(..11)
            .is_some_and(|name| name.eq_ignore_ascii_case("message-id:"))
    };
    let at = head.split_inclusive('\n').scan(0, |at, text| {
        *at += text.len();
        Some((*at - text.len(), text))
    });
    let start = at.into_iter().find(|(_, text)| line(text))?.0 + 11;
    head[start..].split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_found_on_a_folded_line_and_only_in_the_head() {
        let folded = "X-Client-Addr: 127.0.0.1\nMessage-Id:\n <a@example.org>\nSubject: x\n\nMessage-ID: <b@example.org>\n";
        assert_eq!(message_id(folded).as_deref(), Some("<a@example.org>"));
        assert_eq!(
            message_id("Subject: x\n\nMessage-ID: <b@example.org>\n"),
            None
        );
    }
}
