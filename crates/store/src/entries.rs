//! Entries: the rows of the integrated view, kept ready to be shown.

use std::collections::HashMap;

use model::{
    EntryFilter, EntryId, EntryState, Note, NoteKind, PersonFields, UserId, entry::marks,
    filter::Touch, text::sort_key,
};
use sea_orm::Value;

use crate::{
    Error, Filter, ListQuery, Page, Result, Store, Total, Tx, connections,
    listed::Listed,
    sql::{self, Row, Runs, blob, bulk, list, to_json},
    stale,
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
    numbered: true,
    search: "SELECT rowid FROM entry_search WHERE entry_search MATCH {}",
};

/// Reads a row of id and [`COLUMNS`].
fn read(row: &Row) -> Result<Entry> {
    let sources: String = row.get(3)?;
    let imported: Option<Vec<u8>> = row.get(7)?;
    Ok(Entry {
        id: EntryId(row.get(0)?),
        fields: row.json(1, "entry")?,
        hash: row.bytes(2, "entry hash")?,
        sources: sources
            .split(' ')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        notes: row.json(4, "entry note")?,
        state: row.named(5, "entry state", EntryState::parse)?,
        user: row.get::<Option<_>>(6)?.map(UserId),
        imported_hash: imported.and_then(|bytes| bytes.try_into().ok()),
    })
}

/// One page of the integrated view.
pub async fn page(store: &Store, query: &ListQuery) -> Result<Page<Entry>> {
    LISTED.page::<i64, _>(store, query, read).await
}

/// How many entries match: exact, or at least so many.
pub async fn total(store: &Store, query: &ListQuery) -> Result<Total> {
    let at = revision(store).await?;
    if let Some(count) = store.tally().known_total(at, query) {
        return Ok(Total { count, exact: true });
    }
    if let Some(states) = states_alone(query) {
        let counts = counts(store).await?.of;
        let count = states.iter().filter_map(|state| counts.get(state)).sum();
        return Ok(Total { count, exact: true });
    }
    LISTED.total(store, query).await
}

/// How many entries match, exactly. At a million entries this takes a second or two, once for each revision of the
/// view.
pub async fn exact_total(store: &Store, query: &ListQuery) -> Result<i64> {
    let total = total(store, query).await?;
    if total.exact {
        return Ok(total.count);
    }
    let at = revision(store).await?;
    let count = LISTED.exact_total(store, query).await?.count;
    store.tally().keep_total(at, query, count);
    Ok(count)
}

/// The states that a query asks for, where it asks for nothing else.
fn states_alone(query: &ListQuery) -> Option<Vec<EntryState>> {
    let filter = match &query.filter {
        Filter::None => EntryFilter::default(),
        Filter::Entries(filter) => filter.clone(),
        Filter::Users(_) => return None,
    };
    let alone = EntryFilter {
        state: filter.state,
        ..EntryFilter::default()
    };
    let states = filter.state.map_or(EntryState::ALL.to_vec(), |s| vec![s]);
    (query.words.is_empty() && filter == alone).then_some(states)
}

/// How many entries there are of what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// In each state.
    pub of: HashMap<EntryState, i64>,
    /// With a proposal.
    pub proposed: i64,
    /// Second lines.
    pub second_line: i64,
    /// Imported ones whose components tell something else since, whatever their state.
    pub drifted: i64,
    /// New by the last round of scans.
    pub scan_new: i64,
    /// Changed by it.
    pub scan_changed: i64,
    /// Gone by it and still here, because a user was imported from them.
    pub scan_gone: i64,
}

/// How many entries there are of what: counted once for each revision of the view.
pub async fn counts(store: &Store) -> Result<Counts> {
    let at = revision(store).await?;
    if let Some(counts) = store.tally().known_counts(at) {
        return Ok(counts);
    }
    let counts = count_all(store).await?;
    store.tally().keep_counts(at, &counts);
    Ok(counts)
}

async fn count_all(store: &Store) -> Result<Counts> {
    let text = "SELECT state, COUNT(*) FROM entry GROUP BY state";
    let mut counts = Counts::default();
    for row in sql::all(store, text, vec![]).await? {
        let state = row.named(0, "entry state", EntryState::parse)?;
        counts.of.insert(state, row.get(1)?);
    }
    let text = "SELECT (SELECT COUNT(*) FROM entry WHERE (marks & 1) <> 0), \
                (SELECT COUNT(*) FROM entry WHERE (marks & 2) <> 0), \
                (SELECT COUNT(*) FROM entry WHERE (marks & 32) <> 0)";
    if let Some(row) = sql::one(store, text, vec![]).await? {
        (counts.proposed, counts.second_line, counts.drifted) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
    }
    let text = "SELECT touch, COUNT(*) FROM entry WHERE round = (SELECT value FROM fact WHERE name = 'round') GROUP BY touch";
    for row in sql::all(store, text, vec![]).await? {
        match row.get::<String>(0)?.as_str() {
            "new" => counts.scan_new = row.get(1)?,
            "changed" => counts.scan_changed = row.get(1)?,
            "gone" => counts.scan_gone = row.get(1)?,
            _ => {}
        }
    }
    Ok(counts)
}

