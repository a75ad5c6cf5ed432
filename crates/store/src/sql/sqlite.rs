//! SQLite's own way of working: one connection that writes and a few that read, each used by one statement or transaction
//! at a time on a thread that may block. The general layer copies every column and sends every row to another thread.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, ToSql,
    types::{ToSqlOutput, Value as Stored, ValueRef},
};
use sea_orm::Value;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{Error, Result};

/// How long a free connection is waited for.
const WAIT_LIMIT: Duration = Duration::from_mins(1);
/// How often the journal is asked for, each time after another let go of the file.
const OPENING_TRIES: u32 = 100;
/// Connections that read.
const READERS: usize = 4;
/// A statement of more steps of SQLite's machine is long: some milliseconds.
const BRIEF_STEPS: i32 = 50_000;
/// So many rows, each found by its key, are written sooner than another thread wakes up.
const FEW: usize = 16;
/// How long a transaction waits for another process to end its own.
const BUSY_LIMIT: Duration = Duration::from_secs(30);
/// Prepared statements that each connection keeps.
const STATEMENTS: usize = 128;
/// The log is written back every 32 MiB: index pages that change all the time are then written once instead of often.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                        PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 8000";
/// The settings of a connection that only reads, to a file that somebody else may be writing.
const LOOK_SETTINGS: &str = "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0";
/// Page cache in KiB: the writer's holds the upper parts of all indexes.
const WRITER_CACHE: i64 = 24_000;
const READER_CACHE: i64 = 4_000;

/// The connections to one database file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Arc<Pool>,
    readers: Arc<Pool>,
}

impl Sqlite {
    /// Opens the file, or makes it.
    pub(crate) async fn open(file: PathBuf) -> Result<Self> {
        let opened = blocking(move || {
            let writer = vec![Link::open(&file, WRITER_CACHE)?];
            let readers = (0..READERS)
                .map(|_| Link::open(&file, READER_CACHE))
                .collect::<Result<_, _>>()?;
            Ok((writer, readers))
        });
        let (writer, readers) = opened.await?;
        Ok(Self {
            writer: Pool::new(writer),
            readers: Pool::new(readers),
        })
    }

    /// Opens a file that is there already, so that it cannot be written through these connections.
    pub(crate) async fn look(file: PathBuf) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = blocking(move || {
            let open = || {
                Link::over(
                    Connection::open_with_flags(&file, flags)?,
                    LOOK_SETTINGS,
                    READER_CACHE,
                )
            };
            (0..READERS).map(|_| open()).collect::<Result<_, _>>()
        });
        Ok(Self {
            writer: Pool::new(vec![]),
            readers: Pool::new(opened.await?),
        })
    }

    /// What SQLite finds broken in the file, five faults at most; none where it found no end within the limit.
    pub(crate) async fn quick_check(&self, limit: Duration) -> Result<Option<Vec<String>>> {
        let taken = self.readers.take().await?;
        let stop = taken.link().connection.get_interrupt_handle();
        let checking =
            blocking(move || rows(&taken.link().connection, "PRAGMA quick_check(5)", &[]));
        let Ok(found) = timeout(limit, checking).await else {
            stop.interrupt();
            return Ok(None);
        };
        let said = found?.into_iter().flatten().filter_map(|cell| match cell {
            Stored::Text(text) if text != "ok" => Some(text),
            _ => None,
        });
        Ok(Some(said.collect()))
    }

    /// Begins a transaction, which is the only one that writes until it ends.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let transaction = Transaction(Arc::new(Mutex::new(self.writer.take().await?)));
        if !transaction.begin_at_once()? {
            transaction.script(BEGIN).await?;
        }
        Ok(transaction)
    }

    /// All rows of a statement that only reads. Most are done sooner than another thread wakes up: each is begun right
    /// here, and begun again on a thread that may block where it turns out to be long.
    pub(crate) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Vec<Stored>>> {
        let (taken, text) = (self.readers.take().await?, numbered(text));
        if let Some(found) = taken
            .link()
            .briefly(|connection| rows(connection, &text, &values))
        {
            return Ok(found?);
        }
        blocking(move || rows(&taken.link().connection, &text, &values)).await
    }
}

