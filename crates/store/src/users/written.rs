//! What is written of users: that of components, and what is ours.

use std::collections::HashMap;

use model::{EntryId, PersonFields, ProfileId, User, UserId, UserState};
use sea_orm::Value;

use super::by_id_in;
use crate::{
    Result, Tx, devices,
    sql::{self, Runs, blob, to_json},
};

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
pub(super) fn data_columns(fields: &PersonFields, served: &PersonFields) -> [Value; 7] {
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
pub(super) async fn mark_profiles(
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
pub(super) async fn mark_changed(tx: &Tx, now: &[(UserId, PersonFields)]) -> Result<Vec<UserId>> {
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
pub(super) async fn update(tx: &Tx, rows: Vec<Vec<Value>>, renamed: &[UserId]) -> Result<()> {
    let set = "profile_id = v.column2, data = v.column3, hash = v.column4, name_key = v.column5, \
               number_key = v.column6, email_key = v.column7, search = v.column8, sip_key = v.column9, version = version + 1";
    sql::update(tx, "users", set, "users.id = v.column1", rows).await?;
    tx.dialect().index_users(tx, renamed).await
}
