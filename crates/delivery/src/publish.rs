//! Telling the redirect server: what is open goes out in signed batches; only what it answered for counts.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Env, Secret};
use publication::{Batch, Call, Language, Link, SigningKey, TargetHost, TicketHash, sign};
use store::{
    Store,
    publications::{self, Publication},
    secrets::{self, Purpose},
};

use crate::{Error, settings::RedirectServer};

const BATCH: i64 = 500;

/// Publishes to one redirect server.
#[derive(Debug)]
pub struct Publisher {
    server: RedirectServer,
    key: SigningKey,
    target: TargetHost,
    http: reqwest::Client,
}

/// The key that signs this installation's publications; made on first use.
pub async fn signing_key(store: &Store) -> Result<SigningKey, Error> {
    if let Some(seed) = secrets::find(store, Purpose::PublicationKey).await? {
        return key_of(&seed);
    }
    let seed = fresh_seed(store.env());
    let tx = store.begin().await?;
    secrets::keep(&tx, Purpose::PublicationKey, &[seed]).await?;
    tx.commit().await?;
    // Two servers that start at once: both use the older one.
    let seed = secrets::find(store, Purpose::PublicationKey).await?;
    key_of(&seed.ok_or(store::Error::Missing("publication key"))?)
}

fn fresh_seed(env: &Env) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(env.random::<32>()))
}

fn key_of(seed: &Secret) -> Result<SigningKey, Error> {
    let bytes = URL_SAFE_NO_PAD
        .decode(seed.expose())
        .map(zeroize::Zeroizing::new);
    let bytes = bytes.map_err(|_| store::Error::Sealed)?;
    let seed = publication::Seed::from_bytes(&bytes).map_err(|_| store::Error::Sealed)?;
    Ok(SigningKey::from_seed(&seed))
}

impl Publisher {
    /// Gets ready to publish.
    ///
    /// # Errors
    /// [`Error::Redirect`] where its address has no host.
    pub async fn new(store: &Store, server: RedirectServer) -> Result<Self, Error> {
        let target =
            TargetHost::of(&server.url).map_err(|error| Error::Redirect(error.to_string()))?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| Error::Redirect(error.to_string()))?;
        Ok(Self {
            key: signing_key(store).await?,
            server,
            target,
            http,
        })
    }

    /// Sends one batch of what is open; how many links it held.
    pub async fn round(&self, store: &Store) -> Result<usize, Error> {
        let open = publications::open(store, BATCH).await?;
        if open.is_empty() {
            return Ok(0);
        }
        let batch = Batch {
            links: open.iter().map(link).collect(),
        };
        let body = serde_json::to_vec(&batch).expect("a batch always serialises");
        self.put(store.env().now().0, body).await?;
        let tx = store.begin().await?;
        publications::accept(&tx, &open).await?;
        tx.commit().await?;
        Ok(open.len())
    }

    async fn put(&self, now_ms: i64, body: Vec<u8>) -> Result<(), Error> {
        let failed = |error: reqwest::Error| Error::Redirect(error.without_url().to_string());
        let call = Call {
            method: "PUT",
            path: "/v1/links",
            target: &self.target,
            body: &body,
        };
        let headers = sign(&self.key, &self.server.origin, now_ms, &call);
        let url = self
            .server
            .url
            .join("/v1/links")
            .map_err(|error| Error::Redirect(error.to_string()))?;
        let mut request = self
            .http
            .put(url)
            .header("content-type", "application/json");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.map_err(failed)?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(Error::Redirect(format!(
            "it answered with status {}",
            answer.status().as_u16()
        )))
    }
}

fn link(open: &Publication) -> Link {
    Link {
        ticket: TicketHash::from_bytes(open.ticket.0),
        version: open.version,
        expires: open.expires_at.0,
        brand: publication::BrandId::default(),
        language: open
            .language
            .parse()
            .unwrap_or_else(|_| Language::default()),
        ended: open.ended,
    }
}
