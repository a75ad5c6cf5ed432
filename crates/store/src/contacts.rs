//! Contacts: who is registered at a connection now, as far as it is a user of ours. Which device it is, is decided elsewhere.

use std::collections::{BTreeMap, HashMap};

use model::{ConnectionId, DeviceId, Timestamp, UserId, text::product};
use sea_orm::Value;

use crate::{
    Result, Store, Tx,
    sql::{self, blob, bulk, list},
};

/// The last time that a contact was seen is written again after so many seconds: most are there at each look.
const FRESH_S: i64 = 600;
/// How far the clock of a component may be behind ours.
const SKEW_S: i64 = 120;
/// A contact that no device was found for is looked at again for so long.
const OPEN_S: i64 = 86_400;

/// A contact as a component tells it.
#[derive(Debug, Clone)]
pub struct Told {
    /// The component's id of the record that it belongs to; may be empty.
    pub source_id: String,
    /// User part of the account; may be empty.
    pub user: String,
    /// Its whole address: hashed, and not kept.
    pub address: String,
    /// The host of that.
    pub host: String,
    /// What the client calls itself.
    pub agent: String,
    /// Since when, where that is told.
    pub since: Option<Timestamp>,
}

/// How many contacts were of users, and how many of nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Of users.
    pub known: i64,
    /// Of people whom nobody imported, of accounts that several users have, or not to be read.
    pub unknown: i64,
}

/// Keeps a page of contacts. Those of unknown people are counted and forgotten.
pub async fn keep(tx: &Tx, connection: ConnectionId, told: &[Told]) -> Result<Counted> {
    let now = tx.env().now();
    let owners = owners(tx, connection, told).await?;
    let mut rows = BTreeMap::new();
    let mut counted = Counted::default();
    for (contact, owner) in told.iter().zip(owners) {
        let Some(user) = owner else {
            counted.unknown += 1;
            continue;
        };
        counted.known += 1;
        let agent = product(&contact.agent);
        let name = format!("{user} {agent} {}", contact.address);
        let first = contact.since.filter(|since| *since < now.plus_s(-SKEW_S));
        let host: String = contact.host.chars().take(255).collect();
        let mac = tx.sealer().contact_mac(&name);
        let row: Vec<Value> = vec![
            connection.0.into(),
            blob(mac),
            user.0.into(),
            agent.into(),
            host.into(),
            first.unwrap_or(now).0.into(),
            now.0.into(),
        ];
        rows.insert(mac, row);
    }
    let head =
        "INSERT INTO contact (connection_id, address_mac, user_id, agent, host, first_at, last_at)";
    let tail = format!(
        "ON CONFLICT (connection_id, address_mac) DO UPDATE SET last_at = excluded.last_at \
         WHERE contact.last_at < excluded.last_at - {}",
        FRESH_S * 1000
    );
    bulk(tx, head, rows.into_values().collect(), &tail).await?;
    Ok(counted)
}

/// Whose each contact is: of the person behind the record that is named, else of the one user with that account. Where a
/// domain was told beside it, only users who come from no component are told by the account alone.
async fn owners(tx: &Tx, connection: ConnectionId, told: &[Told]) -> Result<Vec<Option<UserId>>> {
    let (mut by_record, mut by_account) = (HashMap::new(), HashMap::new());
    for chunk in told.chunks(1000) {
        let ids = chunk.iter().filter(|c| !c.source_id.is_empty());
        let ids: Vec<Value> = ids.map(|c| c.source_id.clone().into()).collect();
        if !ids.is_empty() {
            let text = format!(
                "SELECT r.source_id, u.id FROM record r JOIN users u ON u.entry_id = r.entry_id \
                 WHERE r.connection_id = $1 AND NOT r.gone AND r.source_id IN ({})",
                list(2, ids.len())
            );
            let mut values = vec![connection.0.into()];
            values.extend(ids);
            for row in &sql::all(tx, &text, values).await? {
                by_record.insert(row.get::<String>(0)?, UserId(row.get(1)?));
            }
        }
        let users = chunk.iter().filter(|c| !c.user.is_empty());
        let users: Vec<Value> = users.map(|c| c.user.clone().into()).collect();
        if !users.is_empty() {
            let text = format!(
                "SELECT sip_key, id, entry_id IS NULL FROM users WHERE sip_key <> '' AND sip_key IN ({})",
                list(1, users.len())
            );
            for row in &sql::all(tx, &text, users).await? {
                let users: &mut Vec<(UserId, bool)> =
                    by_account.entry(row.get::<String>(0)?).or_default();
                users.push((UserId(row.get(1)?), row.get(2)?));
            }
        }
    }
    let owner = |contact: &Told| {
        let of_record = by_record.get(&contact.source_id).copied();
        of_record.or_else(|| match by_account.get(&contact.user)?.as_slice() {
            [(user, own)] if *own || contact.source_id.is_empty() => Some(*user),
            _ => None,
        })
    };
    Ok(told.iter().map(owner).collect())
}

/// A contact whose device is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// What it is found by.
    pub mac: Vec<u8>,
    /// Whose it is.
    pub user: UserId,
    /// Product and version of its client.
    pub agent: String,
    /// When it was first seen.
    pub first_at: Timestamp,
}

