//! The people we manage, and their timelines.

use std::collections::{BTreeSet, HashMap};

use model::{
    Actor, EntryId, Ours, PersonFields, ProfileId, SecretId, Timestamp, User, UserFilter, UserId,
    UserState,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Filter, ListQuery, Page, Result, Store, Total, Tx, devices,
    listed::Listed,
    secrets::{self, Purpose},
    self_passes,
    sql::{self, Row, Runs, blob, bulk, list, to_json},
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

/// What a user is made or changed to.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id.
    pub id: UserId,
    /// The entry that it comes from.
    pub entry: EntryId,
    /// Its profile.
    pub profile: Option<ProfileId>,
    /// Its data.
    pub fields: PersonFields,
}

/// Makes users. An entry that has a user already keeps it: the number of users really made.
pub async fn add(tx: &Tx, users: &[Written]) -> Result<u64> {
    let now = tx.env().now().0;
    let rows = users
        .iter()
        .map(|user| {
            let mut row = vec![
                user.id.0.into(),
                user.entry.0.into(),
                user.profile.map(|p| p.0).into(),
            ];
            row.extend(data_columns(&user.fields, &user.fields));
            row.extend([UserState::Imported.name().into(), now.into(), 1_i64.into()]);
            row
        })
        .collect();
    let columns = "id, entry_id, profile_id, data, hash, name_key, number_key, email_key, search, sip_key, state, imported_at, version";
    let tail = "ON CONFLICT (entry_id) DO NOTHING";
    tx.dialect().add_users(tx, columns, rows, tail).await
}

/// What a SIP account is looked up by: registrars may tell it in lower case.
pub(crate) fn sip_key(account: &str) -> String {
    account.to_lowercase()
}

/// A user's data, and what it is sorted and searched by: the data that it is served by.
fn data_columns(fields: &PersonFields, served: &PersonFields) -> [Value; 7] {
    [
        to_json(fields).into(),
        blob(fields.hash()),
        served.name_key().into(),
        served.number_key().into(),
        served.email_key().into(),
        served.search_text().into(),
        sip_key(&served.sip_user).into(),
    ]
}

/// Brings users in line with new data and profile; their versions rise. What is ours about them stays.
pub async fn change(tx: &Tx, users: &[Written]) -> Result<()> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let known = by_id_in(tx, &ids).await?;
    let known: HashMap<UserId, User> = known.into_iter().map(|user| (user.id, user)).collect();
    let rows = users
        .iter()
        .filter_map(|written| {
            let user = User {
                fields: written.fields.clone(),
                ..known.get(&written.id)?.clone()
            };
            let mut row = vec![written.id.0.into(), written.profile.map(|p| p.0).into()];
            row.extend(data_columns(&user.fields, &user.served()));
            Some(row)
        })
        .collect();
    mark_profiles(
        tx,
        users.iter().map(|written| (written.profile, written.id)),
    )
    .await?;
    let served = users.iter().filter_map(|written| {
        let user = User {
            fields: written.fields.clone(),
            ..known.get(&written.id)?.clone()
        };
        Some((written.id, user.served()))
    });
    let renamed = mark_changed(tx, &served.collect::<Vec<_>>()).await?;
    update(tx, rows, &renamed).await
}

/// What of a person's data a client's document is made of.
fn in_document(fields: &PersonFields) -> [&str; 6] {
    [
        &fields.first_name,
        &fields.last_name,
        &fields.mbg_user_name,
        &fields.sip_user,
        &fields.sip_host,
        &fields.voicemail_number,
    ]
}

/// Notes which of these users' devices are out of date once they have these profiles.
async fn mark_profiles(
    tx: &Tx,
    users: impl Iterator<Item = (Option<ProfileId>, UserId)>,
) -> Result<()> {
    let mut by_profile: HashMap<_, Vec<UserId>> = HashMap::new();
    for (profile, user) in users {
        by_profile.entry(profile).or_default().push(user);
    }
    for (profile, users) in by_profile {
        devices::mark_other_profile(tx, &users, profile).await?;
    }
    Ok(())
}

