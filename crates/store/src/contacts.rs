//! Contacts: who is registered at a connection now, as far as it is a user of ours. Which device it is, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{ConnectionId, DeviceId, ProfileSettings, Record, Timestamp, UserId, text::product};
use sea_orm::Value;

use crate::{
    Result, Store, Tx,
    sql::{self, blob, bulk, list},
    users::{self, sip_key},
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
            now.0.into(),
        ];
        rows.insert(mac, row);
    }
    let head = "INSERT INTO contact (connection_id, address_mac, user_id, agent, host, first_at, last_at, kept_at)";
    // A component that tells a later beginning than before tells of a phone that was set up anew at the same address.
    let anew = format!(
        "excluded.first_at < excluded.kept_at AND excluded.first_at > contact.first_at + {}",
        SKEW_S * 1000
    );
    let tail = format!(
        "ON CONFLICT (connection_id, address_mac) DO UPDATE SET last_at = excluded.last_at, \
         first_at = CASE WHEN {anew} THEN excluded.first_at ELSE contact.first_at END, \
         kept_at = CASE WHEN {anew} THEN excluded.kept_at ELSE contact.kept_at END, \
         device_id = CASE WHEN {anew} THEN NULL ELSE contact.device_id END \
         WHERE contact.last_at < excluded.last_at - {} OR ({anew})",
        FRESH_S * 1000
    );
    bulk(tx, head, rows.into_values().collect(), &tail).await?;
    Ok(counted)
}

/// A user whose account has the name that was told.
struct Candidate {
    user: UserId,
    /// The name of the account as it is written.
    account: String,
    /// Whether one of its records is of the connection.
    is_here: bool,
    /// The hosts that its account is at: its own, and the profile's.
    hosts: Vec<String>,
}

impl Candidate {
    fn is_at(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }
}

/// Whose each contact is: of the person behind the record that is named, else of the one user with that account at that
/// domain. Where no domain is told either, it is of somebody with a record there, else at a host of that registrar.
async fn owners(tx: &Tx, connection: ConnectionId, told: &[Told]) -> Result<Vec<Option<UserId>>> {
    let by_record = by_record(tx, connection, told).await?;
    let by_account = by_account(tx, connection, told).await?;
    let hosts = if by_account.is_empty() {
        HashSet::new()
    } else {
        hosts_of(tx, connection).await?
    };
    let owner = |contact: &Told| {
        let of_record = by_record.get(&contact.source_id).copied();
        of_record.or_else(|| {
            let all = by_account.get(&sip_key(&contact.user))?;
            let those: Vec<_> = match contact.source_id.rsplit_once('@') {
                Some((_, domain)) => all.iter().filter(|one| one.is_at(domain)).collect(),
                None if all.iter().any(|one| one.is_here) => {
                    all.iter().filter(|one| one.is_here).collect()
                }
                None => {
                    let is_known =
                        |one: &&Candidate| hosts.is_empty() || hosts.iter().any(|h| one.is_at(h));
                    all.iter().filter(is_known).collect()
                }
            };
            only(&those, &contact.user)
        })
    };
    Ok(told.iter().map(owner).collect())
}

/// The only one of them, or the only one that is written exactly like this.
fn only(candidates: &[&Candidate], account: &str) -> Option<UserId> {
    let exact = candidates
        .iter()
        .copied()
        .filter(|one| one.account == account);
    match (candidates, exact.collect::<Vec<_>>().as_slice()) {
        ([one], _) | (_, [one]) => Some(one.user),
        _ => None,
    }
}

async fn by_record(
    tx: &Tx,
    connection: ConnectionId,
    told: &[Told],
) -> Result<HashMap<String, UserId>> {
    let mut found = HashMap::new();
    let ids: BTreeSet<&str> = told.iter().map(|c| c.source_id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT r.source_id, u.id FROM record r JOIN users u ON u.entry_id = r.entry_id \
             WHERE r.connection_id = $1 AND NOT r.gone AND r.source_id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![connection.0.into()];
        values.extend(chunk.iter().map(|id| Value::from(*id)));
        for row in &sql::all(tx, &text, values).await? {
            found.insert(row.get(0)?, UserId(row.get(1)?));
        }
    }
    Ok(found)
}

