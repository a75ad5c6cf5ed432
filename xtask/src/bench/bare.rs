//! The reference side of everything that goes through the database: SQLite alone, with the server's own rows and none of
//! its rules.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags, Statement, params_from_iter, types::Value};
use rustix::time::{ClockId, clock_gettime};

/// Rows held in memory between reading and inserting.
const CHUNK: usize = 10_000;

/// *Bare insert* (interface.md): every row of a table of the database at `path` into a fresh one with the same columns and
/// the primary key only; prepared, one transaction, WAL, `synchronous=NORMAL`. Rows per CPU-second, reading excluded.
pub(crate) fn insert(path: &Path, table: &str) -> Result<f64> {
    let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let (columns, count) = columns(&source, table)?;
    let folder = tempfile::tempdir()?;
    let target = Connection::open(folder.path().join("bare.db"))?;
    target.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE bare ({columns}); BEGIN"
    ))?;
    let places = vec!["?"; count].join(",");
    let mut insert = target.prepare(&format!("INSERT INTO bare VALUES ({places})"))?;
    let mut select = source.prepare(&format!("SELECT * FROM {table}"))?;
    let mut rows = select.query_map([], |row| (0..count).map(|i| row.get(i)).collect())?;
    let (mut inserted, mut spent) = (0, Duration::ZERO);
    loop {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            break;
        }
        let start = cpu_time();
        for row in &chunk {
            inserted += insert.execute(params_from_iter(row))?;
        }
        spent += cpu_time().saturating_sub(start);
    }
    let start = cpu_time();
    drop(insert);
    target.execute_batch("COMMIT")?;
    spent += cpu_time().saturating_sub(start);
    ensure!(inserted > 0, "the table {table} is empty");
    let inserted = u32::try_from(inserted).context("fewer rows than that")?;
    Ok(f64::from(inserted) / spent.as_secs_f64())
}

/// The columns of a table as a new table's definition, and how many they are.
fn columns(source: &Connection, table: &str) -> Result<(String, usize)> {
    let mut statement = source.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
    let columns = statement
        .query_map([table], |row| {
            let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
            let key = if row.get::<_, i64>(2)? > 0 {
                " PRIMARY KEY"
            } else {
                ""
            };
            Ok(format!("\"{name}\" {kind}{key}"))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok((columns.join(", "), columns.len()))
}

/// A statement run again and again, each time to its last row and with every column read: the middle of its times, ms.
pub(crate) fn query(path: &Path, sql: &str, values: &[String]) -> Result<f64> {
    const TIMES: usize = 101;
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = database.prepare(sql)?;
    let mut times = (0..TIMES)
        .map(|_| once(&mut statement, values))
        .collect::<Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times[TIMES / 2].as_secs_f64() * 1_000.0)
}

fn once(statement: &mut Statement<'_>, values: &[String]) -> Result<Duration> {
    let width = statement.column_count();
    let start = Instant::now();
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        for column in 0..width {
            std::hint::black_box(row.get::<_, Value>(column)?);
        }
    }
    Ok(start.elapsed())
}

/// Processor time of this process, all threads.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_table_has_the_same_columns_and_every_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let database = Connection::open(&path).unwrap();
        let rows = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL, other BLOB);
                    INSERT INTO thing VALUES (1, 'one', x'01'), (2, 'two', NULL)";
        database.execute_batch(rows).unwrap();
        let (columns, count) = columns(&database, "thing").unwrap();
        assert_eq!(
            (columns.as_str(), count),
            (
                "\"id\" INTEGER PRIMARY KEY, \"name\" TEXT, \"other\" BLOB",
                3
            )
        );
        assert!(insert(&path, "thing").unwrap() > 0.0);
        let middle = query(
            &path,
            "SELECT * FROM thing WHERE name = ?1",
            &["one".into()],
        );
        assert!(middle.unwrap() > 0.0);
    }
}
