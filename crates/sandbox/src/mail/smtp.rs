//! The SMTP server (RFC 5321) of the mail catcher: takes mail for any address, with SIZE (RFC 1870), 8BITMIME (RFC 6152) and
//! PIPELINING (RFC 2920). Relays nothing.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
};

use super::{Mail, MailTrouble, fault::Moment};

/// Bytes of a command line with its line end; RFC 5321, 4.5.3.1.4 asks for 512, extensions may add to it.
const LONGEST_COMMAND: usize = 2_048;
/// Bytes of a text line with its line end (RFC 5321, 4.5.3.1.6).
const LONGEST_TEXT: usize = 1_000;
/// Lines after which a connection is dropped that is ordered to be dropped in the middle of DATA.
const DROP_AFTER_LINES: usize = 5;

/// What one client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message, announced as SIZE.
    pub message_bytes: usize,
    /// Recipients of a message; at least 100 by RFC 5321, 4.5.3.1.8.
    pub recipients: usize,
    /// Connections at a time; more are told 421.
    pub connections: usize,
    /// How long a client may be silent.
    pub silence: Duration,
}

impl Default for Limits {
    /// 10 MiB, 100 recipients, 200 connections, five minutes (RFC 5321, 4.5.3.2.7).
    fn default() -> Self {
        Self {
            message_bytes: 10 * 1024 * 1024,
            recipients: 100,
            connections: 200,
            silence: Duration::from_mins(5),
        }
    }
}

/// The listener at work. Dropping it ends its connections.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listening {
    pub(crate) fn start(listener: TcpListener, mail: Mail, limits: Limits) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            task: tokio::spawn(accept(listener, mail, limits)),
        })
    }

    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // Cancelled is the answer we asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, mail: Mail, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((mut stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // A client that is gone already needs no answer.
            let _ = stream
                .write_all(b"421 4.3.2 too many connections\r\n")
                .await;
            continue;
        };
        let mail = mail.clone();
        connections.spawn(async move {
            if let Err(error) = Session::new(stream, mail, limits).run().await {
                tracing::debug!(%error, "a mail connection ended early");
            }
            drop(place);
        });
    }
}

/// One connection.
struct Session {
    stream: BufReader<TcpStream>,
    replies: Vec<u8>,
    mail: Mail,
    limits: Limits,
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// What a line was.
enum Line {
    Read(Vec<u8>),
    TooLong,
    End,
}

/// How the connection goes on.
#[derive(PartialEq, Eq)]
enum Then {
    Continue,
    Close,
}

impl Session {
    fn new(stream: TcpStream, mail: Mail, limits: Limits) -> Self {
        // Without it replies are only slower.
        let _ = stream.set_nodelay(true);
        Self {
            stream: BufReader::new(stream),
            replies: Vec::new(),
            mail,
            limits,
            greeted: false,
            from: None,
            to: Vec::new(),
        }
    }

    async fn run(mut self) -> io::Result<()> {
        self.reply("220 catcher.test ESMTP keeps everything, delivers nothing");
        loop {
            // Pipelined commands (RFC 2920, 3.2) are answered together.
            if self.stream.buffer().is_empty() {
                self.flush().await?;
            }
            let then = match self.line(LONGEST_COMMAND).await? {
                Line::End => Then::Close,
                Line::TooLong => self.say("500 5.5.2 line too long"),
                Line::Read(line) => self.command(&String::from_utf8_lossy(&line)).await?,
            };
            if then == Then::Close {
                return self.flush().await;
            }
        }
    }

