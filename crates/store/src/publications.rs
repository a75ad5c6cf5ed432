//! What the redirect server has to be told: link hashes with versions, until it accepted them.

use model::{Timestamp, ticket::LinkHash};

use crate::{
    Result, Store, Tx, outbox,
    sql::{self, blob, list},
};

/// One link that the redirect server does not know yet in its present version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Hash of the ticket.
    pub ticket: LinkHash,
    /// Its version; only rises.
    pub version: i64,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// Whether it has ended before that.
    pub ended: bool,
    /// Language of its page.
    pub language: String,
    /// Whether the redirect server fetches for apps.
    pub relay: bool,
}

pub(crate) const OPEN: &str = "SELECT ticket_hash, version, expires_at, ended, language, \
                               COALESCE((SELECT d.link_mode = 'relay' FROM deployment d WHERE d.id = publication.deployment_id), FALSE) \
                               FROM publication \
                               WHERE accepted_version < version ORDER BY deployment_id LIMIT $1";

/// Up to `limit` links to be published.
pub async fn open(store: &Store, limit: i64) -> Result<Vec<Publication>> {
    let rows = sql::all(store, OPEN, vec![limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Publication {
                ticket: LinkHash(row.bytes(0, "ticket hash")?),
                version: row.get(1)?,
                expires_at: Timestamp(row.get(2)?),
                ended: row.get(3)?,
                language: row.get(4)?,
                relay: row.get(5)?,
            })
        })
        .collect()
}

/// Since when the oldest link waits that the redirect server took in no version yet.
pub async fn waiting_since(store: &Store) -> Result<Option<Timestamp>> {
    let text = "SELECT d.created_at FROM publication p JOIN deployment d ON d.id = p.deployment_id \
                WHERE p.accepted_version < p.version AND p.accepted_version = 0 AND NOT p.ended \
                ORDER BY p.deployment_id LIMIT 1";
    let row = sql::one(store, text, vec![]).await?;
    row.map(|row| row.get(0).map(Timestamp)).transpose()
}

/// Notes the versions that the redirect server accepted, which only rise; workers are woken, since mails waited for it.
pub async fn accept(tx: &Tx, accepted: &[Publication]) -> Result<()> {
    let rows = accepted
        .iter()
        .map(|p| vec![blob(p.ticket.0), p.version.into()])
        .collect();
    let which = "publication.ticket_hash = v.column1 AND publication.accepted_version < v.column2";
    sql::update(
        tx,
        "publication",
        "accepted_version = v.column2",
        which,
        rows,
    )
    .await?;
    for chunk in accepted.chunks(1000) {
        let text = format!(
            "UPDATE outbox SET due_at = $1 WHERE due_at = $2 AND state = 'waiting' AND deployment_id IN \
             (SELECT deployment_id FROM publication WHERE ticket_hash IN ({}))",
            list(3, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into(), outbox::HELD.into()];
        values.extend(chunk.iter().map(|p| blob(p.ticket.0)));
        sql::run(tx, &text, values).await?;
    }
    tx.nudge();
    Ok(())
}