async fn by_account(
    tx: &Tx,
    connection: ConnectionId,
    told: &[Told],
) -> Result<HashMap<String, Vec<Candidate>>> {
    let mut found: HashMap<String, Vec<Candidate>> = HashMap::new();
    let keys: BTreeSet<String> = told.iter().map(|c| sip_key(&c.user)).collect();
    let keys: Vec<String> = keys.into_iter().filter(|key| !key.is_empty()).collect();
    let columns: Vec<_> = users::COLUMNS.split(", ").collect();
    for chunk in keys.chunks(1000) {
        let text = format!(
            "SELECT u.id, u.{}, EXISTS (SELECT 1 FROM record r WHERE r.connection_id = $1 AND NOT r.gone \
             AND r.entry_id = u.entry_id), p.settings FROM users u LEFT JOIN profile p ON p.id = u.profile_id \
             WHERE u.sip_key <> '' AND u.sip_key IN ({})",
            columns.join(", u."),
            list(2, chunk.len())
        );
        let mut values = vec![connection.0.into()];
        values.extend(chunk.iter().map(|key| Value::from(key.clone())));
        for row in &sql::all(tx, &text, values).await? {
            let served = users::read(row)?.served();
            let mut hosts = vec![served.sip_host];
            if row.get::<Option<String>>(columns.len() + 2)?.is_some() {
                let settings: ProfileSettings = row.json(columns.len() + 2, "profile")?;
                hosts.extend([settings.sip_domain, settings.sip_host]);
            }
            let candidate = Candidate {
                user: UserId(row.get(0)?),
                is_here: row.get(columns.len() + 1)?,
                hosts,
                account: served.sip_user.clone(),
            };
            found
                .entry(sip_key(&served.sip_user))
                .or_default()
                .push(candidate);
        }
    }
    Ok(found)
}

/// The hosts of a connection's accounts, as far as some of its records tell them.
async fn hosts_of(tx: &Tx, connection: ConnectionId) -> Result<HashSet<String>> {
    let text = "SELECT data FROM record WHERE connection_id = $1 AND NOT gone LIMIT 100";
    let mut hosts = HashSet::new();
    for row in &sql::all(tx, text, vec![connection.0.into()]).await? {
        let record: Record = row.json(0, "record")?;
        hosts.insert(record.sip_host);
    }
    hosts.remove("");
    Ok(hosts)
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
    /// Since when it is there.
    pub first_at: Timestamp,
    /// When it was first kept.
    pub kept_at: Timestamp,
}

/// Up to `limit` contacts of a connection whose device is not known, after the contact `after`.
pub async fn open(
    store: &Store,
    connection: ConnectionId,
    after: Option<&Open>,
    limit: i64,
) -> Result<Vec<Open>> {
    let since = store.env().now().plus_s(-OPEN_S);
    let (first, mac) = after.map_or((since, &[][..]), |after| (after.kept_at, &after.mac));
    let text = "SELECT address_mac, user_id, agent, first_at, kept_at FROM contact WHERE connection_id = $1 AND device_id IS NULL \
                AND (kept_at, address_mac) > ($2, $3) ORDER BY kept_at, address_mac LIMIT $4";
    let values = vec![connection.0.into(), first.0.into(), blob(mac), limit.into()];
    let rows = sql::all(store, text, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Open {
                mac: row.get(0)?,
                user: UserId(row.get(1)?),
                agent: row.get(2)?,
                first_at: Timestamp(row.get(3)?),
                kept_at: Timestamp(row.get(4)?),
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
    // Where a device has several contacts, it calls itself what the last of them did.
    let text = "UPDATE device SET registered_at = COALESCE(registered_at, c.first_at), registered_last_at = c.last_at, \
                registered_agent = c.agent FROM (SELECT device_id, agent, last_at, MIN(first_at) OVER (PARTITION BY device_id) AS first_at, \
                ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY last_at DESC, address_mac) AS n FROM contact \
                WHERE connection_id = $1 AND device_id IS NOT NULL) AS c WHERE c.n = 1 AND c.device_id = device.id \
                AND device.state = 'live' AND (registered_last_at IS NULL OR registered_last_at < c.last_at)";
    sql::run(tx, text, vec![id()]).await?;
    let text = "UPDATE users SET registered_at = COALESCE(registered_at, c.first_at), registered_last_at = c.last_at, \
                state = CASE WHEN suspended OR state IN ('queued', 'failed') THEN state ELSE 'registered' END \
                FROM (SELECT o.user_id, MIN(o.first_at) AS first_at, MAX(o.last_at) AS last_at FROM contact o \
                JOIN device v ON v.id = o.device_id AND v.state = 'live' WHERE o.connection_id = $1 GROUP BY o.user_id) AS c \
                WHERE c.user_id = users.id AND (registered_last_at IS NULL OR registered_last_at < c.last_at)";
    sql::run(tx, text, vec![id()]).await?;
    let text = "UPDATE connection SET contacts_known = $1, contacts_unknown = $2, contacts_read_at = $3 WHERE id = $4";
    let now = tx.env().now().0;
    let values = vec![
        counted.known.into(),
        counted.unknown.into(),
        now.into(),
        id(),
    ];
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

/// When a connection had last told everybody who is registered, and what was found.
pub async fn last_look(
    store: &Store,
    connection: ConnectionId,
) -> Result<Option<(Timestamp, Counted)>> {
    let text = "SELECT contacts_read_at, contacts_known, contacts_unknown FROM connection WHERE id = $1 AND contacts_read_at IS NOT NULL";
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

/// Forgets who was registered at a connection: nobody looks there any more.
pub(crate) async fn forget(tx: &Tx, connection: ConnectionId) -> Result<()> {
    let text = "DELETE FROM contact WHERE connection_id = $1";
    sql::run(tx, text, vec![connection.0.into()])
        .await
        .map(drop)
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
