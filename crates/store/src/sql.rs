//! Opening the database, transactions, and the few helpers every statement here goes through.

mod column;
mod sqlite;

use std::{path::Path, sync::Arc, time::Duration};

use model::{Env, Timestamp};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement,
    TransactionTrait, Value,
};
use tokio::sync::Notify;

use crate::{
    Error, Result, WrappingKey, dialect::Dialect, known::Known, migrate, sealing::Sealer,
    tally::Tally,
};

pub(crate) use column::{Column, Row};
use sqlite::Sqlite;

/// Where the database is and what it is opened with.
#[derive(Debug)]
pub struct Settings<'a> {
    /// `postgres://…`, or empty for SQLite in `data`.
    pub database_url: &'a str,
    /// The data folder; holds `rollcall.db` with SQLite.
    pub data: &'a Path,
    /// The key that wraps the data key.
    pub key: WrappingKey,
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    sealer: Sealer,
    env: Env,
    nudge: Arc<Notify>,
    tally: Tally,
    profiles: Known,
    /// Whether nothing may be written.
    is_looked_at: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.dialect())
    }
}

impl Store {
    /// Opens the database, brings its tables up to date and unwraps the data key.
    pub async fn open(settings: Settings<'_>, env: Env) -> Result<Self> {
        let database = if settings.database_url.is_empty() {
            Database::Sqlite(open_sqlite(settings.data).await?)
        } else {
            Database::Postgres(open_postgres(settings.database_url).await?)
        };
        let tx = migrate::lock(&database).await?;
        migrate::run(&tx, env.now()).await?;
        let sealer = Sealer::load_or_make(&tx, &settings.key, &env).await?;
        tx.commit().await?;
        Ok(Self::of(database, sealer, env, false))
    }

    pub(crate) fn of(database: Database, sealer: Sealer, env: Env, is_looked_at: bool) -> Self {
        let inner = Inner {
            database,
            sealer,
            env,
            nudge: Arc::new(Notify::new()),
            tally: Tally::default(),
            profiles: Known::default(),
            is_looked_at,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Begins a transaction; on SQLite it is the only writer until it ends.
    ///
    /// # Errors
    /// [`Error::LookedAt`] where the database was opened by a [`crate::Look`].
    pub async fn begin(&self) -> Result<Tx> {
        if self.inner.is_looked_at {
            return Err(Error::LookedAt);
        }
        let transaction = self.inner.database.begin().await?;
        Ok(Tx {
            transaction,
            store: self.clone(),
            nudges: std::sync::atomic::AtomicBool::new(false),
        })
    }

    /// The outside world that ids and times come from.
    pub fn env(&self) -> &Env {
        &self.inner.env
    }

    /// Resolves when something was committed that a worker should look at; a hint, not a promise.
    pub async fn nudged(&self) {
        self.inner.nudge.notified().await;
    }

    /// Whether this database is SQLite, which one process uses at a time.
    pub fn is_sqlite(&self) -> bool {
        self.dialect() == Dialect::Sqlite
    }

    /// Answers if the database does.
    pub async fn ping(&self) -> Result<()> {
        one(self, "SELECT 1", vec![]).await.map(drop)
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    pub(crate) fn profiles(&self) -> &Known {
        &self.inner.profiles
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }
}

/// A transaction: nothing of it is there before [`Tx::commit`], everything after.
pub struct Tx {
    transaction: Transaction,
    store: Store,
    nudges: std::sync::atomic::AtomicBool,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx {
    /// Makes everything written in it last.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await?;
        if self.nudges.into_inner() {
            self.store.inner.nudge.notify_waiters();
            self.store.inner.nudge.notify_one();
        }
        Ok(())
    }

    /// The outside world that ids and times come from.
    pub fn env(&self) -> &Env {
        self.store.env()
    }

    /// Workers are woken after the commit.
    pub(crate) fn nudge(&self) {
        self.nudges
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        self.store.sealer()
    }
}

/// One of the two engines, opened. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(DatabaseConnection),
}

impl Database {
    /// Opens a database that is there already, for reading: on SQLite nothing else is possible then.
    pub(crate) async fn look(database_url: &str, data: &Path) -> Result<Self> {
        if !database_url.is_empty() {
            return Ok(Self::Postgres(open_postgres(database_url).await?));
        }
        let file = data.join(FILE);
        let opened = Sqlite::look(file.clone()).await;
        Ok(Self::Sqlite(
            opened.map_err(|error| unopened(&file, &error))?,
        ))
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows of a statement that only reads.
    pub(crate) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        let values = values.into_iter().map(without_nul);
        Ok(match self {
            Self::Sqlite(sqlite) => Row::of_sqlite(sqlite.rows(text, values.collect()).await?),
            Self::Postgres(pool) => {
                Row::of_postgres(pool.query_all_raw(statement(pool, text, values)).await?)
            }
        })
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        Ok(match self {
            Self::Sqlite(sqlite) => Transaction::Sqlite(sqlite.begin().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }
}

/// A transaction on either engine.
pub(crate) enum Transaction {
    Sqlite(sqlite::Transaction),
    Postgres(DatabaseTransaction),
}

impl Transaction {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(crate) async fn run(&self, text: &str, values: Vec<Value>) -> Result<u64> {
        let values = values.into_iter().map(without_nul);
        match self {
            Self::Sqlite(tx) => tx.run(text, values.collect()).await,
            Self::Postgres(tx) => Ok(tx
                .execute_raw(statement(tx, text, values))
                .await?
                .rows_affected()),
        }
    }

    /// All rows of a statement.
    pub(crate) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        let values = values.into_iter().map(without_nul);
        Ok(match self {
            Self::Sqlite(tx) => Row::of_sqlite(tx.rows(text, values.collect()).await?),
            Self::Postgres(tx) => {
                Row::of_postgres(tx.query_all_raw(statement(tx, text, values)).await?)
            }
        })
    }

    /// Runs statements without parameters, one after the other.
    pub(crate) async fn script(&self, text: &str) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.script(text).await,
            Self::Postgres(tx) => Ok(tx.execute_unprepared(text).await.map(drop)?),
        }
    }

    /// Makes everything written in it last.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => Ok(tx.commit().await?),
        }
    }
}

