//! Connections to components, and where their scans stand.

use model::{
    Actor, ComponentKind, ConnectionId, Schedule, SecretId, Timestamp, cluster::Node, text::fold,
};

use crate::{
    Error, Result, Store, Tx, audit, authorizations, contacts, pages, records, secrets, seen,
    sql::{self, Row, Runs, to_json},
    stale,
};

/// One connection as it is kept. The credential is a secret of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Its name, unique without regard to case.
    pub name: String,
    /// What it leads to.
    pub kind: ComponentKind,
    /// Where it leads, a URL.
    pub address: String,
    /// More settings of its kind, as JSON; never a secret.
    pub options: String,
    /// How it signs in.
    pub secret: Option<SecretId>,
    /// The PBX of records that name none; may be empty.
    pub default_pbx: String,
    /// Whether it is left alone: neither scanned by itself nor with all others.
    pub paused: bool,
    /// When it is scanned by itself.
    pub schedule: Schedule,
    /// When that is next.
    pub due_at: Option<Timestamp>,
    /// What the component granted.
    pub grant: Option<Grant>,
    /// The nodes of its cluster, where it told them.
    pub cluster: Vec<Node>,
    /// The connection to another node of its cluster that reads the records in its place.
    pub read_by: Option<ConnectionId>,
    /// How its last scan stands.
    pub scan: ScanState,
}

/// What a component granted to a connection: its credential was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// When.
    pub at: Timestamp,
    /// The id of the token; empty where there is none.
    pub token_id: String,
    /// When it ends, where it does.
    pub expires_at: Option<Timestamp>,
}

/// How far scanning a connection has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanState {
    /// The number of the scan that runs or ran last; rises.
    pub number: i64,
    /// Where it goes on; empty at the start.
    pub cursor: String,
    /// Pages read.
    pub page: i64,
    /// Records that could not be read.
    pub skipped: i64,
    /// When a page was last read.
    pub at: Option<Timestamp>,
    /// When a scan was last complete.
    pub completed_at: Option<Timestamp>,
    /// Records that are there.
    pub records: i64,
    /// Why the last scan ended early; empty if it did not.
    pub error: String,
    /// What to do about it.
    pub hint: String,
    /// Its number, where so many would be gone after it that a person has to confirm it.
    pub held: Option<i64>,
}

const COLUMNS: &str = "id, name, kind, address, options, secret_id, default_pbx, scan_number, scan_cursor, scan_page, \
                       scan_skipped, scanned_at, completed_at, record_count, error, hint, paused, schedule, due_at, \
                       token_id, verified_at, expires_at, held_scan, cluster, read_by";

fn read(row: &Row) -> Result<Connection> {
    Ok(Connection {
        id: ConnectionId(row.get(0)?),
        name: row.get(1)?,
        kind: row.named(2, "connection kind", ComponentKind::parse)?,
        address: row.get(3)?,
        options: row.get(4)?,
        secret: row.get::<Option<_>>(5)?.map(SecretId),
        default_pbx: row.get(6)?,
        scan: ScanState {
            number: row.get(7)?,
            cursor: row.get(8)?,
            page: row.get(9)?,
            skipped: row.get(10)?,
            at: row.get::<Option<_>>(11)?.map(Timestamp),
            completed_at: row.get::<Option<_>>(12)?.map(Timestamp),
            records: row.get(13)?,
            error: row.get(14)?,
            hint: row.get(15)?,
            held: row.get(22)?,
        },
        paused: row.get(16)?,
        schedule: row.named(17, "schedule", |text| Schedule::parse(text).ok())?,
        due_at: row.get::<Option<_>>(18)?.map(Timestamp),
        grant: match row.get::<Option<_>>(20)? {
            None => None,
            Some(at) => Some(Grant {
                at: Timestamp(at),
                token_id: row.get(19)?,
                expires_at: row.get::<Option<_>>(21)?.map(Timestamp),
            }),
        },
        cluster: row.json(23, "cluster")?,
        read_by: row.get::<Option<_>>(24)?.map(ConnectionId),
    })
}

