//! People that an identity provider pushes (SCIM 2.0, RFC 7643 and 7644): kept as they stand there, and beside that as records of
//! the connection whose token the provider shows. They are joined like all others, and are nobody's users before an import.

mod filter;
mod patch;
mod schema;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Actor, ConnectionId, Order, Record, Secret, text::fold};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::{
    Store, Tx, audit,
    connections::{self, Connection, Grant},
    jobs, records,
    scim::{self, Keys, Pushed},
};
use uuid::Uuid;

use crate::connections::options_of;
use filter::Filter;
pub use schema::{ENTERPRISE, USER, schemas};

/// The most users of one page.
pub const PAGE_MAX: i64 = 500;
/// So many users are looked at together where a filter has to see each.
const LOOKED_AT: i64 = 500;
/// Joining waits so long after a push: providers push one person after the other.
const JOIN_AFTER_S: i64 = 5;
/// The longest name or external id, in bytes of the form in which they are compared.
const KEY_MAX: usize = 1_024;
/// How often a change begins anew where another one came first.
const TRIES_MAX: u32 = 8;

/// The connection that a provider pushes to; only its token makes one.
#[derive(Debug, Clone)]
pub struct Receiver {
    connection: ConnectionId,
    name: String,
    number_tail: Option<u8>,
}

/// A token for a provider, shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// By which it is told from others: the beginning of its hash.
    pub id: String,
    /// 256 random bits.
    pub secret: Secret,
}

/// Makes the token that a connection takes from now on; the one before is worth nothing then.
pub(crate) async fn make_token(
    store: &Store,
    connection: &Connection,
    actor: &Actor,
) -> Result<Token, store::Error> {
    let secret = Secret::new(URL_SAFE_NO_PAD.encode(store.env().random::<32>()));
    let hash = Sha256::digest(secret.expose().as_bytes());
    let id = hash[..4]
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let grant = Grant {
        at: store.env().now(),
        token_id: id.clone(),
        expires_at: None,
    };
    let tx = store.begin().await?;
    connections::grant(&tx, connection.id, &grant, None).await?;
    scim::set_token(&tx, connection.id, secret.expose()).await?;
    audit::append(&tx, actor, "connection.token-made", connection.id, &id).await?;
    tx.commit().await?;
    Ok(Token { id, secret })
}

/// One user as the provider sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// What is kept and under which id, version and times.
    pub pushed: Pushed,
    /// The attributes.
    pub attributes: Map<String, Value>,
}

/// A list as it is asked for.
#[derive(Debug, Default)]
pub struct Query<'a> {
    /// Which users; all without.
    pub filter: Option<&'a str>,
    /// The first of them, from 1.
    pub start: i64,
    /// How many at most, up to [`PAGE_MAX`].
    pub count: i64,
}

/// A page of a list.
#[derive(Debug)]
pub struct Listed {
    /// How many users there are in all.
    pub total: i64,
    /// Those of the page.
    pub users: Vec<User>,
}

/// Why a request is refused (RFC 7644, section 3.12).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be carried out as it is.
    #[error("{detail}")]
    Invalid {
        /// The standard's name of what is wrong.
        scim_type: &'static str,
        /// In words.
        detail: String,
    },
    /// Another user has this name.
    #[error("another user has this userName")]
    NameTaken,
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// The user has another version than was asked for.
    #[error("the user has changed meanwhile")]
    OtherVersion,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::invalid("invalidValue", detail)
    }

    pub(crate) fn syntax(detail: impl Into<String>) -> Self {
        Self::invalid("invalidSyntax", detail)
    }

    fn no_target(detail: &str) -> Self {
        Self::invalid("noTarget", detail)
    }

    fn path(path: &str) -> Self {
        let begins: String = path.chars().take(80).collect();
        Self::invalid("invalidPath", format!("`{begins}` is no path"))
    }

    fn filter(why: String) -> Self {
        Self::invalid("invalidFilter", why)
    }

    fn invalid(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid {
            scim_type,
            detail: detail.into(),
        }
    }

    /// The standard's name of what is wrong, where it has one.
    pub const fn scim_type(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { scim_type, .. } => Some(scim_type),
            Self::NameTaken => Some("uniqueness"),
            Self::NotFound | Self::OtherVersion | Self::Store(_) => None,
        }
    }
}

/// The connection that takes this token, if one does.
pub async fn by_token(store: &Store, token: &Secret) -> Result<Option<Receiver>, store::Error> {
    let found = scim::connection_of(store, token.expose()).await?;
    Ok(found.map(|connection| Receiver {
        connection: connection.id,
        number_tail: options_of(&connection).number_tail,
        name: connection.name,
    }))
}

