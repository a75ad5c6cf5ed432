//! What people decided about records: which are one person and which are not. What stands is kept by pair; every
//! decision is appended to a history besides.

use std::collections::HashMap;

use model::{Actor, RecordId, Timestamp, entry::Verdict};
use sea_orm::Value;

use crate::{
    Result, Store, Tx, audit, connections,
    sql::{self, Row, bulk, list},
    stale,
};

/// Every decision that stands about two records: together or apart.
pub async fn all(store: &Store) -> Result<Vec<(RecordId, RecordId, bool)>> {
    let text = "SELECT record_a, record_b, together FROM join_decision ORDER BY record_a, record_b";
    let rows = sql::all(store, text, vec![]).await?;
    rows.iter()
        .map(|row| Ok((RecordId(row.get(0)?), RecordId(row.get(1)?), row.get(2)?)))
        .collect()
}

/// One act of deciding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its number; rises.
    pub n: i64,
    /// What was said.
    pub verdict: Verdict,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The records that it was said of.
    pub records: Vec<RecordId>,
    /// The records that they are, or are not, the same person as.
    pub others: Vec<RecordId>,
}

/// Begins to decide: the number of this act. Whoever decides next waits until this transaction ends.
pub async fn begin(tx: &Tx) -> Result<i64> {
    connections::next(tx, "decision", 1).await
}

/// Keeps a verdict about pairs of records, in either order; what was said before about a pair is replaced.
pub async fn keep(
    tx: &Tx,
    n: i64,
    pairs: &[(RecordId, RecordId)],
    verdict: Verdict,
    actor: &Actor,
) -> Result<()> {
    let now = tx.env().now().0;
    stale::mark_together(tx).await?;
    forget(tx, pairs).await?;
    if let Some(together) = verdict.together() {
        let rows = pairs.iter().map(|(one, other)| {
            let (a, b) = (one.min(other), one.max(other));
            let actor = actor.0.clone();
            vec![
                a.0.into(),
                b.0.into(),
                together.into(),
                actor.into(),
                now.into(),
            ]
        });
        let head = "INSERT INTO join_decision (record_a, record_b, together, actor, at)";
        bulk(tx, head, rows.collect(), "").await?;
    }
    let rows = pairs.iter().map(|(record, other)| {
        vec![
            n.into(),
            record.0.into(),
            other.0.into(),
            verdict.name().into(),
            actor.0.clone().into(),
            now.into(),
        ]
    });
    let head = "INSERT INTO join_history (n, record, other, verdict, actor, at)";
    bulk(tx, head, rows.collect(), "").await?;
    let action = match verdict {
        Verdict::Together => "join.linked",
        Verdict::Apart => "join.kept-apart",
        Verdict::Undone => "join.decision-undone",
    };
    let said: Vec<_> = pairs.iter().map(|(a, b)| format!("{a}+{b}")).collect();
    audit::append(tx, actor, action, said.join(" "), "").await
}

async fn forget(tx: &Tx, pairs: &[(RecordId, RecordId)]) -> Result<()> {
    for chunk in pairs.chunks(500) {
        let places: Vec<_> = (0..chunk.len())
            .map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2))
            .collect();
        let text = format!(
            "DELETE FROM join_decision WHERE (record_a, record_b) IN (VALUES {})",
            places.join(", ")
        );
        let values = chunk
            .iter()
            .flat_map(|(one, other)| [one.min(other).0.into(), one.max(other).0.into()]);
        sql::run(tx, &text, values.collect()).await?;
    }
    Ok(())
}

/// The decisions that stand about any of these records, by pair: the smaller record first.
pub async fn standing(
    store: &Store,
    records: &[RecordId],
) -> Result<HashMap<(RecordId, RecordId), bool>> {
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    let places = list(1, records.len());
    let text = format!(
        "SELECT record_a, record_b, together FROM join_decision WHERE record_a IN ({places}) OR record_b IN ({places})"
    );
    let rows = sql::all(store, &text, ids(records)).await?;
    rows.iter()
        .map(|row| Ok(((RecordId(row.get(0)?), RecordId(row.get(1)?)), row.get(2)?)))
        .collect()
}

/// The latest acts about any of these records, newest first; at most `limit`.
pub async fn history(store: &Store, records: &[RecordId], limit: i64) -> Result<Vec<Act>> {
    if records.is_empty() {
        return Ok(vec![]);
    }
    let text = format!(
        "SELECT n, record, other, verdict, actor, at FROM join_history WHERE n IN ({} LIMIT {limit}) ORDER BY n DESC, record, other",
        acts_of(records)
    );
    let mut acts: Vec<Act> = Vec::new();
    for row in sql::all(store, &text, ids(records)).await? {
        let (record, other) = (RecordId(row.get(1)?), RecordId(row.get(2)?));
        let n: i64 = row.get(0)?;
        if acts.last().is_none_or(|act| act.n != n) {
            acts.push(read(&row)?);
        }
        let Some(act) = acts.last_mut() else { continue };
        if !act.records.contains(&record) {
            act.records.push(record);
        }
        if !act.others.contains(&other) {
            act.others.push(other);
        }
    }
    Ok(acts)
}

fn read(row: &Row) -> Result<Act> {
    Ok(Act {
        n: row.get(0)?,
        verdict: row.named(3, "verdict", Verdict::parse)?,
        actor: row.get(4)?,
        at: Timestamp(row.get(5)?),
        records: vec![],
        others: vec![],
    })
}

/// The latest act about any of these records: its number and who it was.
pub async fn latest_in(tx: &Tx, records: &[RecordId]) -> Result<Option<(i64, String)>> {
    if records.is_empty() {
        return Ok(None);
    }
    let text = format!(
        "SELECT n, actor FROM join_history WHERE n IN ({} LIMIT 1) LIMIT 1",
        acts_of(records)
    );
    let row = sql::one(tx, &text, ids(records)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The numbers of the acts about records, newest first.
fn acts_of(records: &[RecordId]) -> String {
    let places = list(1, records.len());
    format!(
        "SELECT n FROM (SELECT n FROM join_history WHERE record IN ({places}) UNION SELECT n FROM join_history \
         WHERE other IN ({places})) AS about ORDER BY n DESC"
    )
}

fn ids(records: &[RecordId]) -> Vec<Value> {
    records.iter().map(|id| id.0.into()).collect()
}
