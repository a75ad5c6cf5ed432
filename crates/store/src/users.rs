//! The people we manage, and their timelines.

mod own;
mod state;
mod timeline;
mod written;

pub use own::{
    Own, OwnAccount, OwnSecret, Secrets, add_own, change_own, clear_own, held, held_of,
    own_accounts, own_accounts_in, set_secret,
};
pub use state::{
    count_leavers, no_longer_queued, remove, resume, set_profile, set_state, stamp_deployed,
    stamp_downloaded, start_anew, suspend,
};
pub use timeline::{Event, count_noted, note, timeline};
pub(crate) use written::sip_key;
pub use written::{Written, add, change, change_ours};

use std::collections::{BTreeSet, HashMap};

use model::{EntryId, ProfileId, Timestamp, User, UserFilter, UserId, UserState};

use crate::{
    Error, Filter, ListQuery, Page, Result, Store, Total, Tx,
    listed::Listed,
    sql::{self, Row, Runs, list},
};

pub(crate) const COLUMNS: &str = "entry_id, profile_id, data, state, imported_at, deployed_at, downloaded_at, version, ours, registered_at";
pub(crate) const LISTED: Listed = Listed {
    table: "users",
    columns: COLUMNS,
    numbered: false,
    search: "SELECT person.id FROM user_search CROSS JOIN users AS person ON person.number = user_search.rowid \
             WHERE user_search MATCH {}",
};

/// Reads a row of id and [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        entry: row.get::<Option<i64>>(1)?.map(EntryId),
        profile: row.get::<Option<_>>(2)?.map(ProfileId),
        fields: row.json(3, "user")?,
        state: row.named(4, "user state", UserState::parse)?,
        imported_at: Timestamp(row.get(5)?),
        deployed_at: row.get::<Option<_>>(6)?.map(Timestamp),
        downloaded_at: row.get::<Option<_>>(7)?.map(Timestamp),
        version: row.get(8)?,
        ours: row.json(9, "user")?,
        registered_at: row.get::<Option<_>>(10)?.map(Timestamp),
    })
}

/// One page of Manage.
pub async fn page(store: &Store, query: &ListQuery) -> Result<Page<User>> {
    LISTED.page::<uuid::Uuid, _>(store, query, read).await
}

/// How many users match; of very many in a state, or of all, how many there were some seconds ago.
pub async fn total(store: &Store, query: &ListQuery) -> Result<Total> {
    let filter = match &query.filter {
        Filter::Users(filter) => filter.clone(),
        Filter::None | Filter::Entries(_) => UserFilter::default(),
    };
    let by_state = UserFilter {
        state: filter.state,
        ..UserFilter::default()
    };
    if !query.words.is_empty() || filter != by_state {
        return LISTED.total(store, query).await;
    }
    let counts = counts_lately(store).await?;
    let asked = |name: &UserState| filter.state.is_none_or(|state| state == *name);
    let count = counts.iter().filter(|(name, _)| asked(name));
    Ok(Total {
        count: count.map(|(_, n)| n).sum(),
        exact: true,
    })
}

/// How many users there are in each state.
pub async fn counts(store: &Store) -> Result<HashMap<UserState, i64>> {
    let rows = sql::all(
        store,
        "SELECT state, COUNT(*) FROM users GROUP BY state",
        vec![],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.named(0, "user state", UserState::parse)?, row.get(1)?)))
        .collect()
}

/// The same for pages that are looked at all the time: of very many, as it was some seconds ago.
pub async fn counts_lately(store: &Store) -> Result<HashMap<UserState, i64>> {
    let of = |counts: &HashMap<_, i64>| counts.values().sum();
    let counted = counts(store);
    store.tally().states.get(store.env(), of, counted).await
}

/// One user.
pub async fn get(store: &Store, id: UserId) -> Result<User> {
    by_id_on(store, &[id], "")
        .await?
        .into_iter()
        .next()
        .ok_or(Error::Missing("user"))
}

/// One user, which nobody else changes before this transaction ends.
pub async fn get_in(tx: &Tx, id: UserId) -> Result<User> {
    let text = "UPDATE users SET version = version WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await?;
    by_id_on(tx, &[id], "")
        .await?
        .pop()
        .ok_or(Error::Missing("user"))
}

