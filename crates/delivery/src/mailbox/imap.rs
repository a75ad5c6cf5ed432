//! IMAP as far as a mailbox is read here: `IMAP4rev1` (RFC 3501), which servers of RFC 9051 speak too, but for those that know nothing else
//! and answer a search by ESEARCH: that is told as trouble. A client of our own: the library at hand
//! takes a refused FETCH or SEARCH for one that found nothing, which loses mail, and keeps answers of up to 512 MiB in memory.

use std::{io, sync::Arc, time::Duration};

use base64::{
    Engine, alphabet,
    engine::{
        GeneralPurpose,
        general_purpose::{NO_PAD, STANDARD},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::Mailbox;
use crate::{
    Trouble,
    settings::{MailTls, is_loopback},
    tls::trusting,
};

/// The longest that one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// What is read of a mail, in bytes: the report stands before the mail that came back.
const MAIL_MAX: usize = 256 << 10;
/// The longest line, in bytes: the UIDs of half a million mails.
const LINE_MAX: usize = 4 << 20;
/// What is read in answer to one command, in bytes, whatever it is.
const COMMAND_MAX: usize = 8 << 20;
/// How long the server may take to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(5);
/// Answers to one command.
const ANSWERS_MAX: usize = 1_000;

impl Trouble {
    pub(super) fn late() -> Self {
        Self::new("the server did not answer in time", REACH)
    }

    /// The same words with better advice.
    fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}

const REACH: &str = "see that the server under [bounces] in the settings runs, and that `host`, `port` and `tls` fit each other";
const TLS: &str = "name the authority of the server's certificate with `ca_file` under [bounces] in the settings, or correct `host` to the name that it is for";
const SIGN_IN: &str = "check `user` and the password under [bounces] in the settings";
const FOLDER: &str = "make this folder, or correct `folder` under [bounces] in the settings";
const MOVE: &str = "make this folder, or correct `move_to` under [bounces] in the settings; without it notifications are marked as seen";
const REV1: &str = "read a mailbox at a server that speaks IMAP4rev1 (RFC 3501)";
const SERVER: &str = "the server is asked again by itself; see to it if that goes on";

type Result<T, E = Trouble> = std::result::Result<T, E>;

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

type Stream = Box<dyn Duplex>;

/// A conversation with the server.
pub(super) struct Session {
    stream: BufReader<Stream>,
    commands: u32,
    /// Bytes that may still be read in answer to the present command.
    room: usize,
}

/// One answer, which may carry a literal (RFC 9051, section 4.3).
struct Said {
    text: String,
    literal: Vec<u8>,
}

impl Session {
    /// Connects and signs in.
    pub(super) async fn open(mailbox: &Mailbox) -> Result<Self> {
        if mailbox.tls == MailTls::None && !is_loopback(&mailbox.host) {
            let words = "without TLS it is for a server on this machine only";
            let hint = "set `tls` under [bounces] in the settings to \"tls\" or \"start-tls\"";
            return Err(Trouble::new(words, hint));
        }
        let connecting = TcpStream::connect((mailbox.host.as_str(), mailbox.port));
        let stream = in_time(connecting).await?;
        let mut session = match mailbox.tls {
            MailTls::None => Self::greeted(Box::new(stream)).await?,
            MailTls::Tls => Self::greeted(protected(mailbox, Box::new(stream)).await?).await?,
            MailTls::StartTls => {
                let mut plain = Self::greeted(Box::new(stream)).await?;
                plain.command("STARTTLS").await.map_err(|t| t.hint(REACH))?;
                // Whatever was said before the protection began is dropped with the buffer.
                Self::over(protected(mailbox, plain.stream.into_inner()).await?)
            }
        };
        session.sign_in(mailbox).await?;
        Ok(session)
    }

    fn over(stream: Stream) -> Self {
        Self {
            stream: BufReader::new(stream),
            commands: 0,
            room: COMMAND_MAX,
        }
    }

    async fn greeted(stream: Stream) -> Result<Self> {
        let mut session = Self::over(stream);
        let greeting = session.said().await?.text;
        match greeting.strip_prefix("* OK") {
            Some(_) => Ok(session),
            None => Err(Trouble::new(greeting, REACH)),
        }
    }

    /// SASL PLAIN (RFC 4616), which takes any name and password.
    async fn sign_in(&mut self, mailbox: &Mailbox) -> Result<()> {
        let tag = self.begin("AUTHENTICATE PLAIN").await?;
        let go_on = self.said().await?.text;
        if !go_on.starts_with('+') {
            return Err(Trouble::new(without_tag(&go_on), SIGN_IN));
        }
        let plain = format!("\0{}\0{}", mailbox.user, mailbox.password.expose());
        self.write(&STANDARD.encode(plain)).await?;
        self.done(&tag).await.map(drop).map_err(|t| t.hint(SIGN_IN))
    }

    /// Opens a folder; its UIDVALIDITY.
    pub(super) async fn select(&mut self, folder: &str) -> Result<i64> {
        let command = format!("SELECT {}", quoted(folder));
        let said = self.command(&command).await.map_err(|t| t.hint(FOLDER))?;
        let mut validity = said.iter().filter_map(|said| {
            let (_, rest) = said.text.split_once("[UIDVALIDITY ")?;
            rest.split(']').next()?.trim().parse().ok()
        });
        let none = || {
            Trouble::new(
                "the server gives mails no lasting ids (UIDVALIDITY)",
                SERVER,
            )
        };
        validity.next().ok_or_else(none)
    }

    /// The UIDs after this one, in order.
    pub(super) async fn after(&mut self, uid: i64) -> Result<Vec<i64>> {
        let said = self
            .command(&format!("UID SEARCH UID {}:*", uid + 1))
            .await?;
        let found = said
            .iter()
            .filter_map(|said| said.text.strip_prefix("* SEARCH"));
        let found: Vec<_> = found.collect();
        // It is said even where nothing was found (RFC 3501, section 6.4.4).
        if found.is_empty() {
            return Err(Trouble::new(
                "the server does not say what a search found",
                REV1,
            ));
        }
        let uids = found
            .into_iter()
            .flat_map(str::split_whitespace)
            .filter_map(|uid| uid.parse().ok());
        // A range up to `*` finds the last mail even where it lies before its beginning (RFC 9051, section 9).
        let mut uids: Vec<i64> = uids.filter(|found| *found > uid).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// The beginning of a mail; empty where it is gone.
    pub(super) async fn fetch(&mut self, uid: i64) -> Result<Vec<u8>> {
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{MAIL_MAX}>)");
        let said = self.command(&command).await?;
        let literals = said.into_iter().map(|said| said.literal);
        Ok(literals.max_by_key(Vec::len).unwrap_or_default())
    }

    /// Moves a mail (RFC 6851), or marks it as seen; nothing happens to one that is gone.
    pub(super) async fn put_away(&mut self, uid: i64, folder: Option<&str>) -> Result<()> {
        let done = match folder {
            None => {
                let mark = format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)");
                self.command(&mark).await
            }
            Some(folder) => {
                let moving = format!("UID MOVE {uid} {}", quoted(folder));
                self.command(&moving).await.map_err(|t| t.hint(MOVE))
            }
        };
        done.map(drop)
    }

    /// Says goodbye. Whatever the server makes of it, all was done before.
    pub(super) async fn end(mut self) {
        let _ = timeout(GOODBYE_MAX, self.command("LOGOUT")).await;
    }

    async fn command(&mut self, command: &str) -> Result<Vec<Said>> {
        let tag = self.begin(command).await?;
        self.done(&tag).await
    }

    async fn begin(&mut self, command: &str) -> Result<String> {
        self.commands += 1;
        self.room = COMMAND_MAX;
        let tag = format!("r{}", self.commands);
        self.write(&format!("{tag} {command}")).await?;
        Ok(tag)
    }

    async fn write(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\r\n");
        let stream = self.stream.get_mut();
        in_time(async {
            stream.write_all(line.as_bytes()).await?;
            stream.flush().await
        })
        .await
    }

    /// What is said until the command is done, which has to end well.
    async fn done(&mut self, tag: &str) -> Result<Vec<Said>> {
        let mut all = Vec::new();
        while all.len() < ANSWERS_MAX {
            let said = self.said().await?;
            match said
                .text
                .strip_prefix(tag)
                .and_then(|t| t.strip_prefix(' '))
            {
                Some(end) if end.starts_with("OK") => return Ok(all),
                Some(end) => return Err(Trouble::new(end, SERVER)),
                None => all.push(said),
            }
        }
        Err(too_much())
    }

    /// One answer: a line, with what it announces as a literal (`{N}`) and the line that goes on behind it.
    async fn said(&mut self) -> Result<Said> {
        let (mut text, mut literal) = (String::new(), Vec::new());
        loop {
            text.push_str(&self.line().await?);
            let announced = text.strip_suffix('}').and_then(|t| t.rsplit_once('{'));
            let Some(length) = announced.and_then(|(_, n)| n.parse::<usize>().ok()) else {
                return Ok(Said { text, literal });
            };
            if length > MAIL_MAX {
                return Err(too_much());
            }
            self.take_room(length)?;
            literal.resize(length, 0);
            in_time(self.stream.read_exact(&mut literal)).await?;
            // So that what announced this literal does not announce another one.
            text.push(' ');
        }
    }

    /// One line without its end.
    async fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        let most = LINE_MAX.min(self.room) as u64;
        let mut limited = (&mut self.stream).take(most);
        in_time(limited.read_until(b'\n', &mut line)).await?;
        self.take_room(line.len())?;
        if line.last() == Some(&b'\n') {
            return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        if self.room == 0 {
            return Err(too_much());
        }
        Err(Trouble::new(
            "the server ended the connection, or its line is too long",
            REACH,
        ))
    }

    fn take_room(&mut self, bytes: usize) -> Result<()> {
        self.room = self.room.checked_sub(bytes).ok_or_else(too_much)?;
        Ok(())
    }
}

fn too_much() -> Trouble {
    Trouble::new("the server says more than was asked for", SERVER)
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> Result<T> {
    let done = timeout(ANSWER_MAX, work).await;
    done.map_err(|_| Trouble::late())?
        .map_err(|error| Trouble::new(error, REACH))
}

/// What a server says behind the tag.
fn without_tag(said: &str) -> &str {
    said.split_once(' ').map_or(said, |(_, words)| words)
}

async fn protected(mailbox: &Mailbox, stream: Stream) -> Result<Stream> {
    let trusted = trusting(mailbox.ca_file.as_deref());
    let trusted = trusted.map_err(|words| Trouble::new(words, TLS))?;
    let connector = TlsConnector::from(Arc::new(trusted));
    let name = ServerName::try_from(mailbox.host.clone());
    let name = name.map_err(|error| Trouble::new(error, TLS))?;
    let connected = in_time(connector.connect(name, stream)).await;
    let stream = connected.map_err(|trouble| {
        // Anything else means that the server does not speak TLS there.
        if trouble.words.contains("certificate") {
            trouble.hint(TLS)
        } else {
            trouble
        }
    })?;
    Ok(Box::new(stream))
}

/// A folder's name as a quoted string, in modified UTF-7 (RFC 3501, section 5.1.3), which every server takes.
fn quoted(folder: &str) -> String {
    let is_plain = |sign: char| (' '..='~').contains(&sign);
    let mut name = String::new();
    let mut rest = folder;
    while let Some(sign) = rest.chars().next() {
        if is_plain(sign) {
            match sign {
                '&' => name.push_str("&-"),
                '"' | '\\' => name.extend(['\\', sign]),
                _ => name.push(sign),
            }
            rest = &rest[1..];
        } else {
            let (other, plain) = rest.split_at(rest.find(is_plain).unwrap_or(rest.len()));
            let units: Vec<u8> = other.encode_utf16().flat_map(u16::to_be_bytes).collect();
            name.extend(["&", &MUTF7.encode(units), "-"]);
            rest = plain;
        }
    }
    format!("\"{name}\"")
}

const MUTF7: GeneralPurpose = GeneralPurpose::new(&alphabet::IMAP_MUTF7, NO_PAD);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_any_name_are_one_quoted_string_on_one_line() {
        for (folder, expected) in [
            ("INBOX", "\"INBOX\""),
            ("Rückläufer", "\"R&APw-ckl&AOQ-ufer\""),
            ("A & B", "\"A &- B\""),
            ("台北/日本語", "\"&U,BTFw-/&ZeVnLIqe-\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("x\r\nr9 DELETE INBOX", "\"x&AA0ACg-r9 DELETE INBOX\""),
        ] {
            assert_eq!(quoted(folder), expected);
        }
    }

    async fn says(told: &'static [u8]) -> (String, Result<Said>) {
        let mut session = Session::over(Box::new(tokio::io::join(told, tokio::io::sink())));
        let said = session.said().await;
        let text = said
            .as_ref()
            .map_or_else(|t| t.words.clone(), |s| s.text.clone());
        (text, said)
    }

    #[tokio::test]
    async fn literals_are_read_to_their_length_and_not_beyond_what_was_asked_for() {
        let (text, said) =
            says(b"* 1 FETCH (UID 7 BODY[]<0> {6}\r\na}\r\n{9 FLAGS ())\r\nr2 OK\r\n").await;
        assert_eq!(text, "* 1 FETCH (UID 7 BODY[]<0> {6}  FLAGS ())");
        assert_eq!(said.unwrap().literal, b"a}\r\n{9");
        for (told, why) in [
            (
                &b"* 1 FETCH (BODY[]<0> {999999999}\r\n"[..],
                "more than was asked for",
            ),
            (b"* 1 FETCH (BODY[]<0> {9}\r\nabc", "eof"),
            (b"* 1 FET", "ended the connection"),
        ] {
            let (words, said) = says(told).await;
            assert!(said.is_err() && words.contains(why), "{words}");
        }
    }
}