/// A connection, and whether what it does now is to be given up when it takes long.
struct Link {
    connection: Connection,
    brief: Arc<AtomicBool>,
}

impl Link {
    fn open(file: &Path, cache_kib: i64) -> rusqlite::Result<Self> {
        Self::over(Connection::open(file)?, SETTINGS, cache_kib)
    }

    fn over(connection: Connection, settings: &str, cache_kib: i64) -> rusqlite::Result<Self> {
        connection.busy_timeout(BUSY_LIMIT)?;
        // Changing the journal does not wait for another that opens the same new file; beginning a transaction does.
        let mut tries = 0;
        while let Err(error) = connection.execute_batch(settings) {
            tries += 1;
            if tries > OPENING_TRIES || !is_busy(&error) {
                return Err(error);
            }
            connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
        }
        // Negative: in KiB instead of pages.
        connection.pragma_update(None, "cache_size", -cache_kib)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let brief = Arc::new(AtomicBool::new(false));
        let gives_up = brief.clone();
        connection.progress_handler(BRIEF_STEPS, Some(move || gives_up.load(Ordering::Relaxed)))?;
        Ok(Self { connection, brief })
    }

    /// What the work comes to; none where it is long.
    fn briefly<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<rusqlite::Result<T>> {
        self.brief.store(true, Ordering::Relaxed);
        let done = work(&self.connection);
        self.brief.store(false, Ordering::Relaxed);
        let given_up = |error: &rusqlite::Error| {
            error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
        };
        (!done.as_ref().is_err_and(given_up)).then_some(done)
    }
}

/// A transaction that began by reading could not write where another one wrote since.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A transaction; what is not committed when it is dropped never was.
pub(crate) struct Transaction(Arc<Mutex<Taken>>);

impl Transaction {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn run(&self, text: &str, values: Vec<Value>) -> Result<u64> {
        let text = numbered(text);
        self.on(move |connection| {
            let touched = bound(connection, &text, &values)?.raw_execute()?;
            Ok(u64::try_from(touched).unwrap_or(u64::MAX))
        })
        .await
    }

    /// Begins right here, unless another process writes.
    fn begin_at_once(&self) -> Result<bool> {
        let taken = locked(&self.0);
        let connection = &taken.link().connection;
        connection.busy_timeout(Duration::ZERO)?;
        let begun = connection.execute_batch(BEGIN);
        connection.busy_timeout(BUSY_LIMIT)?;
        match begun {
            Err(error) if is_busy(&error) => Ok(false),
            begun => Ok(begun.map(|()| true)?),
        }
    }

    /// Runs a statement once for each row of values, which finds what it touches by its key: a small one many times costs no more
    /// than a huge one, and is kept prepared in a few kilobytes.
    pub(crate) async fn run_many(&self, text: String, rows: Vec<Vec<Value>>) -> Result<u64> {
        self.on_rows(rows.len(), move |connection| {
            let mut statement = connection.prepare_cached(&text)?;
            let mut touched = 0;
            for row in &rows {
                bind(&mut statement, row)?;
                touched += statement.raw_execute()?;
            }
            Ok(u64::try_from(touched).unwrap_or(u64::MAX))
        })
        .await
    }

