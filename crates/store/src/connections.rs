//! Connections to components, and where their scans stand.

use model::{Actor, ComponentKind, ConnectionId, SecretId, Timestamp, text::fold};

use crate::{
    Error, Result, Store, Tx, audit,
    sql::{self, Row, Runs},
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
    /// How its last scan stands.
    pub scan: ScanState,
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
}

const COLUMNS: &str = "id, name, kind, address, options, secret_id, default_pbx, scan_number, scan_cursor, scan_page, \
                       scan_skipped, scanned_at, completed_at, record_count, error, hint";

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
        },
    })
}

/// Every connection, oldest first.
pub async fn list(store: &Store) -> Result<Vec<Connection>> {
    let rows = sql::all(
        store,
        &format!("SELECT {COLUMNS} FROM connection ORDER BY id"),
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
    let text = format!("SELECT {COLUMNS} FROM connection WHERE id = $1");
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
    let text = "UPDATE connection SET scan_number = $1, scan_cursor = '', scan_page = 0, scan_skipped = 0 WHERE id = $2";
    sql::run(tx, text, vec![number.into(), id.0.into()]).await?;
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
                scanned_at = $3 WHERE id = $4";
    sql::run(tx, text, values).await.map(drop)
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

/// Takes `count` numbers of a series; the first of them.
pub(crate) async fn next(tx: &Tx, name: &str, count: i64) -> Result<i64> {
    let text = "UPDATE fact SET value = value + $1 WHERE name = $2 RETURNING value";
    let row = sql::one(tx, text, vec![count.into(), name.into()]).await?;
    let after: i64 = row.ok_or(Error::Missing("series"))?.get(0)?;
    Ok(after - count)
}
