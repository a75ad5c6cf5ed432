//! Lines to the mail server that are kept between mails. lettre speaks on them; they are connected here, because lettre's own pool
//! leaves Nagle's algorithm on, which holds the end of every message back for 40 ms, and asks with a NOOP before each mail.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::join_all;
use lettre::{
    address::Envelope,
    message::Mailbox,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream, rustls::pki_types::ServerName};

use crate::{
    Error, Trouble, advice,
    settings::{MailServer, MailTls, is_loopback},
    tls::trusting,
};

/// How long the server may take to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(5);
const TOO_BUSY: u16 = 421;

/// What a mail server said, in its own words.
pub(crate) enum Answer {
    /// It took the mail.
    Taken(String),
    /// It never will.
    Refused(String),
    /// Perhaps later.
    NotNow(String),
    /// It has too much to do to let us in at the moment.
    Busy(String),
    /// It cannot be reached or does not let us in: no mail is to blame.
    Shut(String),
}

/// How a line is protected.
enum Protection {
    None,
    StartTls(TlsParameters),
    Tls(TlsConnector, ServerName<'static>),
}

/// The lines to one mail server.
pub(crate) struct Lines {
    server: MailServer,
    protection: Protection,
    credentials: Option<Credentials>,
    kept: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Lines {
    /// Gets ready; no line is opened yet.
    ///
    /// # Errors
    /// [`Error::Mail`] where the settings cannot work.
    pub(crate) fn to(server: &MailServer) -> Result<Self, Error> {
        let failed = |error: &dyn fmt::Display| Error::Mail(error.to_string());
        let protection = match server.tls {
            MailTls::None if !is_loopback(&server.host) => {
                return Err(Error::Mail(
                    "mail without TLS is for a server on this machine only".to_owned(),
                ));
            }
            MailTls::None => Protection::None,
            MailTls::StartTls => Protection::StartTls(parameters(server)?),
            MailTls::Tls => {
                let trusted = trusting(server.ca_file.as_deref()).map_err(|e| failed(&e))?;
                let name = ServerName::try_from(server.host.clone()).map_err(|e| failed(&e))?;
                Protection::Tls(TlsConnector::from(Arc::new(trusted)), name)
            }
        };
        let credentials = (!server.user.is_empty()).then(|| {
            let password = server.password.expose().to_owned();
            Credentials::new(server.user.clone(), password)
        });
        Ok(Self {
            server: server.clone(),
            protection,
            credentials,
            kept: Mutex::default(),
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a mail over, on a kept line if there is one. A line that the server closed meanwhile shows at the first command of
    /// the mail, before anything of it was handed over; then another is opened.
    pub(crate) async fn hand(&self, envelope: &Envelope, message: &[u8]) -> Answer {
        let kept = self.kept().pop();
        let (mut line, begun) = if let Some(mut line) = kept
            && let Some(begun) = alive(begin(&mut line, envelope, message).await)
        {
            (line, begun)
        } else {
            let mut line = match self.open().await {
                Ok(line) => line,
                Err(answer) => return answer,
            };
            let begun = begin(&mut line, envelope, message).await;
            (line, begun)
        };
        let ended = match begun {
            Ok(()) => go_on(&mut line, envelope, message).await,
            Err(error) => Err(error),
        };
        let (answer, stays) = match ended {
            Ok(answer) => (answer, true),
            Err(error) => (
                answer_of(&error),
                error
                    .status()
                    .is_some_and(|code| u16::from(code) != TOO_BUSY),
            ),
        };
        // After a refusal the next mail has to begin anew.
        let is_ready =
            matches!(answer, Answer::Taken(_)) || stays && line.command(Rset).await.is_ok();
        let mut kept = self.kept();
        if is_ready && kept.len() < self.server.connections as usize {
            kept.push(line);
        }
        answer
    }

    /// Says goodbye on all lines that are not in use.
    pub(crate) async fn hang_up(&self) {
        let kept: Vec<_> = self.kept().drain(..).collect();
        join_all(kept.into_iter().map(|mut line| async move {
            // A server that does not answer has the line closed all the same.
            let _ = timeout(GOODBYE_MAX, line.quit()).await;
        }))
        .await;
    }

    /// Connects and signs in; or how that ended.
    async fn open(&self) -> Result<AsyncSmtpConnection, Answer> {
        self.open_and_see().await.map(|(line, _)| line)
    }

    /// The same, with the server's certificate (DER) where the line is protected.
    async fn open_and_see(&self) -> Result<(AsyncSmtpConnection, Option<Vec<u8>>), Answer> {
        let at = (self.server.host.as_str(), self.server.port);
        let unreachable = |error: io::Error| Answer::Shut(format!("Connection error: {error}"));
        let stream = TcpStream::connect(at).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let mut certificate = None;
        let stream: Box<dyn AsyncTokioStream> = match &self.protection {
            Protection::Tls(connector, name) => {
                let protected = connector.connect(name.clone(), stream).await;
                let protected = protected.map_err(unreachable)?;
                let shown = protected.get_ref().1.peer_certificates();
                certificate = shown
                    .and_then(|shown| shown.first())
                    .map(|own| own.to_vec());
                Box::new(Protected(protected))
            }
            Protection::None | Protection::StartTls(_) => Box::new(stream),
        };
        let name = ClientId::default();
        let mut line = AsyncSmtpConnection::connect_with_transport(stream, &name)
            .await
            .map_err(|error| not_open(&error))?;
        if let Protection::StartTls(parameters) = &self.protection {
            let upgraded = line.starttls(parameters.clone(), &name).await;
            upgraded.map_err(|error| not_open(&error))?;
            certificate = line.peer_certificate().ok();
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = line.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| not_open(&error))?;
        }
        Ok((line, certificate))
    }
}

impl MailServer {
    /// Connects and signs in as for a mail, and goes again without one; the server's certificate (DER), where it showed one.
    ///
    /// # Errors
    /// What the settings lack, or what the server says.
    pub async fn try_out(&self) -> Result<Option<Vec<u8>>, Trouble> {
        let unfit = |words: String| Trouble::new(words, "see `[mail]` in the settings");
        if let Err(error) = self.from.parse::<Mailbox>() {
            return Err(unfit(format!("`from` is no sender: {error}")));
        }
        let lines = Lines::to(self).map_err(|error| unfit(error.to_string()))?;
        match lines.open_and_see().await {
            Ok((mut line, certificate)) => {
                // Whatever it makes of the goodbye, it let us in.
                let _ = timeout(GOODBYE_MAX, line.quit()).await;
                Ok(certificate)
            }
            Err(
                Answer::Taken(words)
                | Answer::Refused(words)
                | Answer::NotNow(words)
                | Answer::Busy(words)
                | Answer::Shut(words),
            ) => {
                let hint = advice(&words);
                Err(Trouble::new(words, hint))
            }
        }
    }
}

/// A line whose TLS began with the first byte.
#[derive(Debug)]
struct Protected(TlsStream<TcpStream>);

impl AsyncTokioStream for Protected {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Protected {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Protected {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// What a kept line answered, unless it was closed meanwhile.
fn alive(begun: Result<(), SmtpError>) -> Option<Result<(), SmtpError>> {
    match begun {
        Err(error)
            if error
                .status()
                .is_none_or(|code| u16::from(code) == TOO_BUSY) =>
        {
            None
        }
        begun => Some(begun),
    }
}

/// The first command of a mail (RFC 5321, section 4.1.1.2), with what RFC 6152 and RFC 6531 add to it.
async fn begin(
    line: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), SmtpError> {
    let mut parameters = Vec::new();
    if is_international(envelope) && line.server_info().supports_feature(Extension::SmtpUtfEight) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    line.command(mail).await.map(drop)
}

fn is_international(envelope: &Envelope) -> bool {
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii())
}

/// The rest of it; how that ended.
async fn go_on(
    line: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<Answer, SmtpError> {
    if is_international(envelope) && !line.server_info().supports_feature(Extension::SmtpUtfEight) {
        let words = "the mail server takes no international addresses (SMTPUTF8)";
        return Ok(Answer::Refused(words.to_owned()));
    }
    for to in envelope.to() {
        line.command(Rcpt::new(to.clone(), Vec::new())).await?;
    }
    line.command(Data).await?;
    let said = line.message(message).await?;
    Ok(Answer::Taken(said.message().collect::<Vec<_>>().join(" ")))
}

fn answer_of(error: &SmtpError) -> Answer {
    if is_about_us(error) {
        Answer::Shut(words_of(error))
    } else if error.is_permanent() {
        Answer::Refused(words_of(error))
    } else {
        Answer::NotNow(words_of(error))
    }
}

/// Why a line did not open: a server that has enough to do lets us in later, all else stands in everybody's way.
fn not_open(error: &SmtpError) -> Answer {
    if error.is_transient() {
        Answer::Busy(words_of(error))
    } else {
        Answer::Shut(words_of(error))
    }
}

/// An error with its causes, in one line.
fn words_of(error: &SmtpError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        // Some errors say their cause themselves.
        let said = source.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        cause = source.source();
    }
    words
}

/// Whether the server does not let us in (RFC 4954, section 6): that is mended in the settings, and no person's mail is to blame.
fn is_about_us(error: &SmtpError) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(530 | 534 | 535 | 538))
}

fn parameters(server: &MailServer) -> Result<TlsParameters, Error> {
    let failed = |error: SmtpError| Error::Mail(error.to_string());
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca_file {
        let pem = std::fs::read(file)
            .map_err(|error| Error::Mail(format!("the CA file cannot be read: {error}")))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(failed)?);
    }
    builder.build_rustls().map_err(failed)
}
