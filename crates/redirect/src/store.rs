//! The store: one SQLite file of its own with one writing connection and a pool of readers, or a PostgreSQL database where
//! several redirect servers share it. Statements are the same for both. What is written there stands in `links`, `origins`,
//! `brands` and `visits`.

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

use crate::Settings;
use crate::settings::DatabaseUrl;

/// The migrations in their order; the first has number 1. One that was released is never changed.
const MIGRATIONS: [Migration; 3] = [
    Migration {
        sqlite: include_str!("../migrations/sqlite/0001_origins_and_links.sql"),
        postgres: include_str!("../migrations/postgres/0001_origins_and_links.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0002_brands_and_visits.sql"),
        postgres: include_str!("../migrations/postgres/0002_brands_and_visits.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0003_relay.sql"),
        postgres: include_str!("../migrations/postgres/0003_relay.sql"),
    },
];

struct Migration {
    sqlite: &'static str,
    postgres: &'static str,
}

/// Connections that read at the same time.
const READERS: u32 = 4;
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 8;

/// The store of a redirect server. Cheap to clone.
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
    /// The database refuses.
    #[error("the redirect server's store cannot be used")]
    Database(#[from] DbErr),
    /// A value that no version of this program wrote.
    #[error("the redirect server's store holds something unreadable")]
    Unreadable(#[from] publication::Malformed),
    /// The same of a brand.
    #[error("the redirect server's store holds an unreadable brand")]
    Brand(#[from] serde_json::Error),
    /// A newer program was here.
    #[error("the redirect server's store has version {0}, which is newer than this program")]
    Newer(i64),
}

impl Store {
    /// Opens the store that the settings name.
    pub async fn of(settings: &Settings) -> Result<Self, StoreError> {
        match &settings.database_url {
            Some(address) => Self::shared(address).await,
            None => Self::open(&settings.data).await,
        }
    }

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

    /// Opens the store in a PostgreSQL database, which other redirect servers may share.
    pub async fn shared(address: &DatabaseUrl) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(address.expose());
        quiet(&mut options).max_connections(CONNECTIONS);
        let both = Database::connect(options).await?;
        migrate(&both).await?;
        Ok(Self {
            writer: both.clone(),
            readers: both,
        })
    }

    /// The readers, which cannot write.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// A write transaction; in SQLite it holds the write lock from its start.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        begin(&self.writer).await
    }

    /// A statement with its values, `$1` and on.
    pub(crate) fn sql<I>(&self, text: impl Into<String>, values: I) -> Statement
    where
        I: IntoIterator<Item = Value>,
    {
        Statement::from_sql_and_values(self.writer.get_database_backend(), text, values)
    }

    /// Whether this is a PostgreSQL database.
    pub(crate) fn is_shared(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
    }

    /// Answers whether the store can be read at this moment.
    pub(crate) async fn is_ready(&self) -> bool {
        self.read()
            .query_one_raw(self.sql("SELECT 1 FROM origin LIMIT 1", []))
            .await
            .is_ok()
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await?;
        Ok(self.writer.close().await?)
    }
}

/// Statements hold hashes of links: neither a log nor a span shows them.
fn quiet(options: &mut ConnectOptions) -> &mut ConnectOptions {
    options
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
}

async fn connect(
    file: PathBuf,
    connections: u32,
    reads_only: bool,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite:");
    quiet(&mut options)
        .max_connections(connections)
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
    let immediate = match writer.get_database_backend() {
        DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
        _ => None,
    };
    writer
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: immediate,
            ..Default::default()
        })
        .await
}

/// Runs what is missing, each once: of servers that start together the others wait for the first.
async fn migrate(writer: &DatabaseConnection) -> Result<(), StoreError> {
    let backend = writer.get_database_backend();
    let is_sqlite = backend == DbBackend::Sqlite;
    let migration = begin(writer).await?;
    let table = if is_sqlite {
        "CREATE TABLE IF NOT EXISTS redirect_migration (number INTEGER NOT NULL PRIMARY KEY) STRICT"
    } else {
        "SELECT pg_advisory_xact_lock(72656469); \
         CREATE TABLE IF NOT EXISTS redirect_migration (number BIGINT NOT NULL PRIMARY KEY)"
    };
    migration.execute_unprepared(table).await?;
    let sql = |text, values: Vec<Value>| Statement::from_sql_and_values(backend, text, values);
    let latest = sql(
        "SELECT coalesce(max(number), 0) FROM redirect_migration",
        vec![],
    );
    let done: i64 = match migration.query_one_raw(latest).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    for (number, texts) in (1_i64..)
        .zip(MIGRATIONS)
        .filter(|(number, _)| *number > done)
    {
        let text = if is_sqlite {
            texts.sqlite
        } else {
            texts.postgres
        };
        migration.execute_unprepared(text).await?;
        migration
            .execute_raw(sql(
                "INSERT INTO redirect_migration (number) VALUES ($1)",
                vec![number.into()],
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
