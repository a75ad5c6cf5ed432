//! All that a person's configuration is made of, read by one statement: phones ask for theirs more often than anybody asks
//! for anything else.

use std::{collections::HashMap, sync::LazyLock};

use model::{
    ComponentKind, ConnectionId, Profile, Secret, SecretId, User, UserId, ticket::LinkHash,
};

use crate::{
    Result, Store,
    devices::{self, Device},
    profiles,
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
    pub profile: Option<Profile>,
    /// The present records of their entry, by id.
    pub records: Vec<Stored>,
    /// What the connections are that these records come from; a removed one is left out.
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
    let profile = add("p", profiles::COLUMNS);
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

/// What hangs on a user `u`.
const JOINED: &str = "LEFT JOIN profile p ON p.id = u.profile_id \
                      LEFT JOIN record r ON r.entry_id = u.entry_id AND NOT r.gone \
                      LEFT JOIN connection c ON c.id = r.connection_id AND c.removed_at IS NULL \
                      LEFT JOIN secret s ON s.id = r.secret_id \
                      LEFT JOIN secret o ON o.id = COALESCE(u.mbg_secret_id, u.secret_id)";

static BY_LINK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM device d LEFT JOIN users u ON u.id = d.user_id {JOINED} WHERE d.link_hash = $1 ORDER BY r.id",
        COLUMNS.text
    )
});

static BY_USER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM users u LEFT JOIN device d ON d.id IS NULL {JOINED} WHERE u.id = $1 ORDER BY r.id",
        COLUMNS.text
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
    let source = if has_user { read(store, rows)? } else { None };
    Ok(Some((device, source)))
}

/// What a user's configuration is made of.
pub async fn of_user(store: &Store, user: UserId) -> Result<Option<Source>> {
    let rows = sql::all(store, &BY_USER, vec![user.0.into()]).await?;
    read(store, rows)
}

/// Each row has one of the user's records, and everything else again.
fn read(store: &Store, mut rows: Vec<Row>) -> Result<Option<Source>> {
    let Some(first) = rows.first_mut() else {
        return Ok(None);
    };
    let user = users::read(first.count_from(0))?;
    first.count_from(COLUMNS.profile);
    let profile = match first.get::<Option<uuid::Uuid>>(0)? {
        Some(_) => Some(profiles::read(first)?),
        None => None,
    };
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
