//! The mail catcher: takes every mail over SMTP, keeps it as it came, and shows it in an inbox page and an API. It delivers
//! nothing and runs alone as well as in a sandbox.

mod api;
mod fault;
mod letter;
mod pages;
mod smtp;
mod store;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use tokio::net::TcpListener;

pub use fault::{MailFault, MailTrouble};
pub use letter::Letter;
pub use smtp::Limits;
pub use store::{Mail, Page, Wanted};

use crate::{clock::Clock, server::Server};

/// How a mail catcher is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; loopback unless there is a reason.
    pub bind: IpAddr,
    /// Port for SMTP; 0 takes a free one.
    pub smtp_port: u16,
    /// Port for inbox and API; 0 takes a free one.
    pub http_port: u16,
    /// Folder for the messages; they stay in memory without.
    pub data: Option<PathBuf>,
    /// What one client may send.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
}

impl Default for Options {
    /// Free ports of loopback, everything in memory.
    fn default() -> Self {
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            bind,
            smtp_port: 0,
            http_port: 0,
            data: None,
            limits: Limits::default(),
            clock: Clock::of_the_machine(),
        }
    }
}

/// Why the mail catcher did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A listener could not be opened.
    #[error("cannot listen on {address} for mail")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder could not be opened or read.
    #[error("cannot keep mail in {}", folder.display())]
    Keep {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A mail catcher at work. Dropping it closes its listeners.
#[derive(Debug)]
pub struct Catcher {
    mail: Mail,
    smtp: smtp::Listening,
    http: Server,
}

impl Catcher {
    /// Opens both listeners; mail that an earlier run kept in the folder is there again.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let mail = Mail::open(options.data, options.clock)?;
        let listen = async |port| {
            let address = SocketAddr::new(options.bind, port);
            TcpListener::bind(address)
                .await
                .map_err(|source| Error::Listen { address, source })
        };
        let (smtp, http) = (
            listen(options.smtp_port).await?,
            listen(options.http_port).await?,
        );
        let refused = |port| {
            move |source| Error::Listen {
                address: SocketAddr::new(options.bind, port),
                source,
            }
        };
        let smtp = smtp::Listening::start(smtp, mail.clone(), options.limits)
            .map_err(refused(options.smtp_port))?;
        let router = api::router(&mail).merge(pages::router(&mail));
        let http = Server::start(http, router, None).map_err(refused(options.http_port))?;
        Ok(Self { mail, smtp, http })
    }

    /// The mail, and the faults.
    pub fn mail(&self) -> &Mail {
        &self.mail
    }

    /// Where mail is taken.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp.address
    }

    /// Base address of inbox and API, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.http.address)
    }

    /// Closes both listeners and every connection.
    pub async fn stop(self) {
        self.smtp.stop().await;
        self.http.stop().await;
    }
}
