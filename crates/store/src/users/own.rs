//! What was entered by hand about users: their accounts and secrets.

use std::collections::HashMap;

use model::{Ours, PersonFields, ProfileId, SecretId, UserId, UserState};
use sea_orm::Value;
use serde::{Deserialize, Serialize};

use super::written::{data_columns, mark_changed, mark_profiles, update};
use crate::{
    Result, Store, Tx, devices,
    secrets::{self, Purpose},
    sql::{self, Runs, list, to_json},
};

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

pub(super) async fn held_on(on: &impl Runs, users: &[UserId]) -> Result<Held> {
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