/// Every connection, oldest first.
pub async fn list(store: &Store) -> Result<Vec<Connection>> {
    list_on(store).await
}

/// Every connection, within a transaction.
pub async fn list_in(tx: &Tx) -> Result<Vec<Connection>> {
    list_on(tx).await
}

async fn list_on(on: &impl Runs) -> Result<Vec<Connection>> {
    let rows = sql::all(
        on,
        &format!("SELECT {COLUMNS} FROM connection WHERE removed_at IS NULL ORDER BY id"),
        vec![],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// One connection.
pub async fn get(store: &Store, id: ConnectionId) -> Result<Connection> {
    get_on(store, id).await
}

/// One connection, within a transaction.
pub async fn get_in(tx: &Tx, id: ConnectionId) -> Result<Connection> {
    get_on(tx, id).await
}

async fn get_on(on: &impl Runs, id: ConnectionId) -> Result<Connection> {
    let text = format!("SELECT {COLUMNS} FROM connection WHERE id = $1 AND removed_at IS NULL");
    let row = sql::one(on, &text, vec![id.0.into()]).await?;
    read(&row.ok_or(Error::Missing("connection"))?)
}

/// What a new connection is made of.
#[derive(Debug, Clone)]
pub struct NewConnection<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it leads to.
    pub kind: ComponentKind,
    /// Where it leads.
    pub address: &'a str,
    /// More settings, as JSON.
    pub options: &'a str,
    /// How it signs in.
    pub secret: Option<SecretId>,
    /// The PBX of records that name none.
    pub default_pbx: &'a str,
}

/// Adds a connection.
pub async fn add(tx: &Tx, new: &NewConnection<'_>, actor: &Actor) -> Result<ConnectionId> {
    let id = ConnectionId::new(tx.env());
    let values = vec![
        id.0.into(),
        new.name.into(),
        fold(new.name).into(),
        new.kind.name().into(),
        new.address.into(),
        new.options.into(),
        new.secret.map(|s| s.0).into(),
        new.default_pbx.into(),
        tx.env().now().0.into(),
    ];
    let text = "INSERT INTO connection (id, name, name_key, kind, address, options, secret_id, default_pbx, created_at) \
                VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    sql::run(tx, text, values).await?;
    audit::append(
        tx,
        actor,
        "connection.added",
        id,
        &format!("{} at {}", new.name, new.address),
    )
    .await?;
    Ok(id)
}

/// Starts a new scan: its number.
pub async fn start_scan(tx: &Tx, id: ConnectionId) -> Result<i64> {
    let number = next(tx, "next_scan", 1).await?;
    let text = "UPDATE connection SET scan_number = $1, scan_cursor = '', scan_page = 0, scan_skipped = 0, \
                held_scan = NULL, read_by = NULL WHERE id = $2 AND removed_at IS NULL";
    touched(sql::run(tx, text, vec![number.into(), id.0.into()]).await?)?;
    seen::forget(tx, id).await?;
    Ok(number)
}

/// Notes a page that was read.
pub async fn note_page(tx: &Tx, id: ConnectionId, cursor: &str, skipped: i64) -> Result<()> {
    let values = vec![
        cursor.into(),
        skipped.into(),
        tx.env().now().0.into(),
        id.0.into(),
    ];
    let text = "UPDATE connection SET scan_cursor = $1, scan_page = scan_page + 1, scan_skipped = scan_skipped + $2, \
                scanned_at = $3 WHERE id = $4 AND removed_at IS NULL";
    touched(sql::run(tx, text, values).await?)
}

/// Notes how a scan ended; without an error it was complete.
pub async fn end_scan(tx: &Tx, id: ConnectionId, error: Option<(&str, &str)>) -> Result<()> {
    let (message, hint) = error.unwrap_or_default();
    let completed = error.is_none().then(|| tx.env().now().0);
    let values = vec![message.into(), hint.into(), completed.into(), id.0.into()];
    let text = "UPDATE connection SET error = $1, hint = $2, completed_at = COALESCE($3, completed_at), scan_cursor = '', \
                record_count = (SELECT COUNT(*) FROM record WHERE connection_id = $4 AND NOT gone) WHERE id = $4";
    sql::run(tx, text, values).await.map(drop)
}

/// Where the component stood when the last scan was complete, in its own words; empty where it said nothing.
pub async fn checkpoint(store: &Store, id: ConnectionId) -> Result<String> {
    let text = "SELECT checkpoint FROM connection WHERE id = $1";
    let row = sql::one(store, text, vec![id.0.into()]).await?;
    row.ok_or(Error::Missing("connection"))?.get(0)
}

/// Keeps where the component stood at the end of a scan.
pub async fn keep_checkpoint(tx: &Tx, id: ConnectionId, checkpoint: &str) -> Result<()> {
    let text = "UPDATE connection SET checkpoint = $1 WHERE id = $2";
    sql::run(tx, text, vec![checkpoint.into(), id.0.into()])
        .await
        .map(drop)
}

/// A change of a connection that is not there (any more) is an error.
fn touched(rows: u64) -> Result<()> {
    if rows == 0 {
        Err(Error::Missing("connection"))
    } else {
        Ok(())
    }
}

/// Holds the last scan: so many would be gone after it that a person has to confirm it.
pub async fn hold(tx: &Tx, id: ConnectionId) -> Result<()> {
    let text = "UPDATE connection SET held_scan = scan_number WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await.map(drop)
}

/// Notes that what was held is confirmed: the scan was complete after all.
pub async fn confirm(tx: &Tx, id: ConnectionId, actor: &Actor, detail: &str) -> Result<()> {
    let text = "UPDATE connection SET held_scan = NULL WHERE id = $1 AND held_scan IS NOT NULL";
    touched(sql::run(tx, text, vec![id.0.into()]).await?)?;
    end_scan(tx, id, None).await?;
    audit::append(tx, actor, "connection.departures-confirmed", id, detail).await
}

/// What the settings of a connection become.
#[derive(Debug, Clone)]
pub struct Changed<'a> {
    /// Everything but the credential.
    pub settings: NewConnection<'a>,
    /// Whether what was granted, and the credential that it was granted to, end with the change.
    pub drops_grant: bool,
}

