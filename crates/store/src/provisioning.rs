//! All that a person's configuration is made of, read by one statement, but for the profile, of which that tells the version and each
//! process knows the rest: phones ask for theirs more often than anybody asks for anything else.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use model::{
    ComponentKind, ConnectionId, Profile, ProfileId, Secret, SecretId, User, UserId,
    ticket::LinkHash,
};

use crate::{
    Result, Store,
    deployments::Deployment,
    devices::{self, Device, TOOK_IT},
    records::{self, Stored},
    secrets::{self, Purpose},
    sql::{self, Row, blob},
    users,
};

/// What one person's configuration is made of.
#[derive(Debug)]
pub struct Source {
    /// The person.
    pub user: User,
    /// Their profile; none where they are not to be deployed.
    pub profile: Option<Arc<Profile>>,
    /// The present records of their entry by id, of connections that keep SIP accounts ([`ComponentKind::KEEPERS`]).
    pub records: Vec<Stored>,
    /// What the connections are that these records come from.
    pub kinds: HashMap<ConnectionId, ComponentKind>,
    /// The SIP secrets of these records, where we hold them.
    pub secrets: HashMap<SecretId, Secret>,
    /// The secret of the account that was entered by hand.
    pub own: Option<Secret>,
    /// Whether that account is the one at the border gateway.
    pub own_at_gateway: bool,
}

/// What is read, and where in a row each thing begins.
struct Columns {
    text: String,
    profile: usize,
    record: usize,
    rest: usize,
    device: usize,
}

static COLUMNS: LazyLock<Columns> = LazyLock::new(|| {
    let mut columns = Vec::new();
    let mut add = |table: &str, names: &str| {
        let first = columns.len();
        columns.extend(names.split(", ").map(|name| format!("{table}.{name}")));
        first
    };
    add("u", &format!("id, {}", users::COLUMNS));
    let profile = add("p", "id, version");
    let record = add("r", records::COLUMNS);
    let rest = add("c", "kind");
    add("s", "sealed");
    add("o", "id, sealed");
    add("u", "mbg_secret_id");
    let device = add("d", devices::COLUMNS);
    Columns {
        text: columns.join(", "),
        profile,
        record,
        rest,
        device,
    }
});

/// What hangs on a user `u`. Records that cannot have the account are left out here: each is a row as wide as all of it.
static JOINED: LazyLock<String> = LazyLock::new(|| {
    let keepers = ComponentKind::KEEPERS.map(ComponentKind::name);
    format!(
        "LEFT JOIN profile p ON p.id = u.profile_id \
         LEFT JOIN record r ON r.entry_id = u.entry_id AND NOT r.gone AND EXISTS \
           (SELECT 1 FROM connection k WHERE k.id = r.connection_id AND k.removed_at IS NULL AND k.kind IN ('{}')) \
         LEFT JOIN connection c ON c.id = r.connection_id \
         LEFT JOIN secret s ON s.id = r.secret_id \
         LEFT JOIN secret o ON o.id = COALESCE(u.mbg_secret_id, u.secret_id)",
        keepers.join("', '")
    )
});

pub(crate) static BY_LINK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM device d LEFT JOIN users u ON u.id = d.user_id {} WHERE d.link_hash = $1",
        COLUMNS.text, *JOINED
    )
});

pub(crate) static BY_USER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM users u LEFT JOIN device d ON d.id IS NULL {} WHERE u.id = $1",
        COLUMNS.text, *JOINED
    )
});

/// The device with this link of its own, and what its configuration is made of, unless its user is gone.
pub async fn behind(store: &Store, link: LinkHash) -> Result<Option<(Device, Option<Source>)>> {
    let mut rows = sql::all(store, &BY_LINK, vec![blob(link.0)]).await?;
    let Some(first) = rows.first_mut() else {
        return Ok(None);
    };
    let device = devices::read(first.count_from(COLUMNS.device))?;
    let has_user = first.count_from(0).get::<Option<uuid::Uuid>>(0)?.is_some();
    let source = if has_user {
        read(store, rows).await?
    } else {
        None
    };
    Ok(Some((device, source)))
}

