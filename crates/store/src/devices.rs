//! Devices: clients that exchanged a ticket, found by the hash of their own link.

use std::collections::HashSet;

use model::{
    ClientKind, DeploymentId, DeviceId, ProfileId, Timestamp, UserId, deployment::DeviceState,
    ticket::LinkHash,
};
use sea_orm::Value;

use crate::{
    Result, Store, Tx, profiles,
    sql::{self, Row, Runs, blob, list},
};

/// A pending device that broke off gives its place back after this.
pub const PENDING_S: i64 = 600;

/// Devices that keep their place: they had their configuration. A device that was withdrawn does not come back by the same link.
pub(crate) const TOOK_IT: &str = "downloaded_at IS NOT NULL";

/// Devices whose configuration is out of date. Those of suspended people are given none, so theirs is not.
pub(crate) const LATE: &str = "state = 'live' AND out_of_date_at IS NOT NULL \
                               AND user_id NOT IN (SELECT id FROM users WHERE state = 'suspended')";

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The deployment that it came by.
    pub deployment: DeploymentId,
    /// Whose it is.
    pub user: UserId,
    /// Where it stands.
    pub state: DeviceState,
    /// What it runs.
    pub client: ClientKind,
    /// Product and version of its client; no name of a person or a device.
    pub agent: String,
    /// When it exchanged the ticket.
    pub created_at: Timestamp,
    /// When it had taken its configuration whole.
    pub downloaded_at: Option<Timestamp>,
    /// When it last fetched.
    pub fetched_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// How it was seen at the registrar.
    pub registered: Option<Registered>,
    /// Since when its configuration is another than the one that it would be given now.
    pub out_of_date_at: Option<Timestamp>,
    /// Since when its next fetch is answered in full, whatever it has.
    pub forced_at: Option<Timestamp>,
    /// Whether what it was given last has it ask again by itself.
    pub asks_again: bool,
}

/// A device that was seen at the registrar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// When first.
    pub at: Timestamp,
    /// When last; it may lag some minutes behind.
    pub last_at: Timestamp,
    /// Product and version that it calls itself there.
    pub agent: String,
}

pub(crate) const COLUMNS: &str = "id, deployment_id, user_id, state, client, agent, created_at, downloaded_at, fetched_at, revoked_at, \
                              registered_at, registered_last_at, registered_agent, out_of_date_at, forced_at, asks_again";

pub(crate) fn read(row: &Row) -> Result<Device> {
    Ok(Device {
        id: DeviceId(row.get(0)?),
        deployment: DeploymentId(row.get(1)?),
        user: UserId(row.get(2)?),
        state: row.named(3, "device state", DeviceState::parse)?,
        client: row.named(4, "client kind", ClientKind::parse)?,
        agent: row.get(5)?,
        created_at: Timestamp(row.get(6)?),
        downloaded_at: row.get::<Option<_>>(7)?.map(Timestamp),
        fetched_at: row.get::<Option<_>>(8)?.map(Timestamp),
        revoked_at: row.get::<Option<_>>(9)?.map(Timestamp),
        registered: match (row.get::<Option<_>>(10)?, row.get::<Option<_>>(11)?) {
            (Some(at), Some(last)) => Some(Registered {
                at: Timestamp(at),
                last_at: Timestamp(last),
                agent: row.get(12)?,
            }),
            _ => None,
        },
        out_of_date_at: row.get::<Option<_>>(13)?.map(Timestamp),
        forced_at: row.get::<Option<_>>(14)?.map(Timestamp),
        asks_again: row.get(15)?,
    })
}

