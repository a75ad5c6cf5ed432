//! Connections: added with their credential sealed, listed, tested, opened for work.

use components::{
    Access, Component, Credential, Form, Options, Settings, TestReport, TokenInfo,
    oauth::{Signer, Token},
};
use model::{Actor, ComponentKind, ConnectionId, Fault, Order, Schedule, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{
    Store,
    connections::{self, Connection, Grant, NewConnection},
    jobs,
    secrets::{self, Purpose},
};

use crate::{Error, authorize};

/// The name by which this program asks a border gateway for an authorization.
const CLIENT: &str = "rollcall";

/// A connection to be added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// Its name.
    pub name: String,
    /// What it leads to.
    pub kind: ComponentKind,
    /// Where it leads: `https://host`, `ldaps://host`; empty where the component comes to us.
    #[serde(default)]
    pub address: String,
    /// The public part of its credential: client id, bind DN; the others have none.
    #[serde(default)]
    pub account: String,
    /// The secret part: token, key, client secret, password.
    #[serde(default = "no_secret")]
    pub secret: Secret,
    /// The PBX of records that name none.
    #[serde(default)]
    pub default_pbx: String,
    /// More settings of its kind ([`Form::options`]); what is left out has its default.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// When it is scanned by itself ([`Schedule`]).
    #[serde(default)]
    pub schedule: String,
}

fn no_secret() -> Secret {
    Secret::new("")
}

/// The credential as it is sealed; for a remote border gateway the secret of its token.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) account: String,
    pub(crate) secret: String,
}

impl Sealed {
    pub(crate) fn new(account: &str, secret: &Secret) -> Self {
        Self {
            account: account.to_owned(),
            secret: secret.expose().to_owned(),
        }
    }

    pub(crate) fn to_secret(&self) -> Secret {
        Secret::new(serde_json::to_string(self).expect("two texts always serialise"))
    }
}

/// The credential of a connection; empty where it has none.
pub(crate) async fn sealed(store: &Store, connection: &Connection) -> Result<Sealed, Error> {
    let Some(id) = connection.secret else {
        return Ok(Sealed::default());
    };
    let sealed = secrets::open(store, Purpose::Connection, id).await?;
    Ok(serde_json::from_str(sealed.expose()).map_err(|_| store::Error::Sealed)?)
}

/// The public part of a connection's credential: client id, bind DN; empty where it has none.
pub async fn account(store: &Store, connection: &Connection) -> Result<String, Error> {
    Ok(sealed(store, connection).await?.account)
}

/// The options of a connection.
pub fn options_of(connection: &Connection) -> Options {
    serde_json::from_str(&connection.options).unwrap_or_default()
}

/// Whether a connection is authorized in a window.
pub fn is_remote(connection: &Connection) -> bool {
    connection.kind == ComponentKind::Mbg && options_of(connection).access == Access::Remote
}

/// Whether a connection has what it needs to be let in.
pub fn is_ready(connection: &Connection) -> bool {
    if is_remote(connection) || connection.kind.pushes() {
        return connection.grant.is_some();
    }
    let needs_one = Form::of(connection.kind)
        .secret
        .is_some_and(|field| field.needed);
    !needs_one || connection.secret.is_some()
}

/// Checks and adds a connection.
///
/// # Errors
/// [`Error::Unfit`] with a fault per field.
pub async fn add(store: &Store, new: &New, actor: &Actor) -> Result<ConnectionId, Error> {
    let checked = check(new, !new.secret.expose().is_empty());
    let schedule = scheduled(new.kind, &new.schedule);
    let (options, schedule) = match (checked, schedule) {
        (Ok(options), Ok(schedule)) => (options, schedule),
        (checked, schedule) => {
            let mut faults = checked.err().unwrap_or_default();
            faults.extend(schedule.err().map(|why| Fault::new("schedule", why)));
            return Err(Error::Unfit(faults));
        }
    };
    let options = serde_json::to_string(&options).expect("options always serialise");
    let sealed = Sealed::new(new.account.trim(), &new.secret);
    let has_credential = !(sealed.account.is_empty() && sealed.secret.is_empty());
    let tx = store.begin().await?;
    let secret = if has_credential {
        secrets::keep(&tx, Purpose::Connection, &[sealed.to_secret()]).await?
    } else {
        vec![]
    };
    let kept = NewConnection {
        name: new.name.trim(),
        kind: new.kind,
        address: new.address.trim(),
        options: &options,
        secret: secret.first().copied(),
        default_pbx: new.default_pbx.trim(),
    };
    let id = connections::add(&tx, &kept, actor).await.map_err(taken)?;
    if schedule != Schedule::ByHand {
        let due = schedule.next(store.env().now());
        connections::set_schedule(&tx, id, schedule, due, actor).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// A schedule as it is written; only what is read has one.
pub(crate) fn scheduled(kind: ComponentKind, text: &str) -> Result<Schedule, String> {
    match Schedule::parse(text)? {
        Schedule::Every { .. } | Schedule::Daily { .. } if kind.pushes() => {
            Err("is not used by this kind: its people are pushed here".to_owned())
        }
        schedule => Ok(schedule),
    }
}

/// A name that is in use is a fault of its field.
pub(crate) fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Taken(_) => Error::Unfit(vec![Fault::new("name", "is in use already")]),
        other => other.into(),
    }
}