/// Adds a user. One that a removed connection was told, under the same name and external id, is taken for the same person.
pub async fn create(store: &Store, to: &Receiver, told: &Value) -> Result<User, Error> {
    let attributes = schema::taken(told)?;
    let kept = Kept::of(&attributes)?;
    let tx = store.begin().await?;
    let left = scim::left_behind(&tx, kept.keys()).await?;
    let id = left.map_or_else(|| store.env().uuid(), |(_, id)| id);
    let pushed = scim::add(&tx, to.connection, id, kept.keys(), &kept.data)
        .await
        .map_err(taken)?;
    let record = to.record(&pushed, &attributes)?;
    if let Some((from, _)) = left {
        let told = std::slice::from_ref(&record);
        records::adopt(&tx, from, to.connection, told, true).await?;
        scim::forget(&tx, from, id).await?;
    }
    records::keep_page(&tx, to.connection, 0, &[record], &[]).await?;
    finish(tx, to, 1).await?;
    Ok(User { pushed, attributes })
}

/// Replaces what is kept of a user; `version` holds the entity tags that the provider knows, where it cares.
pub async fn replace(
    store: &Store,
    to: &Receiver,
    id: Uuid,
    version: Option<&str>,
    told: &Value,
) -> Result<User, Error> {
    let attributes = schema::taken(told)?;
    change(store, to, id, version, |_| Ok(attributes.clone())).await
}

/// Changes parts of a user.
pub async fn patch(
    store: &Store,
    to: &Receiver,
    id: Uuid,
    version: Option<&str>,
    operations: &Value,
) -> Result<User, Error> {
    let changed = |before: &User| patch::apply(&before.attributes, operations);
    change(store, to, id, version, changed).await
}

/// Carries a change out on what is kept now. Where another change came in between it begins anew, unless the provider asked for a
/// version.
async fn change(
    store: &Store,
    to: &Receiver,
    id: Uuid,
    version: Option<&str>,
    changed: impl Fn(&User) -> Result<Map<String, Value>, Error>,
) -> Result<User, Error> {
    let mut tries = 1;
    loop {
        let before = get(store, to, id).await?;
        before.must_have(version)?;
        let attributes = changed(&before)?;
        if attributes == before.attributes {
            return Ok(before);
        }
        match write(store, to, &before, attributes).await {
            Err(Error::OtherVersion) if version.is_none() && tries < TRIES_MAX => tries += 1,
            other => return other,
        }
    }
}

async fn write(
    store: &Store,
    to: &Receiver,
    before: &User,
    attributes: Map<String, Value>,
) -> Result<User, Error> {
    let kept = Kept::of(&attributes)?;
    let tx = store.begin().await?;
    let pushed = scim::change(&tx, to.connection, &before.pushed, kept.keys(), &kept.data)
        .await
        .map_err(taken)?;
    let record = to.record(&pushed, &attributes)?;
    records::keep_page(&tx, to.connection, 0, &[record], &[]).await?;
    finish(tx, to, 0).await?;
    Ok(User { pushed, attributes })
}

/// Removes a user: its record is gone.
pub async fn remove(
    store: &Store,
    to: &Receiver,
    id: Uuid,
    version: Option<&str>,
) -> Result<(), Error> {
    get(store, to, id).await?.must_have(version)?;
    let tx = store.begin().await?;
    if !scim::forget(&tx, to.connection, id).await? {
        return Err(Error::NotFound);
    }
    records::mark_left(&tx, to.connection, &[id.to_string()]).await?;
    finish(tx, to, -1).await
}

/// One user.
pub async fn get(store: &Store, to: &Receiver, id: Uuid) -> Result<User, Error> {
    let found = scim::find(store, to.connection, id).await?;
    User::of(found.ok_or(Error::NotFound)?)
}

/// A page of the users that a filter lets through.
pub async fn list(store: &Store, to: &Receiver, query: &Query<'_>) -> Result<Listed, Error> {
    let skip = query.start.max(1) - 1;
    let limit = query.count.clamp(0, PAGE_MAX);
    let Some(filter) = query.filter else {
        let total = scim::count(store, to.connection).await?;
        let found = scim::page(store, to.connection, skip, limit).await?;
        return Listed::of(total, found);
    };
    let filter =
        Filter::parse(filter).map_err(|why| Error::filter(format!("the filter: {why}")))?;
    // What providers ask before they push somebody: answered by an index, and exactly.
    let found = match filter.lookup() {
        Some(("username", name)) => {
            let found = scim::find_named(store, to.connection, &fold(name)).await?;
            found.into_iter().collect()
        }
        Some(("externalid", id)) => {
            scim::of_external_id(store, to.connection, id, PAGE_MAX).await?
        }
        Some(("id", id)) => match id.parse() {
            Ok(id) => scim::find(store, to.connection, id)
                .await?
                .into_iter()
                .collect(),
            Err(_) => vec![],
        },
        _ => return walk(store, to, &filter, skip, limit).await,
    };
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let page = found.into_iter().skip(usize_of(skip)).take(usize_of(limit));
    Listed::of(total, page.collect())
}

