//! A redirect server that runs: socket, TLS, limits on slow peers, the sweep, the way down.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::connections::Bounded;
use crate::counts::Counts;
use crate::settings::{SettingsError, Tls};
use crate::visited::Visited;
use crate::{App, Clock, Settings, Store, StoreError, links, router, visited};

/// Connections that are open at the same time.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a peer may take to say what it wants; an idle connection ends after it, too.
const HEADER_MAX: Duration = Duration::from_secs(10);
/// The most that a request's head may hold, in bytes and in lines.
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_LINES: usize = 64;
/// How long requests under way may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(5);
/// How often tombstones are swept.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// How often visits are written.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Why a redirect server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// A certificate or key file cannot be read.
    #[error("cannot read {0}")]
    TlsFile(PathBuf, #[source] pem::Error),
    /// Certificate and key do not belong together.
    #[error("the certificate cannot be used")]
    Tls(#[from] rustls::Error),
    /// The file of one's own authority cannot be read.
    #[error("cannot read {0}")]
    CaFile(PathBuf, #[source] io::Error),
    /// Origins cannot be asked for anything.
    #[error("origins cannot be asked for anything")]
    Client(#[source] reqwest::Error),
    /// The socket failed.
    #[error("the redirect server stopped")]
    Socket(#[from] io::Error),
}

/// Takes the address that the settings name. Port 0 gives a free one, which the listener then tells.
pub fn bind(settings: &Settings) -> Result<TcpListener, ServeError> {
    TcpListener::bind(settings.listen).map_err(|why| ServeError::Listen(settings.listen, why))
}

/// Runs a redirect server on `listener` until `shutdown` is ready; requests under way get five seconds to end.
pub async fn run(
    settings: Settings,
    listener: TcpListener,
    clock: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    settings.check_address(address)?;
    if settings.sees_one_visitor(address) {
        tracing::warn!(
            hint = "name the proxy in front of it in `trusted_proxies`",
            "all visitors are taken for one, whose wrong codes and wishes count against everybody"
        );
    }
    let tls = settings.tls.as_ref().map(tls_config).transpose()?;
    let store = Store::of(&settings).await?;
    let sweeping = sweep(store.clone(), clock.clone());
    let app = App::new(&settings, store.clone(), clock)?;
    let visited = app.visited.clone();
    let (end_flushing, flushing_ends) = oneshot::channel();
    let flushing = flush(store.clone(), visited.clone(), flushing_ends);
    let metrics = match settings.metrics {
        Some(address) => Some(tell_metrics(address, app.counts.clone()).await?),
        None => None,
    };

    let handle = Handle::new();
    let down = stop(handle.clone(), shutdown);
    let served = serve(listener, handle, tls, app).await;
    down.abort();
    sweeping.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    drop(end_flushing);
    flushing.await.map_err(io::Error::other)?;
    visited.flush(&store).await?;
    store.close().await?;
    Ok(served?)
}

async fn serve(
    listener: TcpListener,
    handle: Handle<SocketAddr>,
    tls: Option<RustlsConfig>,
    app: App,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .http1_only()
        .first_request_timeout(HEADER_MAX);
    limit(&mut server);
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let bounded = Bounded::new(CONNECTIONS_MAX);
    match tls {
        None => server.acceptor(bounded).serve(service).await,
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls)
                .handshake_timeout(HEADER_MAX)
                .acceptor(bounded);
            server.acceptor(acceptor).serve(service).await
        }
    }
}

/// HTTP/1.1 with bounds on how much and how slowly a peer may send.
fn limit(server: &mut Server<SocketAddr>) {
    let http = server.http_builder();
    http.http1()
        .header_read_timeout(HEADER_MAX)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_LINES);
}

fn stop(
    handle: Handle<SocketAddr>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        shutdown.await;
        handle.graceful_shutdown(Some(GRACE));
    })
}

/// Sweeps at the start and then every hour.
fn sweep(store: Store, clock: Clock) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut hours = interval(SWEEP_EVERY);
        hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            hours.tick().await;
            let swept = match links::sweep(&store, clock.now()).await {
                Ok(_) => visited::sweep(&store, clock.now()).await,
                failed => failed,
            };
            if let Err(error) = swept {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old links cannot be swept"
                );
            }
        }
    })
}

/// Writes visits every second, until `end` is dropped: what is being written then is written to the end.
fn flush(store: Store, visited: Visited, mut end: oneshot::Receiver<Infallible>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut seconds = interval(FLUSH_EVERY);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = seconds.tick() => {}
                _ = &mut end => return,
            }
            if let Err(error) = visited.flush(&store).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "visits cannot be written"
                );
            }
        }
    })
}

/// Tells metrics on a listener of their own.
async fn tell_metrics(address: SocketAddr, counts: Counts) -> Result<JoinHandle<()>, ServeError> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|why| ServeError::Listen(address, why))?;
    let metrics =
        axum::Router::new().route("/metrics", axum::routing::get(async move || counts.text()));
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, metrics).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "metrics cannot be told"
            );
        }
    }))
}

/// TLS 1.2 and 1.3 with the given certificate. Only HTTP/1.1 is offered: a visit is one small request, and the limits
/// above are the whole of what has to be bounded.
fn tls_config(tls: &Tls) -> Result<RustlsConfig, ServeError> {
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |why| ServeError::TlsFile(file, why)
    };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&tls.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(unreadable(&tls.key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
