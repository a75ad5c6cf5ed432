//! Looking at a database as it is, without being able to write: also beside the server that it belongs to, and where another
//! release made its tables. What is made of what was seen is left to others.

use std::{path::Path, time::Duration};

use model::{Env, Timestamp};

use crate::{
    Error, Result, Store, WrappingKey, migrate,
    sealing::{KEPT_KEY, Sealer},
    sql::{Database, Row},
};

/// A database that is looked at. Cheap to clone.
#[derive(Clone)]
pub struct Look {
    database: Database,
    env: Env,
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Look")
    }
}

/// How the tables of a database differ from those that this program works with, by the names of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrations {
    /// Those that did not run yet.
    pub missing: Vec<String>,
    /// Those that a newer program ran.
    pub unknown: Vec<String>,
}

impl Look {
    /// Opens a database that is there already: `postgres://…`, or SQLite's in `data` where that is empty.
    ///
    /// # Errors
    /// [`Error::Open`] where it cannot be opened; a URL is not quoted.
    pub async fn open(database_url: &str, data: &Path, env: Env) -> Result<Self> {
        let database = Database::look(database_url, data).await?;
        Ok(Self { database, env })
    }

    /// Whether it is SQLite.
    pub const fn is_sqlite(&self) -> bool {
        matches!(self.database, Database::Sqlite(_))
    }

    /// The version of SQLite or PostgreSQL, such as `15.14`.
    pub async fn version(&self) -> Result<String> {
        let text = match self.database {
            Database::Sqlite(_) => "SELECT sqlite_version()",
            Database::Postgres(_) => "SELECT current_setting('server_version')",
        };
        self.one(text).await?.get(0)
    }

    /// Which migrations did not run yet, and which ones a newer program ran.
    ///
    /// # Errors
    /// [`Error::Database`] where no program made tables yet.
    pub async fn migrations(&self) -> Result<Migrations> {
        let text = "SELECT name FROM migration WHERE name <> 'lock' ORDER BY name";
        let rows = self.database.rows(text, vec![]).await?;
        let ran: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
        let known: Vec<_> = migrate::known().map(str::to_owned).collect();
        let only = |these: &[String], others: &[String]| {
            let only = these.iter().filter(|name| !others.contains(name));
            only.cloned().collect()
        };
        Ok(Migrations {
            missing: only(&known, &ran),
            unknown: only(&ran, &known),
        })
    }

    /// What is broken in SQLite's file, five faults at most; none where no end was found within the limit. PostgreSQL sees to
    /// its files by itself.
    pub async fn faults(&self, limit: Duration) -> Result<Option<Vec<String>>> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.quick_check(limit).await,
            Database::Postgres(_) => Ok(Some(vec![])),
        }
    }

    /// The time at the database's machine; none with SQLite, which runs on this one.
    pub async fn time(&self) -> Result<Option<Timestamp>> {
        if self.is_sqlite() {
            return Ok(None);
        }
        let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        Ok(Some(Timestamp(self.one(text).await?.get(0)?)))
    }

    /// What can be read with the key; whoever begins to write there is refused.
    ///
    /// # Errors
    /// [`Error::WrongKey`] where the key is another one's.
    pub async fn unlock(&self, key: &WrappingKey) -> Result<Store> {
        let found = self.database.rows(KEPT_KEY, vec![]).await?;
        let sealer = Sealer::unwrapped(&found, key)?;
        let (database, env) = (self.database.clone(), self.env.clone());
        Ok(Store::of(database, sealer, env, true))
    }

    async fn one(&self, text: &str) -> Result<Row> {
        let rows = self.database.rows(text, vec![]).await?;
        rows.into_iter().next().ok_or(Error::Missing("answer"))
    }
}