/// Asks every user, page by page; no more of them are kept than are answered.
async fn walk(
    store: &Store,
    to: &Receiver,
    filter: &Filter,
    skip: i64,
    limit: i64,
) -> Result<Listed, Error> {
    let mut listed = Listed {
        total: 0,
        users: vec![],
    };
    let mut last = None;
    loop {
        let looked_at = scim::after(store, to.connection, last, LOOKED_AT).await?;
        let Some(end) = looked_at.last() else {
            return Ok(listed);
        };
        last = Some(end.id);
        for pushed in looked_at {
            let user = User::of(pushed)?;
            if filter.passes(&user.resource()) {
                if listed.total >= skip && listed.total < skip.saturating_add(limit) {
                    listed.users.push(user);
                }
                listed.total += 1;
            }
        }
    }
}

impl User {
    fn of(pushed: Pushed) -> Result<Self, Error> {
        let attributes = serde_json::from_str(&pushed.data).map_err(|why| {
            Error::Store(store::Error::Corrupt {
                what: "pushed user",
                why: why.to_string(),
            })
        })?;
        Ok(Self { pushed, attributes })
    }

    /// The user as a resource (RFC 7643, section 3), without its location.
    pub fn resource(&self) -> Map<String, Value> {
        let mut resource = self.attributes.clone();
        let extension = self.attributes.contains_key(ENTERPRISE);
        let schemas = [USER].into_iter().chain(extension.then_some(ENTERPRISE));
        resource.insert("schemas".to_owned(), schemas.collect());
        resource.insert("id".to_owned(), self.pushed.id.to_string().into());
        let meta = serde_json::json!({
            "resourceType": "User",
            "created": self.pushed.created_at.to_string(),
            "lastModified": self.pushed.changed_at.to_string(),
            "version": self.version(),
        });
        resource.insert("meta".to_owned(), meta);
        resource
    }

    /// Its version as an entity tag (RFC 7644, section 3.14).
    pub fn version(&self) -> String {
        format!("W/\"{}\"", self.pushed.version)
    }

    /// Whether a list of entity tags names its version (RFC 9110, section 13.1).
    pub fn is_version(&self, tags: &str) -> bool {
        let strong = self.version();
        let strong = strong.trim_start_matches("W/");
        let mut tags = tags.split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == strong)
    }

    fn must_have(&self, version: Option<&str>) -> Result<(), Error> {
        match version {
            Some(tags) if !self.is_version(tags) => Err(Error::OtherVersion),
            _ => Ok(()),
        }
    }
}

impl Listed {
    fn of(total: i64, found: Vec<Pushed>) -> Result<Self, Error> {
        let users = found.into_iter().map(User::of).collect::<Result<_, _>>()?;
        Ok(Self { total, users })
    }
}

fn usize_of(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn to_json(attributes: &Map<String, Value>) -> String {
    serde_json::to_string(attributes).expect("JSON always serialises")
}

fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> &'a str {
    attributes
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A user as it is written.
struct Kept {
    data: String,
    user_name: String,
    external_id: String,
}

impl Kept {
    fn of(attributes: &Map<String, Value>) -> Result<Self, Error> {
        let kept = Self {
            data: to_json(attributes),
            user_name: fold(text(attributes, "userName")),
            external_id: text(attributes, "externalId").to_owned(),
        };
        match kept.user_name.len().max(kept.external_id.len()) {
            ..=KEY_MAX => Ok(kept),
            _ => Err(Error::value("userName or externalId is too long")),
        }
    }

    fn keys(&self) -> Keys<'_> {
        Keys {
            user_name: &self.user_name,
            external_id: &self.external_id,
        }
    }
}

impl Receiver {
    /// The record that a user makes.
    fn record(&self, pushed: &Pushed, attributes: &Map<String, Value>) -> Result<Record, Error> {
        let mut told = attributes.clone();
        told.insert("id".to_owned(), pushed.id.to_string().into());
        components::scim_record(&to_json(&told), self.number_tail).map_err(Error::value)
    }
}

/// What was pushed counts from now on; joining follows, once for all that comes soon.
async fn finish(tx: Tx, to: &Receiver, more: i64) -> Result<(), Error> {
    connections::note_pushed(&tx, to.connection, more).await?;
    let actor = Actor(format!("connection {}", to.name));
    jobs::enqueue_soon(&tx, &Order::Join, "join", JOIN_AFTER_S, &actor).await?;
    Ok(tx.commit().await?)
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Taken(_) => Error::NameTaken,
        store::Error::Missing(_) => Error::OtherVersion,
        other => other.into(),
    }
}