/// Notes which of these users' devices are out of date once their data is this; those who are found by other words then.
async fn mark_changed(tx: &Tx, now: &[(UserId, PersonFields)]) -> Result<Vec<UserId>> {
    let ids: Vec<UserId> = now.iter().map(|(id, _)| *id).collect();
    let known = by_id_in(tx, &ids).await?;
    let known: HashMap<UserId, PersonFields> =
        known.iter().map(|user| (user.id, user.served())).collect();
    let differs = |(id, fields): &&(UserId, PersonFields)| {
        let known = known.get(id);
        known.is_some_and(|known| in_document(known) != in_document(fields))
    };
    let changed: Vec<UserId> = now.iter().filter(differs).map(|(id, _)| *id).collect();
    devices::mark_users(tx, &changed).await?;
    let is_said_otherwise = |(id, fields): &&(UserId, PersonFields)| {
        let known = known.get(id);
        known.is_some_and(|known| known.search_text() != fields.search_text())
    };
    let renamed = now.iter().filter(is_said_otherwise);
    Ok(renamed.map(|(id, _)| *id).collect())
}

/// Keeps what is ours about users, as it stands in each of them; their versions rise.
pub async fn change_ours(tx: &Tx, users: &[User]) -> Result<()> {
    let served: Vec<_> = users.iter().map(|user| (user.id, user.served())).collect();
    let renamed = mark_changed(tx, &served).await?;
    let rows = users
        .iter()
        .map(|user| {
            let served = user.served();
            vec![
                user.id.0.into(),
                to_json(&user.ours).into(),
                served.email_key().into(),
                served.search_text().into(),
                sip_key(&served.sip_user).into(),
            ]
        })
        .collect();
    let set = "ours = v.column2, email_key = v.column3, search = v.column4, sip_key = v.column5, version = version + 1";
    sql::update(tx, "users", set, "users.id = v.column1", rows).await?;
    tx.dialect().index_users(tx, &renamed).await
}

/// Writes users' data and profiles; the renamed ones are found by other words then.
async fn update(tx: &Tx, rows: Vec<Vec<Value>>, renamed: &[UserId]) -> Result<()> {
    let set = "profile_id = v.column2, data = v.column3, hash = v.column4, name_key = v.column5, \
               number_key = v.column6, email_key = v.column7, search = v.column8, sip_key = v.column9, version = version + 1";
    sql::update(tx, "users", set, "users.id = v.column1", rows).await?;
    tx.dialect().index_users(tx, renamed).await
}

/// A user whose data is ours: it comes from no component.
#[derive(Debug, Clone)]
pub struct Own {
    /// Its id.
    pub id: UserId,
    /// Its profile.
    pub profile: Option<ProfileId>,
    /// Its data.
    pub fields: PersonFields,
    /// What stands beside it.
    pub ours: Ours,
    /// Its sealed secrets; none: as it is.
    pub secrets: Secrets,
}

/// Makes users that come from no component.
pub async fn add_own(tx: &Tx, users: &[Own]) -> Result<u64> {
    let now = tx.env().now().0;
    let rows = users
        .iter()
        .map(|user| {
            let mut row = vec![user.id.0.into(), user.profile.map(|p| p.0).into()];
            row.extend(data_columns(&user.fields, &user.fields));
            row.extend([UserState::Imported.name().into(), now.into(), 1_i64.into()]);
            row.push(to_json(&user.ours).into());
            row.extend(user.secrets.map(|secret| secret.map(|s| s.0).into()));
            row
        })
        .collect();
    let columns = format!(
        "id, profile_id, data, hash, name_key, number_key, email_key, search, sip_key, state, imported_at, version, ours, {OWN_SECRETS}"
    );
    tx.dialect().add_users(tx, &columns, rows, "").await
}

/// Changes data, profile and, where there is a new one, secret of users; their versions rise. An old secret is erased.
pub async fn change_own(tx: &Tx, users: &[Own]) -> Result<()> {
    let changed = users
        .iter()
        .map(|user| {
            let mut row = vec![user.id.0.into(), user.profile.map(|p| p.0).into()];
            row.extend(data_columns(&user.fields, &user.fields));
            row
        })
        .collect();
    let data: Vec<_> = users
        .iter()
        .map(|user| (user.id, user.fields.clone()))
        .collect();
    let renamed = mark_changed(tx, &data).await?;
    mark_profiles(tx, users.iter().map(|user| (user.profile, user.id))).await?;
    update(tx, changed, &renamed).await?;
    let ours = users
        .iter()
        .map(|user| vec![user.id.0.into(), to_json(&user.ours).into()])
        .collect();
    let which = "users.id = v.column1";
    sql::update(tx, "users", "ours = v.column2", which, ours).await?;
    let given = users.iter().filter(|u| u.secrets != Secrets::default());
    let ids: Vec<UserId> = given.clone().map(|user| user.id).collect();
    let accounts = given.clone().filter(|u| {
        let [sip, mbg, ..] = u.secrets;
        sip.or(mbg).is_some()
    });
    let accounts: Vec<UserId> = accounts.map(|user| user.id).collect();
    devices::mark_users(tx, &accounts).await?;
    let held = held_on(tx, &ids).await?;
    let mut old = Vec::new();
    for (n, of) in OwnSecret::ALL.into_iter().enumerate() {
        let given = given.clone().filter_map(|u| Some((u.id, u.secrets[n]?)));
        let rows: Vec<Vec<Value>> = given
            .map(|(id, secret)| {
                old.extend(held.get(&id).and_then(|held| held[n]));
                vec![id.0.into(), secret.0.into()]
            })
            .collect();
        let set = format!("{} = v.column2", of.column());
        sql::update(tx, "users", &set, which, rows).await?;
    }
    secrets::erase(tx, &old).await
}

