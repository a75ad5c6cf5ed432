//! Records as the components told them, with the entry that each belongs to and why.

use std::collections::HashMap;

use model::{ConnectionId, EntryId, Record, RecordId, Rule, Secret, SecretId, SipSecret, UserId};

use sea_orm::Value;

use crate::{
    Result, Store, Tx, devices, secrets,
    secrets::Purpose,
    seen,
    sql::{self, Row, Runs, blob, bulk_returning, list, to_json},
    stale,
};

/// The join that brought a record to its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// By which rule.
    pub rule: Rule,
    /// With which record.
    pub with: RecordId,
}

/// One record as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id here.
    pub id: RecordId,
    /// Where it came from.
    pub connection: ConnectionId,
    /// What the component tells.
    pub record: Record,
    /// The entry that it belongs to, once joined.
    pub entry: Option<EntryId>,
    /// The sealed SIP secret, where we hold it.
    pub secret: Option<SecretId>,
    /// Whether that secret is only a hash of the password.
    pub is_ha1: bool,
    /// Why it belongs to its entry; the first record of an entry has none.
    pub join: Option<Join>,
}

pub(crate) const COLUMNS: &str = "id, connection_id, source_id, data, entry_id, secret_id, join_rule, join_record, secret_is_ha1";

pub(crate) fn read(row: &Row) -> Result<Stored> {
    let mut record: Record = row.json(3, "record")?;
    record.source_id = row.get(2)?;
    Ok(Stored {
        id: RecordId(row.get(0)?),
        connection: ConnectionId(row.get(1)?),
        record,
        entry: row.get::<Option<i64>>(4)?.map(EntryId),
        secret: row.get::<Option<_>>(5)?.map(SecretId),
        is_ha1: row.get(8)?,
        join: read_join(row, 6, 7)?,
    })
}

/// What was kept of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many records were new or changed.
    pub fresh: u64,
    /// All of them in the order told, with what they say; of records with one source id the last one.
    pub records: Vec<(RecordId, [u8; 16])>,
}

