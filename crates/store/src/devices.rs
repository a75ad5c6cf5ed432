//! Devices: clients that exchanged a ticket, found by the hash of their own link.

use model::{
    ClientKind, DeploymentId, DeviceId, Timestamp, UserId, deployment::DeviceState,
    ticket::LinkHash,
};

use crate::{
    Result, Store, Tx,
    sql::{self, Row, blob, list},
};

/// A pending device that broke off gives its place back after this.
pub const PENDING_S: i64 = 600;

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
}

pub(crate) const COLUMNS: &str = "id, deployment_id, user_id, state, client, agent, created_at, downloaded_at, fetched_at, revoked_at";

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
    })
}

/// How many places of a deployment are taken: by devices that have their configuration, and by fetches
/// under way. A fetch that broke off is listed and does not count after [`PENDING_S`].
pub async fn places_taken(tx: &Tx, deployment: DeploymentId) -> Result<i64> {
    let since = tx.env().now().plus_s(-PENDING_S);
    let text = "SELECT COUNT(*) FROM device WHERE deployment_id = $1 AND (state = 'live' OR (state = 'pending' AND created_at > $2))";
    let row = sql::one(tx, text, vec![deployment.0.into(), since.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
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
    ];
    let text = "INSERT INTO device (id, deployment_id, user_id, link_hash, state, client, agent, created_at) \
                VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
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
    }
    Ok(())
}

/// A withdrawn device has taken the document that empties it: its link is dead now.
pub async fn stamp_emptied(tx: &Tx, device: DeviceId) -> Result<()> {
    let text =
        "UPDATE device SET state = 'emptied', fetched_at = $1 WHERE id = $2 AND state = 'revoked'";
    let values = vec![tx.env().now().0.into(), device.0.into()];
    sql::run(tx, text, values).await.map(drop)
}

/// Notes later fetches, many at once.
pub async fn stamp_fetched(tx: &Tx, fetches: &[(DeviceId, Timestamp)]) -> Result<()> {
    let rows = fetches
        .iter()
        .map(|(id, at)| vec![id.0.into(), at.0.into()])
        .collect();
    sql::update(
        tx,
        "device",
        "fetched_at = v.column2",
        "device.id = v.column1",
        rows,
    )
    .await
    .map(drop)
}
