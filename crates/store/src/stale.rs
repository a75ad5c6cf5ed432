//! What joining has to look at again, so that it need not look at everything. Whatever changes a record, a connection, a
//! precedence or who was imported says so here, in its own transaction and after its change; joining takes it away before it
//! reads. Marks are only added: one that is not committed yet is not taken with an older one of the same entry.

use model::{ConnectionId, EntryId, RecordId};

use crate::{
    Error, Result, Tx, entries,
    sql::{self, bulk, list},
};

/// How all records go together is to be found anew.
const TOGETHER: i64 = 0;
/// The same, while it is done: where that is interrupted, it is done again.
const UNDER_WAY: i64 = -1;
const SET: &str = "INSERT INTO stale_entry (entry_id)";

/// These entries are to be made anew of their records.
pub async fn mark(tx: &Tx, entries: &[EntryId]) -> Result<()> {
    let rows = entries.iter().map(|id| vec![id.0.into()]).collect();
    bulk(tx, SET, rows, "").await.map(drop)
}

/// How all records go together is to be found anew.
pub async fn mark_together(tx: &Tx) -> Result<()> {
    mark(tx, &[EntryId(TOGETHER)]).await
}

/// Everything is to be made anew.
pub async fn mark_everything(tx: &Tx) -> Result<()> {
    mark_together(tx).await?;
    let text = "UPDATE fact SET value = 0 WHERE name = 'entries_made'";
    sql::run(tx, text, vec![]).await.map(drop)
}

/// Other data of these records, or none any more: their entries and how all records go together.
pub(crate) async fn mark_records(tx: &Tx, records: &[RecordId]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    for chunk in records.chunks(1000) {
        let which = format!("id IN ({})", list(1, chunk.len()));
        let values = chunk.iter().map(|id| id.0.into()).collect();
        mark_where(tx, &which, values).await?;
    }
    mark_together(tx).await
}

/// The entries of the records that a condition finds.
pub(crate) async fn mark_where(tx: &Tx, which: &str, values: Vec<sea_orm::Value>) -> Result<()> {
    let text = format!(
        "{SET} SELECT DISTINCT entry_id FROM record WHERE {which} AND entry_id IS NOT NULL"
    );
    sql::run(tx, &text, values).await.map(drop)
}

/// Begins to do what is owed: whether how all records go together is to be found anew. Where a program of another `form` was
/// here before, everything is made anew.
pub async fn begin(tx: &Tx, form: i64) -> Result<bool> {
    let of_this_form = "UPDATE fact SET value = $1 WHERE name = 'entries_form' AND value <> $1";
    if sql::run(tx, of_this_form, vec![form.into()]).await? > 0 {
        mark_everything(tx).await?;
    }
    let text = "DELETE FROM stale_entry WHERE entry_id IN ($1, $2)";
    let marks = vec![TOGETHER.into(), UNDER_WAY.into()];
    let marked = sql::run(tx, text, marks).await? > 0;
    let together = marked || made(tx).await?.0 < entries::last_id(tx).await?;
    if together {
        mark(tx, &[EntryId(UNDER_WAY)]).await?;
    }
    Ok(together)
}

/// How all records go together was found, and everything was done about it.
pub async fn end(tx: &Tx) -> Result<()> {
    let text = "DELETE FROM stale_entry WHERE entry_id = $1";
    sql::run(tx, text, vec![UNDER_WAY.into()]).await.map(drop)
}

/// Whether how all records go together is to be found anew.
pub async fn is_owed(tx: &Tx) -> Result<bool> {
    let text = "SELECT 1 FROM stale_entry WHERE entry_id = $1 LIMIT 1";
    Ok(sql::one(tx, text, vec![TOGETHER.into()]).await?.is_some())
}

/// Entries up to this id were made. Who would have everything made anew waits for this transaction.
pub async fn made(tx: &Tx) -> Result<EntryId> {
    let text = "UPDATE fact SET value = value WHERE name = 'entries_made' RETURNING value";
    let row = sql::one(tx, text, vec![]).await?;
    Ok(EntryId(row.ok_or(Error::Missing("entries made"))?.get(0)?))
}

/// Entries up to `up_to` are made.
pub async fn note_made(tx: &Tx, up_to: EntryId) -> Result<()> {
    let text = "UPDATE fact SET value = $1 WHERE name = 'entries_made'";
    sql::run(tx, text, vec![up_to.0.into()]).await.map(drop)
}

/// Takes up to `limit` entries that are to be made anew, by id.
pub async fn take(tx: &Tx, limit: i64) -> Result<Vec<EntryId>> {
    let text =
        "SELECT DISTINCT entry_id FROM stale_entry WHERE entry_id > 0 ORDER BY entry_id LIMIT $1";
    let rows = sql::all(tx, text, vec![limit.into()]).await?;
    let ids = rows
        .iter()
        .map(|row| Ok(EntryId(row.get(0)?)))
        .collect::<Result<Vec<_>>>()?;
    for chunk in ids.chunks(1000) {
        let text = format!(
            "DELETE FROM stale_entry WHERE entry_id IN ({})",
            list(1, chunk.len())
        );
        sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    Ok(ids)
}

/// How many entries are to be made anew.
pub async fn count(tx: &Tx) -> Result<i64> {
    let text = "SELECT COUNT(DISTINCT entry_id) FROM stale_entry WHERE entry_id > 0";
    let row = sql::one(tx, text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The connection's name or kind shows in its entries: everything is made anew where it has any.
pub(crate) async fn mark_connection(tx: &Tx, id: ConnectionId) -> Result<()> {
    let text = "SELECT 1 FROM record WHERE connection_id = $1 LIMIT 1";
    if sql::one(tx, text, vec![id.0.into()]).await?.is_some() {
        mark_everything(tx).await?;
    }
    Ok(())
}
