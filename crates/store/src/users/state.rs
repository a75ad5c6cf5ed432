//! How users stand, and what becomes of them.

use model::{ProfileId, SecretId, UserId, UserState};
use sea_orm::Value;

use super::own::held_on;
use crate::{
    Result, Store, Tx, devices, secrets, self_passes,
    sql::{self, list},
};

/// Removes users; their timelines and deployments stay as history.
pub async fn remove(tx: &Tx, users: &[UserId]) -> Result<()> {
    self_passes::end(tx, users, None).await?;
    let held = held_on(tx, users).await?.into_values();
    let secrets: Vec<SecretId> = held.flatten().flatten().collect();
    for chunk in users.chunks(1000) {
        let places = list(1, chunk.len());
        for text in [
            format!("DELETE FROM contact WHERE user_id IN ({places})"),
            format!("DELETE FROM users WHERE id IN ({places})"),
        ] {
            let values = chunk.iter().map(|id| Value::from(id.0)).collect();
            sql::run(tx, &text, values).await?;
        }
    }
    secrets::erase(tx, &secrets).await
}

/// Withdraws users' access for the time being: their tickets end, and their phones are given no account at any fetch.
pub async fn suspend(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET suspended = TRUE, state = 'suspended' WHERE id IN ({})",
            list(1, chunk.len())
        );
        sql::run(
            tx,
            &text,
            chunk.iter().map(|id| Value::from(id.0)).collect(),
        )
        .await?;
    }
    self_passes::end(tx, users, None).await?;
    crate::deployments::revoke(tx, users).await
}

/// The state of those whose client has its configuration: cases of an expression.
const COME: &str = "WHEN registered_at IS NOT NULL THEN 'registered' WHEN downloaded_at IS NOT NULL THEN 'downloaded'";

/// Of these the time of the mail is kept.
const COME_AT: &str =
    "WHEN registered_at IS NOT NULL OR downloaded_at IS NOT NULL THEN deployed_at";

/// Gives suspended users their access back: how many were suspended. Their phones work again, their tickets do not: whoever has no
/// phone yet is one who was not deployed, and has no time of it.
pub async fn resume(tx: &Tx, users: &[UserId]) -> Result<u64> {
    let mut given = 0;
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET suspended = FALSE, state = CASE {COME} ELSE 'imported' END, \
             deployed_at = CASE {COME_AT} ELSE NULL END \
             WHERE suspended AND id IN ({})",
            list(1, chunk.len())
        );
        given += sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    Ok(given)
}

/// How many users' people are on no component any more and still have their access.
pub async fn count_leavers(store: &Store) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM entry AS source JOIN users AS person ON person.entry_id = source.id \
                WHERE source.state = 'gone' AND NOT person.suspended";
    let row = sql::one(store, text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Gives users a profile; their versions rise.
pub async fn set_profile(tx: &Tx, users: &[UserId], profile: Option<ProfileId>) -> Result<()> {
    devices::mark_other_profile(tx, users, profile).await?;
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET profile_id = $1, version = version + 1 WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![profile.map(|p| p.0).into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Sets how far users have come; those that are suspended stay so.
pub async fn set_state(tx: &Tx, users: &[UserId], state: UserState) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET state = $1 WHERE NOT suspended AND id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![state.name().into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Of users who wait for their mail those for whom none waits any more: they have come as far as they had.
pub async fn no_longer_queued(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET state = CASE {COME} WHEN deployed_at IS NOT NULL THEN 'deployed' ELSE 'imported' END \
             WHERE state = 'queued' AND id IN ({}) AND NOT EXISTS \
             (SELECT 1 FROM deployment WHERE deployment.user_id = users.id AND deployment.state = 'queued')",
            list(1, chunk.len())
        );
        let ids = chunk.iter().map(|id| Value::from(id.0)).collect();
        sql::run(tx, &text, ids).await?;
    }
    Ok(())
}

/// Stamps *Deployed*: the mail server accepted these users' mails. Who downloaded before is not set back by it.
pub async fn stamp_deployed(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET deployed_at = $1, state = CASE WHEN suspended THEN state {COME} ELSE 'deployed' END WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Stamps *Downloaded*: a client really fetched its configuration. The first time stays.
pub async fn stamp_downloaded(tx: &Tx, user: UserId) -> Result<()> {
    let text = "UPDATE users SET downloaded_at = COALESCE(downloaded_at, $1), \
                state = CASE WHEN suspended THEN state WHEN registered_at IS NOT NULL THEN 'registered' ELSE 'downloaded' END \
                WHERE id = $2";
    sql::run(tx, text, vec![tx.env().now().0.into(), user.0.into()])
        .await
        .map(drop)
}

/// Forgets how far users have come: what they were given does not count any more.
pub async fn start_anew(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET deployed_at = NULL, downloaded_at = NULL, registered_at = NULL, registered_last_at = NULL, \
             state = CASE WHEN suspended THEN state ELSE 'imported' END WHERE id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| Value::from(id.0)).collect();
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}