    /// The rows that such a statement returns, run once for each row of values.
    pub(crate) async fn rows_many(
        &self,
        text: String,
        values: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<Stored>>> {
        self.on_rows(values.len(), move |connection| {
            let mut returned = Vec::with_capacity(values.len());
            for values in &values {
                returned.extend(rows(connection, &text, values)?);
            }
            Ok(returned)
        })
        .await
    }

    /// All rows of a statement.
    pub(crate) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<Vec<Stored>>> {
        let text = numbered(text);
        if let Some(found) = self.read_at_once(&text, &values) {
            return Ok(found?);
        }
        self.on(move |connection| rows(connection, &text, &values))
            .await
    }

    /// The rows of a statement that only reads, where that is not long. One that writes and is given up takes its transaction with it.
    fn read_at_once(
        &self,
        text: &str,
        values: &[Value],
    ) -> Option<rusqlite::Result<Vec<Vec<Stored>>>> {
        let taken = locked(&self.0);
        let link = taken.link();
        match link.connection.prepare_cached(text) {
            Ok(statement) if !statement.readonly() => None,
            Ok(_) => link.briefly(|connection| rows(connection, text, values)),
            Err(error) => Some(Err(error)),
        }
    }

    /// Runs statements without parameters, one after the other.
    pub(crate) async fn script(&self, text: &str) -> Result<()> {
        let text = text.to_owned();
        self.on(move |connection| connection.execute_batch(&text))
            .await
    }

    /// Makes everything written in it last.
    pub(crate) async fn commit(self) -> Result<()> {
        self.script("COMMIT").await
    }

    /// Work on so many rows, each found by its key: right here where they are few.
    async fn on_rows<T: Send + 'static>(
        &self,
        rows: usize,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        if rows > FEW {
            return self.on(work).await;
        }
        let taken = locked(&self.0);
        Ok(work(&taken.link().connection)?)
    }

    async fn on<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let taken = self.0.clone();
        blocking(move || work(&locked(&taken).link().connection)).await
    }
}

/// Connections that are used by one at a time.
struct Pool {
    idle: Mutex<Vec<Link>>,
    places: Arc<Semaphore>,
}

impl Pool {
    fn new(links: Vec<Link>) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(links.len())),
            idle: Mutex::new(links),
        })
    }

    async fn take(self: &Arc<Self>) -> Result<Taken> {
        let place = timeout(WAIT_LIMIT, self.places.clone().acquire_owned()).await;
        let place = place
            .map_err(|_| Error::Database("no connection became free in time".into()))?
            .expect("the semaphore is never closed");
        Ok(Taken {
            link: locked(&self.idle).pop(),
            home: self.clone(),
            _place: place,
        })
    }
}

/// A connection in use; it goes home by itself, also from a statement whose caller does not wait any more.
struct Taken {
    link: Option<Link>,
    home: Arc<Pool>,
    _place: OwnedSemaphorePermit,
}

impl Taken {
    fn link(&self) -> &Link {
        self.link
            .as_ref()
            .expect("there are as many links as places")
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(link) = self.link.take() else {
            return;
        };
        if !link.connection.is_autocommit() {
            // A connection that cannot even do this says so at its next use.
            let _ = link.connection.execute_batch("ROLLBACK");
        }
        locked(&self.home.idle).push(link);
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// What a panicking thread held is a connection, whose transaction is rolled back: as good as any other.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    let done = spawn_blocking(work).await;
    // Only while the program ends are such threads refused.
    Ok(done.map_err(|error| Error::Database(error.into()))??)
}

fn rows(
    connection: &Connection,
    text: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<Vec<Stored>>> {
    let mut statement = bound(connection, text, values)?;
    let width = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(
            (0..width)
                .map(|column| row.get(column))
                .collect::<Result<_, _>>()?,
        );
    }
    Ok(found)
}

fn bound<'c>(
    connection: &'c Connection,
    text: &str,
    values: &[Value],
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(text)?;
    bind(&mut statement, values)?;
    Ok(statement)
}

fn bind(statement: &mut CachedStatement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    (1..)
        .zip(values)
        .try_for_each(|(place, value)| statement.raw_bind_parameter(place, Bound(value)))
}

/// `$1` is a name to SQLite, `?1` is a number.
pub(crate) fn numbered(text: &str) -> String {
    text.replace('$', "?")
}

/// A value as SQLite keeps it: truth as a number, an id as its bytes.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::Bool(Some(truth)) => ValueRef::Integer(i64::from(*truth)),
            Value::BigInt(Some(number)) => ValueRef::Integer(*number),
            Value::String(Some(text)) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Value::Uuid(Some(id)) => ValueRef::Blob(id.as_bytes()),
            Value::Bool(None)
            | Value::BigInt(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::Uuid(None) => ValueRef::Null,
            other => {
                let why = format!("no column holds a {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(why.into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}
