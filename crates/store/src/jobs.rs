//! The durable queue: orders are enqueued in the caller's transaction, claimed with a lease, worked on in
//! chunks that are one transaction each, and end as done, try again, or given up.

use std::collections::BTreeMap;

use model::{Actor, JobId, Order, Refusal, Timestamp, UserId, wave::Wave};
use serde::Serialize;

use crate::{
    Error, Result, Store, Tx,
    dialect::Dialect,
    sql::{self, Row, Runs, bulk, list, to_json},
};

/// How long a claim lasts before another worker may take the job over.
pub const LEASE_S: i64 = 30;

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

/// The next job that is due at `$1`: one that waits, or one whose worker's lease ran out.
pub(crate) fn due(dialect: Dialect) -> String {
    // The first condition says nothing new; it lets SQLite use the index of the jobs that are not over.
    format!(
        "SELECT {COLUMNS} FROM job j WHERE state IN ('queued', 'running') AND paused IS NULL \
         AND ((state = 'queued' AND due_at <= $1) OR (state = 'running' AND lease_until < $1)) \
         AND (only_one IS NULL OR NOT EXISTS \
         (SELECT 1 FROM job r WHERE r.only_one = j.only_one AND r.state = 'running' AND r.id <> j.id)) \
         ORDER BY due_at, created_at LIMIT 1 {}",
        dialect.skip_claimed()
    )
}

/// Claims the next job that is due, for [`LEASE_S`]; jobs whose worker died come back this way.
pub async fn claim(store: &Store, owner: &str) -> Result<Option<Job>> {
    let tx = store.begin().await?;
    let now = tx.env().now().0;
    let text = due(tx.dialect());
    let Some(row) = sql::one(&tx, &text, vec![now.into()]).await? else {
        return Ok(None);
    };
    let mut job = read(&row)?;
    let values = vec![
        owner.into(),
        (now + LEASE_S * 1000).into(),
        now.into(),
        job.id.0.into(),
    ];
    let text = "UPDATE job SET state = 'running', lease_owner = $1, lease_until = $2, attempts = attempts + 1, \
                started_at = COALESCE(started_at, $3) WHERE id = $4";
    sql::run(&tx, text, values).await?;
    tx.commit().await?;
    job.attempts += 1;
    job.state = JobState::Running;
    Ok(Some(job))
}

/// Whether a worker goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Go,
    /// A person asked the job to end.
    Cancelled,
    /// It waits until somebody resumes it.
    Paused,
    /// Another worker has the job.
    Lost,
}

/// Prolongs a claim between two chunks.
pub async fn renew(store: &Store, job: JobId, owner: &str) -> Result<Standing> {
    let tx = store.begin().await?;
    let until = tx.env().now().plus_s(LEASE_S).0;
    let text = "UPDATE job SET lease_until = $1 WHERE id = $2 AND lease_owner = $3 AND state = 'running' RETURNING cancel, paused";
    let row = sql::one(&tx, text, vec![until.into(), job.0.into(), owner.into()]).await?;
    let standing = match row {
        None => Standing::Lost,
        Some(row) if row.get(0)? => Standing::Cancelled,
        Some(row) if row.get::<Option<String>>(1)?.is_some() => Standing::Paused,
        Some(_) => Standing::Go,
    };
    tx.commit().await?;
    Ok(standing)
}

/// What a chunk adds to a job's progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step<'a> {
    /// Rows done by it, failed ones included.
    pub done: i64,
    /// Rows that failed.
    pub failed: i64,
    /// The total, where it became known.
    pub total: Option<i64>,
    /// Where the job goes on.
    pub cursor: Option<&'a str>,
    /// What it is doing.
    pub note: Option<&'a str>,
}

/// Notes a chunk's progress in the chunk's own transaction.
///
/// # Errors
/// [`Error::LeaseLost`] where another worker has the job: the chunk must not be committed.
pub async fn advance(tx: &Tx, job: JobId, owner: &str, step: Step<'_>) -> Result<()> {
    let values = vec![
        step.done.into(),
        step.failed.into(),
        step.total.into(),
        step.cursor.map(str::to_owned).into(),
        step.note.map(str::to_owned).into(),
        tx.env().now().plus_s(LEASE_S).0.into(),
        job.0.into(),
        owner.into(),
    ];
    let text = "UPDATE job SET attempts = CASE WHEN $1 > 0 THEN 1 ELSE attempts END, done = done + $1, failed = failed + $2, total = COALESCE($3, total), \
                cursor = COALESCE($4, cursor), note = COALESCE($5, note), lease_until = $6, error = '', hint = '' \
                WHERE id = $7 AND lease_owner = $8 AND state = 'running'";
    if sql::run(tx, text, values).await? == 0 {
        Err(Error::LeaseLost)
    } else {
        Ok(())
    }
}

