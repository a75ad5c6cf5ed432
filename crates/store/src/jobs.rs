//! The durable queue: orders are enqueued in the caller's transaction, claimed with a lease, worked on in
//! chunks that are one transaction each, and end as done, try again, or given up.

mod asked;
mod items;
mod work;

pub use asked::{cancel, pause, resume, spread};
pub use items::{
    Item, Settled, add_items, failures, has_failed, items, open_elsewhere, open_items, settle,
};
#[cfg(test)]
pub(crate) use work::due;
pub use work::{
    LEASE_S, Standing, Step, advance, claim, complete, finish, forget_over, go_on, postpone,
    release_all, renew, retry,
};

use model::{Actor, JobId, Order, Timestamp, UserId};
use serde::Serialize;

use crate::{
    Error, Result, Store, Tx,
    sql::{self, Row, Runs, list, to_json},
};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// Waits for a worker or its time.
    Queued,
    /// A worker holds it.
    Running,
    /// Everything worked.
    Done,
    /// It went to its end, some rows failed.
    Partly,
    /// It did not work.
    Failed,
    /// A person ended it early.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Partly,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more will happen to the job.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Kind of its order.
    pub kind: String,
    /// What it has to do.
    #[serde(skip)]
    pub order: Order,
    /// Where it stands.
    pub state: JobState,
    /// Rows to do, as far as known.
    pub total: i64,
    /// Rows done, failed ones included.
    pub done: i64,
    /// Rows that failed.
    pub failed: i64,
    /// Where it goes on after a restart.
    #[serde(skip)]
    pub cursor: String,
    /// What it is doing, for its page.
    pub note: String,
    /// Why it waits or failed.
    pub error: String,
    /// What to do about that.
    pub hint: String,
    /// How often it was claimed since it last got on or waited in good order.
    pub attempts: i64,
    /// Whether a person asked it to end.
    pub cancel: bool,
    /// Why it waits until somebody resumes it; none: it does not.
    pub paused: Option<String>,
    /// Who ordered it.
    pub actor: String,
    /// When it may go on.
    pub due_at: Timestamp,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, kind, \"order\", state, total, done, failed, cursor, note, error, hint, attempts, cancel, actor, \
                       due_at, created_at, started_at, finished_at, paused";

fn read(row: &Row) -> Result<Job> {
    Ok(Job {
        id: JobId(row.get(0)?),
        kind: row.get(1)?,
        order: row.json(2, "order")?,
        state: row.named(3, "job state", JobState::parse)?,
        total: row.get(4)?,
        done: row.get(5)?,
        failed: row.get(6)?,
        cursor: row.get(7)?,
        note: row.get(8)?,
        error: row.get(9)?,
        hint: row.get(10)?,
        attempts: row.get(11)?,
        cancel: row.get(12)?,
        actor: row.get(13)?,
        due_at: Timestamp(row.get(14)?),
        created_at: Timestamp(row.get(15)?),
        started_at: row.get::<Option<_>>(16)?.map(Timestamp),
        finished_at: row.get::<Option<_>>(17)?.map(Timestamp),
        paused: row.get(18)?,
    })
}

/// Enqueues an order. Of orders with the same `only_one` at most one waits: the waiting one's id is
/// answered, and no two of them run at once. Such an order has no items: a newer one takes its place.
pub async fn enqueue(
    tx: &Tx,
    order: &Order,
    total: i64,
    only_one: Option<&str>,
    actor: &Actor,
) -> Result<JobId> {
    let key = only_one.map(str::to_owned);
    put(tx, order, total, key, tx.env().now(), actor).await
}

/// Enqueues an order that waits so many seconds, so that what comes meanwhile is done together with it. Of orders with the same
/// `only_one` at most one waits, until the first one's time.
pub async fn enqueue_soon(
    tx: &Tx,
    order: &Order,
    only_one: &str,
    wait_s: i64,
    actor: &Actor,
) -> Result<JobId> {
    let due = tx.env().now().plus_s(wait_s);
    put(tx, order, 0, Some(only_one.to_owned()), due, actor).await
}

async fn put(
    tx: &Tx,
    order: &Order,
    total: i64,
    only_one: Option<String>,
    due: Timestamp,
    actor: &Actor,
) -> Result<JobId> {
    let values = vec![
        JobId::new(tx.env()).0.into(),
        order.name().into(),
        to_json(order).into(),
        only_one.into(),
        total.into(),
        actor.0.clone().into(),
        due.0.into(),
        tx.env().now().0.into(),
    ];
    // The update changes nothing: it holds the waiting job, so that no worker takes it before what this
    // transaction wrote for it is there.
    let text = "INSERT INTO job (id, kind, \"order\", only_one, state, total, actor, due_at, created_at) \
                VALUES ($1,$2,$3,$4,'queued',$5,$6,$7,$8) \
                ON CONFLICT (only_one) WHERE state = 'queued' DO UPDATE SET due_at = job.due_at RETURNING id";
    let row = sql::one(tx, text, values).await?;
    tx.nudge();
    Ok(JobId(row.ok_or(Error::Missing("job"))?.get(0)?))
}

