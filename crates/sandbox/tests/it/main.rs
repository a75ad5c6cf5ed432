//! The sandbox as its users see it: real HTTP and real SMTP on loopback.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

mod components;
mod mail;
mod people;

/// A client that does not speak TLS here, but cannot be made without a provider.
fn client() -> reqwest::Client {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(20))
        .build()
        .unwrap()
}
