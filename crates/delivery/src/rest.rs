//! Who of a deployment that is over still needs its mail.

use model::{Order, Timestamp, User, UserId};
use store::{Store, jobs::Job, rest::Deployment};

use crate::{Error, plan::REMINDER};

/// Those who failed, whose mail was refused since, and where it ended early those whose turn had not come: but for whom somebody
/// deployed since.
pub async fn rest(store: &Store, job: &Job) -> Result<Vec<UserId>, Error> {
    Ok(match of(job) {
        Some(deployment) => deployment.rest(store).await?,
        None => vec![],
    })
}

/// Whether there is anybody of these.
pub async fn has_rest(store: &Store, job: &Job) -> Result<bool, Error> {
    Ok(match of(job) {
        Some(deployment) => deployment.has_rest(store).await?,
        None => false,
    })
}

fn of(job: &Job) -> Option<Deployment> {
    let Order::Deploy { reason, .. } = &job.order else {
        return None;
    };
    Some(Deployment {
        job: job.id,
        ordered: job.created_at,
        reminds: reason == REMINDER,
    })
}

/// Whether a mail went to somebody since a deployment was ordered.
pub(crate) fn is_mailed(user: &User, ordered: Timestamp) -> bool {
    user.deployed_at.is_some_and(|at| at > ordered)
}

/// Whether a deployment reminds somebody who fetched since.
pub(crate) fn is_reminded(user: &User, reason: &str) -> bool {
    reason == REMINDER && user.downloaded_at.is_some()
}