/// Where a statement runs: a store (its readers) or a transaction.
pub(crate) trait Runs: Sync {
    fn dialect(&self) -> Dialect;
    fn now(&self) -> Timestamp;
    fn rows(&self, text: &str, values: Vec<Value>)
    -> impl Future<Output = Result<Vec<Row>>> + Send;
}

impl Runs for Store {
    fn dialect(&self) -> Dialect {
        self.inner.database.dialect()
    }

    fn now(&self) -> Timestamp {
        self.env().now()
    }

    async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.inner.database.rows(text, values).await
    }
}

impl Runs for Tx {
    fn dialect(&self) -> Dialect {
        self.transaction.dialect()
    }

    fn now(&self) -> Timestamp {
        self.env().now()
    }

    async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.transaction.rows(text, values).await
    }
}

fn statement(
    on: &impl ConnectionTrait,
    text: &str,
    values: impl Iterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), text, values)
}

/// PostgreSQL keeps no NUL in a text, and a component, a mail server or a person can send one anywhere.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(Some(text)) if text.contains('\0') => {
            Value::from(text.replace('\0', "\u{FFFD}"))
        }
        other => other,
    }
}

/// Runs a statement; how many rows it touched.
pub(crate) async fn run(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<u64> {
    tx.transaction.run(sql, values).await
}

/// All rows of a statement.
pub(crate) async fn all(on: &impl Runs, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    on.rows(sql, values).await
}

/// The first row of a statement, if any.
pub(crate) async fn one(on: &impl Runs, sql: &str, values: Vec<Value>) -> Result<Option<Row>> {
    Ok(on.rows(sql, values).await?.into_iter().next())
}

/// JSON for a column.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types have text keys and no failing serialisers")
}

/// Bytes for a column.
pub(crate) fn blob(bytes: impl AsRef<[u8]>) -> Value {
    Value::from(bytes.as_ref().to_vec())
}

/// PostgreSQL takes 65,535 parameters in one statement.
const PARAMETERS_MAX: usize = 32_000;
/// More rows in one statement are no faster, and each prepared statement is kept.
const ROWS_MAX: usize = 500;

