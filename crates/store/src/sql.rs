//! Opening the database, transactions, and the few helpers every statement here goes through.

use std::{path::Path, sync::Arc, time::Duration};

use model::Env;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    QueryResult, Statement, TransactionTrait, TryGetable, Value,
};
use tokio::sync::Notify;

use crate::{Error, Result, WrappingKey, dialect::Dialect, migrate, sealing::Sealer, tally::Tally};

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
    /// SQLite: one connection, so that there is one writer at a time. PostgreSQL: the pool.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    dialect: Dialect,
    sealer: Sealer,
    env: Env,
    nudge: Arc<Notify>,
    tally: Tally,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.inner.dialect)
    }
}

impl Store {
    /// Opens the database, brings its tables up to date and unwraps the data key.
    pub async fn open(settings: Settings<'_>, env: Env) -> Result<Self> {
        let (writer, reader, dialect) = if settings.database_url.is_empty() {
            let (writer, reader) = open_sqlite(settings.data).await?;
            (writer, reader, Dialect::Sqlite)
        } else {
            let pool = open_postgres(settings.database_url).await?;
            (pool.clone(), pool, Dialect::Postgres)
        };
        let tx = migrate::lock(&writer, dialect).await?;
        migrate::run(&tx, dialect, env.now()).await?;
        let sealer = Sealer::load_or_make(&tx, &settings.key, &env).await?;
        tx.commit().await?;
        let inner = Inner {
            writer,
            reader,
            dialect,
            sealer,
            env,
            nudge: Arc::new(Notify::new()),
            tally: Tally::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Begins a transaction; on SQLite it is the only writer until it ends.
    pub async fn begin(&self) -> Result<Tx> {
        let transaction = self
            .inner
            .writer
            .begin_with_options(self.inner.dialect.writing())
            .await?;
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
        self.inner.dialect == Dialect::Sqlite
    }

    /// Answers if the database does.
    pub async fn ping(&self) -> Result<()> {
        one(self, "SELECT 1", vec![]).await.map(drop)
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }
}

/// A transaction: nothing of it is there before [`Tx::commit`], everything after.
pub struct Tx {
    transaction: DatabaseTransaction,
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

/// Where a statement runs: a store (its readers) or a transaction.
pub(crate) trait Runs: Sync {
    type C: ConnectionTrait;
    fn connection(&self) -> &Self::C;
    fn dialect(&self) -> Dialect;
}

impl Runs for Store {
    type C = DatabaseConnection;
    fn connection(&self) -> &DatabaseConnection {
        &self.inner.reader
    }
    fn dialect(&self) -> Dialect {
        self.inner.dialect
    }
}

impl Runs for Tx {
    type C = DatabaseTransaction;
    fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }
    fn dialect(&self) -> Dialect {
        self.store.inner.dialect
    }
}

fn statement(on: &impl Runs, sql: &str, values: Vec<Value>) -> Statement {
    let backend = on.connection().get_database_backend();
    Statement::from_sql_and_values(backend, sql, values.into_iter().map(without_nul))
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
    Ok(tx
        .transaction
        .execute_raw(statement(tx, sql, values))
        .await?
        .rows_affected())
}

/// All rows of a statement.
pub(crate) async fn all(on: &impl Runs, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    let rows = on
        .connection()
        .query_all_raw(statement(on, sql, values))
        .await?;
    Ok(rows.into_iter().map(Row).collect())
}

/// The first row of a statement, if any.
pub(crate) async fn one(on: &impl Runs, sql: &str, values: Vec<Value>) -> Result<Option<Row>> {
    Ok(on
        .connection()
        .query_one_raw(statement(on, sql, values))
        .await?
        .map(Row))
}

/// One row, read by position.
pub(crate) struct Row(QueryResult);

impl Row {
    pub(crate) fn get<T: TryGetable>(&self, column: usize) -> Result<T> {
        Ok(self.0.try_get_by_index(column)?)
    }

    /// A column that holds JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        &self,
        column: usize,
        what: &'static str,
    ) -> Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|e| Error::Corrupt {
            what,
            why: e.to_string(),
        })
    }

    /// A column that holds a permanent name.
    pub(crate) fn named<T>(
        &self,
        column: usize,
        what: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<T> {
        let text: String = self.get(column)?;
        parse(&text).ok_or(Error::Corrupt {
            what,
            why: format!("“{text}” is unknown"),
        })
    }

    /// A column that holds exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(
        &self,
        column: usize,
        what: &'static str,
    ) -> Result<[u8; N]> {
        let bytes: Vec<u8> = self.get(column)?;
        bytes.try_into().map_err(|_| Error::Corrupt {
            what,
            why: "has another length".into(),
        })
    }
}

/// JSON for a column.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types have text keys and no failing serialisers")
}

/// Bytes for a column.
pub(crate) fn blob(bytes: impl AsRef<[u8]>) -> Value {
    Value::from(bytes.as_ref().to_vec())
}

/// SQLite takes 32,766 parameters in one statement, PostgreSQL 65,535.
const PARAMETERS_MAX: usize = 32_000;
/// More rows in one statement are no faster, and each prepared statement is kept.
const ROWS_MAX: usize = 500;

/// Runs `head VALUES (…),(…) tail` over all rows in as few statements as are good. Head and tail have no
/// parameters.
pub(crate) async fn bulk(tx: &Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> Result<u64> {
    let Some(width) = rows.first().map(Vec::len) else {
        return Ok(0);
    };
    let rows_max = ROWS_MAX.min(PARAMETERS_MAX / width);
    let mut touched = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(rows_max).collect();
        let places = tx.dialect().places(chunk.len(), width);
        let sql = format!("{head} VALUES {places} {tail}");
        touched += run(tx, &sql, chunk.into_iter().flatten().collect()).await?;
    }
    Ok(touched)
}

/// `$from,$from+1,…` for an `IN` list.
pub(crate) fn list(from: usize, count: usize) -> String {
    (from..from + count)
        .map(|n| format!("${n}"))
        .collect::<Vec<_>>()
        .join(",")
}

async fn open_sqlite(data: &Path) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let file = data.join("rollcall.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let connect = |size: u32| {
        let mut options = ConnectOptions::new(&url);
        options
            .max_connections(size)
            .acquire_timeout(Duration::from_mins(1))
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|options| {
                options
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(30))
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("temp_store", "MEMORY")
                    .pragma("cache_size", "-16000")
                    .pragma("mmap_size", "0")
            });
        options
    };
    let failed = |e: DbErr| {
        Error::Open(format!(
            "cannot open the database file {}: {e}",
            file.display()
        ))
    };
    let writer = Database::connect(connect(1)).await.map_err(failed)?;
    let reader = Database::connect(connect(4)).await.map_err(failed)?;
    Ok((writer, reader))
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
    tokio::time::timeout(CONNECT_LIMIT, Database::connect(options))
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| {
            Error::Open("cannot connect to the PostgreSQL that database_url names".into())
        })
}