/// Takes sealed values of their own away from users, and erases them.
pub async fn clear_own(tx: &Tx, users: &[(UserId, Vec<OwnSecret>)]) -> Result<()> {
    let ids: Vec<UserId> = users.iter().map(|(id, _)| *id).collect();
    let held = held_on(tx, &ids).await?;
    let (mut old, mut accounts) = (Vec::new(), Vec::new());
    for (n, of) in OwnSecret::ALL.into_iter().enumerate() {
        let cleared = users.iter().filter(|(_, clears)| clears.contains(&of));
        let cleared = cleared.filter_map(|(id, _)| Some((*id, held.get(id)?[n]?)));
        let cleared: Vec<_> = cleared.collect();
        if cleared.is_empty() {
            continue;
        }
        if matches!(of, OwnSecret::Sip | OwnSecret::Mbg) {
            accounts.extend(cleared.iter().map(|(id, _)| *id));
        }
        for chunk in cleared.chunks(1000) {
            let text = format!(
                "UPDATE users SET {} = NULL WHERE id IN ({})",
                of.column(),
                list(1, chunk.len())
            );
            let ids = chunk.iter().map(|(id, _)| Value::from(id.0)).collect();
            sql::run(tx, &text, ids).await?;
        }
        old.extend(cleared.into_iter().map(|(_, secret)| secret));
    }
    devices::mark_users(tx, &accounts).await?;
    secrets::erase(tx, &old).await
}

/// What of a user's own is held sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnSecret {
    /// The password of the SIP account at the PBX.
    Sip,
    /// The password of the SIP account at the border gateway.
    Mbg,
    /// The PIN of the voice mail box.
    Voicemail,
    /// The password at the client service.
    ClientService,
}

impl OwnSecret {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Sip, Self::Mbg, Self::Voicemail, Self::ClientService];

    /// What its seal is bound to.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Sip | Self::Mbg => Purpose::Sip,
            Self::Voicemail => Purpose::Voicemail,
            Self::ClientService => Purpose::ClientService,
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Sip => "secret_id",
            Self::Mbg => "mbg_secret_id",
            Self::Voicemail => "voicemail_secret_id",
            Self::ClientService => "client_secret_id",
        }
    }
}

const OWN_SECRETS: &str = "secret_id, mbg_secret_id, voicemail_secret_id, client_secret_id";

/// The sealed values that somebody has of their own, in the order of [`OwnSecret::ALL`].
pub type Secrets = [Option<SecretId>; 4];

/// Those of some users; who has none is left out.
type Held = HashMap<UserId, Secrets>;

/// Which secrets a user has of its own.
pub async fn held(store: &Store, user: UserId) -> Result<Vec<OwnSecret>> {
    let held = held_on(store, &[user]).await?.remove(&user);
    let pairs = OwnSecret::ALL.into_iter().zip(held.unwrap_or_default());
    Ok(pairs.filter_map(|(of, id)| id.map(|_| of)).collect())
}

/// Which secrets some users have of their own; who has none is left out.
pub async fn held_of(store: &Store, users: &[UserId]) -> Result<HashMap<UserId, Vec<OwnSecret>>> {
    let held = held_on(store, users).await?.into_iter();
    let named = |held: Secrets| {
        let pairs = OwnSecret::ALL.into_iter().zip(held);
        pairs.filter_map(|(of, id)| id.map(|_| of)).collect()
    };
    Ok(held.map(|(user, held)| (user, named(held))).collect())
}

