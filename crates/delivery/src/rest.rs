//! Who of a deployment that is over still needs its mail.

use model::{Order, Timestamp, User, UserId, UserState};
use store::{
    Store, as_i64,
    jobs::{self, Job},
    users,
};

use crate::{Error, plan::REMINDER};

/// People who are looked at at a time.
const CHUNK: usize = 500;

/// Those who failed, whose mail was refused since, and where it ended early those whose turn had not come: but for whom somebody
/// deployed since.
pub async fn rest(store: &Store, job: &Job) -> Result<Vec<UserId>, Error> {
    found(store, job, &["failed", "open", "done"], false).await
}

/// Whether there is anybody of these; `are_refused`: whether mails of it were.
pub async fn has_rest(store: &Store, job: &Job, are_refused: bool) -> Result<bool, Error> {
    let states: &[&str] = if are_refused {
        &["failed", "open", "done"]
    } else {
        &["failed", "open"]
    };
    Ok(!found(store, job, states, true).await?.is_empty())
}

/// Those of these rows; `any`: the first ones will do.
async fn found(store: &Store, job: &Job, states: &[&str], any: bool) -> Result<Vec<UserId>, Error> {
    let Order::Deploy { reason, .. } = &job.order else {
        return Ok(vec![]);
    };
    let mut rest = Vec::new();
    for state in states {
        let mut after = String::new();
        loop {
            let items = jobs::items(store, job.id, state, &after, as_i64(CHUNK)).await?;
            let Some(last) = items.last() else { break };
            after.clone_from(&last.subject);
            let ids: Vec<UserId> = items
                .iter()
                .filter_map(|item| item.subject.parse().ok())
                .collect();
            let mut people = users::by_id(store, &ids).await?;
            // Of those whose row is done the mail may have been refused since.
            people.retain(|user| {
                user.state == UserState::Failed
                    || (*state != "done"
                        && user.state != UserState::Queued
                        && !is_mailed(user, job.created_at)
                        && !is_reminded(user, reason))
            });
            rest.extend(people.into_iter().map(|user| user.id));
            if any && !rest.is_empty() {
                return Ok(rest);
            }
        }
    }
    Ok(rest)
}

/// Whether a mail went to somebody since a deployment was ordered.
pub(crate) fn is_mailed(user: &User, ordered: Timestamp) -> bool {
    user.deployed_at.is_some_and(|at| at > ordered)
}

/// Whether a deployment reminds somebody who fetched since.
pub(crate) fn is_reminded(user: &User, reason: &str) -> bool {
    reason == REMINDER && user.downloaded_at.is_some()
}
