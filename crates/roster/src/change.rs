//! Changing a connection. What leads its credential to another place, or over another way, drops it.

use components::{Form, Options};
use model::{Actor, ComponentKind, ConnectionId, Fault, Secret};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{
    Store,
    connections::{self, Changed, Connection, NewConnection},
    secrets::{self, Purpose},
};
use url::Url;

use crate::{
    Error,
    connections::{New, Sealed, check, options_of, scheduled, sealed, taken},
};

/// What is to be changed; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// What it leads to.
    pub kind: Option<ComponentKind>,
    /// Where it leads.
    pub address: Option<String>,
    /// The public part of its credential.
    pub account: Option<String>,
    /// The secret part of its credential.
    pub secret: Option<Secret>,
    /// The PBX of records that name none.
    pub default_pbx: Option<String>,
    /// Options of its kind; those that are left out stay.
    pub options: Option<Map<String, Value>>,
    /// When it is scanned by itself ([`Schedule`]).
    pub schedule: Option<String>,
    /// Whether it is left alone.
    pub paused: Option<bool>,
}

impl Change {
    /// Whether anything but its rest and its schedule is to be changed.
    const fn is_of_settings(&self) -> bool {
        self.name.is_some()
            || self.kind.is_some()
            || self.address.is_some()
            || self.account.is_some()
            || self.secret.is_some()
            || self.default_pbx.is_some()
            || self.options.is_some()
    }
}

/// Changes a connection.
///
/// # Errors
/// [`Error::Unfit`] with a fault per field.
pub async fn change(
    store: &Store,
    id: ConnectionId,
    wanted: &Change,
    actor: &Actor,
) -> Result<(), Error> {
    let before = connections::get(store, id).await?;
    let schedule = wanted
        .schedule
        .as_deref()
        .map(|text| scheduled(before.kind, text))
        .transpose();
    let schedule = schedule.map_err(|why| Error::Unfit(vec![Fault::new("schedule", why)]))?;
    let settings = if wanted.is_of_settings() {
        Some(prepared(store, &before, wanted).await?)
    } else {
        None
    };
    let tx = store.begin().await?;
    if let Some(new) = &settings {
        let secret = match &new.secret {
            Some(secret) => {
                secrets::keep(&tx, Purpose::Connection, std::slice::from_ref(secret)).await?
            }
            None => vec![],
        };
        let changed = Changed {
            settings: NewConnection {
                name: &new.name,
                kind: new.kind,
                address: &new.address,
                options: &new.options,
                secret: secret.first().copied(),
                default_pbx: &new.default_pbx,
            },
            drops_grant: new.drops_grant,
        };
        connections::change(&tx, id, &changed, actor)
            .await
            .map_err(taken)?;
    }
    if let Some(paused) = wanted.paused.filter(|paused| *paused != before.paused) {
        connections::set_paused(&tx, id, paused, actor).await?;
    }
    if let Some(schedule) = schedule.filter(|schedule| *schedule != before.schedule) {
        let due = schedule.next(store.env().now());
        connections::set_schedule(&tx, id, schedule, due, actor).await?;
    }
    Ok(tx.commit().await?)
}

/// Settings that were checked, ready to be written.
struct Prepared {
    name: String,
    kind: ComponentKind,
    address: String,
    options: String,
    default_pbx: String,
    /// The credential that takes the old one's place.
    secret: Option<Secret>,
    drops_grant: bool,
}

/// A connection as it would be after a change, checked.
pub(crate) struct After {
    pub(crate) new: New,
    pub(crate) options: Options,
    /// Whether its credential does not stay with it: it would travel to another place.
    pub(crate) drops_grant: bool,
    /// Whether the change brings a secret.
    pub(crate) gives_secret: bool,
}