/// Some users by id; those that are gone are left out.
pub async fn by_id(store: &Store, ids: &[UserId]) -> Result<Vec<User>> {
    by_id_on(store, ids, "").await
}

/// Some users by id, within a transaction.
pub async fn by_id_in(tx: &Tx, ids: &[UserId]) -> Result<Vec<User>> {
    by_id_on(tx, ids, tx.dialect().for_update()).await
}

async fn by_id_on(on: &impl Runs, ids: &[UserId], lock: &str) -> Result<Vec<User>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT id, {COLUMNS} FROM users WHERE id IN ({}) ORDER BY id {lock}",
            list(1, chunk.len())
        );
        for row in &sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// The users that were imported from these entries.
pub async fn of_entries(store: &Store, entries: &[EntryId]) -> Result<HashMap<EntryId, User>> {
    of_entries_on(store, entries).await
}

/// The users that were imported from these entries, within a transaction.
pub async fn of_entries_in(tx: &Tx, entries: &[EntryId]) -> Result<HashMap<EntryId, User>> {
    of_entries_on(tx, entries).await
}

async fn of_entries_on(on: &impl Runs, entries: &[EntryId]) -> Result<HashMap<EntryId, User>> {
    let mut found = HashMap::new();
    for chunk in entries.chunks(1000) {
        let text = format!(
            "SELECT id, {COLUMNS} FROM users WHERE entry_id IN ({})",
            list(1, chunk.len())
        );
        for row in &sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            let user = read(row)?;
            if let Some(entry) = user.entry {
                found.insert(entry, user);
            }
        }
    }
    Ok(found)
}

/// Up to `limit` users whom mail to this address reaches, by id.
pub async fn of_address(store: &Store, address: &str, limit: i64) -> Result<Vec<User>> {
    let text = format!("SELECT id, {COLUMNS} FROM users WHERE email_key = $1 ORDER BY id LIMIT $2");
    let values = vec![model::text::sort_key(address).into(), limit.into()];
    let rows = sql::all(store, &text, values).await?;
    rows.iter().map(read).collect()
}

/// So many rows of one column's lookup are read at once.
const ALIKE_AT_ONCE: i64 = 5_000;

/// The users whom mail to one of these addresses reaches. Where very many share one, as a central mailbox, not all of them are read.
pub async fn of_addresses(store: &Store, addresses: &[&str]) -> Result<Vec<User>> {
    with_keys(store, "email_key", keys(addresses, model::text::sort_key)).await
}

/// The users who have one of these directory numbers, at whatever PBX; as many as of an address.
pub async fn of_numbers(store: &Store, numbers: &[&str]) -> Result<Vec<User>> {
    let numbers = keys(numbers, model::text::number_sort_key);
    with_keys(store, "number_key", numbers).await
}

fn keys(of: &[&str], key: fn(&str) -> String) -> Vec<String> {
    let keys: BTreeSet<String> = of.iter().map(|value| key(value)).collect();
    keys.into_iter().collect()
}

async fn with_keys(store: &Store, column: &str, keys: Vec<String>) -> Result<Vec<User>> {
    let mut found = Vec::new();
    let mut chunks: Vec<_> = keys.chunks(1000).collect();
    while let Some(chunk) = chunks.pop() {
        let text = format!(
            "SELECT id, {COLUMNS} FROM users WHERE {column} IN ({}) LIMIT {ALIKE_AT_ONCE}",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|key| key.clone().into()).collect();
        let rows = sql::all(store, &text, values).await?;
        if crate::as_i64(rows.len()) == ALIKE_AT_ONCE && chunk.len() > 1 {
            // One that very many share hides others.
            let (one, other) = chunk.split_at(chunk.len() / 2);
            chunks.extend([one, other]);
            continue;
        }
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Whether there is any user.
pub async fn any(store: &Store) -> Result<bool> {
    let row = sql::one(store, "SELECT 1 FROM users LIMIT 1", vec![]).await?;
    Ok(row.is_some())
}

/// Up to `limit` users that match, after `after` by id.
pub async fn matching_after(
    store: &Store,
    query: &ListQuery,
    after: UserId,
    limit: i64,
) -> Result<Vec<User>> {
    let (text, values) = LISTED.after_statement(store, query, after.0, limit).await?;
    sql::all(store, &text, values)
        .await?
        .iter()
        .map(read)
        .collect()
}