/// Ends a job; rows that failed make *done* *partly*. Of a deployment that ends early nobody waits for a mail any more whose turn had
/// not come.
pub async fn finish(tx: &Tx, job: JobId, state: JobState, error: &str, hint: &str) -> Result<()> {
    let values = vec![
        state.name().into(),
        error.into(),
        hint.into(),
        tx.env().now().0.into(),
        job.0.into(),
    ];
    let text = "UPDATE job SET state = CASE WHEN $1 = 'done' AND failed > 0 THEN 'partly' ELSE $1 END, error = $2, hint = $3, \
                finished_at = $4, lease_owner = '', lease_until = 0, paused = NULL WHERE id = $5";
    sql::run(tx, text, values).await?;
    if matches!(state, JobState::Failed | JobState::Cancelled) {
        let_go(tx, job, state).await?;
    }
    Ok(())
}

async fn let_go(tx: &Tx, job: JobId, state: JobState) -> Result<()> {
    let text = "SELECT i.subject FROM job_item i JOIN job j ON j.id = i.job_id \
                WHERE i.job_id = $1 AND i.state = 'open' AND j.kind = 'deploy'";
    let rows = sql::all(tx, text, vec![job.0.into()]).await?;
    let mut people: Vec<UserId> = Vec::with_capacity(rows.len());
    for row in &rows {
        people.extend(row.get::<String>(0)?.parse::<UserId>().ok());
    }
    if state == JobState::Cancelled && !people.is_empty() {
        let text = format!(
            "INSERT INTO user_event (user_id, at, kind, detail, actor) \
             SELECT u.id, CAST($2 AS BIGINT), 'deployment-cancelled', '', CAST($3 AS TEXT) \
             FROM job_item i JOIN users u ON u.id = {} WHERE i.job_id = $1 AND i.state = 'open' AND u.state = 'queued'",
            tx.dialect().uuid("i.subject")
        );
        let values = vec![
            job.0.into(),
            tx.env().now().0.into(),
            Actor::system().0.into(),
        ];
        sql::run(tx, &text, values).await?;
    }
    crate::users::no_longer_queued(tx, &people).await
}

/// Ends a job as done unless it was given more to do meanwhile: whether it ended.
pub async fn complete(tx: &Tx, job: JobId) -> Result<bool> {
    // Takes the row's lock first, so that items added at the same moment are either seen here or wake the job.
    sql::run(
        tx,
        "UPDATE job SET attempts = attempts WHERE id = $1",
        vec![job.0.into()],
    )
    .await?;
    let text = "SELECT 1 FROM job_item WHERE job_id = $1 AND state = 'open' LIMIT 1";
    if sql::one(tx, text, vec![job.0.into()]).await?.is_some() {
        return Ok(false);
    }
    finish(tx, job, JobState::Done, "", "").await?;
    Ok(true)
}

