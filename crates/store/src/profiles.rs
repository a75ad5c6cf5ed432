//! Deployment profiles.

use model::{Actor, Profile, ProfileId, ProfileSettings, text::fold};

use crate::{
    Error, Result, Store, Tx, audit,
    sql::{self, Row, Runs, to_json},
};

pub(crate) const COLUMNS: &str = "id, name, settings, version";

pub(crate) fn read(row: &Row) -> Result<Profile> {
    Ok(Profile {
        id: ProfileId(row.get(0)?),
        name: row.get(1)?,
        settings: row.json(2, "profile")?,
        version: row.get(3)?,
    })
}

/// Every profile with the number of its users, by name.
pub async fn list(store: &Store) -> Result<Vec<(Profile, i64)>> {
    let text = "SELECT id, name, settings, version, (SELECT COUNT(*) FROM users u WHERE u.profile_id = p.id) \
                FROM profile p ORDER BY name_key";
    let rows = sql::all(store, text, vec![]).await?;
    rows.iter()
        .map(|row| Ok((read(row)?, row.get(4)?)))
        .collect()
}

/// One profile.
pub async fn get(store: &Store, id: ProfileId) -> Result<Profile> {
    get_on(store, id).await
}

/// One profile, within a transaction.
pub async fn get_in(tx: &Tx, id: ProfileId) -> Result<Profile> {
    get_on(tx, id).await
}

async fn get_on(on: &impl Runs, id: ProfileId) -> Result<Profile> {
    let text = format!("SELECT {COLUMNS} FROM profile WHERE id = $1");
    let row = sql::one(on, &text, vec![id.0.into()]).await?;
    read(&row.ok_or(Error::Missing("profile"))?)
}

/// Adds a profile.
pub async fn add(
    tx: &Tx,
    name: &str,
    settings: &ProfileSettings,
    actor: &Actor,
) -> Result<Profile> {
    let (id, now) = (ProfileId::new(tx.env()), tx.env().now().0);
    let values = vec![
        id.0.into(),
        name.into(),
        fold(name).into(),
        to_json(settings).into(),
        1_i64.into(),
        now.into(),
        now.into(),
    ];
    let text = "INSERT INTO profile (id, name, name_key, settings, version, created_at, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7)";
    sql::run(tx, text, values).await?;
    audit::append(tx, actor, "profile.added", id, name).await?;
    Ok(Profile {
        id,
        name: name.to_owned(),
        settings: settings.clone(),
        version: 1,
    })
}

/// Changes a profile; its version rises.
pub async fn change(
    tx: &Tx,
    id: ProfileId,
    name: &str,
    settings: &ProfileSettings,
    actor: &Actor,
) -> Result<()> {
    let values = vec![
        name.into(),
        fold(name).into(),
        to_json(settings).into(),
        tx.env().now().0.into(),
        id.0.into(),
    ];
    let text = "UPDATE profile SET name = $1, name_key = $2, settings = $3, version = version + 1, updated_at = $4 WHERE id = $5";
    if sql::run(tx, text, values).await? == 0 {
        return Err(Error::Missing("profile"));
    }
    audit::append(tx, actor, "profile.changed", id, name).await
}

/// Removes a profile that nobody uses; how many users stand in the way otherwise.
pub async fn remove(tx: &Tx, id: ProfileId, actor: &Actor) -> Result<Result<(), i64>> {
    let users = sql::one(
        tx,
        "SELECT COUNT(*) FROM users WHERE profile_id = $1",
        vec![id.0.into()],
    )
    .await?;
    let users: i64 = users.map_or(Ok(0), |row| row.get(0))?;
    if users > 0 {
        return Ok(Err(users));
    }
    if sql::run(tx, "DELETE FROM profile WHERE id = $1", vec![id.0.into()]).await? == 0 {
        return Err(Error::Missing("profile"));
    }
    audit::append(tx, actor, "profile.removed", id, "").await?;
    Ok(Ok(()))
}