/// The newest jobs of which only one waits at a time, by that key.
pub async fn newest_of(store: &Store, only_one: &str, limit: i64) -> Result<Vec<Job>> {
    let text = format!(
        "SELECT {COLUMNS} FROM job WHERE only_one = $1 ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    let rows = sql::all(store, &text, vec![only_one.into(), limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// Says what was done already where a job was ordered.
pub async fn note(tx: &Tx, job: JobId, what: &str) -> Result<()> {
    let text = "UPDATE job SET note = $1 WHERE id = $2";
    sql::run(tx, text, vec![what.into(), job.0.into()])
        .await
        .map(drop)
}

/// One job.
pub async fn get(store: &Store, id: JobId) -> Result<Job> {
    let row = sql::one(
        store,
        &format!("SELECT {COLUMNS} FROM job WHERE id = $1"),
        vec![id.0.into()],
    )
    .await?;
    read(&row.ok_or(Error::Missing("job"))?)
}

/// One job, within a transaction.
pub async fn get_in(tx: &Tx, id: JobId) -> Result<Job> {
    let text = format!("SELECT {COLUMNS} FROM job WHERE id = $1");
    read(
        &sql::one(tx, &text, vec![id.0.into()])
            .await?
            .ok_or(Error::Missing("job"))?,
    )
}

/// Up to `limit` jobs, newest first, before the job `before`.
pub async fn newest(store: &Store, before: Option<JobId>, limit: i64) -> Result<Vec<Job>> {
    let (clause, values) = match before {
        None => (String::new(), vec![limit.into()]),
        Some(id) => (
            "WHERE (created_at, id) < (SELECT created_at, id FROM job WHERE id = $2)".to_owned(),
            vec![limit.into(), id.0.into()],
        ),
    };
    let text =
        format!("SELECT {COLUMNS} FROM job {clause} ORDER BY created_at DESC, id DESC LIMIT $1");
    sql::all(store, &text, values)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Up to `limit` jobs that are not over, newest first.
pub async fn open(store: &Store, limit: i64) -> Result<Vec<Job>> {
    let text = format!(
        "SELECT {COLUMNS} FROM job WHERE state IN ('queued', 'running') ORDER BY created_at DESC, id DESC LIMIT $1"
    );
    let rows = sql::all(store, &text, vec![limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// How many jobs are not over.
pub async fn count_open(store: &Store) -> Result<i64> {
    let row = sql::one(
        store,
        "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')",
        vec![],
    )
    .await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Whether a job of one of these kinds is not over.
pub async fn is_any_open(tx: &Tx, kinds: &[&str]) -> Result<bool> {
    let text = format!(
        "SELECT 1 FROM job WHERE state IN ('queued', 'running') AND kind IN ({}) LIMIT 1",
        list(1, kinds.len())
    );
    let kinds = kinds.iter().map(|kind| (*kind).into()).collect();
    Ok(sql::one(tx, &text, kinds).await?.is_some())
}

/// Whether a job of this kind runs, or waits and is due.
pub async fn is_under_way(store: &Store, kind: &str) -> Result<bool> {
    let text = "SELECT 1 FROM job WHERE state IN ('queued', 'running') AND kind = $1 \
                AND (state = 'running' OR due_at <= $2) LIMIT 1";
    let values = vec![kind.into(), store.env().now().0.into()];
    Ok(sql::one(store, text, values).await?.is_some())
}

/// Whether a job takes more to do: one that ended early, or was asked to, does not. It stays so until the transaction ends.
pub async fn takes_more(tx: &Tx, job: JobId) -> Result<bool> {
    let text = format!(
        "SELECT 1 FROM job WHERE id = $1 AND NOT cancel AND state NOT IN ('failed', 'cancelled') {}",
        tx.dialect().for_update()
    );
    Ok(sql::one(tx, &text, vec![job.0.into()]).await?.is_some())
}

/// The deployments that are not over and in which a user's turn has not come.
pub async fn deployments_ahead(tx: &Tx, user: UserId) -> Result<Vec<Job>> {
    let text = format!(
        "SELECT {COLUMNS} FROM job WHERE kind = 'deploy' AND state IN ('queued', 'running') AND NOT cancel \
         AND id IN (SELECT job_id FROM job_item WHERE state = 'open' AND subject = $1)"
    );
    let rows = sql::all(tx, &text, vec![user.to_string().into()]).await?;
    rows.iter().map(read).collect()
}