/// What a connection, which has this credential, would be after a change.
pub(crate) fn changed(before: &Connection, old: &Sealed, wanted: &Change) -> Result<After, Error> {
    let kept = options_of(before);
    let kind = wanted.kind.unwrap_or(before.kind);
    if kind != before.kind && (kind.pushes() || before.kind.pushes()) {
        let why = "cannot be changed where people are pushed here: add another connection";
        return Err(Error::Unfit(vec![Fault::new("kind", why)]));
    }
    let or =
        |wanted: &Option<String>, kept: &str| wanted.as_deref().unwrap_or(kept).trim().to_owned();
    let given = wanted
        .secret
        .as_ref()
        .filter(|secret| !secret.expose().is_empty());
    let mut new = New {
        name: or(&wanted.name, &before.name),
        kind,
        address: or(&wanted.address, &before.address),
        account: or(&wanted.account, &old.account),
        secret: given
            .cloned()
            .unwrap_or_else(|| Secret::new(old.secret.as_str())),
        default_pbx: or(&wanted.default_pbx, &before.default_pbx),
        options: merged(&kept, wanted.options.as_ref(), kind != before.kind),
        schedule: String::new(),
    };
    let form = Form::wanted(kind, &new.options);
    forget_unused(&form, &mut new, given.is_some(), wanted.account.is_some());
    let options = check(&new, given.is_some()).map_err(Error::Unfit)?;
    let drops_grant = kind != before.kind
        || !is_same_place(&new.address, &before.address)
        || !is_same_way(&options, &kept);
    Ok(After {
        new,
        options,
        drops_grant,
        gives_secret: given.is_some(),
    })
}

async fn prepared(store: &Store, before: &Connection, wanted: &Change) -> Result<Prepared, Error> {
    let old = sealed(store, before).await?;
    let After {
        new,
        options,
        drops_grant,
        gives_secret,
    } = changed(before, &old, wanted)?;
    let secret = if gives_secret {
        Some(Sealed::new(&new.account, &new.secret))
    } else if drops_grant || new.account == old.account {
        None
    } else {
        Some(Sealed::new(&new.account, &Secret::new(old.secret.as_str())))
    };
    Ok(Prepared {
        name: new.name,
        kind: new.kind,
        address: new.address,
        options: serde_json::to_string(&options).expect("options always serialise"),
        default_pbx: new.default_pbx,
        secret: secret.as_ref().map(Sealed::to_secret),
        drops_grant,
    })
}

/// What another kind was told is no fault of this one.
fn forget_unused(form: &Form, new: &mut New, gives_secret: bool, gives_account: bool) {
    if form.secret.is_none() && !gives_secret {
        new.secret = Secret::new("");
    }
    if form.account.is_none() && !gives_account {
        new.account.clear();
    }
}

/// The options that were kept with the new ones over them; those of another kind do not count.
fn merged(
    kept: &Options,
    new: Option<&Map<String, Value>>,
    is_other_kind: bool,
) -> Map<String, Value> {
    let mut values = match serde_json::to_value(kept) {
        Ok(Value::Object(values)) if !is_other_kind => values,
        _ => Map::new(),
    };
    values.extend(new.cloned().unwrap_or_default());
    values
}

/// Whether two addresses have the same scheme, host and port.
pub(crate) fn is_same_place(a: &str, b: &str) -> bool {
    let place = |text: &str| {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.to_lowercase();
        Some((url.scheme().to_owned(), host, url.port_or_known_default()))
    };
    a == b || place(a).is_some_and(|place_a| place(b) == Some(place_a))
}

/// Whether two connections show their credential to the same peers: over the same kind of connection, under the same
/// authorities, and for the same token endpoint.
fn is_same_way(a: &Options, b: &Options) -> bool {
    (a.access, a.start_tls, &a.ca_pem) == (b.access, b.start_tls, &b.ca_pem)
        && is_same_place(&a.token_url, &b.token_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_other_place_and_a_port_or_scheme_is() {
        assert!(is_same_place("https://x.org", "https://X.org:443/mbg"));
        for other in ["https://x.org:8443", "http://x.org", "https://y.org"] {
            assert!(!is_same_place("https://x.org", other), "{other}");
        }
    }
}