    async fn command(&mut self, line: &str) -> io::Result<Then> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.extended_hello(rest),
            "HELO" if rest.trim().is_empty() => self.say("501 5.5.4 who are you?"),
            "HELO" => {
                self.greeted = true;
                self.forget();
                self.say("250 catcher.test")
            }
            "MAIL" => self.sender(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => return self.data(rest).await,
            "RSET" => {
                self.forget();
                self.say("250 2.0.0 forgotten")
            }
            "NOOP" => self.say("250 2.0.0 here"),
            "VRFY" => self.say("252 2.5.0 send it and see"),
            "QUIT" => {
                self.reply("221 2.0.0 bye");
                Then::Close
            }
            _ => self.say("500 5.5.1 not understood"),
        })
    }

    fn extended_hello(&mut self, name: &str) -> Then {
        if name.trim().is_empty() {
            return self.say("501 5.5.4 who are you?");
        }
        self.greeted = true;
        self.forget();
        let size = format!("250-SIZE {}", self.limits.message_bytes);
        for line in [
            "250-catcher.test",
            &size,
            "250-8BITMIME",
            "250-PIPELINING",
            "250 ENHANCEDSTATUSCODES",
        ] {
            self.reply(line);
        }
        Then::Continue
    }

    fn sender(&mut self, rest: &str) -> Then {
        if !self.greeted || self.from.is_some() {
            return self.say("503 5.5.1 not now");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return self.say("501 5.5.2 MAIL FROM:<address>");
        };
        let size = parameters.split(' ').find_map(|p| {
            p.to_ascii_uppercase()
                .strip_prefix("SIZE=")
                .and_then(|n| n.parse().ok())
        });
        if size.is_some_and(|size: usize| size > self.limits.message_bytes) {
            return self.say("552 5.3.4 too big");
        }
        self.from = Some(address.to_owned());
        self.say("250 2.1.0 sender ok")
    }

    fn recipient(&mut self, rest: &str) -> Then {
        if self.from.is_none() {
            return self.say("503 5.5.1 MAIL first");
        }
        let Some((address, _)) = path(rest, "TO:").filter(|(address, _)| !address.is_empty())
        else {
            return self.say("501 5.5.2 RCPT TO:<address>");
        };
        if self.to.len() >= self.limits.recipients {
            return self.say("452 4.5.3 too many recipients");
        }
        let address = address.to_owned();
        if let Some(MailTrouble::RefuseRecipient { code }) = self
            .mail
            .faults()
            .strike(Moment::Recipient, std::slice::from_ref(&address))
        {
            return self.say(&refusal(code, "recipient"));
        }
        self.to.push(address);
        self.say("250 2.1.5 recipient ok")
    }

    async fn data(&mut self, rest: &str) -> io::Result<Then> {
        if self.to.is_empty() {
            return Ok(self.say("503 5.5.1 RCPT first"));
        }
        if !rest.trim().is_empty() {
            return Ok(self.say("501 5.5.4 DATA takes nothing"));
        }
        self.reply("354 go ahead, end with a dot");
        self.flush().await?;
        let drop_in_data = self
            .mail
            .faults()
            .strike(Moment::InData, &self.to)
            .is_some();
        let Some(message) = self.message(drop_in_data).await? else {
            return Ok(Then::Close);
        };
        Ok(match message {
            Err(complaint) => {
                self.forget();
                self.say(complaint)
            }
            Ok(raw) => self.take(raw),
        })
    }

    /// Reads up to the lone dot, taking off the stuffed ones (RFC 5321, 4.5.2). Nothing: the connection is over. Too long lines and
    /// messages are read to their end, so that the refusal comes where the client expects it.
    async fn message(
        &mut self,
        drop_in_data: bool,
    ) -> io::Result<Option<Result<Vec<u8>, &'static str>>> {
        let (mut raw, mut complaint, mut lines) = (Vec::new(), None, 0);
        loop {
            match self.line(LONGEST_TEXT + 1).await? {
                Line::End => return Ok(None),
                Line::TooLong => complaint = complaint.or(Some("500 5.5.2 line too long")),
                Line::Read(line) if line == b"." => {
                    return Ok(Some(complaint.map_or(Ok(raw), Err)));
                }
                Line::Read(line) => {
                    let line = line.strip_prefix(b".").unwrap_or(&line);
                    if raw.len() + line.len() + 2 > self.limits.message_bytes {
                        complaint = complaint.or(Some("552 5.3.4 too big"));
                    } else {
                        raw.extend_from_slice(line);
                        raw.extend_from_slice(b"\r\n");
                    }
                }
            }
            lines += 1;
            if drop_in_data && lines >= DROP_AFTER_LINES {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, raw: Vec<u8>) -> Then {
        let trouble = self.mail.faults().strike(Moment::AfterData, &self.to);
        if let Some(MailTrouble::RefuseMessage { code }) = trouble {
            self.forget();
            return self.say(&refusal(code, "message"));
        }
        let kept = self.mail.keep(
            self.from.take().unwrap_or_default(),
            std::mem::take(&mut self.to),
            raw,
        );
        if trouble == Some(MailTrouble::DropAfterData) {
            return Then::Close;
        }
        match kept {
            Ok(id) => self.say(&format!("250 2.0.0 kept as {id}")),
            Err(error) => {
                tracing::error!(%error, "cannot keep a mail");
                self.say("451 4.3.0 cannot keep it")
            }
        }
    }

    /// Reads one line without its end. A line longer than `most` bytes (end included) is read to its end and not kept.
    async fn line(&mut self, most: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let room = u64::try_from(most).unwrap_or(u64::MAX);
            let mut limited = (&mut self.stream).take(room);
            let read =
                tokio::time::timeout(self.limits.silence, limited.read_until(b'\n', &mut line));
            if read.await.map_err(|_| io::ErrorKind::TimedOut)?? == 0 {
                return Ok(Line::End);
            }
            if line.ends_with(b"\n") {
                break;
            }
            if line.len() < most {
                return Ok(Line::End);
            }
            too_long = true;
            line.clear();
        }
        if too_long || line.len() > most {
            return Ok(Line::TooLong);
        }
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Line::Read(line))
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn say(&mut self, text: &str) -> Then {
        self.reply(text);
        Then::Continue
    }

    fn reply(&mut self, text: &str) {
        self.replies.extend_from_slice(text.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }

    async fn flush(&mut self) -> io::Result<()> {
        let replies = std::mem::take(&mut self.replies);
        if replies.is_empty() {
            return Ok(());
        }
        let writing = tokio::time::timeout(
            self.limits.silence,
            self.stream.get_mut().write_all(&replies),
        );
        writing.await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}

/// The address between angle brackets after `FROM:` or `TO:`, and the parameters behind it.
fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let head = rest
        .get(..word.len())
        .filter(|head| head.eq_ignore_ascii_case(word))?;
    let (address, parameters) = rest[head.len()..]
        .trim_start()
        .strip_prefix('<')?
        .split_once('>')?;
    Some((address, parameters.trim()))
}

fn refusal(code: u16, what: &str) -> String {
    let class = code / 100;
    format!("{code} {class}.0.0 {what} refused, as ordered")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_stands_in_angle_brackets() {
        assert_eq!(
            path("FROM:<a@b.test> SIZE=10", "FROM:"),
            Some(("a@b.test", "SIZE=10"))
        );
        assert_eq!(path("from: <>", "FROM:"), Some(("", "")));
        assert_eq!(path("TO:a@b.test", "TO:"), None);
        assert_eq!(path("é", "TO:"), None);
    }
}