/// Changes a connection's settings. A new credential takes the old one's place, which is erased.
pub async fn change(tx: &Tx, id: ConnectionId, changed: &Changed<'_>, actor: &Actor) -> Result<()> {
    let new = &changed.settings;
    let before = get_in(tx, id).await?;
    let values = vec![
        new.name.into(),
        fold(new.name).into(),
        new.kind.name().into(),
        new.address.into(),
        new.options.into(),
        new.default_pbx.into(),
        id.0.into(),
    ];
    let text = "UPDATE connection SET name = $1, name_key = $2, kind = $3, address = $4, options = $5, default_pbx = $6 \
                WHERE id = $7";
    sql::run(tx, text, values).await?;
    if (new.name, new.kind, new.default_pbx) != (&before.name, before.kind, &before.default_pbx) {
        stale::mark_connection(tx, id).await?;
    }
    if changed.drops_grant || new.secret.is_some() {
        drop_grant(tx, id).await?;
        set_secret(tx, id, before.secret, new.secret).await?;
    }
    let mut detail = format!("{} at {}", new.name, new.address);
    if changed.drops_grant {
        detail.push_str(", its credential was dropped");
    }
    audit::append(tx, actor, "connection.changed", id, &detail).await
}

async fn drop_grant(tx: &Tx, id: ConnectionId) -> Result<()> {
    authorizations::withdraw(tx, id).await?;
    let text = "UPDATE connection SET token_id = '', verified_at = NULL, expires_at = NULL, cluster = '[]', read_by = NULL, token_hash = NULL, \
                warned_days = NULL WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await.map(drop)
}

