//! Which profile a person gets: the one that was chosen for everybody, or the one that a component proposes.

use std::collections::HashMap;

use model::{EntryId, PersonFields, Profile, ProfileId, plan::Action, text::fold};
use serde::{Deserialize, Serialize};
use store::{
    Store,
    details::{self, Detail},
    plans::{Item, Plan},
    profiles,
};
use users::columns::DO_NOT_DEPLOY;

use crate::{Error, Wanted};

/// The profiles that an import gives.
pub(crate) struct Choice {
    chosen: Option<Profile>,
    /// Every profile by its name without regard to case, where proposals count.
    proposed: Option<HashMap<String, Profile>>,
}

/// The profile that a row of a plan gives because it is proposed, as the plan writes it down; none = *Do not deploy*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given(pub(crate) Option<ProfileId>);

impl Given {
    /// As it is kept for the row `n`.
    pub(crate) fn detail(self, n: i64) -> Detail {
        Detail {
            n,
            data: serde_json::to_string(&self).expect("an id always serialises"),
            secrets: store::users::Secrets::default(),
        }
    }

    /// As it was kept.
    pub(crate) fn read(detail: &Detail) -> Option<Self> {
        serde_json::from_str(&detail.data).ok()
    }
}

/// The name that a component proposes for the person of a row, where no profile here has it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Unknown {
    unknown: String,
}

impl Unknown {
    /// What a person's entry proposes, as it is kept for the row `n`.
    pub(crate) fn detail(fields: &PersonFields, n: i64) -> Detail {
        let unknown = Self {
            unknown: fields.profile_proposal.clone(),
        };
        Detail {
            n,
            data: serde_json::to_string(&unknown).expect("a name always serialises"),
            secrets: store::users::Secrets::default(),
        }
    }
}

/// What a row of an import's plan gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The profile; none = *Do not deploy*.
    pub profile: Option<ProfileId>,
    /// What a component proposes that is no profile here.
    pub unknown: Option<String>,
}

/// What rows of an import's plan give, by their place; those that are left out give nothing.
pub async fn chosen(
    store: &Store,
    plan: &Plan,
    items: &[Item],
) -> Result<HashMap<i64, Chosen>, store::Error> {
    let taken = items.iter().filter(|item| item.action != Action::Skip);
    let ns: Vec<i64> = taken.map(|item| item.n).collect();
    let kept = details::of(store, plan.id, &ns).await?;
    let of = |n| {
        let detail = kept.get(&n);
        let given = detail.and_then(Given::read);
        let unknown = detail.and_then(|detail| serde_json::from_str::<Unknown>(&detail.data).ok());
        let chosen = Chosen {
            profile: given.map_or(plan.profile, |given| given.0),
            unknown: unknown.map(|unknown| unknown.unknown),
        };
        (n, chosen)
    };
    Ok(ns.into_iter().map(of).collect())
}

/// The profile that a row of an import's plan gives its person.
pub async fn profile_of(
    store: &Store,
    plan: &Plan,
    entry: EntryId,
) -> Result<Option<ProfileId>, store::Error> {
    let detail = details::of_entry(store, plan.id, entry).await?;
    let given = detail.as_ref().and_then(Given::read);
    Ok(given.map_or(plan.profile, |given| given.0))
}

/// What a proposal stands for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proposed<'a> {
    /// Nothing is proposed, or proposals do not count.
    Nothing,
    /// This profile; none = *Do not deploy*.
    Known(Option<&'a Profile>),
    /// A profile that is not here.
    Unknown,
}

impl Choice {
    /// What somebody wants.
    ///
    /// # Errors
    /// The chosen profile is not there.
    pub(crate) async fn of(store: &Store, wanted: &Wanted) -> Result<Self, Error> {
        let chosen = match wanted.profile {
            Some(id) => Some(profiles::get(store, id).await?),
            None => None,
        };
        let proposed = if wanted.as_proposed {
            let all = profiles::list(store).await?.into_iter();
            Some(
                all.map(|(profile, _)| (fold(&profile.name), profile))
                    .collect(),
            )
        } else {
            None
        };
        Ok(Self { chosen, proposed })
    }

    /// What a component proposes for a person.
    pub(crate) fn proposed(&self, fields: &PersonFields) -> Proposed<'_> {
        let name = fold(&fields.profile_proposal);
        match &self.proposed {
            Some(_) if name.is_empty() => Proposed::Nothing,
            Some(_) if name == fold(DO_NOT_DEPLOY) => Proposed::Known(None),
            Some(known) => known
                .get(&name)
                .map_or(Proposed::Unknown, |profile| Proposed::Known(Some(profile))),
            None => Proposed::Nothing,
        }
    }

    /// The profile that a person gets. A proposal that stands for nothing here leaves the choice as it is.
    pub(crate) const fn profile<'a>(&'a self, proposed: Proposed<'a>) -> Option<&'a Profile> {
        match proposed {
            Proposed::Known(profile) => profile,
            Proposed::Nothing | Proposed::Unknown => self.chosen.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ProfileSettings;

    use super::*;

    fn profile(name: &str) -> Profile {
        Profile {
            id: ProfileId(uuid::Uuid::nil()),
            name: name.to_owned(),
            settings: ProfileSettings::default(),
            version: 1,
        }
    }

    fn given(proposal: &str, counts: bool) -> (bool, Option<String>) {
        let known = HashMap::from([(fold("Büro"), profile("Büro"))]);
        let choice = Choice {
            chosen: Some(profile("Home")),
            proposed: counts.then_some(known),
        };
        let fields = PersonFields {
            profile_proposal: proposal.to_owned(),
            ..PersonFields::default()
        };
        let proposed = choice.proposed(&fields);
        let name = choice.profile(proposed).map(|profile| profile.name.clone());
        (proposed == Proposed::Unknown, name)
    }

    #[test]
    fn a_proposal_counts_where_it_is_known_and_asked_for() {
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(given("BURO", true), (false, named("Büro")));
        assert_eq!(given("Do Not Deploy", true), (false, None));
        assert_eq!(given("Attic", true), (true, named("Home")));
        assert_eq!(given("", true), (false, named("Home")));
        assert_eq!(given("Büro", false), (false, named("Home")));
    }
}
