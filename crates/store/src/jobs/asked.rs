//! What people ask of a job under way: that it waits, goes on, goes at another pace, or ends.

use model::{Actor, JobId, Order, wave::Wave};

use super::get_in;
use crate::{
    Error, Result, Tx,
    sql::{self, to_json},
};

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