/// Up to `limit` contacts of a connection whose device is not known, after the contact `after`.
pub async fn open(
    store: &Store,
    connection: ConnectionId,
    after: Option<&Open>,
    limit: i64,
) -> Result<Vec<Open>> {
    let since = store.env().now().plus_s(-OPEN_S);
    let (first, mac) = after.map_or((since, &[][..]), |after| (after.first_at, &after.mac));
    let text = "SELECT address_mac, user_id, agent, first_at FROM contact WHERE connection_id = $1 AND device_id IS NULL \
                AND (first_at, address_mac) > ($2, $3) ORDER BY first_at, address_mac LIMIT $4";
    let values = vec![connection.0.into(), first.0.into(), blob(mac), limit.into()];
    let rows = sql::all(store, text, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Open {
                mac: row.get(0)?,
                user: UserId(row.get(1)?),
                agent: row.get(2)?,
                first_at: Timestamp(row.get(3)?),
            })
        })
        .collect()
}

/// Notes which devices contacts are.
pub async fn assign(tx: &Tx, connection: ConnectionId, found: &[(&Open, DeviceId)]) -> Result<()> {
    let rows = found
        .iter()
        .map(|(contact, device)| vec![connection.0.into(), blob(&contact.mac), device.0.into()])
        .collect();
    let which = "contact.connection_id = v.column1 AND contact.address_mac = v.column2";
    sql::update(tx, "contact", "device_id = v.column3", which, rows)
        .await
        .map(drop)
}

/// Ends a look at everybody that began at `began`: contacts that were not there any more are forgotten, devices and users are
/// stamped with those that were.
pub async fn end(
    tx: &Tx,
    connection: ConnectionId,
    began: Timestamp,
    counted: Counted,
) -> Result<()> {
    let id = || connection.0.into();
    let text = "DELETE FROM contact WHERE connection_id = $1 AND last_at < $2";
    sql::run(tx, text, vec![id(), began.plus_s(-FRESH_S).0.into()]).await?;
    let text = "UPDATE device SET registered_at = COALESCE(registered_at, c.first_at), registered_last_at = c.last_at, \
                registered_agent = c.agent FROM contact AS c WHERE c.connection_id = $1 AND c.device_id = device.id \
                AND (registered_last_at IS NULL OR registered_last_at < c.last_at)";
    sql::run(tx, text, vec![id()]).await?;
    let text = "UPDATE users SET registered_at = COALESCE(registered_at, c.first_at), registered_last_at = c.last_at, \
                state = CASE WHEN suspended OR state IN ('queued', 'failed') THEN state ELSE 'registered' END \
                FROM contact AS c WHERE c.connection_id = $1 AND c.device_id IS NOT NULL AND c.user_id = users.id \
                AND (registered_last_at IS NULL OR registered_last_at < c.last_at)";
    sql::run(tx, text, vec![id()]).await?;
    let text = "UPDATE connection SET contacts_known = $1, contacts_unknown = $2 WHERE id = $3";
    let values = vec![counted.known.into(), counted.unknown.into(), id()];
    sql::run(tx, text, values).await.map(drop)
}

/// A contact as a user's page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The device that it is, where that is known.
    pub device: Option<DeviceId>,
    /// Product and version of its client.
    pub agent: String,
    /// Where it is.
    pub host: String,
    /// When it was first seen.
    pub first_at: Timestamp,
    /// When it was last seen.
    pub last_at: Timestamp,
}

/// The contacts that a user has now, newest first.
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<Contact>> {
    let text = "SELECT device_id, agent, host, first_at, last_at FROM contact WHERE user_id = $1 \
                ORDER BY first_at DESC, address_mac LIMIT 100";
    let rows = sql::all(store, text, vec![user.0.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Contact {
                device: row.get::<Option<_>>(0)?.map(DeviceId),
                agent: row.get(1)?,
                host: row.get(2)?,
                first_at: Timestamp(row.get(3)?),
                last_at: Timestamp(row.get(4)?),
            })
        })
        .collect()
}

/// When a connection was last asked who is registered, and what was found.
pub async fn last_look(
    store: &Store,
    connection: ConnectionId,
) -> Result<Option<(Timestamp, Counted)>> {
    let text = "SELECT contacts_at, contacts_known, contacts_unknown FROM connection WHERE id = $1 AND contacts_at IS NOT NULL";
    let row = sql::one(store, text, vec![connection.0.into()]).await?;
    row.map(|row| {
        let counted = Counted {
            known: row.get(1)?,
            unknown: row.get(2)?,
        };
        Ok((Timestamp(row.get(0)?), counted))
    })
    .transpose()
}

/// Takes the next look at a connection, if none was taken for so many seconds: false where another server was first.
pub async fn take_due(tx: &Tx, connection: ConnectionId, every_s: i64) -> Result<bool> {
    let now = tx.env().now();
    let text = "UPDATE connection SET contacts_at = $1 WHERE id = $2 AND (contacts_at IS NULL OR contacts_at <= $3)";
    let values = vec![
        now.0.into(),
        connection.0.into(),
        now.plus_s(-every_s).0.into(),
    ];
    Ok(sql::run(tx, text, values).await? == 1)
}
