//! What holds all mails back, so that people see why theirs wait.

use model::Timestamp;
use store::{Store, outbox, publications};

use crate::{Error, Settings};

/// What holds mails back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Somebody paused the outbox.
    Paused,
    /// The mail server cannot be reached, or does not let us in.
    Refused,
    /// The redirect server takes no links.
    Links,
}

/// Links are normally taken within seconds.
const LINKS_MAX_S: i64 = 60;

/// What holds mails back now.
pub async fn held_back(store: &Store, settings: &Settings) -> Result<Option<Held>, Error> {
    if outbox::paused_since(store).await?.is_some() {
        return Ok(Some(Held::Paused));
    }
    if outbox::refusal(store).await?.is_some() {
        return Ok(Some(Held::Refused));
    }
    Ok(links_wait(store, settings).await?.map(|_| Held::Links))
}

/// Since when links wait for the redirect server, where that is longer than it should be.
pub async fn links_wait(store: &Store, settings: &Settings) -> Result<Option<Timestamp>, Error> {
    if settings.redirect.is_none() {
        return Ok(None);
    }
    let now = store.env().now();
    let oldest = publications::waiting_since(store).await?;
    Ok(oldest.filter(|since| now.seconds_since(*since) > LINKS_MAX_S))
}