async fn set_secret(
    tx: &Tx,
    id: ConnectionId,
    before: Option<SecretId>,
    now: Option<SecretId>,
) -> Result<()> {
    let text = "UPDATE connection SET secret_id = $1 WHERE id = $2";
    sql::run(tx, text, vec![now.map(|s| s.0).into(), id.0.into()]).await?;
    let old: Vec<_> = before.filter(|old| Some(*old) != now).into_iter().collect();
    secrets::erase(tx, &old).await
}

/// Keeps what the component granted; a new credential takes the old one's place.
pub async fn grant(
    tx: &Tx,
    id: ConnectionId,
    grant: &Grant,
    secret: Option<SecretId>,
) -> Result<()> {
    let before = get_in(tx, id).await?;
    let values = vec![
        grant.token_id.clone().into(),
        grant.at.0.into(),
        grant.expires_at.map(|at| at.0).into(),
        id.0.into(),
    ];
    let text = "UPDATE connection SET token_id = $1, verified_at = $2, expires_at = $3, warned_days = NULL WHERE id = $4";
    sql::run(tx, text, values).await?;
    if secret.is_some() {
        set_secret(tx, id, before.secret, secret).await?;
    }
    Ok(())
}

/// Notes people that were pushed to a connection: `more` records than before, or fewer.
pub async fn note_pushed(tx: &Tx, id: ConnectionId, more: i64) -> Result<()> {
    let text = "UPDATE connection SET scanned_at = $1, completed_at = $1, record_count = record_count + $2 \
                WHERE id = $3 AND removed_at IS NULL";
    let values = vec![tx.env().now().0.into(), more.into(), id.0.into()];
    touched(sql::run(tx, text, values).await?)
}

/// Says what troubles a connection outside a scan; empty texts end it.
pub async fn note_trouble(tx: &Tx, id: ConnectionId, error: &str, hint: &str) -> Result<()> {
    let text = "UPDATE connection SET error = $1, hint = $2 WHERE id = $3";
    sql::run(tx, text, vec![error.into(), hint.into(), id.0.into()])
        .await
        .map(drop)
}

/// Leaves a connection alone, or ends that.
pub async fn set_paused(tx: &Tx, id: ConnectionId, paused: bool, actor: &Actor) -> Result<()> {
    let text = "UPDATE connection SET paused = $1 WHERE id = $2 AND removed_at IS NULL";
    touched(sql::run(tx, text, vec![paused.into(), id.0.into()]).await?)?;
    let action = if paused {
        contacts::forget(tx, id).await?;
        "connection.paused"
    } else {
        "connection.resumed"
    };
    audit::append(tx, actor, action, id, "").await
}

/// Sets when a connection is scanned by itself, and when that is next.
pub async fn set_schedule(
    tx: &Tx,
    id: ConnectionId,
    schedule: Schedule,
    due: Option<Timestamp>,
    actor: &Actor,
) -> Result<()> {
    let text =
        "UPDATE connection SET schedule = $1, due_at = $2 WHERE id = $3 AND removed_at IS NULL";
    let values = vec![
        schedule.to_string().into(),
        due.map(|at| at.0).into(),
        id.0.into(),
    ];
    touched(sql::run(tx, text, values).await?)?;
    let detail = match schedule {
        Schedule::ByHand => "by hand".to_owned(),
        other => other.to_string(),
    };
    audit::append(tx, actor, "connection.scheduled", id, &detail).await
}

/// Connections whose scan is due at `now`.
pub async fn due(store: &Store, now: Timestamp) -> Result<Vec<Connection>> {
    let text = format!(
        "SELECT {COLUMNS} FROM connection WHERE due_at <= $1 AND NOT paused AND removed_at IS NULL ORDER BY due_at, id"
    );
    let rows = sql::all(store, &text, vec![now.0.into()]).await?;
    rows.iter().map(read).collect()
}

/// Moves a scan that was due to its next time: false where another server was first.
pub async fn take_due(tx: &Tx, connection: &Connection, next: Option<Timestamp>) -> Result<bool> {
    let text = "UPDATE connection SET due_at = $1 WHERE id = $2 AND due_at = $3";
    let values = vec![
        next.map(|at| at.0).into(),
        connection.id.0.into(),
        connection.due_at.map(|at| at.0).into(),
    ];
    Ok(sql::run(tx, text, values).await? == 1)
}

