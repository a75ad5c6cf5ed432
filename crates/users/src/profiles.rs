//! Deployment profiles: checked, then kept. Page, API and command line come through here.

use model::{
    Actor, Fault, Profile, ProfileId, ProfileSettings,
    profile::{Change, changes},
};
use serde::Deserialize;
use store::{
    Store, devices,
    profiles::{self, Version},
};

use crate::Error;

pub use store::profiles::{count_users, get, list};

/// A profile as somebody wants it.
#[derive(Debug, Clone, Deserialize)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its settings; what is left out has its default.
    pub settings: ProfileSettings,
}

impl Wanted {
    /// Everything that is wrong with it, wherever its links lead.
    pub fn faults(&self) -> Vec<Fault> {
        let name = self.name.trim();
        let mut faults = self.settings.faults();
        if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            faults.insert(0, Fault::new("name", "must have 1 to 60 characters"));
        }
        faults
    }

    fn check(&self) -> Result<&str, Error> {
        let (name, faults) = (self.name.trim(), self.faults());
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

/// What a change of a profile comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The profile as it is.
    pub now: Profile,
    /// What differs, the name included.
    pub changes: Vec<Change>,
    /// How many people's clients have a configuration that becomes out of date.
    pub out_of_date: i64,
}

/// What a change would come to; nothing is changed.
///
/// # Errors
/// As [`change`].
pub async fn plan_change(store: &Store, id: ProfileId, wanted: &Wanted) -> Result<Planned, Error> {
    let name = wanted.check()?;
    let now = profiles::get(store, id).await?;
    let changes = differences((&now.name, &now.settings), (name, &wanted.settings));
    let out_of_date = if changes.iter().any(|change| change.in_document) {
        let given = profiles::given(store, id).await?;
        profiles::count_configured(store, id, &same(&given, &wanted.settings)).await?
    } else {
        0
    };
    Ok(Planned {
        now,
        changes,
        out_of_date,
    })
}

fn differences(from: (&str, &ProfileSettings), to: (&str, &ProfileSettings)) -> Vec<Change> {
    let name = (from.0 != to.0).then(|| Change {
        setting: "name",
        title: "Name",
        from: from.0.to_owned(),
        to: to.0.to_owned(),
        in_document: false,
    });
    name.into_iter().chain(changes(from.1, to.1)).collect()
}

/// Changes a profile. Where nothing differs, nothing happens.
///
/// # Errors
/// [`Error::Unfit`] with the fields at fault; [`Error::Meanwhile`] where the profile is not of the version `seen` any more.
pub async fn change(
    store: &Store,
    id: ProfileId,
    wanted: &Wanted,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<Profile, Error> {
    let name = wanted.check()?;
    let tx = store.begin().await?;
    let now = profiles::lock(&tx, id).await?;
    if seen.is_some_and(|seen| seen != now.version) {
        return Err(Error::Meanwhile("profile"));
    }
    if now.name == name && now.settings == wanted.settings {
        return Ok(now);
    }
    profiles::change(&tx, id, name, &wanted.settings, actor)
        .await
        .map_err(taken)?;
    let differs = differences((&now.name, &now.settings), (name, &wanted.settings));
    if differs.iter().any(|change| change.in_document) {
        let given = profiles::given_in(&tx, id).await?;
        devices::mark_profile(&tx, id, &same(&given, &wanted.settings)).await?;
    }
    let changed = profiles::get_in(&tx, id).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Of these versions those that make the same documents as these settings do.
fn same(versions: &[Version], settings: &ProfileSettings) -> Vec<i64> {
    let differs = |profile: &Profile| {
        changes(&profile.settings, settings)
            .iter()
            .any(|c| c.in_document)
    };
    let versions = versions.iter().map(|version| &version.profile);
    let same = versions.filter(|profile| !differs(profile));
    same.map(|profile| profile.version).collect()
}

/// Adds a profile with the settings of another one.
pub async fn copy(
    store: &Store,
    id: ProfileId,
    name: &str,
    actor: &Actor,
) -> Result<Profile, Error> {
    let wanted = Wanted {
        name: name.to_owned(),
        settings: profiles::get(store, id).await?.settings,
    };
    add(store, &wanted, actor).await
}

/// One change in a profile's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The profile as it was made.
    pub version: Version,
    /// What that changed; nothing where it is the first that is known.
    pub changes: Vec<Change>,
}

/// Up to `limit` changes of a profile before the version `before`, newest first.
pub async fn history(
    store: &Store,
    id: ProfileId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Past>, Error> {
    profiles::get(store, id).await?;
    let mut versions = profiles::versions(store, id, before, limit.saturating_add(1)).await?;
    let all: Vec<_> = versions
        .iter()
        .enumerate()
        .map(|(at, version)| {
            let older = versions.get(at + 1).map(|older| &older.profile);
            older.map_or_else(Vec::new, |older| {
                let new = &version.profile;
                differences((&older.name, &older.settings), (&new.name, &new.settings))
            })
        })
        .collect();
    versions.truncate(usize::try_from(limit).unwrap_or(0));
    let past = versions.into_iter().zip(all);
    Ok(past
        .map(|(version, changes)| Past { version, changes })
        .collect())
}

/// A profile as it was in one of its versions, to be made so again by [`change`].
pub async fn as_it_was(store: &Store, id: ProfileId, version: i64) -> Result<Wanted, Error> {
    let was = profiles::version(store, id, version).await?.profile;
    Ok(Wanted {
        name: was.name,
        settings: was.settings,
    })
}

/// What removing a profile comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// How many users get the replacement.
    pub users: i64,
    /// How many people's clients have a configuration that becomes out of date.
    pub out_of_date: i64,
}

/// What removing a profile would come to; nothing is removed.
///
/// # Errors
/// As [`remove`].
pub async fn plan_removal(
    store: &Store,
    id: ProfileId,
    replacement: Option<ProfileId>,
) -> Result<Removal, Error> {
    profiles::get(store, id).await?;
    let users = profiles::count_users(store, id).await?;
    match replacement {
        None if users > 0 => Err(Error::InUse(users)),
        None => Ok(Removal {
            users,
            out_of_date: 0,
        }),
        Some(other) => {
            check_replacement(id, other)?;
            profiles::get(store, other).await?;
            Ok(Removal {
                users,
                out_of_date: profiles::count_configured(store, id, &[]).await?,
            })
        }
    }
}

fn check_replacement(id: ProfileId, other: ProfileId) -> Result<(), Error> {
    if id == other {
        let wrong = Fault::new("replacement", "must be another profile");
        return Err(Error::Unfit(vec![wrong]));
    }
    Ok(())
}

/// Removes a profile; its users get the replacement in the same transaction.
///
/// # Errors
/// [`Error::InUse`] where people have it and no replacement is named.
pub async fn remove(
    store: &Store,
    id: ProfileId,
    replacement: Option<ProfileId>,
    actor: &Actor,
) -> Result<(), Error> {
    let tx = store.begin().await?;
    let from = profiles::lock(&tx, id).await?;
    if let Some(other) = replacement {
        check_replacement(id, other)?;
        let to = profiles::get_in(&tx, other).await?;
        profiles::replace(&tx, &from, &to, actor).await?;
    }
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
