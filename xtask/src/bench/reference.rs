//! The reference sides: what SQLite and nginx do on this machine with the same work and none of our rules.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};
use rustix::time::{ClockId, clock_gettime};

use super::{Size, figure::Figure};

/// The columns of an entry of the integrated view.
const TABLE: &str = "CREATE TABLE entry (
  id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, directory_number TEXT, pbx TEXT,
  mbg_user_name TEXT, client_service_account TEXT, email TEXT, state TEXT NOT NULL, records TEXT NOT NULL,
  name_key TEXT NOT NULL, search TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
/// What a configuration document weighs.
const DOCUMENT: [u8; 1_024] = [b'x'; 1_024];

/// *Bare insert*: prepared, the same columns, primary key only, one transaction, WAL, `synchronous=NORMAL`.
pub(crate) fn bare_insert(size: Size) -> Result<Vec<Figure>> {
    let rows = size.rows();
    let folder = tempfile::tempdir()?;
    let mut database = Connection::open(folder.path().join("bare.db"))?;
    database.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLE}"
    ))?;
    let (start, cpu) = (Instant::now(), cpu_time());
    insert(&mut database, rows)?;
    let (wall, cpu) = (start.elapsed(), cpu_time().saturating_sub(cpu));
    let stored: u32 = database.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    ensure!(stored == rows, "{stored} of {rows} rows are there");
    let rate = f64::from(rows) / cpu.as_secs_f64();
    let wall = Figure::alone(
        format!("bare insert of {rows}, wall time"),
        wall.as_secs_f64(),
        "s",
    );
    Ok(vec![Figure::alone("bare insert", rate, "rows/cpu-s"), wall])
}

fn insert(database: &mut Connection, rows: u32) -> Result<()> {
    let transaction = database.transaction()?;
    let mut statement = transaction.prepare(INSERT)?;
    for n in 0..rows {
        let (first, last, number) = (
            format!("Ada{n}"),
            format!("Example{}", n / 7),
            (200_000 + n).to_string(),
        );
        let login = format!("aexample{n}");
        let (mbg, email) = (format!("{login}-{number}"), format!("{login}@example.org"));
        let records = format!(r#"[["usp","u{n}"],["mbg","d{n}"],["client-service","c{n}"]]"#);
        let key = format!("{last} {first}").to_lowercase();
        let search = format!("{key} {number} {email}");
        statement.execute(params![
            n, first, last, number, "pbx-1", mbg, login, email, "found", records, key, search
        ])?;
    }
    drop(statement);
    transaction.commit().context("cannot commit")
}

/// Processor time of this process, all threads.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

/// nginx with one document of 1 KiB, 64 kept connections.
pub(crate) fn nginx_static(size: Size) -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let nginx = peers::Nginx::serve(&DOCUMENT).await?;
        let load = peers::Load {
            connections: 64,
            threads: 1,
            duration: size.load(),
            script: None,
        };
        let before = peers::usage(nginx.pid())?.cpu_s();
        let seen = peers::wrk(&format!("http://{}/", nginx.address()), &load).await?;
        let cpu = peers::usage(nginx.pid())?.cpu_s() - before;
        ensure!(
            seen.errors == 0,
            "nginx answered with {} errors",
            seen.errors
        );
        let requests = u32::try_from(seen.requests).context("fewer requests than that")?;
        Ok(vec![
            Figure::alone("nginx static", f64::from(requests) / cpu, "requests/cpu-s"),
            Figure::alone("nginx static, wall", seen.requests_per_s, "requests/s"),
            Figure::alone("nginx static, p50", seen.p50_ms, "ms"),
            Figure::alone("nginx static, p99", seen.p99_ms, "ms"),
        ])
    })
}
