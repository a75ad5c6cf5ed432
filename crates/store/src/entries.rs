//! Entries: the rows of the integrated view, kept ready to be shown.

use std::collections::HashMap;

use model::{EntryId, EntryState, Note, PersonFields, UserId};
use sea_orm::Value;

use crate::{
    Error, ListQuery, Page, Result, Store, Total, Tx, connections,
    listing::Listed,
    sql::{self, Row, Runs, blob, bulk, list, to_json},
};

/// One entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, kept across scans.
    pub id: EntryId,
    /// Its data.
    pub fields: PersonFields,
    /// Changes when its data changes ([`PersonFields::hash`]).
    pub hash: [u8; 16],
    /// Marks of the components that hold it, in order.
    pub sources: Vec<String>,
    /// Conflicts, proposals and faults.
    pub notes: Vec<Note>,
    /// Where it stands.
    pub state: EntryState,
    /// The user that was imported from it.
    pub user: Option<UserId>,
    /// Its hash when that happened.
    pub imported_hash: Option<[u8; 16]>,
}

const COLUMNS: &str = "data, hash, sources, notes, state, user_id, imported_hash";
pub(crate) const LISTED: Listed = Listed {
    table: "entry",
    columns: COLUMNS,
    indexed: true,
};

/// Reads a row of id, a further column, then [`COLUMNS`].
fn read(row: &Row) -> Result<Entry> {
    let sources: String = row.get(4)?;
    let imported: Option<Vec<u8>> = row.get(8)?;
    Ok(Entry {
        id: EntryId(row.get(0)?),
        fields: row.json(2, "entry")?,
        hash: row.bytes(3, "entry hash")?,
        sources: sources
            .split(' ')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        notes: row.json(5, "entry note")?,
        state: row.named(6, "entry state", EntryState::parse)?,
        user: row.get::<Option<_>>(7)?.map(UserId),
        imported_hash: imported.and_then(|bytes| bytes.try_into().ok()),
    })
}

/// One page of the integrated view.
pub async fn page(store: &Store, query: &ListQuery) -> Result<Page<Entry>> {
    LISTED.page::<i64, _>(store, query, read).await
}

/// How many entries match.
pub async fn total(store: &Store, query: &ListQuery) -> Result<Total> {
    if query.words.is_empty() {
        let counts = counts(store).await?;
        return Ok(Total::of_states(
            counts.iter().map(|(state, n)| (state.name(), *n)),
            query,
        ));
    }
    LISTED.total(store, query).await
}

/// How many entries there are in each state.
pub async fn counts(store: &Store) -> Result<HashMap<EntryState, i64>> {
    let rows = sql::all(
        store,
        "SELECT state, COUNT(*) FROM entry GROUP BY state",
        vec![],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.named(0, "entry state", EntryState::parse)?, row.get(1)?)))
        .collect()
}

/// The view's revision: rises whenever joining changed something.
pub async fn revision(store: &Store) -> Result<i64> {
    let row = sql::one(
        store,
        "SELECT value FROM fact WHERE name = 'view_revision'",
        vec![],
    )
    .await?;
    row.ok_or(Error::Missing("view revision"))?.get(0)
}

/// Raises the view's revision.
pub async fn raise_revision(tx: &Tx) -> Result<()> {
    connections::next(tx, "view_revision", 1).await.map(drop)
}

/// One entry.
pub async fn get(store: &Store, id: EntryId) -> Result<Entry> {
    let found = by_id_on(store, &[id]).await?;
    found.into_iter().next().ok_or(Error::Missing("entry"))
}

/// Some entries by id; those that are gone are left out.
pub async fn by_id(store: &Store, ids: &[EntryId]) -> Result<Vec<Entry>> {
    by_id_on(store, ids).await
}

/// Some entries by id, within a transaction.
pub async fn by_id_in(tx: &Tx, ids: &[EntryId]) -> Result<Vec<Entry>> {
    by_id_on(tx, ids).await
}

async fn by_id_on(on: &impl Runs, ids: &[EntryId]) -> Result<Vec<Entry>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT id, id, {COLUMNS} FROM entry WHERE id IN ({}) ORDER BY id",
            list(1, chunk.len())
        );
        for row in &sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Up to `limit` entries that match, after `after` by id: how a selection of everything is walked.
