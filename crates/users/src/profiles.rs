//! Deployment profiles: checked, then kept. Page, API and command line come through here.

use model::{Actor, Fault, Profile, ProfileId, ProfileSettings};
use serde::Deserialize;
use store::{Store, profiles};

use crate::Error;

pub use store::profiles::{get, list};

/// A profile as somebody wants it.
#[derive(Debug, Clone, Deserialize)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its settings; what is left out has its default.
    pub settings: ProfileSettings,
}

impl Wanted {
    fn check(&self) -> Result<&str, Error> {
        let name = self.name.trim();
        let mut faults = self.settings.faults();
        if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            faults.insert(0, Fault::new("name", "must have 1 to 60 characters"));
        }
        if faults.is_empty() {
            Ok(name)
        } else {
            Err(Error::Unfit(faults))
        }
    }
}

/// Adds a profile.
pub async fn add(store: &Store, wanted: &Wanted, actor: &Actor) -> Result<Profile, Error> {
    let name = wanted.check()?;
    let tx = store.begin().await?;
    let profile = profiles::add(&tx, name, &wanted.settings, actor)
        .await
        .map_err(taken)?;
    tx.commit().await?;
    Ok(profile)
}

/// Changes a profile.
pub async fn change(
    store: &Store,
    id: ProfileId,
    wanted: &Wanted,
    actor: &Actor,
) -> Result<Profile, Error> {
    let name = wanted.check()?;
    let tx = store.begin().await?;
    profiles::change(&tx, id, name, &wanted.settings, actor)
        .await
        .map_err(taken)?;
    let changed = profiles::get_in(&tx, id).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Removes a profile that nobody has.
pub async fn remove(store: &Store, id: ProfileId, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    profiles::remove(&tx, id, actor)
        .await?
        .map_err(Error::InUse)?;
    Ok(tx.commit().await?)
}

/// A name that is in use is a fault of its field.
fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Taken(_) => Error::Unfit(vec![Fault::new("name", "is in use already")]),
        other => other.into(),
    }
}
