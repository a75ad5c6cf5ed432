//! Changing what is ours for many users at once: their profile, their language.

use model::{
    Actor, Fault, JobId, Order, Outcome, PlanId, ProfileId, Refusal, Selection, User, UserId,
    plan::Action,
};
use store::{
    Hold, Store, Tx,
    plans::{self, Plan, Purpose},
    profiles,
    users::{self, Own},
};

use crate::{
    Error,
    columns::{Column, DO_NOT_DEPLOY},
    making::{self, About, Verb},
};

struct GiveProfile {
    profile: Option<ProfileId>,
    name: String,
}

impl GiveProfile {
    async fn of(store: &Store, profile: Option<ProfileId>) -> Result<Self, store::Error> {
        let name = match profile {
            Some(id) => profiles::get(store, id).await?.name,
            None => DO_NOT_DEPLOY.to_owned(),
        };
        Ok(Self { profile, name })
    }
}

impl Verb for GiveProfile {
    fn decide(&self, user: &User) -> Result<Action, Refusal> {
        Ok(if user.profile == self.profile {
            Action::Keep
        } else {
            Action::Update
        })
    }

    async fn act(&self, tx: &Tx, people: Vec<User>, actor: &Actor) -> Result<(), Error> {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        users::set_profile(tx, &ids, self.profile).await?;
        let detail = format!("profile is now “{}”", self.name);
        Ok(users::note(tx, &noted(&ids, &detail), actor).await?)
    }
}

struct GiveLanguage {
    /// BCP 47; empty: the component's, else the profile's.
    language: String,
}

impl Verb for GiveLanguage {
    fn decide(&self, user: &User) -> Result<Action, Refusal> {
        let is = if user.is_sourced() {
            &user.ours.language
        } else {
            &user.fields.language
        };
        Ok(if *is == self.language {
            Action::Keep
        } else {
            Action::Update
        })
    }

    async fn act(&self, tx: &Tx, people: Vec<User>, actor: &Actor) -> Result<(), Error> {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let (mut sourced, own): (Vec<User>, Vec<User>) =
            people.into_iter().partition(User::is_sourced);
        for user in &mut sourced {
            user.ours.language.clone_from(&self.language);
        }
        users::change_ours(tx, &sourced).await?;
        let own: Vec<Own> = own.into_iter().map(|user| self.own(user)).collect();
        users::change_own(tx, &own).await?;
        let detail = if self.language.is_empty() {
            "language as the profile says".to_owned()
        } else {
            format!("language is now {}", self.language)
        };
        Ok(users::note(tx, &noted(&ids, &detail), actor).await?)
    }
}

impl GiveLanguage {
    fn own(&self, user: User) -> Own {
        let mut fields = user.fields;
        fields.language.clone_from(&self.language);
        Own {
            id: user.id,
            profile: user.profile,
            fields,
            ours: user.ours,
            secrets: users::Secrets::default(),
        }
    }
}

fn noted(ids: &[UserId], detail: &str) -> Vec<(UserId, &'static str, String)> {
    let lines = ids.iter();
    lines
        .map(|id| (*id, "changed", detail.to_owned()))
        .collect()
}

/// Makes a plan of giving a selection a profile; none = *Do not deploy*.
pub async fn plan_profile(
    store: &Store,
    id: PlanId,
    selection: &Selection<UserId>,
    profile: Option<ProfileId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let verb = GiveProfile::of(store, profile).await?;
    let about = About {
        profile,
        ..About::of(Purpose::ProfileChange)
    };
    making::plan(&verb, store, id, about, selection, actor).await
}

/// Makes a plan of giving a selection a language (BCP 47); empty: the component's, else the profile's.
pub async fn plan_language(
    store: &Store,
    id: PlanId,
    selection: &Selection<UserId>,
    language: &str,
    actor: &Actor,
) -> Result<Plan, Error> {
    let language = Column::Language
        .check(language)
        .map_err(|why| Error::Unfit(vec![Fault::new("language", why)]))?;
    let verb = GiveLanguage {
        language: language.clone(),
    };
    let about = About {
        argument: language,
        ..About::of(Purpose::LanguageChange)
    };
    making::plan(&verb, store, id, about, selection, actor).await
}

/// Has a plan of a profile carried out; the job. Asking again answers the same job.
pub async fn run_profile(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::ChangeProfile { plan: id };
    making::agree(store, id, Purpose::ProfileChange, order, actor).await
}

/// Has a plan of a language carried out; the job. Asking again answers the same job.
pub async fn run_language(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::ChangeLanguage { plan: id };
    making::agree(store, id, Purpose::LanguageChange, order, actor).await
}

/// Carries the order out, or goes on with it.
pub async fn carry_out_profile(hold: Hold<'_>, plan: PlanId) -> Result<Outcome, Error> {
    let profile = plans::get(hold.store, plan).await?.profile;
    match GiveProfile::of(hold.store, profile).await {
        Ok(verb) => making::carry_out(&verb, hold, plan).await,
        Err(store::Error::Missing(_)) => Ok(Outcome::GiveUp {
            why: "the profile was removed meanwhile".to_owned(),
            hint: "choose another one".to_owned(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Carries the order out, or goes on with it.
pub async fn carry_out_language(hold: Hold<'_>, plan: PlanId) -> Result<Outcome, Error> {
    let language = plans::get(hold.store, plan).await?.argument;
    making::carry_out(&GiveLanguage { language }, hold, plan).await
}
