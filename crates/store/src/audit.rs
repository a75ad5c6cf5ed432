//! The append-only audit: who did what when. Each verb appends in its own transaction; the tables refuse
//! change and removal.

use model::{Actor, Timestamp};
use serde::Serialize;

use crate::{
    Result, Store, Tx,
    sql::{self, Row},
};

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Rises by the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, as noun and verb: `profile.changed`.
    pub action: String,
    /// On which thing, by id.
    pub subject: String,
    /// More, in words; never a secret.
    pub detail: String,
}

/// Appends a line.
pub async fn append(
    tx: &Tx,
    actor: &Actor,
    action: &str,
    subject: impl ToString,
    detail: &str,
) -> Result<()> {
    let values = vec![
        tx.env().now().0.into(),
        actor.0.clone().into(),
        action.into(),
        subject.to_string().into(),
        detail.into(),
    ];
    sql::run(
        tx,
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1,$2,$3,$4,$5)",
        values,
    )
    .await
    .map(drop)
}

/// Up to `limit` lines before `before`, newest first.
pub async fn list(store: &Store, before: Option<i64>, limit: i64) -> Result<Vec<Line>> {
    let text = "SELECT seq, at, actor, action, subject, detail FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    let rows = sql::all(
        store,
        text,
        vec![before.unwrap_or(i64::MAX).into(), limit.into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// The last lines about one thing, newest first.
pub async fn about(store: &Store, subject: impl ToString, limit: i64) -> Result<Vec<Line>> {
    let text = "SELECT seq, at, actor, action, subject, detail FROM audit WHERE subject = $1 ORDER BY seq DESC LIMIT $2";
    let values = vec![subject.to_string().into(), limit.into()];
    let rows = sql::all(store, text, values).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Line> {
    Ok(Line {
        seq: row.get(0)?,
        at: Timestamp(row.get(1)?),
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
    })
}