/// The PBXs and the proposed profiles that entries have, each up to `limit`, for people to choose from.
pub async fn choices(store: &Store, limit: i64) -> Result<(Vec<String>, Vec<String>)> {
    Ok((
        distinct(store, "pbx_key", "pbx", limit).await?,
        distinct(store, "proposal", "profile_proposal", limit).await?,
    ))
}

/// The values of a column as some entry writes them, one for each key. Each next one is found by its key: all keys are
/// never read.
async fn distinct(store: &Store, key: &str, field: &str, limit: i64) -> Result<Vec<String>> {
    let text = format!(
        "SELECT {key}, data FROM entry WHERE {key} <> '' AND {key} > $1 AND {key} < $2 ORDER BY {key} LIMIT 1"
    );
    let (mut after, mut found) = (String::new(), Vec::new());
    for _ in 0..limit {
        let values = vec![after.into(), model::text::LAST.into()];
        let Some(row) = sql::one(store, &text, values).await? else {
            break;
        };
        let fields: PersonFields = row.json(1, "entry")?;
        let texts = fields.texts();
        let written = texts.iter().find(|(name, _)| *name == field);
        found.extend(written.map(|(_, value)| (*value).to_owned()));
        after = row.get(0)?;
    }
    Ok(found)
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

/// Raises the view's revision: what was counted of it is counted anew.
async fn raise_revision(tx: &Tx) -> Result<()> {
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
            "SELECT id, {COLUMNS} FROM entry WHERE id IN ({}) ORDER BY id",
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

/// The highest id of an entry, 0 without one.
pub async fn last(store: &Store) -> Result<i64> {
    let row = sql::one(store, "SELECT COALESCE(MAX(id), 0) FROM entry", vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
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

/// The remarks about joins that entries have, up to `limit` entries after `after`, by id; those that are gone are left out.
pub async fn joined_notes(
    store: &Store,
    after: EntryId,
    limit: i64,
) -> Result<Vec<(EntryId, Vec<Note>)>> {
    // Each part has an index; only a conflict is a state.
    let text = "SELECT id, notes FROM entry WHERE id IN (\
                  SELECT id FROM entry WHERE (marks & 1) <> 0 AND id > $1 UNION \
                  SELECT id FROM entry WHERE (marks & 2) <> 0 AND id > $1 UNION \
                  SELECT id FROM entry WHERE state = 'conflict' AND id > $1) \
                AND state <> 'gone' ORDER BY id LIMIT $2";
    let rows = sql::all(store, text, vec![after.0.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            let mut notes: Vec<Note> = row.json(1, "entry note")?;
            notes.retain(|note| note.kind != NoteKind::Fault);
            Ok((EntryId(row.get(0)?), notes))
        })
        .collect()
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
    rows.iter().map(read_known).collect()
}

/// Some entries, by id.
pub async fn known(tx: &Tx, ids: &[EntryId]) -> Result<Vec<Known>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT id, row_hash, user_id, imported_hash FROM entry WHERE id IN ({}) ORDER BY id",
            list(1, chunk.len())
        );
        for row in &sql::all(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            found.push(read_known(row)?);
        }
    }
    Ok(found)
}

fn read_known(row: &Row) -> Result<Known> {
    let imported: Option<Vec<u8>> = row.get(3)?;
    Ok(Known {
        id: EntryId(row.get(0)?),
        row_hash: row.bytes(1, "entry hash")?,
        user: row.get::<Option<_>>(2)?.map(UserId),
        imported_hash: imported.and_then(|bytes| bytes.try_into().ok()),
    })
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
    /// Whether it was imported and the components tell something else since.
    pub drifted: bool,
    /// Changes when anything of the row does.
    pub row_hash: [u8; 16],
}

/// Writes entries, new or changed; what was imported from them stays.
pub async fn write(tx: &Tx, entries: &[Written]) -> Result<()> {
    let round = round(tx).await?;
    let mut search = Vec::with_capacity(entries.len());
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = entry.fields.search_text();
        rows.push(columns(entry, &text, round));
        search.push((entry.id.0, text));
    }
    let head = "INSERT INTO entry (id, data, hash, row_hash, sources, notes, name_key, first_key, number_key, pbx_key, mbg_key, \
                account_key, email_key, search, state, marks, proposal, round, touch)";
    let tail = "ON CONFLICT (id) DO UPDATE SET data = excluded.data, hash = excluded.hash, row_hash = excluded.row_hash, \
                sources = excluded.sources, notes = excluded.notes, name_key = excluded.name_key, first_key = excluded.first_key, \
                number_key = excluded.number_key, pbx_key = excluded.pbx_key, mbg_key = excluded.mbg_key, \
                account_key = excluded.account_key, email_key = excluded.email_key, search = excluded.search, \
                state = excluded.state, marks = excluded.marks, proposal = excluded.proposal, \
                round = CASE WHEN entry.hash = excluded.hash AND entry.touch <> 'gone' THEN entry.round ELSE excluded.round END, \
                touch = CASE WHEN entry.hash = excluded.hash AND entry.touch <> 'gone' THEN entry.touch \
                        WHEN entry.round = excluded.round AND entry.touch = 'new' THEN 'new' ELSE 'changed' END";
    bulk(tx, head, rows, tail).await?;
    tx.dialect().index_entries(tx, &search).await?;
    changed(tx, entries).await
}

