//! How fast mail goes: each mail is given its moment under the limits, so that nobody waits while holding it.

use std::collections::HashMap;

use model::DeploymentId;

use crate::{
    Result, Store, Tx,
    sql::{self, bulk, list},
};

/// Mails whose moment comes within so long go at once: they are sent one after the other anyway.
const TOGETHER_MS: i64 = 1_000;

/// Milliseconds between two mails: to one domain, and through the mail server. None: as fast as it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spacing {
    /// To one domain.
    pub domain_ms: Option<i64>,
    /// In all.
    pub server_ms: Option<i64>,
}

/// Gives each claimed mail its moment under these limits: answers those that may go now. The others are given back, due at
/// their moment, and are not asked for the same limit again.
pub async fn take_slots(
    store: &Store,
    owner: &str,
    mails: &[(DeploymentId, String)],
    spacing: Spacing,
) -> Result<Vec<DeploymentId>> {
    let tx = store.begin().await?;
    let now = tx.env().now().0;
    // Those who give moments wait for each other.
    let text = "UPDATE fact SET value = value WHERE name = 'mail_paused_since'";
    sql::run(&tx, text, vec![]).await?;
    let mut next = next_slots(&tx, mails).await?;
    let passed = passed_limits(&tx, mails).await?;
    let (mut free, mut held) = (Vec::new(), Vec::new());
    for (id, domain) in mails {
        let mut take = |name: &str, every: i64| {
            let slot = next.get(name).copied().unwrap_or(now).max(now);
            next.insert(name.to_owned(), slot + every);
            slot
        };
        let mut limits = passed.get(id).copied().unwrap_or(0);
        let mut at = now;
        for (limit, name, every) in [
            (1, domain.as_str(), spacing.domain_ms),
            (2, "", spacing.server_ms),
        ] {
            if limits >= limit || at > now + TOGETHER_MS {
                continue;
            }
            limits = limit;
            at = every.map_or(now, |every| take(name, every));
        }
        if at > now + TOGETHER_MS {
            held.push((*id, at, limits));
        } else {
            free.push(*id);
        }
    }
    keep_slots(&tx, &next, now).await?;
    for (id, at, limits) in held {
        let values = vec![at.into(), limits.into(), id.0.into(), owner.into()];
        let text = "UPDATE outbox SET state = 'waiting', due_at = $1, slots = $2, attempts = attempts - 1, lease_owner = '', \
                    lease_until = 0, first_tried_at = CASE WHEN attempts > 1 THEN first_tried_at END \
                    WHERE deployment_id = $3 AND lease_owner = $4 AND state = 'sending'";
        sql::run(&tx, text, values).await?;
    }
    tx.commit().await?;
    Ok(free)
}

type Slots = HashMap<String, i64>;

/// When the next mail may go to these domains, and through the server.
async fn next_slots(tx: &Tx, mails: &[(DeploymentId, String)]) -> Result<Slots> {
    let mut names: Vec<&str> = mails.iter().map(|(_, domain)| domain.as_str()).collect();
    names.push("");
    names.sort_unstable();
    names.dedup();
    let text = format!(
        "SELECT name, next_at FROM mail_slot WHERE name IN ({})",
        list(1, names.len())
    );
    let values = names.into_iter().map(Into::into).collect();
    let rows = sql::all(tx, &text, values).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// How many limits gave these mails their moment already.
async fn passed_limits(
    tx: &Tx,
    mails: &[(DeploymentId, String)],
) -> Result<HashMap<DeploymentId, i64>> {
    if mails.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "SELECT deployment_id, slots FROM outbox WHERE deployment_id IN ({})",
        list(1, mails.len())
    );
    let values = mails.iter().map(|(id, _)| id.0.into()).collect();
    let rows = sql::all(tx, &text, values).await?;
    rows.iter()
        .map(|row| Ok((DeploymentId(row.get(0)?), row.get(1)?)))
        .collect()
}

/// A moment that is past limits nobody: it is not kept.
async fn keep_slots(tx: &Tx, next: &Slots, now: i64) -> Result<()> {
    let text = "DELETE FROM mail_slot WHERE next_at <= $1";
    sql::run(tx, text, vec![now.into()]).await?;
    let mut rows: Vec<_> = next.iter().filter(|(_, at)| **at > now).collect();
    rows.sort_unstable();
    let rows = rows
        .into_iter()
        .map(|(name, at)| vec![name.clone().into(), (*at).into()]);
    let tail = "ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at";
    bulk(
        tx,
        "INSERT INTO mail_slot (name, next_at)",
        rows.collect(),
        tail,
    )
    .await
    .map(drop)
}