/// Keeps one page of a scan: new and changed records are written, unchanged ones only marked as seen, as those are that
/// are known to be `as_they_were`. Of records with one source id the last one counts.
pub async fn keep_page(
    tx: &Tx,
    connection: ConnectionId,
    scan: i64,
    records: &[Record],
    as_they_were: &[RecordId],
) -> Result<Kept> {
    let known = known(tx, connection, records).await?;
    let mut same: Vec<i64> = as_they_were.iter().map(|id| id.0).collect();
    let (mut fresh, mut other, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = Vec::with_capacity(records.len());
    for record in last_of_each(records) {
        let hash = record.content_hash();
        let before = known.get(&record.source_id);
        told.push((before.map(|before| before.id), &record.source_id, hash));
        if let Some(before) = before.filter(|before| before.hash == hash && !before.gone) {
            same.push(before.id);
            continue;
        }
        other.extend(before.map(|before| RecordId(before.id)));
        changed.extend(before.map(|before| (RecordId(before.id), record)));
        fresh.push(vec![
            connection.0.into(),
            record.source_id.clone().into(),
            to_json(record).into(),
            blob(hash),
            scan.into(),
        ]);
    }
    // What is pushed belongs to no scan.
    if scan > 0 {
        seen::note(tx, connection, scan, same).await?;
    }
    let mut given = HashMap::new();
    let count = fresh.len() as u64;
    if count > 0 {
        mark_accounts(tx, &changed).await?;
        let head = "INSERT INTO record (connection_id, source_id, data, hash, seen_scan)";
        let tail = "ON CONFLICT (connection_id, source_id) DO UPDATE SET data = excluded.data, hash = excluded.hash, \
                    seen_scan = excluded.seen_scan, gone = FALSE, card = NULL RETURNING source_id, id";
        for row in bulk_returning(tx, head, fresh, tail).await? {
            given.insert(row.get::<String>(0)?, row.get::<i64>(1)?);
        }
        stale::mark_records(tx, &other).await?;
        stale::mark_together(tx).await?;
    }
    let id = |(known, source, hash): (Option<i64>, &String, _)| {
        let id = known.or_else(|| given.get(source).copied());
        id.map(|id| (RecordId(id), hash))
    };
    Ok(Kept {
        fresh: count,
        records: told.into_iter().filter_map(id).collect(),
    })
}

/// Keeps what components tell of some records when they are asked for them alone.
pub async fn tell_again(tx: &Tx, told: &[(RecordId, &Record)]) -> Result<()> {
    let rows = told
        .iter()
        .map(|(id, record)| {
            vec![
                id.0.into(),
                to_json(record).into(),
                blob(record.content_hash()),
            ]
        })
        .collect();
    mark_accounts(tx, told).await?;
    sql::update(
        tx,
        "record",
        "data = v.column2, hash = v.column3, card = NULL",
        "record.id = v.column1",
        rows,
    )
    .await?;
    let ids: Vec<_> = told.iter().map(|(id, _)| *id).collect();
    stale::mark_records(tx, &ids).await
}

/// Of records with one source id the last one, in the order they were told.
fn last_of_each(records: &[Record]) -> impl Iterator<Item = &Record> {
    let last: HashMap<_, _> = (0..).zip(records).map(|(n, r)| (&r.source_id, n)).collect();
    (0..)
        .zip(records)
        .filter(move |(n, r)| last[&r.source_id] == *n)
        .map(|(_, record)| record)
}

/// What is kept of a record, without its data.
struct Known {
    id: i64,
    hash: [u8; 16],
    gone: bool,
}

async fn known(
    tx: &Tx,
    connection: ConnectionId,
    records: &[Record],
) -> Result<HashMap<String, Known>> {
    let mut known = HashMap::with_capacity(records.len());
    for chunk in records.chunks(1000) {
        let text = format!(
            "SELECT source_id, id, hash, gone FROM record WHERE connection_id = $1 AND source_id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![connection.0.into()];
        values.extend(chunk.iter().map(|record| record.source_id.clone().into()));
        for row in sql::all(tx, &text, values).await? {
            let kept = Known {
                id: row.get(1)?,
                hash: row.bytes(2, "record hash")?,
                gone: row.get(3)?,
            };
            known.insert(row.get(0)?, kept);
        }
    }
    Ok(known)
}

/// Takes over records of a removed connection, or of one to another node of the same cluster, that the other one holds too.
/// They keep their ids, entries and secrets. Of a removed connection at another address only records of a page are taken
/// over of which at least half are as they were: another component may have given the same ids to other people.
pub async fn adopt(
    tx: &Tx,
    from: ConnectionId,
    to: ConnectionId,
    told: &[Record],
    is_same_address: bool,
) -> Result<u64> {
    let mut adopted = 0;
    for chunk in told.chunks(1000) {
        let hashes: HashMap<&str, [u8; 16]> = chunk
            .iter()
            .map(|record| (record.source_id.as_str(), record.content_hash()))
            .collect();
        let text = format!(
            "SELECT r.id, r.source_id, r.hash FROM record r WHERE r.connection_id = $1 AND r.source_id IN ({}) AND NOT EXISTS \
             (SELECT 1 FROM record o WHERE o.connection_id = $2 AND o.source_id = r.source_id)",
            list(3, chunk.len())
        );
        let mut values = vec![from.0.into(), to.0.into()];
        values.extend(chunk.iter().map(|record| record.source_id.clone().into()));
        let (mut ids, mut same) = (Vec::new(), 0_usize);
        for row in sql::all(tx, &text, values).await? {
            ids.push(row.get::<i64>(0)?);
            let source_id: String = row.get(1)?;
            let hash = row.bytes(2, "record hash")?;
            same += usize::from(hashes.get(source_id.as_str()) == Some(&hash));
        }
        if ids.is_empty() || (!is_same_address && same * 2 < ids.len()) {
            continue;
        }
        let text = format!(
            "UPDATE record SET connection_id = $1 WHERE id IN ({})",
            list(2, ids.len())
        );
        let mut values = vec![to.0.into()];
        values.extend(ids.iter().map(|id| (*id).into()));
        adopted += sql::run(tx, &text, values).await?;
        let moved: Vec<_> = ids.into_iter().map(RecordId).collect();
        stale::mark_records(tx, &moved).await?;
    }
    Ok(adopted)
}

/// Marks every record of a connection as gone: another one reads them now.
pub async fn mark_all_gone(tx: &Tx, connection: ConnectionId) -> Result<u64> {
    leave(
        tx,
        "connection_id = $1 AND NOT gone",
        vec![connection.0.into()],
    )
    .await
}

/// Some of the records that a scan did not see and that were there before, by id.
pub async fn unseen_some(
    store: &Store,
    connection: ConnectionId,
    scan: i64,
    limit: i64,
) -> Result<Vec<Stored>> {
    let text = format!(
        "SELECT {COLUMNS} FROM record WHERE {} ORDER BY id LIMIT $3",
        seen::NOT_SEEN
    );
    let values = vec![connection.0.into(), scan.into(), limit.into()];
    sql::all(store, &text, values)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// How many records a scan did not see that were there before, and how many there were.
pub async fn unseen(tx: &Tx, connection: ConnectionId, scan: i64) -> Result<(i64, i64)> {
    seen::settle(tx, connection, scan).await?;
    let text = format!(
        "SELECT (SELECT COUNT(*) FROM record WHERE {}), \
         (SELECT COUNT(*) FROM record WHERE connection_id = $1 AND NOT gone)",
        seen::NOT_SEEN
    );
    let row = sql::one(tx, &text, vec![connection.0.into(), scan.into()]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Marks what a complete scan did not see as gone.
pub async fn mark_gone(tx: &Tx, connection: ConnectionId, scan: i64) -> Result<u64> {
    leave(tx, seen::NOT_SEEN, vec![connection.0.into(), scan.into()]).await
}

/// Marks some records of a connection as gone, because its component says so: how many were there before.
pub async fn mark_left<S: AsRef<str>>(
    tx: &Tx,
    connection: ConnectionId,
    source_ids: &[S],
) -> Result<u64> {
    let mut gone = 0;
    for chunk in source_ids.chunks(1000) {
        let which = format!(
            "connection_id = $1 AND source_id IN ({}) AND NOT gone",
            list(2, chunk.len())
        );
        let mut values = vec![connection.0.into()];
        values.extend(chunk.iter().map(|id| id.as_ref().into()));
        gone += leave(tx, &which, values).await?;
    }
    Ok(gone)
}

/// Marks the records that a condition finds as gone.
async fn leave(tx: &Tx, which: &str, values: Vec<Value>) -> Result<u64> {
    let text = format!("UPDATE record SET gone = TRUE WHERE {which} RETURNING entry_id");
    let gone = sql::all(tx, &text, values).await?;
    if gone.is_empty() {
        return Ok(0);
    }
    let entries = gone.iter().map(|row| row.get::<Option<_>>(0));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let mut entries: Vec<_> = entries.into_iter().flatten().map(EntryId).collect();
    entries.sort_unstable();
    entries.dedup();
    stale::mark(tx, &entries).await?;
    stale::mark_together(tx).await?;
    Ok(gone.len() as u64)
}

/// Up to `limit` present records after `after`, by id.
pub async fn present_after(store: &Store, after: i64, limit: i64) -> Result<Vec<Stored>> {
    let text =
        format!("SELECT {COLUMNS} FROM record WHERE NOT gone AND id > $1 ORDER BY id LIMIT $2");
    let rows = sql::all(store, &text, vec![after.into(), limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// What joining reads of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Carded {
    /// The record.
    pub id: RecordId,
    /// Where it came from.
    pub connection: ConnectionId,
    /// Its id there.
    pub source_id: String,
    /// The entry that it belongs to, once joined.
    pub entry: Option<EntryId>,
    /// Why it belongs to its entry.
    pub join: Option<Join>,
    /// What joining kept of it, or what it says, to make that anew.
    pub card: Result<Vec<u8>, Box<Record>>,
    /// Stands for what it says.
    pub said: [u8; 8],
}

/// Up to `limit` present records after `after`, by id, for joining. Cards that do not begin with `form` are of another program.
pub async fn cards_after(
    store: &Store,
    after: i64,
    limit: i64,
    form: [u8; 8],
) -> Result<Vec<Carded>> {
    let text = "SELECT id, connection_id, source_id, entry_id, join_rule, join_record, card, substr(hash, 1, 8), \
                CASE WHEN card IS NULL OR substr(card, 1, 8) <> $3 THEN data END \
                FROM record WHERE NOT gone AND id > $1 ORDER BY id LIMIT $2";
    let values = vec![after.into(), limit.into(), blob(form)];
    let rows = sql::all(store, text, values).await?;
    rows.iter().map(read_card).collect()
}

fn read_card(row: &Row) -> Result<Carded> {
    let data: Option<String> = row.get(8)?;
    let card = match data {
        Some(_) => {
            let mut record: Record = row.json(8, "record")?;
            record.source_id = row.get(2)?;
            Err(Box::new(record))
        }
        None => Ok(row.get::<Option<_>>(6)?.unwrap_or_default()),
    };
    Ok(Carded {
        id: RecordId(row.get(0)?),
        connection: ConnectionId(row.get(1)?),
        source_id: row.get(2)?,
        entry: row.get::<Option<i64>>(3)?.map(EntryId),
        join: read_join(row, 4, 5)?,
        card,
        said: row.bytes(7, "record hash")?,
    })
}

fn read_join(row: &Row, rule: usize, with: usize) -> Result<Option<Join>> {
    let Some(with) = row.get::<Option<i64>>(with)? else {
        return Ok(None);
    };
    Ok(Some(Join {
        rule: row.named(rule, "join rule", Rule::parse)?,
        with: RecordId(with),
    }))
}

/// Present records of the entries in `from..=to`, by entry and record.
pub async fn of_entries_between(tx: &Tx, from: EntryId, to: EntryId) -> Result<Vec<Stored>> {
    of_entries_between_on(tx, from, to).await
}

/// Present records of the entries in `from..=to`, without a transaction.
pub async fn read_between(store: &Store, from: EntryId, to: EntryId) -> Result<Vec<Stored>> {
    of_entries_between_on(store, from, to).await
}

async fn of_entries_between_on(on: &impl Runs, from: EntryId, to: EntryId) -> Result<Vec<Stored>> {
    let text = format!(
        "SELECT {COLUMNS} FROM record WHERE NOT gone AND entry_id >= $1 AND entry_id <= $2 ORDER BY entry_id, id"
    );
    let rows = sql::all(on, &text, vec![from.0.into(), to.0.into()]).await?;
    rows.iter().map(read).collect()
}

/// Present records of one entry, by id.
pub async fn of_entry(store: &Store, entry: EntryId) -> Result<Vec<Stored>> {
    of_entries(store, &[entry]).await
}

/// Present records of some entries, by entry and id.
pub async fn of_entries(store: &Store, entries: &[EntryId]) -> Result<Vec<Stored>> {
    of_entries_on(store, entries).await
}

/// Present records of some entries, within a transaction.
pub async fn of_entries_in(tx: &Tx, entries: &[EntryId]) -> Result<Vec<Stored>> {
    of_entries_on(tx, entries).await
}

async fn of_entries_on(on: &impl Runs, entries: &[EntryId]) -> Result<Vec<Stored>> {
    let mut found = Vec::new();
    for chunk in entries.chunks(1000) {
        let text = format!(
            "SELECT {COLUMNS} FROM record WHERE NOT gone AND entry_id IN ({}) ORDER BY entry_id, id",
            list(1, chunk.len())
        );
        let rows = sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// The entry of a connection's present record.
pub async fn entry_of(
    store: &Store,
    connection: ConnectionId,
    source_id: &str,
) -> Result<Option<EntryId>> {
    let text =
        "SELECT entry_id FROM record WHERE connection_id = $1 AND source_id = $2 AND NOT gone";
    let values = vec![connection.0.into(), source_id.into()];
    let row = sql::one(store, text, values).await?;
    let entry = row.map(|row| row.get::<Option<_>>(0)).transpose()?;
    Ok(entry.flatten().map(EntryId))
}

/// Some records by id.
pub async fn by_id(store: &Store, ids: &[RecordId]) -> Result<Vec<Stored>> {
    by_id_on(store, ids).await
}

/// Some records by id, within a transaction.
pub async fn by_id_in(tx: &Tx, ids: &[RecordId]) -> Result<Vec<Stored>> {
    by_id_on(tx, ids).await
}

async fn by_id_on(on: &impl Runs, ids: &[RecordId]) -> Result<Vec<Stored>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT {COLUMNS} FROM record WHERE id IN ({}) ORDER BY id",
            list(1, chunk.len())
        );
        let rows = sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Where a record belongs, as joining found it.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The record.
    pub record: RecordId,
    /// Its entry.
    pub entry: EntryId,
    /// Why.
    pub join: Option<Join>,
    /// What joining keeps of it, as long as it says the same: [`Carded::said`].
    pub card: (Vec<u8>, [u8; 8]),
}

/// Writes where records belong.
pub async fn place(tx: &Tx, placements: Vec<Placement>) -> Result<()> {
    let moved = moved(tx, &placements).await?;
    mark_people(tx, &with_account(tx, &moved).await?).await?;
    let rows = placements
        .into_iter()
        .map(|p| {
            let (rule, with) = p
                .join
                .map_or(("", None), |j| (j.rule.name(), Some(j.with.0)));
            vec![
                p.record.0.into(),
                p.entry.0.into(),
                rule.into(),
                with.into(),
                p.card.0.into(),
                blob(p.card.1),
            ]
        })
        .collect();
    let set = "entry_id = v.column2, join_rule = v.column3, join_record = v.column4, \
               card = CASE WHEN substr(record.hash, 1, 8) = v.column6 THEN v.column5 ELSE record.card END";
    sql::update(tx, "record", set, "record.id = v.column1", rows).await?;
    mark_people(tx, &with_account(tx, &moved).await?).await
}

/// Those that get another entry.
async fn moved(tx: &Tx, placements: &[Placement]) -> Result<Vec<RecordId>> {
    let mut moved = Vec::new();
    for chunk in placements.chunks(1000) {
        let text = format!(
            "SELECT id, entry_id FROM record WHERE id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|p| p.record.0.into()).collect();
        let mut entries: HashMap<i64, Option<i64>> = HashMap::new();
        for row in &sql::all(tx, &text, values).await? {
            entries.insert(row.get(0)?, row.get(1)?);
        }
        let other = chunk
            .iter()
            .filter(|p| entries.get(&p.record.0) != Some(&Some(p.entry.0)));
        moved.extend(other.map(|p| p.record));
    }
    Ok(moved)
}

/// The accounts of those of these records whose entry has a user; a record without one is left out.
async fn accounts(tx: &Tx, records: &[RecordId]) -> Result<HashMap<RecordId, String>> {
    let mut found = HashMap::new();
    for chunk in records.chunks(1000) {
        let text = format!(
            "SELECT r.id, r.data FROM record r JOIN users u ON u.entry_id = r.entry_id WHERE r.id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(tx, &text, values).await? {
            let record: Record = row.json(1, "record")?;
            found.insert(RecordId(row.get(0)?), record.sip_user);
        }
    }
    Ok(found)
}

async fn with_account(tx: &Tx, records: &[RecordId]) -> Result<Vec<RecordId>> {
    let mut accounts = accounts(tx, records).await?;
    accounts.retain(|_, account| !account.is_empty());
    Ok(accounts.into_keys().collect())
}

/// Notes whose account is another one once these records are what is told.
async fn mark_accounts(tx: &Tx, told: &[(RecordId, &Record)]) -> Result<()> {
    let ids: Vec<_> = told.iter().map(|(id, _)| *id).collect();
    let before = accounts(tx, &ids).await?;
    let differs = |(id, record): &&(RecordId, &Record)| {
        let account = before.get(id);
        account.is_some_and(|account| *account != record.sip_user)
    };
    let changed: Vec<_> = told.iter().filter(differs).map(|(id, _)| *id).collect();
    mark_people(tx, &changed).await
}

/// Of some records of a connection the ids and what they hold, without their data, in no order.
pub async fn secrets_of(
    tx: &Tx,
    connection: ConnectionId,
    source_ids: &[&str],
) -> Result<Vec<HeldSecret>> {
    let mut found = Vec::new();
    for chunk in source_ids.chunks(1000) {
        let text = format!(
            "SELECT id, source_id, secret_id, secret_is_ha1 FROM record WHERE connection_id = $1 AND source_id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![connection.0.into()];
        values.extend(chunk.iter().map(|id| (*id).into()));
        for row in sql::all(tx, &text, values).await? {
            found.push(HeldSecret {
                record: RecordId(row.get(0)?),
                source_id: row.get(1)?,
                secret: row.get::<Option<_>>(2)?.map(SecretId),
                is_ha1: row.get(3)?,
            });
        }
    }
    Ok(found)
}

/// What is held of a record's SIP account.
#[derive(Debug)]
pub struct HeldSecret {
    /// The record.
    pub record: RecordId,
    /// The component's own id of it.
    pub source_id: String,
    /// The sealed secret.
    pub secret: Option<SecretId>,
    /// Whether it is only a hash of the password.
    pub is_ha1: bool,
}

/// Erases the SIP secrets of some records.
pub async fn drop_secrets(tx: &Tx, records: &[RecordId]) -> Result<()> {
    let old = held_by(tx, records).await?;
    for chunk in records.chunks(1000) {
        let text = format!(
            "UPDATE record SET secret_id = NULL, secret_is_ha1 = FALSE WHERE id IN ({})",
            list(1, chunk.len())
        );
        sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    secrets::erase(tx, &old).await
}

/// Seals and keeps the SIP secrets that a component made or told; what was held before is erased.
pub async fn keep_secrets(tx: &Tx, secrets: Vec<(RecordId, SipSecret)>) -> Result<()> {
    let values: Vec<Secret> = secrets.iter().map(|(_, s)| s.secret().clone()).collect();
    let ids = secrets::keep(tx, Purpose::Sip, &values).await?;
    let records: Vec<_> = secrets.iter().map(|(record, _)| *record).collect();
    let old = held_by(tx, &records).await?;
    mark_people(tx, &records).await?;
    let rows = secrets
        .iter()
        .zip(&ids)
        .map(|((record, secret), id)| vec![record.0.into(), id.0.into(), secret.is_ha1().into()])
        .collect();
    let set = "secret_id = v.column2, secret_is_ha1 = v.column3";
    sql::update(tx, "record", set, "record.id = v.column1", rows).await?;
    secrets::erase(tx, &old).await
}

/// What devices of the people behind these records have is out of date, for account or secret is another; the versions of those
/// people rise.
async fn mark_people(tx: &Tx, records: &[RecordId]) -> Result<()> {
    let mut people = Vec::new();
    for chunk in records.chunks(1000) {
        let text = format!(
            "UPDATE users SET version = version + 1 WHERE entry_id IN (SELECT entry_id FROM record \
             WHERE id IN ({})) RETURNING id",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(tx, &text, values).await? {
            people.push(UserId(row.get(0)?));
        }
    }
    devices::mark_users(tx, &people).await
}

async fn held_by(tx: &Tx, records: &[RecordId]) -> Result<Vec<SecretId>> {
    let mut old = Vec::new();
    for chunk in records.chunks(1000) {
        let text = format!(
            "SELECT secret_id FROM record WHERE secret_id IS NOT NULL AND id IN ({})",
            list(1, chunk.len())
        );
        for row in sql::all(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            old.push(SecretId(row.get(0)?));
        }
    }
    Ok(old)
}