pub async fn matching_after(
    store: &Store,
    query: &ListQuery,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    let (text, values) = LISTED.after_statement(store, query, after, limit).await?;
    sql::all(store, &text, values)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Takes `count` new entry ids; the first of them.
pub async fn take_ids(tx: &Tx, count: i64) -> Result<i64> {
    connections::next(tx, "next_entry", count).await
}

/// The highest entry id that was taken.
pub async fn last_id(tx: &Tx) -> Result<i64> {
    let row = sql::one(
        tx,
        "SELECT value FROM fact WHERE name = 'next_entry'",
        vec![],
    )
    .await?;
    Ok(row.ok_or(Error::Missing("series"))?.get::<i64>(0)? - 1)
}

/// What joining needs to know of the entries that are there.
#[derive(Debug, Clone)]
pub struct Known {
    /// The entry.
    pub id: EntryId,
    /// Hash of the whole row as it was last written ([`Written::row_hash`]).
    pub row_hash: [u8; 16],
    /// The user that was imported from it.
    pub user: Option<UserId>,
    /// Its hash when that happened.
    pub imported_hash: Option<[u8; 16]>,
}

/// The entries in `from..=to`, by id.
pub async fn known_between(tx: &Tx, from: EntryId, to: EntryId) -> Result<Vec<Known>> {
    let text = "SELECT id, row_hash, user_id, imported_hash FROM entry WHERE id >= $1 AND id <= $2 ORDER BY id";
    let rows = sql::all(tx, text, vec![from.0.into(), to.0.into()]).await?;
    rows.iter()
        .map(|row| {
            let imported: Option<Vec<u8>> = row.get(3)?;
            Ok(Known {
                id: EntryId(row.get(0)?),
                row_hash: row.bytes(1, "entry hash")?,
                user: row.get::<Option<_>>(2)?.map(UserId),
                imported_hash: imported.and_then(|bytes| bytes.try_into().ok()),
            })
        })
        .collect()
}

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id.
    pub id: EntryId,
    /// Its data.
    pub fields: PersonFields,
    /// Marks of its components.
    pub sources: Vec<&'static str>,
    /// Its notes.
    pub notes: Vec<Note>,
    /// Where it stands.
    pub state: EntryState,
    /// Changes when anything of the row does.
    pub row_hash: [u8; 16],
}

/// Writes entries, new or changed; what was imported from them stays.
pub async fn write(tx: &Tx, entries: &[Written]) -> Result<()> {
    let mut search = Vec::with_capacity(entries.len());
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = entry.fields.search_text();
        rows.push(columns(entry, &text));
        search.push((entry.id.0, text));
    }
    let head = "INSERT INTO entry (id, data, hash, row_hash, sources, notes, name_key, number_key, email_key, search, state)";
    let tail = "ON CONFLICT (id) DO UPDATE SET data = excluded.data, hash = excluded.hash, row_hash = excluded.row_hash, \
                sources = excluded.sources, notes = excluded.notes, name_key = excluded.name_key, \
                number_key = excluded.number_key, email_key = excluded.email_key, search = excluded.search, state = excluded.state";
    bulk(tx, head, rows, tail).await?;
    tx.dialect().index_entries(tx, &search).await
}

fn columns(entry: &Written, search: &str) -> Vec<Value> {
    vec![
        entry.id.0.into(),
        to_json(&entry.fields).into(),
        blob(entry.fields.hash()),
        blob(entry.row_hash),
        entry.sources.join(" ").into(),
        to_json(&entry.notes).into(),
        entry.fields.name_key().into(),
        entry.fields.number_key().into(),
        entry.fields.email_key().into(),
        search.into(),
        entry.state.name().into(),
    ]
}

/// Removes entries that have no record and no user any more.
pub async fn remove(tx: &Tx, ids: &[EntryId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let text = format!("DELETE FROM entry WHERE id IN ({})", list(1, chunk.len()));
        sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    tx.dialect().unindex_entries(tx, &ids).await
}

/// Marks entries as gone: no component holds them, a user was imported from them.
pub async fn mark_gone(tx: &Tx, ids: &[EntryId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let text = format!(
            "UPDATE entry SET state = 'gone', row_hash = $1 WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![blob([0; 16])];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Notes which users were imported from which entries, and in which form.
pub async fn mark_imported(tx: &Tx, imported: &[(EntryId, UserId, [u8; 16])]) -> Result<()> {
    let rows = imported
        .iter()
        .map(|(entry, user, hash)| vec![entry.0.into(), user.0.into(), blob(hash)])
        .collect();
    let head = "UPDATE entry SET user_id = v.column2, imported_hash = v.column3, state = 'imported' FROM (";
    bulk(tx, head, rows, ") AS v WHERE entry.id = v.column1")
        .await
        .map(drop)
}
