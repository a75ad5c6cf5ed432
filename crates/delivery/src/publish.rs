//! Telling the redirect server: what is open goes out in signed batches; only what it answered for counts. And asking it what
//! happened at our links.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Env, Secret, Timestamp, text::clean, ticket::LinkHash};
use publication::{
    Batch, Branding, Call, HOUR_MS, Language, Link, SigningKey, TargetHost, TicketHash, VISITS_MAX,
    VisitKind, Visits, sign,
};
use reqwest::Method;
use store::{
    Store,
    deployments::{self, Visit},
    publications::{self, Publication},
    secrets::{self, Purpose},
};

use crate::{Error, brand, settings::RedirectServer};

const BATCH: i64 = 500;
/// The largest answer that is read, in bytes: a full list of visits has less than half of it.
const ANSWER_MAX: usize = 512 * 1024;
/// Characters of its words that are told.
const SAID_MAX: usize = 200;
/// The redirect server keeps visits for 30 days.
const OLDEST_MS: i64 = 31 * 24 * HOUR_MS;

/// Publishes to one redirect server.
#[derive(Debug)]
pub struct Publisher {
    server: RedirectServer,
    key: SigningKey,
    target: TargetHost,
    http: reqwest::Client,
    /// The version of the brand that this process told last; 0: none.
    told_brand: AtomicI64,
}

/// The key that signs this installation's publications; made on first use.
pub async fn signing_key(store: &Store) -> Result<SigningKey, Error> {
    if let Some(key) = find_signing_key(store).await? {
        return Ok(key);
    }
    let seed = fresh_seed(store.env());
    let tx = store.begin().await?;
    secrets::keep(&tx, Purpose::PublicationKey, &[seed]).await?;
    tx.commit().await?;
    // Two servers that start at once: both use the older one.
    let key = find_signing_key(store).await?;
    Ok(key.ok_or(store::Error::Missing("publication key"))?)
}

/// The same key, where it was made already.
pub async fn find_signing_key(store: &Store) -> Result<Option<SigningKey>, Error> {
    let seed = secrets::find(store, Purpose::PublicationKey).await?;
    seed.as_ref().map(key_of).transpose()
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
        Self::with(signing_key(store).await?, server)
    }

    /// The same with a key that is there already.
    ///
    /// # Errors
    /// As [`Publisher::new`].
    pub fn with(key: SigningKey, server: RedirectServer) -> Result<Self, Error> {
        let target =
            TargetHost::of(&server.url).map_err(|error| Error::Redirect(error.to_string()))?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| Error::Redirect(error.to_string()))?;
        Ok(Self {
            server,
            key,
            target,
            http,
            told_brand: AtomicI64::new(0),
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
        let now = store.env().now().0;
        self.call(Method::PUT, "/v1/links", now, body).await?;
        let tx = store.begin().await?;
        publications::accept(&tx, &open).await?;
        tx.commit().await?;
        Ok(open.len())
    }

    /// Tells how the public pages look, where that changed or nothing was told since this process started: a redirect server with
    /// another store gets it too. The version that waits is the order: it stays until the server took it.
    pub async fn tell_brand(&self, store: &Store) -> Result<usize, Error> {
        let told = self.told_brand.load(Ordering::Acquire);
        if store::brand::version(store).await? == told {
            return Ok(0);
        }
        let standing = brand::get(store).await?;
        let branding = Branding {
            version: standing.version,
            brand: standing.brand,
        };
        let body = serde_json::to_vec(&branding).expect("a brand always serialises");
        let now = store.env().now().0;
        self.call(Method::PUT, "/v1/brand", now, body).await?;
        let tx = store.begin().await?;
        store::brand::was_published(&tx, branding.version).await?;
        tx.commit().await?;
        self.told_brand.store(branding.version, Ordering::Release);
        Ok(1)
    }

    /// Reads visits of our links; how many there were.
    pub async fn read_visits(&self, store: &Store) -> Result<usize, Error> {
        let after = deployments::visits_read(store).await?;
        let now = store.env().now().0;
        let told = self.visits(after, now).await?;
        let visits = believed(&told, now)?;
        // A number below the last one is right: the server begins anew where it has another store.
        if told.next == after || told.visits.is_empty() {
            return Ok(0);
        }
        let tx = store.begin().await?;
        if deployments::visits_read_in(&tx).await? != after {
            // Another node told them meanwhile.
            return Ok(0);
        }
        deployments::stamp_visits(&tx, &visits).await?;
        deployments::note_visits_read(&tx, told.next).await?;
        tx.commit().await?;
        Ok(visits.len())
    }

    /// Makes a signed call that changes nothing, here or there.
    ///
    /// # Errors
    /// [`Error::Redirect`] in the server's own words where it does not know us by our key, or our clocks differ.
    pub async fn try_out(&self, now: Timestamp) -> Result<(), Error> {
        self.visits(0, now.0).await.map(drop)
    }

    async fn visits(&self, after: i64, now: i64) -> Result<Visits, Error> {
        let path = format!("/v1/visits?after={after}");
        let answer = self.call(Method::GET, &path, now, vec![]).await?;
        serde_json::from_slice(&whole(answer).await?)
            .map_err(|error| Error::Redirect(format!("its visits cannot be read: {error}")))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        now_ms: i64,
        body: Vec<u8>,
    ) -> Result<reqwest::Response, Error> {
        let failed = |error: reqwest::Error| Error::Redirect(error.without_url().to_string());
        let call = Call {
            method: method.as_str(),
            path,
            target: &self.target,
            body: &body,
        };
        let headers = sign(&self.key, &self.server.origin, now_ms, &call);
        let url = self
            .server
            .url
            .join(path)
            .map_err(|error| Error::Redirect(error.to_string()))?;
        let mut request = self
            .http
            .request(method, url)
            .header("content-type", "application/json");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.map_err(failed)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status().as_u16();
        let said = said(&whole(answer).await.unwrap_or_default());
        Err(Error::Redirect(format!(
            "it answered with status {status}{said}"
        )))
    }
}