async fn held_on(on: &impl Runs, users: &[UserId]) -> Result<Held> {
    let mut found = HashMap::new();
    for chunk in users.chunks(1000) {
        let text = format!(
            "SELECT id, {OWN_SECRETS} FROM users WHERE COALESCE({OWN_SECRETS}) IS NOT NULL AND id IN ({})",
            list(1, chunk.len())
        );
        for row in &sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            let mut held = Secrets::default();
            for (n, place) in held.iter_mut().enumerate() {
                *place = row.get::<Option<_>>(n + 1)?.map(SecretId);
            }
            found.insert(UserId(row.get(0)?), held);
        }
    }
    Ok(found)
}

/// Gives a user a sealed value of its own, or takes it away; an old one is erased.
pub async fn set_secret(
    tx: &Tx,
    user: UserId,
    of: OwnSecret,
    secret: Option<SecretId>,
) -> Result<()> {
    let held = held_on(tx, &[user])
        .await?
        .remove(&user)
        .unwrap_or_default();
    let old = OwnSecret::ALL.into_iter().zip(held);
    if matches!(of, OwnSecret::Sip | OwnSecret::Mbg) {
        devices::mark_users(tx, &[user]).await?;
    }
    let old: Vec<_> = old
        .filter(|(one, _)| *one == of)
        .filter_map(|(_, id)| id)
        .collect();
    let text = format!(
        "UPDATE users SET {} = $1, version = version + 1 WHERE id = $2",
        of.column()
    );
    sql::run(tx, &text, vec![secret.map(|s| s.0).into(), user.0.into()]).await?;
    secrets::erase(tx, &old).await
}

/// A SIP account that was entered by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its sealed password.
    pub secret: SecretId,
    /// Whether it is the one at the border gateway, which goes before the one at the PBX.
    pub at_gateway: bool,
}

/// The SIP accounts that were entered by hand for some users, as far as their password is held.
pub async fn own_accounts(store: &Store, users: &[UserId]) -> Result<HashMap<UserId, OwnAccount>> {
    own_accounts_on(store, users).await
}

/// The same within a transaction.
pub async fn own_accounts_in(tx: &Tx, users: &[UserId]) -> Result<HashMap<UserId, OwnAccount>> {
    own_accounts_on(tx, users).await
}

async fn own_accounts_on(on: &impl Runs, users: &[UserId]) -> Result<HashMap<UserId, OwnAccount>> {
    let held = held_on(on, users).await?.into_iter();
    let account = |[sip, mbg, ..]: Secrets| {
        mbg.or(sip).map(|secret| OwnAccount {
            secret,
            at_gateway: mbg.is_some(),
        })
    };
    Ok(held
        .filter_map(|(user, held)| Some((user, account(held)?)))
        .collect())
}

/// Removes users; their timelines and deployments stay as history.
pub async fn remove(tx: &Tx, users: &[UserId]) -> Result<()> {
    self_passes::end(tx, users, None).await?;
    let held = held_on(tx, users).await?.into_values();
    let secrets: Vec<SecretId> = held.flatten().flatten().collect();
    for chunk in users.chunks(1000) {
        let places = list(1, chunk.len());
        for text in [
            format!("DELETE FROM contact WHERE user_id IN ({places})"),
            format!("DELETE FROM users WHERE id IN ({places})"),
        ] {
            let values = chunk.iter().map(|id| Value::from(id.0)).collect();
            sql::run(tx, &text, values).await?;
        }
    }
    secrets::erase(tx, &secrets).await
}

/// Withdraws users' access for the time being: their tickets end, and their phones are given no account at any fetch.
pub async fn suspend(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET suspended = TRUE, state = 'suspended' WHERE id IN ({})",
            list(1, chunk.len())
        );
        sql::run(
            tx,
            &text,
            chunk.iter().map(|id| Value::from(id.0)).collect(),
        )
        .await?;
    }
    self_passes::end(tx, users, None).await?;
    crate::deployments::revoke(tx, users).await
}

/// The state of those whose client has its configuration: cases of an expression.
const COME: &str = "WHEN registered_at IS NOT NULL THEN 'registered' WHEN downloaded_at IS NOT NULL THEN 'downloaded'";

/// Gives suspended users their access back: how many were suspended. Their phones work again, their tickets do not: whoever has no
/// phone yet is one who was not deployed.
pub async fn resume(tx: &Tx, users: &[UserId]) -> Result<u64> {
    let mut given = 0;
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET suspended = FALSE, state = CASE {COME} ELSE 'imported' END \
             WHERE suspended AND id IN ({})",
            list(1, chunk.len())
        );
        given += sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    Ok(given)
}

