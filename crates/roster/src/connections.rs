//! Connections: added with their credential sealed, listed, tested, opened for work.

use components::{Component, Credential, Form, Options, Settings, TestReport};
use model::{Actor, ComponentKind, ConnectionId, Fault, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{
    Store,
    connections::{self, Connection, NewConnection},
    secrets::{self, Purpose},
};

use crate::Error;

/// A connection to be added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// Its name.
    pub name: String,
    /// What it leads to.
    pub kind: ComponentKind,
    /// Where it leads: `https://host`, `ldaps://host`.
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
}

fn no_secret() -> Secret {
    Secret::new("")
}

/// The credential as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    account: String,
    secret: String,
}

/// Checks and adds a connection.
///
/// # Errors
/// [`Error::Unfit`] with a fault per field.
pub async fn add(store: &Store, new: &New, actor: &Actor) -> Result<ConnectionId, Error> {
    let options = check(new).map_err(Error::Unfit)?;
    let sealed = Sealed {
        account: new.account.clone(),
        secret: new.secret.expose().to_owned(),
    };
    let sealed = serde_json::to_string(&sealed).expect("two texts always serialise");
    let options = serde_json::to_string(&options).expect("options always serialise");
    let tx = store.begin().await?;
    let secret = secrets::keep(&tx, Purpose::Connection, &[Secret::new(sealed)]).await?;
    let kept = NewConnection {
        name: new.name.trim(),
        kind: new.kind,
        address: new.address.trim(),
        options: &options,
        secret: secret.first().copied(),
        default_pbx: new.default_pbx.trim(),
    };
    let id = connections::add(&tx, &kept, actor).await.map_err(taken)?;
    tx.commit().await?;
    Ok(id)
}

/// A name that is in use is a fault of its field.
fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Taken(_) => Error::Unfit(vec![Fault::new("name", "is in use already")]),
        other => other.into(),
    }
}

/// The options of a connection that can work as far as its settings say; else a fault per field.
fn check(new: &New) -> Result<Options, Vec<Fault>> {
    let form = Form::of(new.kind);
    let name = new.name.trim();
    let mut faults = Vec::new();
    if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        faults.push(Fault::new("name", "must have 1 to 60 characters"));
    }
    faults.extend(form.faults(&new.account, !new.secret.expose().is_empty()));
    let options = form.options(&new.options).unwrap_or_else(|odd| {
        faults.extend(odd);
        Options::default()
    });
    let settings = Settings {
        kind: new.kind,
        address: new.address.trim().to_owned(),
        credential: Credential::of(new.kind, &new.account, new.secret.clone()),
        options,
    };
    if let Err(error) = components::connect(&settings) {
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

/// Reads one page of a connection, to see whether it works.
pub async fn test(store: &Store, id: ConnectionId) -> Result<TestReport, Error> {
    let connection = connections::get(store, id).await?;
    let mut component = open(store, &connection).await?;
    component
        .test()
        .await
        .map_err(|source| of(&connection, source))
}

/// Opens a connection for work.
pub(crate) async fn open(
    store: &Store,
    connection: &Connection,
) -> Result<Box<dyn Component>, Error> {
    let credential = match connection.secret {
        None => Credential::None,
        Some(id) => {
            let sealed = secrets::open(store, Purpose::Connection, id).await?;
            let Sealed { account, secret } =
                serde_json::from_str(sealed.expose()).map_err(|_| store::Error::Sealed)?;
            Credential::of(connection.kind, &account, Secret::new(secret))
        }
    };
    let settings = Settings {
        kind: connection.kind,
        address: connection.address.clone(),
        credential,
        options: serde_json::from_str(&connection.options).unwrap_or_default(),
    };
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
