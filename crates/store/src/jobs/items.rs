//! The rows of jobs: what is open, what failed and why.

use std::collections::BTreeMap;

use model::{JobId, Refusal};
use serde::Serialize;

use crate::{
    Result, Store, Tx,
    sql::{self, Row, bulk, list},
};

/// One row of a job's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is about, an id.
    pub subject: String,
    /// What a person calls it.
    pub label: String,
    /// `open`, `done` or `failed`.
    pub state: String,
    /// Why it failed.
    #[serde(flatten)]
    pub refusal: Refusal,
}

fn read_item(row: &Row) -> Result<Item> {
    Ok(Item {
        subject: row.get(0)?,
        label: row.get(1)?,
        state: row.get(2)?,
        refusal: Refusal {
            code: row.get(3)?,
            reason: row.get(4)?,
            hint: row.get(5)?,
        },
    })
}

/// Gives a job more to do; a subject that it has already is not doubled. The total follows.
pub async fn add_items(tx: &Tx, job: JobId, items: &[(String, String)]) -> Result<()> {
    let rows = items
        .iter()
        .map(|(subject, label)| {
            vec![
                job.0.into(),
                subject.clone().into(),
                label.clone().into(),
                "open".into(),
            ]
        })
        .collect();
    let added = bulk(
        tx,
        "INSERT INTO job_item (job_id, subject, label, state)",
        rows,
        "ON CONFLICT DO NOTHING",
    )
    .await?;
    let added = i64::try_from(added).unwrap_or(i64::MAX);
    // A job that had finished meanwhile takes its work up again.
    let text = "UPDATE job SET total = total + $1, finished_at = CASE WHEN state IN ('done', 'partly') THEN NULL ELSE finished_at END, \
                state = CASE WHEN state IN ('done', 'partly') THEN 'queued' ELSE state END WHERE id = $2";
    sql::run(tx, text, vec![added.into(), job.0.into()]).await?;
    tx.nudge();
    Ok(())
}

/// Up to `limit` rows that are still to be done.
pub async fn open_items(store: &Store, job: JobId, limit: i64) -> Result<Vec<Item>> {
    items(store, job, "open", "", limit).await
}

/// Up to `limit` rows in a state, after `after` by subject.
pub async fn items(
    store: &Store,
    job: JobId,
    state: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Item>> {
    let text = "SELECT subject, label, state, code, reason, hint FROM job_item \
                WHERE job_id = $1 AND state = $2 AND subject > $3 ORDER BY subject LIMIT $4";
    let rows = sql::all(
        store,
        text,
        vec![job.0.into(), state.into(), after.into(), limit.into()],
    )
    .await?;
    rows.iter().map(read_item).collect()
}

/// How a row ended.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What it is about.
    pub subject: String,
    /// What a person calls it.
    pub label: String,
    /// Why it failed; `None` = it worked.
    pub failed: Option<Refusal>,
}

/// Notes how rows ended; of two words on one row the last counts.
pub async fn settle(tx: &Tx, job: JobId, rows: &[Settled]) -> Result<()> {
    let last: BTreeMap<_, _> = rows.iter().map(|row| (&row.subject, row)).collect();
    let values = last
        .into_values()
        .map(|row| {
            let state = if row.failed.is_some() {
                "failed"
            } else {
                "done"
            };
            let refusal = row.failed.clone().unwrap_or(Refusal::new("", "", ""));
            vec![
                job.0.into(),
                row.subject.clone().into(),
                row.label.clone().into(),
                state.into(),
                refusal.code.into(),
                refusal.reason.into(),
                refusal.hint.into(),
            ]
        })
        .collect();
    let head = "INSERT INTO job_item (job_id, subject, label, state, code, reason, hint)";
    let tail = "ON CONFLICT (job_id, subject) DO UPDATE SET state = excluded.state, code = excluded.code, \
                reason = excluded.reason, hint = excluded.hint";
    bulk(tx, head, values, tail).await.map(drop)
}

/// Which of these subjects are still open in any job of this kind.
pub async fn open_elsewhere(tx: &Tx, kind: &str, subjects: &[String]) -> Result<Vec<String>> {
    let mut open = Vec::new();
    for chunk in subjects.chunks(1000) {
        let text = format!(
            "SELECT i.subject FROM job_item i JOIN job j ON j.id = i.job_id WHERE i.state = 'open' AND j.kind = $1 \
             AND j.state IN ('queued', 'running') AND i.subject IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![kind.into()];
        values.extend(chunk.iter().map(|s| s.clone().into()));
        for row in sql::all(tx, &text, values).await? {
            open.push(row.get(0)?);
        }
    }
    Ok(open)
}

/// Whether this kind of job failed for a subject.
pub async fn has_failed(store: &Store, kind: &str, subject: &str) -> Result<bool> {
    let text = "SELECT 1 FROM job_item i JOIN job j ON j.id = i.job_id \
                WHERE i.state = 'failed' AND j.kind = $1 AND i.subject = $2 LIMIT 1";
    let values = vec![kind.into(), subject.into()];
    Ok(sql::one(store, text, values).await?.is_some())
}

/// The failed rows of this kind of job for some subjects, newest job last.
pub async fn failures(tx: &Tx, kind: &str, subjects: &[String]) -> Result<Vec<(String, Refusal)>> {
    let mut found = Vec::new();
    for chunk in subjects.chunks(1000) {
        let text = format!(
            "SELECT i.subject, i.code, i.reason, i.hint FROM job_item i JOIN job j ON j.id = i.job_id \
             WHERE i.state = 'failed' AND j.kind = $1 AND i.subject IN ({}) ORDER BY j.created_at",
            list(2, chunk.len())
        );
        let mut values = vec![kind.into()];
        values.extend(chunk.iter().map(|s| s.clone().into()));
        for row in sql::all(tx, &text, values).await? {
            let refusal = Refusal {
                code: row.get(1)?,
                reason: row.get(2)?,
                hint: row.get(3)?,
            };
            found.push((row.get(0)?, refusal));
        }
    }
    Ok(found)
}
