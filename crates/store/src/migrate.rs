//! Numbered SQL, one folder per engine with the same file names, each run once under a lock.

use model::Timestamp;
use sea_orm::ConnectionTrait;

use crate::{
    Result,
    dialect::Dialect,
    sql::{Database, Transaction},
};

/// Name, SQLite text, PostgreSQL text.
const MIGRATIONS: &[(&str, &str, &str)] = &[
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
        "0006_decisions",
        include_str!("../migrations/sqlite/0006_decisions.sql"),
        include_str!("../migrations/postgres/0006_decisions.sql"),
    ),
    (
        "0007_kinds",
        include_str!("../migrations/sqlite/0007_kinds.sql"),
        include_str!("../migrations/postgres/0007_kinds.sql"),
    ),
    (
        "0009_scim",
        include_str!("../migrations/sqlite/0009_scim.sql"),
        include_str!("../migrations/postgres/0009_scim.sql"),
    ),
    (
        "0010_sheets",
        include_str!("../migrations/sqlite/0010_sheets.sql"),
        include_str!("../migrations/postgres/0010_sheets.sql"),
    ),
    (
        "0011_daily",
        include_str!("../migrations/sqlite/0011_daily.sql"),
        include_str!("../migrations/postgres/0011_daily.sql"),
    ),
    (
        "0012_mapping",
        include_str!("../migrations/sqlite/0012_mapping.sql"),
        include_str!("../migrations/postgres/0012_mapping.sql"),
    ),
    (
        "0013_profiles",
        include_str!("../migrations/sqlite/0013_profiles.sql"),
        include_str!("../migrations/postgres/0013_profiles.sql"),
    ),
    (
        "0014_rescans",
        include_str!("../migrations/sqlite/0014_rescans.sql"),
        include_str!("../migrations/postgres/0014_rescans.sql"),
    ),
    (
        "0015_mail",
        include_str!("../migrations/sqlite/0015_mail.sql"),
        include_str!("../migrations/postgres/0015_mail.sql"),
    ),
    (
        "0016_public",
        include_str!("../migrations/sqlite/0016_public.sql"),
        include_str!("../migrations/postgres/0016_public.sql"),
    ),
    (
        "0017_registered",
        include_str!("../migrations/sqlite/0017_registered.sql"),
        include_str!("../migrations/postgres/0017_registered.sql"),
    ),
    (
        "0020_out_of_date",
        include_str!("../migrations/sqlite/0020_out_of_date.sql"),
        include_str!("../migrations/postgres/0020_out_of_date.sql"),
    ),
    (
        "0021_user_search",
        include_str!("../migrations/sqlite/0021_user_search.sql"),
        include_str!("../migrations/postgres/0021_user_search.sql"),
    ),
    (
        "0022_secret_columns",
        include_str!("../migrations/sqlite/0022_secret_columns.sql"),
        include_str!("../migrations/postgres/0022_secret_columns.sql"),
    ),
    (
        "0023_ages",
        include_str!("../migrations/sqlite/0023_ages.sql"),
        include_str!("../migrations/postgres/0023_ages.sql"),
    ),
    (
        "0024_waves",
        include_str!("../migrations/sqlite/0024_waves.sql"),
        include_str!("../migrations/postgres/0024_waves.sql"),
    ),
    (
        "0025_self_deployment",
        include_str!("../migrations/sqlite/0025_self_deployment.sql"),
        include_str!("../migrations/postgres/0025_self_deployment.sql"),
    ),
    (
        "0026_mailbox",
        include_str!("../migrations/sqlite/0026_mailbox.sql"),
        include_str!("../migrations/postgres/0026_mailbox.sql"),
    ),
    (
        "0027_scanned_page",
        include_str!("../migrations/sqlite/0027_scanned_page.sql"),
        include_str!("../migrations/postgres/0027_scanned_page.sql"),
    ),
    (
        "0028_brand",
        include_str!("../migrations/sqlite/0028_brand.sql"),
        include_str!("../migrations/postgres/0028_brand.sql"),
    ),
    (
        "0029_reached",
        include_str!("../migrations/sqlite/0029_reached.sql"),
        include_str!("../migrations/postgres/0029_reached.sql"),
    ),
    (
        "0030_search_at_once",
        include_str!("../migrations/sqlite/0030_search_at_once.sql"),
        include_str!("../migrations/postgres/0030_search_at_once.sql"),
    ),
    (
        "0031_recipient",
        include_str!("../migrations/sqlite/0031_recipient.sql"),
        include_str!("../migrations/postgres/0031_recipient.sql"),
    ),
    (
        "0032_plan_of_job",
        include_str!("../migrations/sqlite/0032_plan_of_job.sql"),
        include_str!("../migrations/postgres/0032_plan_of_job.sql"),
    ),
    (
        "0036_given_version",
        include_str!("../migrations/sqlite/0036_given_version.sql"),
        include_str!("../migrations/postgres/0036_given_version.sql"),
    ),
    (
        "0037_audit_by_subject",
        include_str!("../migrations/sqlite/0037_audit_by_subject.sql"),
        include_str!("../migrations/postgres/0037_audit_by_subject.sql"),
    ),
];

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)";

/// Begins the transaction in which the database is made ready. Of servers that start at once, one goes
/// first and the others wait here.
pub(crate) async fn lock(database: &Database) -> Result<Transaction> {
    make_table(database).await?;
    let tx = database.begin().await?;
    for text in [
        "INSERT INTO migration (name, applied_at) VALUES ('lock', 0) ON CONFLICT (name) DO NOTHING",
        "UPDATE migration SET applied_at = 0 WHERE name = 'lock'",
    ] {
        tx.script(text).await?;
    }
    Ok(tx)
}

async fn make_table(database: &Database) -> Result<()> {
    let pool = match database {
        Database::Postgres(pool) => pool,
        Database::Sqlite(sqlite) => {
            let tx = sqlite.begin().await?;
            tx.script(TABLE).await?;
            return tx.commit().await;
        }
    };
    let Err(error) = pool.execute_unprepared(TABLE).await else {
        return Ok(());
    };
    // PostgreSQL refuses the one of two that comes a moment later; then the table is there.
    pool.execute_unprepared("SELECT 1 FROM migration")
        .await
        .map(drop)
        .map_err(|_| error.into())
}

/// Names of the migrations that this program knows, in order.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|(name, ..)| *name)
}

/// Brings the tables up to date.
pub(crate) async fn run(tx: &Transaction, now: Timestamp) -> Result<()> {
    for &(name, sqlite, postgres) in MIGRATIONS {
        let known = "SELECT 1 FROM migration WHERE name = $1";
        if !tx.rows(known, vec![name.into()]).await?.is_empty() {
            continue;
        }
        let text = match tx.dialect() {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        };
        tx.script(text).await?;
        let note = "INSERT INTO migration (name, applied_at) VALUES ($1, $2)";
        tx.run(note, vec![name.into(), now.0.into()]).await?;
    }
    Ok(())
}