/// Removes a connection. Users that came from it stay, and what the same component tells when it is added again is taken
/// for theirs.
pub async fn remove(store: &Store, id: ConnectionId, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    connections::remove(&tx, id, actor).await?;
    jobs::enqueue(&tx, &Order::Join, 0, Some("join"), actor).await?;
    Ok(tx.commit().await?)
}

/// The options of a connection that can work as far as its settings say; else a fault per field. A secret that was kept
/// is not asked for again.
pub(crate) fn check(new: &New, gives_secret: bool) -> Result<Options, Vec<Fault>> {
    let form = Form::wanted(new.kind, &new.options);
    let name = new.name.trim();
    let mut faults = Vec::new();
    if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        faults.push(Fault::new("name", "must have 1 to 60 characters"));
    }
    let has_secret = gives_secret || !new.secret.expose().is_empty();
    faults.extend(form.faults(new.address.trim(), new.account.trim(), has_secret));
    let options = form.options(&new.options).unwrap_or_else(|odd| {
        faults.extend(odd);
        Options::default()
    });
    let credential = match options.access {
        Access::Local => credential(new),
        Access::Remote => Credential::None,
    };
    let settings = Settings {
        kind: new.kind,
        address: new.address.trim().to_owned(),
        credential,
        options,
    };
    if let Err(error) = components::check(&settings) {
        let field = match error {
            components::Error::Settings { field, .. } => field,
            _ => "address",
        };
        faults.push(Fault::new(field, format!("{error}; {}", error.hint())));
    }
    if faults.is_empty() {
        Ok(settings.options)
    } else {
        Err(faults)
    }
}

/// What a connection shows to be let in where no window authorizes it.
pub(crate) fn credential(new: &New) -> Credential {
    Credential::of(new.kind, new.account.trim(), new.secret.clone())
}

/// Reads one page of a connection, to see whether it works, and notes that its credential was accepted.
pub async fn test(store: &Store, id: ConnectionId) -> Result<TestReport, Error> {
    let connection = connections::get(store, id).await?;
    let (report, token) = try_out(store, &connection).await?;
    authorize::accepted(store, &connection, token).await?;
    Ok(report)
}

/// The same test, of which nothing is noted; with the token that the component gave for it.
pub async fn try_out(
    store: &Store,
    connection: &Connection,
) -> Result<(TestReport, Option<TokenInfo>), Error> {
    let mut component = open(store, connection).await?;
    let tested = component.test().await;
    let report = tested.map_err(|source| of(connection, source))?;
    Ok((report, component.token()))
}

/// What is granted now that a credential was accepted; none where that is known already.
pub(crate) fn verify(
    store: &Store,
    connection: &Connection,
    token: Option<TokenInfo>,
) -> Option<Grant> {
    let at = store.env().now();
    match token {
        None if connection.grant.is_some() => None,
        None => Some(Grant {
            at,
            token_id: String::new(),
            expires_at: None,
        }),
        Some(token) => Some(Grant {
            at,
            token_id: token.id,
            expires_at: token.expires_in_s.map(|seconds| at.plus_s(seconds)),
        }),
    }
}

/// The settings of a remote border gateway that it has given no token for yet.
pub(crate) fn unsigned(store: &Store, connection: &Connection) -> Settings {
    let options = options_of(connection);
    Settings {
        kind: connection.kind,
        address: connection.address.clone(),
        credential: Credential::Signed(Signer {
            client: CLIENT.to_owned(),
            client_secret: Secret::new(""),
            token: None,
            method: options.signature,
            env: store.env().clone(),
        }),
        options,
    }
}

/// The settings of a connection with its credential.
pub(crate) async fn settings(store: &Store, connection: &Connection) -> Result<Settings, Error> {
    let Sealed { account, secret } = sealed(store, connection).await?;
    if !is_remote(connection) {
        return Ok(Settings {
            kind: connection.kind,
            address: connection.address.clone(),
            credential: match connection.secret {
                None => Credential::None,
                Some(_) => Credential::of(connection.kind, &account, Secret::new(secret)),
            },
            options: options_of(connection),
        });
    }
    let mut settings = unsigned(store, connection);
    let token = connection.grant.as_ref().map(|grant| Token {
        id: grant.token_id.clone(),
        secret: Secret::new(secret),
    });
    if let Credential::Signed(signer) = &mut settings.credential {
        signer.token = token;
    }
    Ok(settings)
}

/// Opens a connection for work.
pub(crate) async fn open(
    store: &Store,
    connection: &Connection,
) -> Result<Box<dyn Component>, Error> {
    if !is_ready(connection) {
        let (what, hint) = if is_remote(connection) {
            (
                "it is not authorized",
                "a primary administrator authorizes it under Configuration > Connections",
            )
        } else {
            (
                "it has no credential",
                "enter its credential under Configuration > Connections",
            )
        };
        let source = components::Error::Settings {
            field: "secret",
            what: what.to_owned(),
            hint,
        };
        return Err(of(connection, source));
    }
    let settings = settings(store, connection).await?;
    components::connect(&settings).map_err(|source| of(connection, source))
}

/// An error of a component, with the connection that it happened on.
pub(crate) fn of(connection: &Connection, source: components::Error) -> Error {
    Error::Component {
        name: connection.name.clone(),
        address: connection.address.clone(),
        source,
    }
}