/// Runs `head VALUES (…) tail` for all rows, each as long as the first: on SQLite one after the other, on PostgreSQL in
/// as few statements as are good. Head and tail have no parameters.
pub(crate) async fn bulk(tx: &Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> Result<u64> {
    let Some(width) = rows.first().map(Vec::len) else {
        return Ok(0);
    };
    let statement = |rows| format!("{head} VALUES {} {tail}", places(rows, width));
    let postgres = match &tx.transaction {
        Transaction::Sqlite(tx) => {
            let clean = |row: Vec<Value>| row.into_iter().map(without_nul).collect();
            let rows = rows.into_iter().map(clean).collect();
            return tx.run_many(sqlite::numbered(&statement(1)), rows).await;
        }
        postgres @ Transaction::Postgres(_) => postgres,
    };
    let rows_max = ROWS_MAX.min(PARAMETERS_MAX / width);
    let mut touched = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(rows_max).collect();
        let text = statement(chunk.len());
        touched += postgres
            .run(&text, chunk.into_iter().flatten().collect())
            .await?;
    }
    Ok(touched)
}

/// The same with a tail that ends in `RETURNING`: what was returned, in no order.
pub(crate) async fn bulk_returning(
    tx: &Tx,
    head: &str,
    rows: Vec<Vec<Value>>,
    tail: &str,
) -> Result<Vec<Row>> {
    let Some(width) = rows.first().map(Vec::len) else {
        return Ok(vec![]);
    };
    let statement = |rows| format!("{head} VALUES {} {tail}", places(rows, width));
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().map(without_nul).collect::<Vec<_>>());
    let postgres = match &tx.transaction {
        Transaction::Sqlite(tx) => {
            let text = sqlite::numbered(&statement(1));
            return Ok(Row::of_sqlite(tx.rows_many(text, rows.collect()).await?));
        }
        postgres @ Transaction::Postgres(_) => postgres,
    };
    let rows_max = ROWS_MAX.min(PARAMETERS_MAX / width);
    let mut returned = Vec::new();
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(rows_max).collect();
        let text = statement(chunk.len());
        let values = chunk.into_iter().flatten().collect();
        returned.extend(postgres.rows(&text, values).await?);
    }
    Ok(returned)
}

/// Runs `UPDATE table SET set WHERE which` once for each row of values, which both name `v.column1`, `v.column2`, …: on
/// PostgreSQL in as few statements as are good. SQLite would build a table for the values of each.
pub(crate) async fn update(
    tx: &Tx,
    table: &str,
    set: &str,
    which: &str,
    rows: Vec<Vec<Value>>,
) -> Result<u64> {
    let Transaction::Sqlite(sqlite) = &tx.transaction else {
        let head = format!("UPDATE {table} SET {set} FROM (");
        return bulk(tx, &head, rows, &format!(") AS v WHERE {which}")).await;
    };
    let clean = |row: Vec<Value>| row.into_iter().map(without_nul).collect();
    let text = format!("UPDATE {table} SET {set} WHERE {which}").replace("v.column", "?");
    sqlite
        .run_many(text, rows.into_iter().map(clean).collect())
        .await
}

/// The parameters of `rows` rows: `($1,$2),($3,$4)…`.
fn places(rows: usize, width: usize) -> String {
    let row = |n: usize| format!("({})", list(n * width + 1, width));
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

/// `$from,$from+1,…` for an `IN` list.
pub(crate) fn list(from: usize, count: usize) -> String {
    (from..from + count)
        .map(|n| format!("${n}"))
        .collect::<Vec<_>>()
        .join(",")
}

/// SQLite's file in the data folder.
const FILE: &str = "rollcall.db";

async fn open_sqlite(data: &Path) -> Result<Sqlite> {
    let file = data.join(FILE);
    let opened = Sqlite::open(file.clone()).await;
    opened.map_err(|error| unopened(&file, &error))
}

fn unopened(file: &Path, error: &Error) -> Error {
    let why =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Error::Open(format!(
        "cannot open the database file {}: {why}",
        file.display()
    ))
}

/// How long a server that does not answer yet is waited for.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

async fn open_postgres(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(16)
        .acquire_timeout(Duration::from_mins(1))
        .sqlx_logging(false);
    // The error may quote the URL, which holds a password.
    tokio::time::timeout(CONNECT_LIMIT, sea_orm::Database::connect(options))
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| {
            Error::Open("cannot connect to the PostgreSQL that database_url names".into())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_many_rows_are_numbered_through() {
        assert_eq!(places(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(places(1, 1), "($1)");
    }
}