/// What a user's configuration is made of.
pub async fn of_user(store: &Store, user: UserId) -> Result<Option<Source>> {
    let rows = sql::all(store, &BY_USER, vec![user.0.into()]).await?;
    read(store, rows).await
}

/// The person whom a deployment is for, as its link finds them.
#[derive(Debug)]
pub struct Person {
    /// The person.
    pub user: User,
    /// Their profile; none where they are not to be deployed.
    pub profile: Option<Arc<Profile>>,
    /// How many places of the deployment are taken for good.
    pub taken: i64,
}

static PERSON: LazyLock<String> = LazyLock::new(|| {
    let columns = users::COLUMNS.split(", ").map(|name| format!("u.{name}"));
    format!(
        "SELECT u.id, {}, p.id, p.version, (SELECT COUNT(*) FROM device WHERE deployment_id = $2 AND {TOOK_IT}) \
         FROM users u LEFT JOIN profile p ON p.id = u.profile_id WHERE u.id = $1",
        columns.collect::<Vec<_>>().join(", ")
    )
});

/// Whom a deployment is for, unless they are gone.
pub async fn person_of(store: &Store, deployment: &Deployment) -> Result<Option<Person>> {
    let values = vec![deployment.user.0.into(), deployment.id.0.into()];
    let Some(mut row) = sql::one(store, &PERSON, values).await? else {
        return Ok(None);
    };
    let user = users::read(&row)?;
    row.count_from(COLUMNS.profile);
    Ok(Some(Person {
        profile: known_profile(store, &row).await?,
        taken: row.get(2)?,
        user,
    }))
}

/// The profile whose id and version a row tells.
async fn known_profile(store: &Store, row: &Row) -> Result<Option<Arc<Profile>>> {
    let Some(id) = row.get::<Option<_>>(0)? else {
        return Ok(None);
    };
    let version = row.get(1)?;
    store.profiles().get(store, ProfileId(id), version).await
}

/// Each row has one of the user's records, and everything else again.
async fn read(store: &Store, mut rows: Vec<Row>) -> Result<Option<Source>> {
    let Some(first) = rows.first_mut() else {
        return Ok(None);
    };
    let user = users::read(first.count_from(0))?;
    first.count_from(COLUMNS.profile);
    let profile = known_profile(store, first).await?;
    first.count_from(COLUMNS.rest);
    let own = match (first.get::<Option<_>>(2)?, first.get::<Option<Vec<u8>>>(3)?) {
        (Some(id), Some(sealed)) => {
            let id = SecretId(id);
            let secret = secrets::unsealed(store.sealer(), Purpose::Sip, id, &sealed)?;
            Some(secret)
        }
        _ => None,
    };
    let own_at_gateway = first.get::<Option<uuid::Uuid>>(4)?.is_some();
    let mut source = Source {
        own,
        own_at_gateway,
        user,
        profile,
        records: vec![],
        kinds: HashMap::new(),
        secrets: HashMap::new(),
    };
    for row in &mut rows {
        add_record(store, &mut source, row)?;
    }
    source.records.sort_unstable_by_key(|record| record.id);
    Ok(Some(source))
}

/// The record of a row, unless the user has none.
fn add_record(store: &Store, source: &mut Source, row: &mut Row) -> Result<()> {
    row.count_from(COLUMNS.record);
    if row.get::<Option<i64>>(0)?.is_none() {
        return Ok(());
    }
    let record = records::read(row)?;
    row.count_from(COLUMNS.rest);
    let kind = row.get::<Option<String>>(0)?;
    if let Some(kind) = kind.as_deref().and_then(ComponentKind::parse) {
        source.kinds.insert(record.connection, kind);
    }
    let sealed = row.get::<Option<Vec<u8>>>(1)?;
    if let (Some(id), Some(sealed)) = (record.secret, sealed) {
        let secret = secrets::unsealed(store.sealer(), Purpose::Sip, id, &sealed)?;
        source.secrets.insert(id, secret);
    }
    source.records.push(record);
    Ok(())
}