/// Connections whose authorization or token ends before `before`, unless the administrators were told of `days` or less.
pub async fn ending(store: &Store, before: Timestamp, days: i64) -> Result<Vec<Connection>> {
    let text = format!(
        "SELECT {COLUMNS} FROM connection WHERE expires_at <= $1 AND removed_at IS NULL \
         AND (warned_days IS NULL OR warned_days > $2) ORDER BY expires_at, id"
    );
    let rows = sql::all(store, &text, vec![before.0.into(), days.into()]).await?;
    rows.iter().map(read).collect()
}

/// Notes that the administrators are told that a connection's authorization ends in at most so many days: false where they were
/// told already.
pub async fn take_warning(tx: &Tx, id: ConnectionId, days: i64) -> Result<bool> {
    let text = "UPDATE connection SET warned_days = $1 WHERE id = $2 AND (warned_days IS NULL OR warned_days > $1)";
    Ok(sql::run(tx, text, vec![days.into(), id.0.into()]).await? == 1)
}

/// Keeps the nodes of a connection's cluster, and who reads the records in its place.
pub async fn set_cluster(
    tx: &Tx,
    id: ConnectionId,
    nodes: &[Node],
    read_by: Option<ConnectionId>,
) -> Result<()> {
    let text = "UPDATE connection SET cluster = $1, read_by = $2, \
                record_count = (SELECT COUNT(*) FROM record WHERE connection_id = $3 AND NOT gone) WHERE id = $3";
    let values = vec![
        to_json(&nodes).into(),
        read_by.map(|id| id.0).into(),
        id.0.into(),
    ];
    sql::run(tx, text, values).await.map(drop)
}

/// Removes a connection with its credential. Its records stay as gone, so that the same component can take them over
/// when it is added again; its name is free.
pub async fn remove(tx: &Tx, id: ConnectionId, actor: &Actor) -> Result<()> {
    let before = get_in(tx, id).await?;
    drop_grant(tx, id).await?;
    set_secret(tx, id, before.secret, None).await?;
    let values = vec![
        tx.env().now().0.into(),
        // No folded name looks like this.
        format!("REMOVED {id}").into(),
        id.0.into(),
    ];
    let text = "UPDATE connection SET removed_at = $1, name_key = $2, due_at = NULL, held_scan = NULL, record_count = 0, \
                scan_cursor = '' WHERE id = $3";
    sql::run(tx, text, values).await?;
    let gone = records::mark_all_gone(tx, id).await?;
    seen::forget(tx, id).await?;
    pages::forget_from(tx, id, 0).await?;
    contacts::forget(tx, id).await?;
    let detail = format!("{} at {}, {gone} records", before.name, before.address);
    audit::append(tx, actor, "connection.removed", id, &detail).await
}

/// A removed connection whose records can be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its id.
    pub id: ConnectionId,
    /// Where it led.
    pub address: String,
}

/// Removed connections of a kind that records are left of, the newest first.
pub async fn removed(store: &Store, kind: ComponentKind) -> Result<Vec<Removed>> {
    let text = "SELECT id, address FROM connection c WHERE removed_at IS NOT NULL AND kind = $1 \
                AND EXISTS (SELECT 1 FROM record r WHERE r.connection_id = c.id) ORDER BY removed_at DESC, id";
    let rows = sql::all(store, text, vec![kind.name().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Removed {
                id: ConnectionId(row.get(0)?),
                address: row.get(1)?,
            })
        })
        .collect()
}

/// Takes `count` numbers of a series; the first of them.
pub(crate) async fn next(tx: &Tx, name: &str, count: i64) -> Result<i64> {
    let text = "UPDATE fact SET value = value + $1 WHERE name = $2 RETURNING value";
    let row = sql::one(tx, text, vec![count.into(), name.into()]).await?;
    let after: i64 = row.ok_or(Error::Missing("series"))?.get(0)?;
    Ok(after - count)
}
