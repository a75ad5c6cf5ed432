//! A fresh database on one of the engines, a clock that stands still, and the few verbs that the facts need.

use std::path::Path;

use model::{
    Actor, Env, Timestamp,
    clock::{FixedClock, SystemEntropy},
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use store::{Error, Result, Settings, Store, Tx, WrappingKey};
use tempfile::TempDir;

/// When every test begins.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);

/// Where a database is, before and while it is open.
pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        let cluster = peers::Postgres::shared().await.unwrap();
        Self::Postgres(cluster.database().await.unwrap())
    }

    pub(crate) async fn open(&self, key: &WrappingKey, clock: &FixedClock) -> Result<Store> {
        let settings = match self {
            Self::Sqlite(folder) => Settings {
                database_url: "",
                data: folder.path(),
                key: key.clone(),
            },
            Self::Postgres(url) => Settings {
                database_url: url,
                data: Path::new(""),
                key: key.clone(),
            },
        };
        Store::open(settings, Env::new(clock.clone(), SystemEntropy)).await
    }

    pub(crate) async fn home(self) -> Home {
        let clock = FixedClock::at(START);
        let key = WrappingKey::random(&Env::new(clock.clone(), SystemEntropy));
        let store = self.open(&key, &clock).await.unwrap();
        Home {
            store,
            clock,
            key,
            place: self,
        }
    }
}

/// An open database of its own.
pub(crate) struct Home {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    pub(crate) key: WrappingKey,
    pub(crate) place: Place,
}

impl Home {
    /// The same database as another process has it open.
    pub(crate) async fn another_process(&self) -> Store {
        self.place.open(&self.key, &self.clock).await.unwrap()
    }

    /// Writes in one transaction and commits it.
    pub(crate) async fn write<T>(&self, work: impl AsyncFnOnce(&Tx) -> Result<T>) -> T {
        self.try_write(work).await.unwrap()
    }

    /// Writes in one transaction, commits it unless something failed.
    pub(crate) async fn try_write<T>(&self, work: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        let tx = self.store.begin().await?;
        let answer = work(&tx).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(crate) fn env(&self) -> &Env {
        self.store.env()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.env().now()
    }

    /// A connection that goes round the store, as somebody with a database shell has it.
    pub(crate) async fn shell(&self) -> DatabaseConnection {
        let url = match &self.place {
            Place::Sqlite(folder) => {
                format!("sqlite://{}", folder.path().join("rollcall.db").display())
            }
            Place::Postgres(url) => url.clone(),
        };
        Database::connect(url).await.unwrap()
    }

    /// Runs a statement round the store.
    pub(crate) async fn run(&self, sql: &str) -> Result<u64, DbErr> {
        let done = self.shell().await.execute_unprepared(sql).await?;
        Ok(done.rows_affected())
    }

    /// A number read round the store.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let shell = self.shell().await;
        let statement = Statement::from_string(shell.get_database_backend(), sql);
        let row = shell.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// Whether a text stands anywhere in what the engine keeps: in SQLite's files with the write-ahead log,
    /// or in any column of any PostgreSQL table.
    pub(crate) async fn keeps(&self, text: &str) -> bool {
        match &self.place {
            Place::Sqlite(folder) => std::fs::read_dir(folder.path()).unwrap().any(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            }),
            Place::Postgres(url) => {
                let hex = text
                    .bytes()
                    .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
                let dump = tokio::process::Command::new("pg_dump")
                    .args(["--inserts", "-d", url])
                    .output()
                    .await
                    .unwrap();
                assert!(dump.status.success(), "{dump:?}");
                let dump = String::from_utf8(dump.stdout).unwrap();
                dump.contains(text) || dump.contains(&hex)
            }
        }
    }
}

pub(crate) fn admin() -> Actor {
    Actor("ada".to_owned())
}

/// Whether something was refused because it is not there.
pub(crate) fn is_missing<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Missing(_)))
}
