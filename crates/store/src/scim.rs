//! Users that identity providers push, as they stand there; the records that are made of them lie beside them.

use model::{ConnectionId, Timestamp};
use uuid::Uuid;

use crate::{
    Error, Result, Store, Tx,
    connections::{self, Connection},
    sealing::sha256,
    sql::{self, Row, Runs, blob},
};

/// One user as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Its id.
    pub id: Uuid,
    /// What is kept of it, as JSON.
    pub data: String,
    /// Rises with every change, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// What a user is found by.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// Its name in the form in which names are compared; unique.
    pub user_name: &'a str,
    /// The provider's own id of it; may be empty.
    pub external_id: &'a str,
}

const COLUMNS: &str = "id, data, version, created_at, changed_at";

fn read(row: &Row) -> Result<Pushed> {
    Ok(Pushed {
        id: row.get(0)?,
        data: row.get(1)?,
        version: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        changed_at: Timestamp(row.get(4)?),
    })
}

/// The connection that takes this token.
pub async fn connection_of(store: &Store, token: &str) -> Result<Option<Connection>> {
    let text = "SELECT id FROM connection WHERE token_hash = $1";
    match sql::one(store, text, vec![blob(sha256(token))]).await? {
        None => Ok(None),
        Some(row) => connections::get(store, ConnectionId(row.get(0)?))
            .await
            .map(Some),
    }
}

/// Gives a connection the token that it takes, which is kept as its hash; the one before is worth nothing then.
pub async fn set_token(tx: &Tx, connection: ConnectionId, token: &str) -> Result<()> {
    let text = "UPDATE connection SET token_hash = $1 WHERE id = $2";
    sql::run(tx, text, vec![blob(sha256(token)), connection.0.into()])
        .await
        .map(drop)
}

/// A user that was pushed to a connection which is removed meanwhile: that connection and its id there.
pub async fn left_behind(tx: &Tx, keys: Keys<'_>) -> Result<Option<(ConnectionId, Uuid)>> {
    let text = "SELECT u.connection_id, u.id FROM scim_user u JOIN connection c ON c.id = u.connection_id \
                WHERE u.user_name = $1 AND u.external_id = $2 AND c.removed_at IS NOT NULL \
                ORDER BY c.removed_at DESC, u.id LIMIT 1";
    let values = vec![keys.user_name.into(), keys.external_id.into()];
    let row = sql::one(tx, text, values).await?;
    row.map(|row| Ok((ConnectionId(row.get(0)?), row.get(1)?)))
        .transpose()
}

/// Adds a user under this id.
///
/// # Errors
/// [`Error::Taken`] where another one has its name.
pub async fn add(
    tx: &Tx,
    connection: ConnectionId,
    id: Uuid,
    keys: Keys<'_>,
    data: &str,
) -> Result<Pushed> {
    let now = tx.env().now();
    let values = vec![
        connection.0.into(),
        id.into(),
        keys.user_name.into(),
        keys.external_id.into(),
        data.into(),
        now.0.into(),
    ];
    let text = "INSERT INTO scim_user (connection_id, id, user_name, external_id, data, version, created_at, changed_at) \
                VALUES ($1,$2,$3,$4,$5,1,$6,$6)";
    sql::run(tx, text, values).await?;
    Ok(Pushed {
        id,
        data: data.to_owned(),
        version: 1,
        created_at: now,
        changed_at: now,
    })
}

/// Changes a user that still has this version.
///
/// # Errors
/// [`Error::Taken`] where another one has its new name, [`Error::Missing`] where it has another version meanwhile.
pub async fn change(
    tx: &Tx,
    connection: ConnectionId,
    before: &Pushed,
    keys: Keys<'_>,
    data: &str,
) -> Result<Pushed> {
    let now = tx.env().now();
    let values = vec![
        keys.user_name.into(),
        keys.external_id.into(),
        data.into(),
        now.0.into(),
        connection.0.into(),
        before.id.into(),
        before.version.into(),
    ];
    let text = "UPDATE scim_user SET user_name = $1, external_id = $2, data = $3, version = version + 1, changed_at = $4 \
                WHERE connection_id = $5 AND id = $6 AND version = $7";
    if sql::run(tx, text, values).await? == 0 {
        return Err(Error::Missing("version of this user"));
    }
    Ok(Pushed {
        data: data.to_owned(),
        version: before.version + 1,
        changed_at: now,
        ..before.clone()
    })
}

/// Removes a user: whether it was there.
pub async fn forget(tx: &Tx, connection: ConnectionId, id: Uuid) -> Result<bool> {
    let text = "DELETE FROM scim_user WHERE connection_id = $1 AND id = $2";
    let removed = sql::run(tx, text, vec![connection.0.into(), id.into()]).await?;
    Ok(removed == 1)
}

/// One user, if there.
pub async fn find(store: &Store, connection: ConnectionId, id: Uuid) -> Result<Option<Pushed>> {
    one(store, connection, "id", id.into()).await
}

/// The user of a name, if there.
pub async fn find_named(
    store: &Store,
    connection: ConnectionId,
    user_name: &str,
) -> Result<Option<Pushed>> {
    one(store, connection, "user_name", user_name.into()).await
}

async fn one(
    on: &impl Runs,
    connection: ConnectionId,
    column: &str,
    value: sea_orm::Value,
) -> Result<Option<Pushed>> {
    let text =
        format!("SELECT {COLUMNS} FROM scim_user WHERE connection_id = $1 AND {column} = $2");
    let row = sql::one(on, &text, vec![connection.0.into(), value]).await?;
    row.as_ref().map(read).transpose()
}

/// The users of a provider's own id, in order; more than one only where the provider gave it twice.
pub async fn of_external_id(
    store: &Store,
    connection: ConnectionId,
    external_id: &str,
    limit: i64,
) -> Result<Vec<Pushed>> {
    let text = format!(
        "SELECT {COLUMNS} FROM scim_user WHERE connection_id = $1 AND external_id = $2 ORDER BY id LIMIT $3"
    );
    let values = vec![connection.0.into(), external_id.into(), limit.into()];
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` users after one of them, in order; from the first without.
pub async fn after(
    store: &Store,
    connection: ConnectionId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Pushed>> {
    let after = after.unwrap_or(Uuid::nil());
    let text = format!(
        "SELECT {COLUMNS} FROM scim_user WHERE connection_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let values = vec![connection.0.into(), after.into(), limit.into()];
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` users after the first `skip`, in order. The protocol counts, so this does too.
pub async fn page(
    store: &Store,
    connection: ConnectionId,
    skip: i64,
    limit: i64,
) -> Result<Vec<Pushed>> {
    let text = format!(
        "SELECT {COLUMNS} FROM scim_user WHERE connection_id = $1 ORDER BY id LIMIT $2 OFFSET $3"
    );
    let values = vec![connection.0.into(), limit.into(), skip.into()];
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// How many users there are.
pub async fn count(store: &Store, connection: ConnectionId) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM scim_user WHERE connection_id = $1";
    let row = sql::one(store, text, vec![connection.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}