/// How many places of a deployment are taken: by devices that have their configuration or had it, and by fetches under way. A fetch that broke off is listed and does not count after [`PENDING_S`].
pub async fn places_taken(tx: &Tx, deployment: DeploymentId) -> Result<i64> {
    let since = tx.env().now().plus_s(-PENDING_S);
    let text = format!(
        "SELECT COUNT(*) FROM device WHERE deployment_id = $1 AND ({TOOK_IT} OR (state = 'pending' AND created_at > $2))"
    );
    let row = sql::one(tx, &text, vec![deployment.0.into(), since.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The same of a ticket that a typed code gave.
pub async fn places_taken_by_code(tx: &Tx, ticket: LinkHash) -> Result<i64> {
    let since = tx.env().now().plus_s(-PENDING_S);
    let text = format!(
        "SELECT COUNT(*) FROM device WHERE deployment_id = (SELECT deployment_id FROM code_ticket WHERE ticket_hash = $1) \
         AND code_ticket = $1 AND ({TOOK_IT} OR (state = 'pending' AND created_at > $2))"
    );
    let row = sql::one(tx, &text, vec![blob(ticket.0), since.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Notes that a device came by a ticket that a typed code gave.
pub async fn came_by_code(tx: &Tx, device: DeviceId, ticket: LinkHash) -> Result<()> {
    let text = "UPDATE device SET code_ticket = $1 WHERE id = $2";
    let values = vec![blob(ticket.0), device.0.into()];
    sql::run(tx, text, values).await.map(drop)
}

/// Adds a pending device.
pub async fn add(tx: &Tx, device: &Device, link: LinkHash) -> Result<()> {
    let values = vec![
        device.id.0.into(),
        device.deployment.0.into(),
        device.user.0.into(),
        blob(link.0),
        DeviceState::Pending.name().into(),
        device.client.name().into(),
        device.agent.clone().into(),
        device.created_at.0.into(),
        device.out_of_date_at.map(|at| at.0).into(),
        device.asks_again.into(),
    ];
    let text = "INSERT INTO device (id, deployment_id, user_id, link_hash, state, client, agent, created_at, out_of_date_at, asks_again, \
                profile_version) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10, CASE WHEN CAST($9 AS BIGINT) IS NULL THEN \
                (SELECT p.version FROM users u JOIN profile p ON p.id = u.profile_id WHERE u.id = $3) END)";
    sql::run(tx, text, values).await.map(drop)
}

/// One device, within a transaction.
pub async fn get_in(tx: &Tx, id: DeviceId) -> Result<Device> {
    let text = format!("SELECT {COLUMNS} FROM device WHERE id = $1");
    let row = sql::one(tx, &text, vec![id.0.into()]).await?;
    read(&row.ok_or(crate::Error::Missing("device"))?)
}

/// A user's devices, newest first.
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<Device>> {
    let text = format!(
        "SELECT {COLUMNS} FROM device WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100"
    );
    sql::all(store, &text, vec![user.0.into()])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// The devices of some users that have their configuration.
pub async fn live_of(store: &Store, users: &[UserId]) -> Result<Vec<Device>> {
    live_of_on(store, users).await
}

/// The same within a transaction.
pub async fn live_of_in(tx: &Tx, users: &[UserId]) -> Result<Vec<Device>> {
    live_of_on(tx, users).await
}

async fn live_of_on(on: &impl Runs, users: &[UserId]) -> Result<Vec<Device>> {
    let mut found = Vec::new();
    for chunk in users.chunks(1000) {
        let text = format!(
            "SELECT {COLUMNS} FROM device WHERE state = 'live' AND user_id IN ({}) ORDER BY created_at, id",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(on, &text, values).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// A pending device has taken its configuration whole: whether this was news.
pub async fn stamp_downloaded(tx: &Tx, device: DeviceId) -> Result<bool> {
    let now = tx.env().now().0;
    let text = "UPDATE device SET state = 'live', downloaded_at = $1, fetched_at = $1 \
                WHERE id = $2 AND state IN ('pending', 'broken-off')";
    Ok(sql::run(tx, text, vec![now.into(), device.0.into()]).await? > 0)
}

/// A pending device broke off: it is listed, and its place is free again.
pub async fn give_place_back(tx: &Tx, device: DeviceId) -> Result<()> {
    let text = "UPDATE device SET state = 'broken-off' WHERE id = $1 AND state = 'pending'";
    sql::run(tx, text, vec![device.0.into()]).await.map(drop)
}

/// Takes the links of users' devices away.
pub async fn revoke(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE device SET state = 'revoked', revoked_at = $1 WHERE state NOT IN ('revoked', 'emptied') AND user_id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into()];
        values.extend(chunk.iter().map(|id| id.0.into()));
        sql::run(tx, &text, values).await?;
        // What is registered with it still is nothing that was given.
        let text = format!(
            "UPDATE contact SET device_id = NULL WHERE device_id IS NOT NULL AND user_id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Takes the link of one device of a user away: whether it had one.
pub async fn revoke_one(tx: &Tx, user: UserId, device: DeviceId) -> Result<bool> {
    let text = "UPDATE device SET state = 'revoked', revoked_at = $1 WHERE state NOT IN ('revoked', 'emptied') AND id = $2 AND user_id = $3";
    let values = vec![tx.env().now().0.into(), device.0.into(), user.0.into()];
    if sql::run(tx, text, values).await? == 0 {
        return Ok(false);
    }
    let text = "UPDATE contact SET device_id = NULL WHERE user_id = $1 AND device_id = $2";
    sql::run(tx, text, vec![user.0.into(), device.0.into()]).await?;
    Ok(true)
}

/// A withdrawn device has taken the document that empties it: its link is dead now.
pub async fn stamp_emptied(tx: &Tx, device: DeviceId) -> Result<()> {
    let text =
        "UPDATE device SET state = 'emptied', fetched_at = $1 WHERE id = $2 AND state = 'revoked'";
    let values = vec![tx.env().now().0.into(), device.0.into()];
    sql::run(tx, text, values).await.map(drop)
}

/// What a device was given at a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// When.
    pub at: Timestamp,
    /// The version of its user that it was made of.
    pub user_version: i64,
    /// The profile that it was made of.
    pub profile: ProfileId,
    /// The version of that.
    pub profile_version: i64,
    /// Whether it has the device ask again by itself.
    pub asks_again: bool,
    /// The wish to be answered in full that it was given by.
    pub forced_at: Option<Timestamp>,
}

/// Notes later fetches, many at once. What was made of present versions is up to date; what was made of others is not, whatever was
/// noted of the device meanwhile: these notes come some seconds late.
pub async fn stamp_fetched(tx: &Tx, fetches: &[(DeviceId, Given)]) -> Result<()> {
    let made_of: HashSet<ProfileId> = fetches.iter().map(|(_, given)| given.profile).collect();
    profiles::hold(tx, &made_of.into_iter().collect::<Vec<_>>()).await?;
    let rows = fetches
        .iter()
        .map(|(id, given)| {
            vec![
                id.0.into(),
                given.at.0.into(),
                given.user_version.into(),
                given.profile.0.into(),
                given.profile_version.into(),
                given.forced_at.map_or(0, |at| at.0).into(),
                given.asks_again.into(),
            ]
        })
        .collect();
    let is_present = "EXISTS (SELECT 1 FROM users u JOIN profile p ON p.id = u.profile_id \
                      WHERE u.id = device.user_id AND u.version = v.column3 AND p.id = v.column4 AND p.version = v.column5)";
    let set = format!(
        "fetched_at = v.column2, forced_at = NULLIF(forced_at, v.column6), asks_again = v.column7, \
         out_of_date_at = CASE WHEN {is_present} THEN NULL ELSE COALESCE(out_of_date_at, v.column2) END, \
         profile_version = CASE WHEN {is_present} THEN v.column5 END"
    );
    sql::update(tx, "device", &set, "device.id = v.column1", rows)
        .await
        .map(drop)
}

/// Notes that the devices of these users, and of those alone of whom a condition is true, have another configuration than they
/// would be given now.
async fn mark(tx: &Tx, users: &[UserId], which: &str, value: Value) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE device SET {CHANGED} WHERE {STANDING} \
             AND user_id IN (SELECT id FROM users WHERE id IN ({}) {which})",
            list(3, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into(), value.clone()];
        values.extend(chunk.iter().map(|id| id.0.into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// A device has another configuration than it would be given now, whatever becomes of its profile.
const CHANGED: &str = "out_of_date_at = COALESCE(out_of_date_at, $1), profile_version = NULL";

/// Devices whose link was not withdrawn.
const STANDING: &str = "state NOT IN ('revoked', 'emptied')";

/// Notes that what the devices of these users have is out of date.
pub async fn mark_users(tx: &Tx, users: &[UserId]) -> Result<()> {
    mark(tx, users, "AND version <> $2", (-1_i64).into()).await
}

/// Notes that these users get a profile: what their devices have of another one is out of date.
pub(crate) async fn mark_other_profile(
    tx: &Tx,
    users: &[UserId],
    profile: Option<ProfileId>,
) -> Result<()> {
    let which = "AND profile_id IS DISTINCT FROM $2";
    mark(tx, users, which, profile.map(|id| id.0).into()).await
}

/// Notes that what the devices of a profile's users have is out of date, because the profile is another now; but for those that were
/// given one of these versions of it, which make the same documents as the present one.
pub async fn mark_profile(tx: &Tx, profile: ProfileId, same: &[i64]) -> Result<()> {
    // Whose version is known has nothing else that changed.
    let present = if same.is_empty() {
        String::new()
    } else {
        let versions = list(3, same.len());
        format!("WHEN profile_version IN ({versions}) THEN NULL")
    };
    let text = format!(
        "UPDATE device SET out_of_date_at = CASE {present} WHEN out_of_date_at IS NULL THEN $1 ELSE out_of_date_at END \
         WHERE {STANDING} AND user_id IN (SELECT id FROM users WHERE profile_id = $2)"
    );
    let mut values = vec![tx.env().now().0.into(), profile.0.into()];
    values.extend(same.iter().map(|version| Value::from(*version)));
    sql::run(tx, &text, values).await.map(drop)
}

/// Notes the same where they get another profile instead of this one.
pub(crate) async fn mark_replaced(tx: &Tx, profile: ProfileId) -> Result<()> {
    let text = format!(
        "UPDATE device SET {CHANGED} WHERE {STANDING} \
         AND user_id IN (SELECT id FROM users WHERE profile_id = $2)"
    );
    let values = vec![tx.env().now().0.into(), profile.0.into()];
    sql::run(tx, &text, values).await.map(drop)
}

/// Notes the form of the documents that are made now: of another one every device's is out of date.
pub async fn renew_form(tx: &Tx, form: i64) -> Result<()> {
    let text = "UPDATE fact SET value = $1 WHERE name = 'documents_form' AND value <> $1";
    if sql::run(tx, text, vec![form.into()]).await? == 0 {
        return Ok(());
    }
    let text = format!("UPDATE device SET {CHANGED} WHERE {STANDING}");
    sql::run(tx, &text, vec![tx.env().now().0.into()])
        .await
        .map(drop)
}

/// Has the next fetch of these devices answered in full.
pub async fn force(tx: &Tx, devices: &[DeviceId]) -> Result<()> {
    for chunk in devices.chunks(1000) {
        let text = format!(
            "UPDATE device SET forced_at = $1 WHERE state = 'live' AND id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into()];
        values.extend(chunk.iter().map(|id| id.0.into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Of these users those with a device whose configuration is out of date.
pub async fn out_of_date_of(store: &Store, users: &[UserId]) -> Result<HashSet<UserId>> {
    let mut found = HashSet::new();
    for chunk in users.chunks(1000) {
        let text = format!(
            "SELECT DISTINCT user_id FROM device WHERE {LATE} AND user_id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(store, &text, values).await? {
            found.insert(UserId(row.get(0)?));
        }
    }
    Ok(found)
}

/// How many users have a device whose configuration is out of date.
pub async fn count_out_of_date(store: &Store) -> Result<i64> {
    let text = format!("SELECT COUNT(DISTINCT user_id) FROM device WHERE {LATE}");
    let row = sql::one(store, &text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}