/// Raises the view's revision where something was changed.
async fn changed<T>(tx: &Tx, what: &[T]) -> Result<()> {
    if what.is_empty() {
        return Ok(());
    }
    raise_revision(tx).await
}

fn columns(entry: &Written, search: &str, round: i64) -> Vec<Value> {
    let fields = &entry.fields;
    let proposal = if fields.profile_proposal.is_empty() {
        String::new()
    } else {
        sort_key(&fields.profile_proposal)
    };
    vec![
        entry.id.0.into(),
        to_json(fields).into(),
        blob(fields.hash()),
        blob(entry.row_hash),
        entry.sources.join(" ").into(),
        to_json(&entry.notes).into(),
        fields.name_key().into(),
        fields.first_key().into(),
        fields.number_key().into(),
        fields.pbx_key().into(),
        fields.mbg_key().into(),
        fields.account_key().into(),
        fields.email_key().into(),
        search.into(),
        entry.state.name().into(),
        marks::of(fields, &entry.notes, entry.drifted).into(),
        proposal.into(),
        round.into(),
        Touch::New.name().into(),
    ]
}

/// The round of scans that runs or ran last.
async fn round(on: &impl Runs) -> Result<i64> {
    let row = sql::one(on, "SELECT value FROM fact WHERE name = 'round'", vec![]).await?;
    row.ok_or(Error::Missing("round"))?.get(0)
}

/// Begins a round of scans: what joining changes from now on is what the last scan did.
pub async fn begin_round(tx: &Tx) -> Result<()> {
    connections::next(tx, "round", 1).await.map(drop)
}

/// Removes entries that have no record and no user any more.
pub async fn remove(tx: &Tx, ids: &[EntryId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let text = format!("DELETE FROM entry WHERE id IN ({})", list(1, chunk.len()));
        sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    let numbers: Vec<_> = ids.iter().map(|id| id.0).collect();
    tx.dialect().unindex_entries(tx, &numbers).await?;
    changed(tx, ids).await
}

/// Marks entries as gone: no component holds them, a user was imported from them.
pub async fn mark_gone(tx: &Tx, ids: &[EntryId]) -> Result<()> {
    let round = round(tx).await?;
    for chunk in ids.chunks(1000) {
        let text = format!(
            "UPDATE entry SET state = 'gone', touch = 'gone', round = $1, row_hash = $2 WHERE id IN ({})",
            list(3, chunk.len())
        );
        let mut values = vec![round.into(), blob([0; 16])];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    changed(tx, ids).await
}

/// Notes which users were imported from which entries, and in which form.
pub async fn mark_imported(tx: &Tx, imported: &[(EntryId, UserId, [u8; 16])]) -> Result<()> {
    let rows = imported
        .iter()
        .map(|(entry, user, hash)| vec![entry.0.into(), user.0.into(), blob(hash)])
        .collect();
    let set =
        "user_id = v.column2, imported_hash = v.column3, state = 'imported', marks = marks & -33";
    sql::update(tx, "entry", set, "entry.id = v.column1", rows).await?;
    let ids: Vec<_> = imported.iter().map(|(id, ..)| *id).collect();
    stale::mark(tx, &ids).await?;
    changed(tx, imported).await
}

/// Puts entries back as if nobody had imported them; the next joining looks at them anew.
pub async fn put_back(tx: &Tx, ids: &[EntryId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let text = format!(
            "UPDATE entry SET user_id = NULL, imported_hash = NULL, row_hash = $1, marks = marks & -33, \
             state = CASE WHEN state IN ('imported', 'changed') THEN 'new' ELSE state END WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![blob([0; 16])];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    stale::mark(tx, ids).await?;
    // Those that no component holds go with it.
    stale::mark_together(tx).await?;
    changed(tx, ids).await
}
