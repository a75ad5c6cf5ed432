//! The store: one SQLite file of its own, one writing connection, a pool of readers, numbered migrations. What is
//! written there stands in `links` and `origins`.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _, Value,
};

/// The migrations in their order; the first has number 1. One that was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_origins_and_links.sql")];

/// Connections that read at the same time.
const READERS: u32 = 4;

/// The store of one redirect server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("the folder {0} cannot be made")]
    Folder(PathBuf, #[source] io::Error),
    /// SQLite refuses.
    #[error("the redirect server's store cannot be used")]
    Database(#[from] DbErr),
    /// A value that no version of this program wrote.
    #[error("the redirect server's store holds something unreadable")]
    Unreadable(#[from] publication::Malformed),
    /// A newer program was here.
    #[error("the redirect server's store has version {0}, which is newer than this program")]
    Newer(i64),
}

impl Store {
    /// Opens the store in `folder`, makes what is missing, and brings its tables up to date.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|why| StoreError::Folder(folder.to_owned(), why))?;
        let file = folder.join("redirect.sqlite");
        let writer = connect(file.clone(), 1, false).await?;
        migrate(&writer).await?;
        let readers = connect(file, READERS, true).await?;
        Ok(Self { writer, readers })
    }

    /// The readers, which cannot write.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// A write transaction, holding SQLite's write lock from its start.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        begin(&self.writer).await
    }

    /// Answers whether the store can be read at this moment.
    pub(crate) async fn is_ready(&self) -> bool {
        self.read()
            .query_one_raw(sql("SELECT 1 FROM origin LIMIT 1", []))
            .await
            .is_ok()
    }

    /// Closes all connections, so that SQLite folds its log into the file.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await?;
        Ok(self.writer.close().await?)
    }
}

/// A statement with its values, `$1` and on.
pub(crate) fn sql<const N: usize>(text: &'static str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, text, values)
}

async fn connect(
    file: PathBuf,
    connections: u32,
    reads_only: bool,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite:");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        // Statements hold hashes of links: neither a log nor a span shows them.
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // An origin that was told "accepted" does not publish again: a commit has to last.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .pragma("query_only", if reads_only { "on" } else { "off" })
        });
    Database::connect(options).await
}

async fn begin(writer: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mode = Some(SqliteTransactionMode::Immediate);
    writer
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: mode,
            ..Default::default()
        })
        .await
}

async fn migrate(writer: &DatabaseConnection) -> Result<(), StoreError> {
    let migration = begin(writer).await?;
    migration
        .execute_unprepared("CREATE TABLE IF NOT EXISTS redirect_migration (number INTEGER NOT NULL PRIMARY KEY) STRICT")
        .await?;
    let latest = sql(
        "SELECT coalesce(max(number), 0) FROM redirect_migration",
        [],
    );
    let done: i64 = match migration.query_one_raw(latest).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    for (number, text) in (1_i64..)
        .zip(MIGRATIONS)
        .filter(|(number, _)| *number > done)
    {
        migration.execute_unprepared(text).await?;
        migration
            .execute_raw(sql(
                "INSERT INTO redirect_migration (number) VALUES ($1)",
                [number.into()],
            ))
            .await?;
    }
    if done > MIGRATIONS.len().try_into().unwrap_or(i64::MAX) {
        return Err(StoreError::Newer(done));
    }
    Ok(migration.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn opening_twice_keeps_what_is_there_and_a_newer_store_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        assert!(store.is_ready().await);
        store.close().await.unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        store
            .writer
            .execute_unprepared("INSERT INTO redirect_migration (number) VALUES (99)")
            .await
            .unwrap();
        store.close().await.unwrap();
        assert!(matches!(
            Store::open(folder.path()).await,
            Err(StoreError::Newer(99))
        ));
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        assert!(
            store
                .read()
                .execute_unprepared("DELETE FROM link")
                .await
                .is_err()
        );
    }
}