/// The newest jobs of which only one waits at a time, by that key.
pub async fn newest_of(store: &Store, only_one: &str, limit: i64) -> Result<Vec<Job>> {
    let text = format!(
        "SELECT {COLUMNS} FROM job WHERE only_one = $1 ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    let rows = sql::all(store, &text, vec![only_one.into(), limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// Forgets the jobs that are over of which only one waits at a time, by that key: of those that come every minute the last is
/// enough.
pub async fn forget_over(tx: &Tx, only_one: &str) -> Result<()> {
    let text = "DELETE FROM job WHERE only_one = $1 AND state NOT IN ('queued', 'running')";
    sql::run(tx, text, vec![only_one.into()]).await.map(drop)
}

/// Puts a job back until `at`, because it has to wait for something.
pub async fn postpone(tx: &Tx, job: JobId, at: Timestamp, why: &str) -> Result<()> {
    let text = "UPDATE job SET attempts = 0 WHERE id = $1";
    sql::run(tx, text, vec![job.0.into()]).await?;
    retry(tx, job, at, why).await
}

/// The same with what a worker had of a job: where it was changed meanwhile, as another pace was chosen, it goes on at once.
pub async fn go_on(tx: &Tx, job: &Job, at: Timestamp, why: &str) -> Result<()> {
    let is_same = get_in(tx, job.id).await?.order == job.order;
    let at = if is_same { at } else { tx.env().now() };
    postpone(tx, job.id, at, why).await
}

/// Puts a job back until `at`, because it failed; the try counts. One that was asked to end meanwhile does not wait.
pub async fn retry(tx: &Tx, job: JobId, at: Timestamp, why: &str) -> Result<()> {
    let text = "UPDATE job SET state = 'queued', due_at = CASE WHEN cancel THEN $4 ELSE $1 END, error = $2, lease_owner = '', lease_until = 0 \
                WHERE id = $3 AND (only_one IS NULL OR NOT EXISTS \
                (SELECT 1 FROM job q WHERE q.only_one = job.only_one AND q.state = 'queued' AND q.id <> job.id))";
    let now = tx.env().now().0;
    let values = vec![at.0.into(), why.into(), job.0.into(), now.into()];
    if sql::run(tx, text, values).await? == 0 {
        // A newer order of the same kind waits already: it does this one's work.
        finish(
            tx,
            job,
            JobState::Cancelled,
            "a newer order of the same kind took its place",
            "",
        )
        .await?;
    }
    Ok(())
}

/// Gives all claims back: at the start of the only process that uses this database.
pub async fn release_all(store: &Store) -> Result<()> {
    let tx = store.begin().await?;
    sql::run(
        &tx,
        "UPDATE job SET lease_until = 0 WHERE state = 'running'",
        vec![],
    )
    .await?;
    sql::run(
        &tx,
        "UPDATE outbox SET lease_until = 0 WHERE state = 'sending'",
        vec![],
    )
    .await?;
    tx.commit().await
}

/// Asks a job to end; one that nobody has taken yet ends at once. A deployment is taken once more: its people do not wait any longer.
pub async fn cancel(tx: &Tx, job: JobId, actor: &Actor) -> Result<()> {
    let text = "UPDATE job SET cancel = TRUE, paused = NULL, \
                due_at = CASE WHEN state = 'queued' THEN $1 ELSE due_at END, \
                finished_at = CASE WHEN state = 'queued' AND kind <> 'deploy' THEN $1 ELSE finished_at END, \
                state = CASE WHEN state = 'queued' AND kind <> 'deploy' THEN 'cancelled' ELSE state END \
                WHERE id = $2 AND state IN ('queued', 'running')";
    if sql::run(tx, text, vec![tx.env().now().0.into(), job.0.into()]).await? == 0 {
        return Err(Error::Missing("running job"));
    }
    tx.nudge();
    crate::audit::append(tx, actor, "job.cancelled", job, "").await
}

/// Has a deployment wait until it is resumed; one that runs ends its chunk first. Pausing it twice keeps the first reason.
pub async fn pause(tx: &Tx, job: JobId, why: &str, actor: &Actor) -> Result<()> {
    let text = "UPDATE job SET paused = $1, error = '', hint = '' WHERE id = $2 AND kind = 'deploy' AND state IN ('queued', 'running') \
                AND NOT cancel AND paused IS NULL";
    if sql::run(tx, text, vec![why.into(), job.0.into()]).await? == 0 {
        return under_way(tx, job).await;
    }
    crate::audit::append(tx, actor, "job.paused", job, why).await
}

/// Has a paused deployment go on; where it is not paused nothing changes.
pub async fn resume(tx: &Tx, job: JobId, actor: &Actor) -> Result<()> {
    let text = "UPDATE job SET paused = NULL, due_at = CASE WHEN state = 'queued' THEN $1 ELSE due_at END \
                WHERE id = $2 AND state IN ('queued', 'running') AND paused IS NOT NULL";
    if sql::run(tx, text, vec![tx.env().now().0.into(), job.0.into()]).await? == 0 {
        return under_way(tx, job).await;
    }
    tx.nudge();
    crate::audit::append(tx, actor, "job.resumed", job, "").await
}

/// Spreads a deployment that is spread already in another way; what it did so far counts.
pub async fn spread(tx: &Tx, job: JobId, wave: Wave, actor: &Actor) -> Result<()> {
    under_way(tx, job).await?;
    let Order::Deploy {
        reason,
        fed_by,
        wave: Some(_),
    } = get_in(tx, job).await?.order
    else {
        return Err(Error::Missing("wave"));
    };
    let said = to_json(&wave);
    let order = Order::Deploy {
        reason,
        fed_by,
        wave: Some(wave),
    };
    let text = "UPDATE job SET \"order\" = $1, due_at = CASE WHEN state = 'queued' THEN $2 ELSE due_at END WHERE id = $3";
    let now = tx.env().now().0;
    let values = vec![to_json(&order).into(), now.into(), job.0.into()];
    sql::run(tx, text, values).await?;
    tx.nudge();
    crate::audit::append(tx, actor, "job.spread", job, &said).await
}

/// Whether a job is a deployment that is not over and was not asked to end.
async fn under_way(tx: &Tx, job: JobId) -> Result<()> {
    let text = "SELECT 1 FROM job WHERE id = $1 AND kind = 'deploy' AND state IN ('queued', 'running') AND NOT cancel";
    let row = sql::one(tx, text, vec![job.0.into()]).await?;
    row.map(drop).ok_or(Error::Missing("deployment under way"))
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
