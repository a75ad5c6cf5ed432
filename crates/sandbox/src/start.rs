//! Starting and stopping the whole sandbox: listeners, components, mail catcher and the control routes wired together.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::Router;
use tokio::net::TcpListener;

use crate::{
    clock::Clock,
    component::{ClientService, Component, Credentials, Kind, Mbg, Remote, RemoteMbg, Usp},
    control::{self, Control},
    fault::Faults,
    mail::{self, Catcher},
    people::Population,
    server::Server,
};

/// What kind of sandbox is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many people.
    pub people: u64,
    /// Which people.
    pub seed: u64,
    /// Where to listen; loopback unless there is a reason.
    pub bind: IpAddr,
    /// The ports; free ones without.
    pub ports: Option<Ports>,
    /// Folder for the mail catcher's messages; they stay in memory without.
    pub data: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
}

impl Default for Options {
    /// 500 people of seed 1, on free ports of loopback, nothing on disk.
    fn default() -> Self {
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            people: 500,
            seed: 1,
            bind,
            ports: None,
            data: None,
            clock: Clock::of_the_machine(),
        }
    }
}

/// A port for each listener; 0 takes a free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Users and Services.
    pub usp: u16,
    /// Border gateway.
    pub mbg: u16,
    /// Client service.
    pub client_service: u16,
    /// The sandbox's own routes (faults, changes, truth).
    pub control: u16,
    /// The mail catcher's inbox.
    pub mail: u16,
    /// The mail catcher's SMTP.
    pub smtp: u16,
    /// The remote node of the border gateway's cluster.
    pub remote_mbg: u16,
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A listener could not be opened.
    #[error("cannot listen on {address} for {what}")]
    Listen {
        /// Which listener.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The mail catcher did not start.
    #[error(transparent)]
    Mail(#[from] mail::Error),
}

/// A sandbox at work. Dropping it closes everything at once; [`Sandbox::stop`] also waits for that.
#[derive(Debug)]
pub struct Sandbox {
    components: Vec<Component>,
    remote_mbg: RemoteMbg,
    servers: Vec<Server>,
    control_url: String,
    control: Control,
    catcher: Catcher,
}

impl Sandbox {
    /// Opens all listeners and starts serving.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let ports = options.ports.unwrap_or_default();
        let population = Population::new(options.seed, options.people);
        let catcher = Catcher::start(mail::Options {
            bind: options.bind,
            smtp_port: ports.smtp,
            http_port: ports.mail,
            data: options.data,
            clock: options.clock.clone(),
            ..mail::Options::default()
        })
        .await?;
        let (usp, mbg) = (Usp::new(population), Mbg::new(population));
        let remote = Remote::new(population, Arc::clone(&mbg), options.clock.clone());
        let client_service = ClientService::new(population, options.clock);
        let faults = Faults::default();
        let control = Control::new(control::Parts {
            population,
            faults: faults.clone(),
            usp: Arc::clone(&usp),
            mbg: Arc::clone(&mbg),
            remote: Arc::clone(&remote),
            client_service: Arc::clone(&client_service),
            mail: catcher.mail().clone(),
        });
        let mut opening = Opening {
            bind: options.bind,
            components: Vec::new(),
            servers: Vec::new(),
        };
        let of = |kind| Some((kind, faults.clone()));
        let url = opening
            .listen("usp", ports.usp, usp.router(), of(Kind::Usp))
            .await?;
        opening.list(Kind::Usp, url, usp.credentials());
        let mbg_router = mbg.router().merge(control::router(&control));
        let url = opening
            .listen("mbg", ports.mbg, mbg_router, of(Kind::Mbg))
            .await?;
        opening.list(Kind::Mbg, url, mbg.credentials());
        let url = opening
            .listen(
                "client-service",
                ports.client_service,
                client_service.router(),
                of(Kind::ClientService),
            )
            .await?;
        opening.list(Kind::ClientService, url, client_service.credentials());
        let url = opening
            .listen(
                "mbg-remote",
                ports.remote_mbg,
                remote.router(),
                of(Kind::Mbg),
            )
            .await?;
        let remote_mbg = remote.at(url);
        let control_url = opening
            .listen("control", ports.control, control::router(&control), None)
            .await?;
        Ok(Self {
            components: opening.components,
            remote_mbg,
            servers: opening.servers,
            control_url,
            control,
            catcher,
        })
    }

    /// The components, in the order USP, MBG, client service.
    pub fn components(&self) -> Vec<Component> {
        self.components.clone()
    }

    /// The component of that name or kind: `usp`, `mbg`, `client-service`.
    pub fn find_component(&self, name: &str) -> Option<&Component> {
        self.components
            .iter()
            .find(|component| component.name == name)
    }

    /// The second node of the border gateway's cluster, which has to be authorized (OAuth 1.0a).
    pub fn remote_mbg(&self) -> &RemoteMbg {
        &self.remote_mbg
    }

    /// Base address of the mail catcher's inbox and API, without a trailing slash.
    pub fn mail_url(&self) -> String {
        self.catcher.url()
    }

    /// Where the mail catcher takes mail.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.catcher.smtp_addr()
    }

    /// Base address of the sandbox's own routes (`/sandbox/…`), which work while every component is down.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Faults, changes, truth and mail as calls.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Closes every listener and connection.
    pub async fn stop(self) {
        for server in self.servers {
            server.stop().await;
        }
        self.catcher.stop().await;
    }
}

/// What has been opened so far.
struct Opening {
    bind: IpAddr,
    components: Vec<Component>,
    servers: Vec<Server>,
}

impl Opening {
    /// Serves a router; answers its base address.
    async fn listen(
        &mut self,
        what: &'static str,
        port: u16,
        router: Router,
        faults: Option<(Kind, Faults)>,
    ) -> Result<String, Error> {
        let address = SocketAddr::new(self.bind, port);
        let refused = |source| Error::Listen {
            what,
            address,
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let server = Server::start(listener, router, faults).map_err(refused)?;
        let url = format!("http://{}", server.address);
        self.servers.push(server);
        Ok(url)
    }

    fn list(&mut self, kind: Kind, url: String, credentials: Credentials) {
        self.components.push(Component {
            name: kind.name(),
            kind: kind.name(),
            url,
            credentials,
        });
    }
}
