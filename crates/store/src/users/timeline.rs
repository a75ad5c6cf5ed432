//! What happened to users, for their timelines.

use model::{Actor, Timestamp, UserId};
use serde::Serialize;

use crate::{
    Result, Store, Tx,
    sql::{self, bulk},
};

/// One line of a user's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Rises by the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What, as a permanent name: `imported`, `deployment-sent`.
    pub kind: String,
    /// More, in words; never a secret.
    pub detail: String,
    /// Who.
    pub actor: String,
}

/// Adds lines to users' timelines.
pub async fn note(tx: &Tx, events: &[(UserId, &str, String)], actor: &Actor) -> Result<()> {
    let now = tx.env().now().0;
    let rows = events
        .iter()
        .map(|(user, kind, detail)| {
            vec![
                user.0.into(),
                now.into(),
                (*kind).into(),
                detail.clone().into(),
                actor.0.clone().into(),
            ]
        })
        .collect();
    bulk(
        tx,
        "INSERT INTO user_event (user_id, at, kind, detail, actor)",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// How many lines of this kind a user's timeline got since then.
pub async fn count_noted(store: &Store, user: UserId, kind: &str, since: Timestamp) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM user_event WHERE user_id = $1 AND kind = $2 AND at >= $3";
    let values = vec![user.0.into(), kind.into(), since.0.into()];
    let row = sql::one(store, text, values).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// A user's timeline, newest first, before the line `before`.
pub async fn timeline(
    store: &Store,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Event>> {
    let text = "SELECT seq, at, kind, detail, actor FROM user_event WHERE user_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    let values = vec![
        user.0.into(),
        before.unwrap_or(i64::MAX).into(),
        limit.into(),
    ];
    let rows = sql::all(store, text, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Event {
                seq: row.get(0)?,
                at: Timestamp(row.get(1)?),
                kind: row.get(2)?,
                detail: row.get(3)?,
                actor: row.get(4)?,
            })
        })
        .collect()
}
