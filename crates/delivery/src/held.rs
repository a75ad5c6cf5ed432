//! What holds all mails back, so that people see why theirs wait.

use model::Timestamp;
use store::{Store, outbox, publications};

use crate::{Error, Settings};

/// What holds all mails back, each since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// Somebody paused the outbox.
    pub paused: Option<Timestamp>,
    /// The mail server cannot be reached, or does not let us in.
    pub refused: Option<Timestamp>,
    /// The redirect server takes no links.
    pub links: Option<Timestamp>,
}

/// Links are normally taken within seconds.
const LINKS_MAX_S: i64 = 60;

/// What holds mails back now.
pub async fn holds(store: &Store, settings: &Settings) -> Result<Holds, Error> {
    Ok(Holds {
        paused: outbox::paused_since(store).await?,
        refused: outbox::refusal(store).await?.map(|refusal| refusal.since),
        links: links_wait(store, settings).await?,
    })
}

/// Since when links wait for the redirect server, where that is longer than it should be.
async fn links_wait(store: &Store, settings: &Settings) -> Result<Option<Timestamp>, Error> {
    if settings.redirect.is_none() {
        return Ok(None);
    }
    let now = store.env().now();
    let oldest = publications::waiting_since(store).await?;
    Ok(oldest.filter(|since| now.seconds_since(*since) > LINKS_MAX_S))
}
