//! What workers do with jobs: claim, go on, end, try again.

use model::{Actor, JobId, Timestamp, UserId};

use super::{COLUMNS, Job, JobState, get_in, read};
use crate::{
    Error, Result, Store, Tx,
    dialect::Dialect,
    sql::{self, Runs},
};

/// How long a claim lasts before another worker may take the job over.
pub const LEASE_S: i64 = 30;

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