/// What a problem document (RFC 9457) says happened, behind a colon; nothing where the body is none.
fn said(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(title) = problem["title"].as_str() else {
        return String::new();
    };
    let title: String = clean(title).0.chars().take(SAID_MAX).collect();
    format!(": {title}")
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
        relay: open.relay,
        ended: open.ended,
    }
}

/// The whole body of an answer, up to [`ANSWER_MAX`].
async fn whole(mut answer: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let failed = |error: reqwest::Error| Error::Redirect(error.without_url().to_string());
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if body.len() + piece.len() > ANSWER_MAX {
            let why = format!("its answer has more than {ANSWER_MAX} bytes");
            return Err(Error::Redirect(why));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Visits as far as they can be: the server that tells them is exposed. What is older than it keeps visits is left out.
fn believed(told: &Visits, now: i64) -> Result<Vec<Visit>, Error> {
    let refuse = |why: &str| Err(Error::Redirect(why.to_owned()));
    if told.visits.len() > VISITS_MAX || told.next < 0 {
        return refuse("it tells more visits than there can be");
    }
    let is_none = |hour: i64| hour.rem_euclid(HOUR_MS) != 0 || hour > now + HOUR_MS;
    if told.visits.iter().any(|visit| is_none(visit.hour)) {
        return refuse("it tells visits of an hour that is none, or to come");
    }
    let young = told.visits.iter().filter(|v| v.hour > now - OLDEST_MS);
    Ok(young.map(visit).collect())
}

/// No visit is told more exactly than by its hour.
fn visit(told: &publication::Visit) -> Visit {
    Visit {
        ticket: LinkHash(*told.ticket.as_bytes()),
        is_opening: told.kind == VisitKind::Opened,
        at: Timestamp(told.hour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 500_000 * HOUR_MS + 1;

    #[test]
    fn what_no_redirect_server_can_have_seen_is_refused() {
        let visit = |hour| publication::Visit {
            ticket: TicketHash::of("t"),
            kind: VisitKind::Seen,
            hour,
        };
        let told = |hours: Vec<i64>| Visits {
            visits: hours.into_iter().map(visit).collect(),
            next: 1,
        };
        let this = NOW - 1;
        let old = this - OLDEST_MS;
        let kept = believed(&told(vec![this, this - HOUR_MS, old]), NOW).unwrap();
        assert_eq!(kept.len(), 2, "the old one is left out");
        for hours in [
            vec![this + 1],
            vec![this + 2 * HOUR_MS],
            vec![this; VISITS_MAX + 1],
        ] {
            assert!(believed(&told(hours), NOW).is_err());
        }
    }
}
