//! Numbered SQL, one folder per engine with the same file names, each run once under a lock.

use model::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait,
};

use crate::{Result, dialect::Dialect};

/// Name, SQLite text, PostgreSQL text.
const MIGRATIONS: [(&str, &str, &str); 5] = [
    (
        "0001_start",
        include_str!("../migrations/sqlite/0001_start.sql"),
        include_str!("../migrations/postgres/0001_start.sql"),
    ),
    (
        "0002_indexes",
        include_str!("../migrations/sqlite/0002_indexes.sql"),
        include_str!("../migrations/postgres/0002_indexes.sql"),
    ),
    (
        "0004_connections",
        include_str!("../migrations/sqlite/0004_connections.sql"),
        include_str!("../migrations/postgres/0004_connections.sql"),
    ),
    (
        "0005_view",
        include_str!("../migrations/sqlite/0005_view.sql"),
        include_str!("../migrations/postgres/0005_view.sql"),
    ),
    (
        "0006_kinds",
        include_str!("../migrations/sqlite/0006_kinds.sql"),
        include_str!("../migrations/postgres/0006_kinds.sql"),
    ),
];

/// Begins the transaction in which the database is made ready. Of servers that start at once, one goes
/// first and the others wait here.
pub(crate) async fn lock(
    db: &DatabaseConnection,
    dialect: Dialect,
) -> Result<DatabaseTransaction, DbErr> {
    make_table(db).await?;
    let tx = db.begin_with_options(dialect.writing()).await?;
    for text in [
        "INSERT INTO migration (name, applied_at) VALUES ('lock', 0) ON CONFLICT (name) DO NOTHING",
        "UPDATE migration SET applied_at = 0 WHERE name = 'lock'",
    ] {
        tx.execute_unprepared(text).await?;
    }
    Ok(tx)
}

async fn make_table(db: &DatabaseConnection) -> Result<(), DbErr> {
    let text =
        "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)";
    let Err(error) = db.execute_unprepared(text).await else {
        return Ok(());
    };
    // PostgreSQL refuses the one of two that comes a moment later; then the table is there.
    db.execute_unprepared("SELECT 1 FROM migration")
        .await
        .map(drop)
        .map_err(|_| error)
}

/// Brings the tables up to date.
pub(crate) async fn run(tx: &DatabaseTransaction, dialect: Dialect, now: Timestamp) -> Result<()> {
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
    Ok(())
}
