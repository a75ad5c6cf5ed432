//! Deployment profiles and their versions.

use std::collections::HashMap;

use model::{Actor, Profile, ProfileId, ProfileSettings, Timestamp, text::fold};
use sea_orm::Value;

use crate::{
    Error, Result, Store, Tx, audit, devices,
    sql::{self, Row, Runs, list as places, to_json},
};

const COLUMNS: &str = "id, name, settings, version";

fn read(row: &Row) -> Result<Profile> {
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

/// How many users have a profile.
pub async fn count_users(store: &Store, id: ProfileId) -> Result<i64> {
    count_users_on(store, id).await
}

async fn count_users_on(on: &impl Runs, id: ProfileId) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM users WHERE profile_id = $1";
    let row = sql::one(on, text, vec![id.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// How many of a profile's users have a client with its configuration, but for one that was given one of these versions of it.
pub async fn count_configured(store: &Store, id: ProfileId, but: &[i64]) -> Result<i64> {
    let mut text =
        "SELECT COUNT(DISTINCT d.user_id) FROM users AS u JOIN device AS d ON d.user_id = u.id \
                    WHERE u.profile_id = $1 AND d.state = 'live' AND NOT u.suspended"
            .to_owned();
    let mut values: Vec<Value> = vec![id.0.into()];
    if !but.is_empty() {
        let other = format!(
            " AND (d.profile_version IS NULL OR d.profile_version NOT IN ({}))",
            places(2, but.len())
        );
        text += &other;
        values.extend(but.iter().map(|version| Value::from(*version)));
    }
    let row = sql::one(store, &text, values).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// One profile.
pub async fn get(store: &Store, id: ProfileId) -> Result<Profile> {
    get_on(store, id).await
}

/// One profile, within a transaction.
pub async fn get_in(tx: &Tx, id: ProfileId) -> Result<Profile> {
    get_on(tx, id).await
}

/// Some profiles; those that are gone are left out.
pub async fn by_id(store: &Store, ids: &[ProfileId]) -> Result<Vec<Profile>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT {COLUMNS} FROM profile WHERE id IN ({})",
            sql::list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(store, &text, values).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// The versions of some profiles, which nobody changes before this transaction ends; those that are gone are left out. Whoever gives a
/// device what is made of a profile holds it, so that a change of it finds the device. It is held before the user is.
pub async fn hold(tx: &Tx, ids: &[ProfileId]) -> Result<HashMap<ProfileId, i64>> {
    let mut held = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT id, version FROM profile WHERE id IN ({}) ORDER BY id {}",
            sql::list(1, chunk.len()),
            tx.dialect().for_share()
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(tx, &text, values).await? {
            held.insert(ProfileId(row.get(0)?), row.get(1)?);
        }
    }
    Ok(held)
}

/// One profile that nobody else changes before this transaction ends.
pub async fn lock(tx: &Tx, id: ProfileId) -> Result<Profile> {
    let text = "UPDATE profile SET version = version WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await?;
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
    keep_version(tx, id, actor).await?;
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
    keep_version(tx, id, actor).await?;
    audit::append(tx, actor, "profile.changed", id, name).await
}

/// Keeps a profile as it stands as one of its versions.
async fn keep_version(tx: &Tx, id: ProfileId, actor: &Actor) -> Result<()> {
    let text = "INSERT INTO profile_version (profile_id, version, name, settings, actor, at) \
                SELECT id, version, name, settings, $1, updated_at FROM profile WHERE id = $2";
    sql::run(tx, text, vec![actor.0.clone().into(), id.0.into()])
        .await
        .map(drop)
}

/// A profile as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name and settings, under the version's number.
    pub profile: Profile,
    /// Who made it so; empty for what was there before versions were kept.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

const VERSION: &str = "profile_id, name, settings, version, actor, at";

fn read_version(row: &Row) -> Result<Version> {
    Ok(Version {
        profile: read(row)?,
        actor: row.get(4)?,
        at: Timestamp(row.get(5)?),
    })
}

/// Up to `limit` versions of a profile before the version `before`, newest first.
pub async fn versions(
    store: &Store,
    id: ProfileId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Version>> {
    let text = format!(
        "SELECT {VERSION} FROM profile_version WHERE profile_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX);
    sql::all(store, &text, vec![id.0.into(), before.into(), limit.into()])
        .await?
        .iter()
        .map(read_version)
        .collect()
}

/// Of a profile's versions those that devices of its users were given, within a transaction.
pub async fn given_in(tx: &Tx, id: ProfileId) -> Result<Vec<Version>> {
    given_on(tx, id).await
}

/// The same, outside of one.
pub async fn given(store: &Store, id: ProfileId) -> Result<Vec<Version>> {
    given_on(store, id).await
}

async fn given_on(on: &impl Runs, id: ProfileId) -> Result<Vec<Version>> {
    let text = format!(
        "SELECT {VERSION} FROM profile_version WHERE profile_id = $1 AND version IN \
         (SELECT device.profile_version FROM users JOIN device ON device.user_id = users.id WHERE users.profile_id = $1)"
    );
    let rows = sql::all(on, &text, vec![id.0.into()]).await?;
    rows.iter().map(read_version).collect()
}

/// One version of a profile.
pub async fn version(store: &Store, id: ProfileId, version: i64) -> Result<Version> {
    let text =
        format!("SELECT {VERSION} FROM profile_version WHERE profile_id = $1 AND version = $2");
    let row = sql::one(store, &text, vec![id.0.into(), version.into()]).await?;
    read_version(&row.ok_or(Error::Missing("version of this profile"))?)
}

/// Gives a profile's users another one, and tells so in their timelines: how many they are.
pub async fn replace(tx: &Tx, from: &Profile, to: &Profile, actor: &Actor) -> Result<u64> {
    let values = vec![
        tx.env().now().0.into(),
        format!("{} → {}", from.name, to.name).into(),
        actor.0.clone().into(),
        from.id.0.into(),
    ];
    let text = "INSERT INTO user_event (user_id, at, kind, detail, actor) \
                SELECT id, CAST($1 AS BIGINT), 'profile-changed', CAST($2 AS TEXT), CAST($3 AS TEXT) FROM users WHERE profile_id = $4";
    sql::run(tx, text, values).await?;
    devices::mark_replaced(tx, from.id).await?;
    let text = "UPDATE users SET profile_id = $1, version = version + 1 WHERE profile_id = $2";
    sql::run(tx, text, vec![to.id.0.into(), from.id.0.into()]).await
}

/// Removes a profile that nobody uses, with its versions; how many users stand in the way otherwise.
pub async fn remove(tx: &Tx, id: ProfileId, actor: &Actor) -> Result<Result<(), i64>> {
    let users = count_users_on(tx, id).await?;
    if users > 0 {
        return Ok(Err(users));
    }
    if sql::run(tx, "DELETE FROM profile WHERE id = $1", vec![id.0.into()]).await? == 0 {
        return Err(Error::Missing("profile"));
    }
    let text = "DELETE FROM profile_version WHERE profile_id = $1";
    sql::run(tx, text, vec![id.0.into()]).await?;
    audit::append(tx, actor, "profile.removed", id, "").await?;
    Ok(Ok(()))
}