/// How many users' people are on no component any more and still have their access.
pub async fn count_leavers(store: &Store) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM entry AS source JOIN users AS person ON person.entry_id = source.id \
                WHERE source.state = 'gone' AND NOT person.suspended";
    let row = sql::one(store, text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Gives users a profile; their versions rise.
pub async fn set_profile(tx: &Tx, users: &[UserId], profile: Option<ProfileId>) -> Result<()> {
    devices::mark_other_profile(tx, users, profile).await?;
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET profile_id = $1, version = version + 1 WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![profile.map(|p| p.0).into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Sets how far users have come; those that are suspended stay so.
pub async fn set_state(tx: &Tx, users: &[UserId], state: UserState) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET state = $1 WHERE NOT suspended AND id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![state.name().into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Of users who wait for their mail those for whom none waits any more: they have come as far as they had.
pub async fn no_longer_queued(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET state = CASE {COME} WHEN deployed_at IS NOT NULL THEN 'deployed' ELSE 'imported' END \
             WHERE state = 'queued' AND id IN ({}) AND NOT EXISTS \
             (SELECT 1 FROM deployment WHERE deployment.user_id = users.id AND deployment.state = 'queued')",
            list(1, chunk.len())
        );
        let ids = chunk.iter().map(|id| Value::from(id.0)).collect();
        sql::run(tx, &text, ids).await?;
    }
    Ok(())
}

/// Stamps *Deployed*: the mail server accepted these users' mails. Who downloaded before is not set back by it.
pub async fn stamp_deployed(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET deployed_at = $1, state = CASE WHEN suspended THEN state {COME} ELSE 'deployed' END WHERE id IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![tx.env().now().0.into()];
        values.extend(chunk.iter().map(|id| Value::from(id.0)));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Stamps *Downloaded*: a client really fetched its configuration. The first time stays.
pub async fn stamp_downloaded(tx: &Tx, user: UserId) -> Result<()> {
    let text = "UPDATE users SET downloaded_at = COALESCE(downloaded_at, $1), \
                state = CASE WHEN suspended THEN state WHEN registered_at IS NOT NULL THEN 'registered' ELSE 'downloaded' END \
                WHERE id = $2";
    sql::run(tx, text, vec![tx.env().now().0.into(), user.0.into()])
        .await
        .map(drop)
}

/// Forgets how far users have come: what they were given does not count any more.
pub async fn start_anew(tx: &Tx, users: &[UserId]) -> Result<()> {
    for chunk in users.chunks(1000) {
        let text = format!(
            "UPDATE users SET deployed_at = NULL, downloaded_at = NULL, registered_at = NULL, registered_last_at = NULL, \
             state = CASE WHEN suspended THEN state ELSE 'imported' END WHERE id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| Value::from(id.0)).collect();
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// One line of a user's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Rises by the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What, as a permanent name: `imported`, `deployment-sent`.
    pub kind: String,
    /// More, in words; never a secret.
    pub detail: String,
    /// Who.
    pub actor: String,
}

/// Adds lines to users' timelines.
pub async fn note(tx: &Tx, events: &[(UserId, &str, String)], actor: &Actor) -> Result<()> {
    let now = tx.env().now().0;
    let rows = events
        .iter()
        .map(|(user, kind, detail)| {
            vec![
                user.0.into(),
                now.into(),
                (*kind).into(),
                detail.clone().into(),
                actor.0.clone().into(),
            ]
        })
        .collect();
    bulk(
        tx,
        "INSERT INTO user_event (user_id, at, kind, detail, actor)",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// How many lines of this kind a user's timeline got since then.
pub async fn count_noted(store: &Store, user: UserId, kind: &str, since: Timestamp) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM user_event WHERE user_id = $1 AND kind = $2 AND at >= $3";
    let values = vec![user.0.into(), kind.into(), since.0.into()];
    let row = sql::one(store, text, values).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// A user's timeline, newest first, before the line `before`.
pub async fn timeline(
    store: &Store,
    user: UserId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Event>> {
    let text = "SELECT seq, at, kind, detail, actor FROM user_event WHERE user_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    let values = vec![
        user.0.into(),
        before.unwrap_or(i64::MAX).into(),
        limit.into(),
    ];
    let rows = sql::all(store, text, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Event {
                seq: row.get(0)?,
                at: Timestamp(row.get(1)?),
                kind: row.get(2)?,
                detail: row.get(3)?,
                actor: row.get(4)?,
            })
        })
        .collect()
}
