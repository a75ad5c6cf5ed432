//! Which records a scan found as they were, kept as ranges of their ids: a page has few, since what one page told first has ids
//! that follow each other. Writing the scan into each record would write all of their data again.

use model::ConnectionId;
use sea_orm::Value;

use crate::{
    Result, Tx,
    sql::{self, bulk},
};

/// That a present record of connection `$1` was not seen by scan `$2`, once the ranges are [`settle`]d.
pub(crate) const NOT_SEEN: &str = "NOT gone AND connection_id = $1 AND seen_scan < $2 AND COALESCE((SELECT s.last_id FROM seen s \
     WHERE s.connection_id = $1 AND s.scan = $2 AND s.first_id <= record.id ORDER BY s.first_id DESC LIMIT 1), 0) < record.id";

/// Forgets what earlier scans of a connection saw.
pub(crate) async fn forget(tx: &Tx, connection: ConnectionId) -> Result<()> {
    let text = "DELETE FROM seen WHERE connection_id = $1";
    sql::run(tx, text, vec![connection.0.into()])
        .await
        .map(drop)
}

/// Notes records that a scan found as they were.
pub(crate) async fn note(
    tx: &Tx,
    connection: ConnectionId,
    scan: i64,
    mut records: Vec<i64>,
) -> Result<()> {
    records.sort_unstable();
    let ranges = records
        .chunk_by(|a, b| b - a <= 1)
        .map(|run| (run[0], run[run.len() - 1]));
    add(tx, connection, scan, ranges.collect()).await
}

async fn add(tx: &Tx, connection: ConnectionId, scan: i64, ranges: Vec<(i64, i64)>) -> Result<()> {
    let row = |(first, last): (i64, i64)| -> Vec<Value> {
        vec![connection.0.into(), scan.into(), first.into(), last.into()]
    };
    let head = "INSERT INTO seen (connection_id, scan, first_id, last_id)";
    let tail = "ON CONFLICT (connection_id, scan, first_id) DO UPDATE SET last_id = \
                CASE WHEN seen.last_id > excluded.last_id THEN seen.last_id ELSE excluded.last_id END";
    bulk(tx, head, ranges.into_iter().map(row).collect(), tail)
        .await
        .map(drop)
}

/// Joins ranges that touch or overlap, as they do where a component told a record twice: the one that begins last before a record
/// then says whether it was seen.
pub(crate) async fn settle(tx: &Tx, connection: ConnectionId, scan: i64) -> Result<()> {
    let text = "SELECT first_id, last_id FROM seen WHERE connection_id = $1 AND scan = $2 ORDER BY first_id";
    let rows = sql::all(tx, text, vec![connection.0.into(), scan.into()]).await?;
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for row in &rows {
        let (first, end): (i64, i64) = (row.get(0)?, row.get(1)?);
        match joined.last_mut() {
            Some((_, last)) if first <= *last + 1 => *last = end.max(*last),
            _ => joined.push((first, end)),
        }
    }
    if joined.len() == rows.len() {
        return Ok(());
    }
    let text = "DELETE FROM seen WHERE connection_id = $1 AND scan = $2";
    sql::run(tx, text, vec![connection.0.into(), scan.into()]).await?;
    add(tx, connection, scan, joined).await
}
