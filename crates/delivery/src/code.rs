//! A code that was typed becomes a ticket: for a quarter of an hour and one device, of the same deployment.

use model::{
    LinkMode, Secret, Timestamp,
    ticket::{LinkHash, code_key, new_ticket},
};
use store::{
    Store,
    deployments::{self, Deployment},
    secrets,
};

use crate::{Error, exchange::reader};

/// How long such a ticket works.
const WORKS_S: i64 = 15 * 60;

/// What a code was exchanged for.
#[derive(Debug)]
pub struct Typed {
    /// The ticket.
    pub ticket: Secret,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// How its link leads to the configuration.
    pub link_mode: LinkMode,
    /// The language of its page.
    pub language: String,
}

/// Exchanges a typed code; `None` is the one refusal that tells nothing.
pub async fn exchange_code(store: &Store, typed: &str) -> Result<Option<Typed>, Error> {
    let mac = secrets::code_mac(store, &code_key(typed));
    let Some(deployment) = deployments::find_by_code(store, mac).await? else {
        return Ok(None);
    };
    if reader(store, &deployment).await?.is_none() {
        return Ok(None);
    }
    give(store, &deployment).await.map(Some)
}

async fn give(store: &Store, deployment: &Deployment) -> Result<Typed, Error> {
    let ticket = new_ticket(store.env());
    let tx = store.begin().await?;
    let expires_at = tx.env().now().plus_s(WORKS_S).min(deployment.expires_at);
    let hash = LinkHash::of(ticket.expose());
    let language = deployments::add_code_ticket(&tx, deployment, hash, expires_at).await?;
    tx.commit().await?;
    Ok(Typed {
        ticket,
        expires_at,
        link_mode: deployment.link_mode,
        language,
    })
}
