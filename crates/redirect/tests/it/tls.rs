//! The server's own certificate.

use std::fs;

use redirect::{Clock, ServeError, Settings};
use reqwest::{Certificate, Client};
use tokio::sync::oneshot;

use crate::office::NOW;

#[tokio::test]
async fn an_own_certificate_is_served() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let settings = Settings::from_toml(&format!(
        "listen = \"127.0.0.1:0\"\ndata = \"{}\"\npublic_url = \"https://localhost\"\n\
         [tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        folder.path().join("redirect").display(),
        certificate.display(),
        key.display(),
    ))
    .unwrap();

    let listener = redirect::bind(&settings).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(redirect::run(
        settings,
        listener,
        Clock::new(|| NOW),
        async move {
            stopped.await.unwrap_or_default();
        },
    ));
    let trusted = Certificate::from_pem(own.cert.pem().as_bytes()).unwrap();
    let browser = Client::builder().tls_certs_only([trusted]).build().unwrap();
    let answer = browser
        .get(format!("https://localhost:{port}/healthz"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok\n");

    drop(browser);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_missing_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::from_toml(&format!(
        "listen = \"127.0.0.1:0\"\ndata = \"{}\"\npublic_url = \"https://localhost\"\n\
         [tls]\ncertificate = \"nowhere.pem\"\nkey = \"nowhere.pem\"\n",
        folder.path().join("redirect").display(),
    ))
    .unwrap();
    let listener = redirect::bind(&settings).unwrap();
    let why = redirect::run(settings, listener, Clock::new(|| NOW), async {})
        .await
        .unwrap_err();
    assert!(
        matches!(&why, ServeError::TlsFile(file, _) if file.ends_with("nowhere.pem")),
        "{why}"
    );
}
