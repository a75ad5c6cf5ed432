//! A worker's hold on a claimed job: what the rooms that carry orders out are handed.

use model::{Actor, JobId, Refusal};

use crate::{
    Result, Store, Tx,
    jobs::{self, Job, Settled, Standing, Step},
};

/// A claimed job with the worker that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// The database.
    pub store: &'a Store,
    /// The job.
    pub job: &'a Job,
    /// The worker's name.
    pub owner: &'a str,
}

impl Hold<'_> {
    /// Prolongs the hold; whether to go on. Asked between chunks.
    pub async fn standing(&self) -> Result<Standing> {
        jobs::renew(self.store, self.job.id, self.owner).await
    }

    /// Notes progress in the chunk's own transaction, which fails where the hold was lost.
    pub async fn advance(&self, tx: &Tx, step: Step<'_>) -> Result<()> {
        jobs::advance(tx, self.job.id, self.owner, step).await
    }

    /// Notes how rows of the job ended, in the chunk's own transaction, and the progress they make.
    pub async fn settle(&self, tx: &Tx, rows: &[Settled]) -> Result<()> {
        jobs::settle(tx, self.job.id, rows).await?;
        let failed = rows.iter().filter(|row| row.failed.is_some()).count();
        let step = Step {
            done: as_i64(rows.len()),
            failed: as_i64(failed),
            ..Step::default()
        };
        self.advance(tx, step).await
    }

    /// The job's id.
    pub fn id(&self) -> JobId {
        self.job.id
    }

    /// Who ordered the job.
    pub fn actor(&self) -> Actor {
        Actor(self.job.actor.clone())
    }
}

impl Settled {
    /// A row that worked.
    pub fn done(subject: &impl ToString, label: impl Into<String>) -> Self {
        Self {
            subject: subject.to_string(),
            label: label.into(),
            failed: None,
        }
    }

    /// A row that failed.
    pub fn failed(subject: &impl ToString, label: impl Into<String>, why: Refusal) -> Self {
        Self {
            subject: subject.to_string(),
            label: label.into(),
            failed: Some(why),
        }
    }
}

/// A count as the database keeps it.
pub fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
