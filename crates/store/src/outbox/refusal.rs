//! While the mail server does not let us in: its mails go back untried, and people see why.

use model::{DeploymentId, Timestamp};

use crate::{
    Result, Store,
    sql::{self, list},
};

/// Why nothing can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Since when.
    pub since: Timestamp,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// The server's own words.
    pub words: String,
}

/// Why the mail server lets nobody in; none: it does, as far as is known.
pub async fn refusal(store: &Store) -> Result<Option<Refusal>> {
    let text = "SELECT since, next_at, words FROM mail_refusal";
    let row = sql::one(store, text, vec![]).await?;
    let read = |row: sql::Row| {
        Ok(Refusal {
            since: Timestamp(row.get(0)?),
            next_at: Timestamp(row.get(1)?),
            words: row.get(2)?,
        })
    };
    row.map(read).transpose()
}

/// Notes that the server does not let us in, and gives those of these mails back that this owner holds still: due as they were, and
/// as if they had never been tried.
pub async fn refuse(
    store: &Store,
    owner: &str,
    mails: &[DeploymentId],
    words: &str,
    next_at: Timestamp,
) -> Result<()> {
    let tx = store.begin().await?;
    let text = "INSERT INTO mail_refusal (id, since, next_at, words) VALUES (1, $1, $2, $3) \
                ON CONFLICT (id) DO UPDATE SET next_at = excluded.next_at, words = excluded.words";
    let values = vec![tx.env().now().0.into(), next_at.0.into(), words.into()];
    sql::run(&tx, text, values).await?;
    let text = format!(
        "UPDATE outbox SET state = 'waiting', attempts = attempts - 1, first_tried_at = NULL, lease_owner = '', lease_until = 0 \
         WHERE lease_owner = $1 AND state = 'sending' AND deployment_id IN ({})",
        list(2, mails.len())
    );
    let mut values = vec![owner.into()];
    values.extend(mails.iter().map(|id| id.0.into()));
    sql::run(&tx, &text, values).await?;
    tx.commit().await
}

/// Notes that the server lets us in.
pub async fn let_in(store: &Store) -> Result<()> {
    let tx = store.begin().await?;
    sql::run(&tx, "DELETE FROM mail_refusal", vec![]).await?;
    tx.commit().await
}
