//! The database: reachable, of this release, unbroken, and opened by the key. It is looked at and never written to.

use std::time::Duration;

use model::Env;
use store::{Error, Look, Migrations, Store, WrappingKey, secrets};

use super::{
    finding::{Finding, Findings, State, in_time, words},
    timing,
};
use crate::settings::Settings;

/// PostgreSQL before this one is not looked after any more.
const POSTGRES_MIN: u32 = 13;
/// How long SQLite's file is read through.
const CHECK_MAX: Duration = Duration::from_secs(5);

const TABLES: &str = "tables";

/// What is to be said of it, and what can be read with the key.
pub(super) async fn look(
    settings: &Settings,
    key: Option<&WrappingKey>,
    env: &Env,
) -> (Findings, Option<Store>) {
    let mut store = None;
    let findings = in_time("database", async {
        let url = settings.database_url.expose();
        let look = match Look::open(url, &settings.data, env.clone()).await {
            Ok(look) => look,
            Err(error) => {
                let fix = if url.is_empty() {
                    "start `rollcall serve` once, which makes it; run doctor by the account that the server has"
                } else {
                    "see that PostgreSQL runs, and that `database_url` in the settings names it with the right password"
                };
                return vec![Finding::fail("database", words(&error), fix)];
            }
        };
        let engine = engine(&look).await;
        let tables = match look.migrations().await {
            Ok(found) => tables(&found),
            Err(error) => Finding::fail(
                TABLES,
                words(&error),
                "start `rollcall serve` once: it makes the tables",
            ),
        };
        let sealed = match key {
            Some(key) => sealed(&look, key, &mut store).await,
            None => vec![],
        };
        let clock = clock(&look, env).await;
        let parts = [vec![engine, tables], sealed, clock, integrity(&look).await];
        parts.concat()
    })
    .await;
    // Tables of another release cannot be read by this one.
    if findings
        .iter()
        .any(|found| found.check == TABLES && found.state != State::Ok)
    {
        store = None;
    }
    (findings, store)
}

async fn engine(look: &Look) -> Finding {
    let name = if look.is_sqlite() {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    let version = match look.version().await {
        Ok(version) => version,
        Err(error) => return Finding::fail("database", words(&error), error.hint()),
    };
    let seen = format!("{name} {version}");
    let major: Option<u32> = version
        .split('.')
        .next()
        .and_then(|first| first.parse().ok());
    if !look.is_sqlite() && major.is_some_and(|major| major < POSTGRES_MIN) {
        return Finding::warn(
            "database",
            seen,
            format!("upgrade it to PostgreSQL {POSTGRES_MIN} or later"),
        );
    }
    Finding::ok("database", seen)
}

fn tables(found: &Migrations) -> Finding {
    if !found.unknown.is_empty() {
        let seen = format!("a newer release made them ({})", found.unknown.join(", "));
        return Finding::fail(
            TABLES,
            seen,
            "run the release that made them, or a later one",
        );
    }
    if !found.missing.is_empty() {
        let seen = format!(
            "they are of an earlier release; {} is missing",
            found.missing.join(", ")
        );
        return Finding::fail(
            TABLES,
            seen,
            "start `rollcall serve` of this release: it brings them up to date",
        );
    }
    Finding::ok(TABLES, "they are those of this release")
}

/// Whether the key opens what was sealed; what can be read with it.
async fn sealed(look: &Look, key: &WrappingKey, store: &mut Option<Store>) -> Findings {
    let check = "sealed secrets";
    let tried = async {
        let opened = look.unlock(key).await?;
        let any = secrets::try_one(&opened).await?;
        Ok::<_, Error>((opened, any))
    };
    vec![match tried.await {
        Ok((opened, any)) => {
            *store = Some(opened);
            let seen = if any {
                "the key opens them"
            } else {
                "the key fits; nothing is sealed yet"
            };
            Finding::ok(check, seen)
        }
        Err(error) => Finding::fail(check, words(&error), error.hint()),
    }]
}

async fn clock(look: &Look, env: &Env) -> Findings {
    match look.time().await {
        // Leases and links go by the servers' clocks; the database's shows which machine is wrong.
        Ok(Some(theirs)) => vec![timing::clock("database", theirs, env.now(), i64::MAX)],
        Ok(None) => vec![],
        Err(error) => vec![Finding::fail("database", words(&error), error.hint())],
    }
}

async fn integrity(look: &Look) -> Findings {
    let check = "integrity";
    if !look.is_sqlite() {
        return vec![];
    }
    vec![match look.faults(CHECK_MAX).await {
        Ok(None) => Finding::ok(
            check,
            format!(
                "nothing is broken as far as {} s of reading came",
                CHECK_MAX.as_secs()
            ),
        ),
        Ok(Some(faults)) if faults.is_empty() => Finding::ok(check, "nothing is broken"),
        Ok(Some(faults)) => Finding::fail(
            check,
            faults.join("; "),
            "end the server and restore the last backup of the data folder",
        ),
        Err(error) => Finding::fail(
            check,
            words(&error),
            "end the server and restore the last backup of the data folder",
        ),
    }]
}
