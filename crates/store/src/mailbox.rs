//! Where reading of the mailbox stands that bounces come to: which mail was the last, when it is looked at next, and what went wrong.

use model::Timestamp;

use crate::{Result, Store, Tx, sql};

/// Where the reading of a mailbox stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The server's UIDVALIDITY (RFC 9051, section 2.3.1.1) under which `uid` counts; 0: nothing was read yet.
    pub uid_validity: i64,
    /// The UID of the last mail that was taken in.
    pub uid: i64,
    /// Whether that mail was marked as seen or moved, or needs neither.
    pub put_away: bool,
    /// When it is looked at next.
    pub next_at: Timestamp,
    /// When it was last read without trouble.
    pub read_at: Option<Timestamp>,
    /// Rounds that failed since then.
    pub failures: i64,
    /// What went wrong last, in the server's words; empty: nothing.
    pub error: String,
    /// What to do about it.
    pub hint: String,
}

/// Where the mailbox of this name stands; none: it was never looked at.
pub async fn find(store: &Store, name: &str) -> Result<Option<Standing>> {
    let text = "SELECT uid_validity, uid, put_away, next_at, read_at, failures, error, hint FROM mailbox WHERE name = $1";
    let row = sql::one(store, text, vec![name.into()]).await?;
    let read = |row: sql::Row| {
        Ok(Standing {
            uid_validity: row.get(0)?,
            uid: row.get(1)?,
            put_away: row.get::<i64>(2)? != 0,
            next_at: Timestamp(row.get(3)?),
            read_at: row.get::<Option<_>>(4)?.map(Timestamp),
            failures: row.get(5)?,
            error: row.get(6)?,
            hint: row.get(7)?,
        })
    };
    row.map(read).transpose()
}

/// Claims the mailbox for a round of at most `lease_s` seconds, where it is due and nobody else reads it.
pub async fn claim(store: &Store, name: &str, lease_s: i64) -> Result<Option<Standing>> {
    let now = store.env().now();
    let is_due = |standing: &Standing| standing.next_at <= now;
    // Looked at without a transaction first: most looks come too early.
    if find(store, name)
        .await?
        .is_some_and(|found| !is_due(&found))
    {
        return Ok(None);
    }
    let tx = store.begin().await?;
    let text = "INSERT INTO mailbox (name, uid_validity, uid, put_away, next_at, failures, error, hint) VALUES ($1, 0, 0, 1, $2, 0, '', '') \
                ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE mailbox.next_at <= $3";
    let values = vec![name.into(), now.plus_s(lease_s).0.into(), now.0.into()];
    let claimed = sql::run(&tx, text, values).await? > 0;
    tx.commit().await?;
    if claimed {
        find(store, name).await
    } else {
        Ok(None)
    }
}

/// Begins anew: the server gave its mails other UIDs.
pub async fn begin_anew(tx: &Tx, name: &str, uid_validity: i64) -> Result<()> {
    let text = "UPDATE mailbox SET uid_validity = $1, uid = 0, put_away = 1 WHERE name = $2";
    sql::run(tx, text, vec![uid_validity.into(), name.into()]).await?;
    Ok(())
}

/// Notes the last mail that was taken in, and whether it needs no putting away any more.
pub async fn advance(tx: &Tx, name: &str, uid: i64, put_away: bool) -> Result<()> {
    let text = "UPDATE mailbox SET uid = $1, put_away = $2 WHERE name = $3";
    let values = vec![uid.into(), i64::from(put_away).into(), name.into()];
    sql::run(tx, text, values).await?;
    Ok(())
}

/// Notes a round that went well, and when the next one is due.
pub async fn was_read(tx: &Tx, name: &str, next_at: Timestamp) -> Result<()> {
    let text = "UPDATE mailbox SET read_at = $1, next_at = $2, put_away = 1, failures = 0, error = '', hint = '' WHERE name = $3";
    let values = vec![tx.env().now().0.into(), next_at.0.into(), name.into()];
    sql::run(tx, text, values).await?;
    Ok(())
}

/// Notes a round that failed, why, and when the next one is due.
pub async fn failed(
    tx: &Tx,
    name: &str,
    next_at: Timestamp,
    error: &str,
    hint: &str,
) -> Result<()> {
    let text = "UPDATE mailbox SET next_at = $1, failures = failures + 1, error = $2, hint = $3 WHERE name = $4";
    let values = vec![next_at.0.into(), error.into(), hint.into(), name.into()];
    sql::run(tx, text, values).await?;
    Ok(())
}
