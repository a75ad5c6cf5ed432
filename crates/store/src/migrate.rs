//! Numbered SQL, one folder per engine with the same file names, each run once under a lock.

use model::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

use crate::{Result, dialect::Dialect};

/// Name, SQLite text, PostgreSQL text.
const MIGRATIONS: [(&str, &str, &str); 1] = [(
    "0001_start",
    include_str!("../migrations/sqlite/0001_start.sql"),
    include_str!("../migrations/postgres/0001_start.sql"),
)];

/// Brings the tables up to date.
pub(crate) async fn run(db: &DatabaseConnection, dialect: Dialect, now: Timestamp) -> Result<()> {
    db.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)",
    )
    .await?;
    let options = TransactionOptions {
        sqlite_transaction_mode: (dialect == Dialect::Sqlite)
            .then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await?;
    if dialect == Dialect::Postgres {
        // Two servers that start at once: the second waits here.
        tx.execute_unprepared("LOCK TABLE migration IN EXCLUSIVE MODE")
            .await?;
    }
    for (name, sqlite, postgres) in MIGRATIONS {
        let backend = tx.get_database_backend();
        let known = Statement::from_sql_and_values(
            backend,
            "SELECT 1 FROM migration WHERE name = $1",
            [name.into()],
        );
        if tx.query_one_raw(known).await?.is_some() {
            continue;
        }
        let text = if dialect == Dialect::Sqlite {
            sqlite
        } else {
            postgres
        };
        tx.execute_unprepared(text).await?;
        let note = "INSERT INTO migration (name, applied_at) VALUES ($1, $2)";
        tx.execute_raw(Statement::from_sql_and_values(
            backend,
            note,
            [name.into(), now.0.into()],
        ))
        .await?;
    }
    Ok(tx.commit().await?)
}
