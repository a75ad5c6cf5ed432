//! Listening: plain on loopback, or TLS with certificates of one's own.

use std::{future::Future, net::SocketAddr, path::PathBuf, time::Duration};

use axum_server::{Handle, tls_rustls::RustlsConfig};

use crate::{App, router};

/// Certificate and key, PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A bound socket.
#[derive(Debug)]
pub struct Listener(std::net::TcpListener);

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Binds a socket; port 0 takes a free one.
pub fn bind(address: SocketAddr) -> std::io::Result<Listener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(Listener(listener))
}

/// How long requests under way may take to end after the shutdown began.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `shutdown` resolves.
pub async fn serve(
    app: App,
    listener: Listener,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let handle = Handle::new();
    let stop = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        stop.graceful_shutdown(Some(GRACE));
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        None => {
            axum_server::from_tcp(listener.0)?
                .handle(handle)
                .serve(service)
                .await
        }
        Some(tls) => {
            let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await?;
            axum_server::from_tcp_rustls(listener.0, config)?
                .handle(handle)
                .serve(service)
                .await
        }
    }
}
