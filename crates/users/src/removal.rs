//! Deleting users: their links and devices are withdrawn, and their entries are as if nobody had imported them. Whose phone has
//! its configuration is deleted only where that is confirmed; the phone loses the account at its next fetch.

use model::{
    Actor, EntryId, JobId, Order, Outcome, PlanId, Refusal, Selection, User, UserId,
    plan::{Action, reasons},
};
use store::{
    Hold, Store, Tx, audit, deployments, devices, entries,
    plans::{Item, Plan, Purpose},
    users,
};

use crate::{
    Error,
    making::{self, About, Making, Verb},
};

struct Remove {
    /// Whether those are removed too whose phone has its configuration.
    deployed: bool,
}

impl Verb for Remove {
    fn decide(&self, user: &User) -> Result<Action, Refusal> {
        if has_phone(user) && !self.deployed {
            return Err(reasons::phone_deployed(
                "delete the user again and confirm it",
            ));
        }
        Ok(Action::Update)
    }

    fn leaves(&self, item: &Item) -> bool {
        !self.deployed && item.deploy == HAD_PHONE
    }

    async fn act(&self, tx: &Tx, people: Vec<User>, actor: &Actor) -> Result<(), Error> {
        take_away(tx, &people, "", actor).await
    }
}

/// In the rows of a plan: a phone had the user's configuration when the plan was made.
const HAD_PHONE: &str = "yes";

/// Whether a phone has a user's configuration.
const fn has_phone(user: &User) -> bool {
    user.downloaded_at.is_some()
}

/// Removes users with everything that leads to them; `why` stands in their timelines, which stay.
pub async fn take_away(tx: &Tx, people: &[User], why: &str, actor: &Actor) -> Result<(), Error> {
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let sources: Vec<EntryId> = people.iter().filter_map(|user| user.entry).collect();
    deployments::revoke(tx, &ids).await?;
    devices::revoke(tx, &ids).await?;
    users::remove(tx, &ids).await?;
    entries::put_back(tx, &sources).await?;
    let noted: Vec<_> = ids
        .iter()
        .map(|id| (*id, "removed", why.to_owned()))
        .collect();
    Ok(users::note(tx, &noted, actor).await?)
}

/// Makes a plan of deleting a selection. Its `deploy` counts those whose phone has its configuration.
pub async fn plan(
    store: &Store,
    id: PlanId,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let about = About::of(Purpose::Deletion);
    let mut making = Making::begin(store, id, about, selection, actor).await?;
    while let Some(people) = making.next().await? {
        for user in &people {
            let row = making.row(user, Ok(Action::Update));
            if has_phone(user) {
                HAD_PHONE.clone_into(&mut row.deploy);
                making.counts().deploy += 1;
            }
        }
    }
    making.end().await
}

/// Has a plan carried out; the job. Asking again answers the same job. People whose phone had its configuration when the plan was
/// made are left, and are no rows of the job, unless `deployed` says otherwise; whose phone got it since fail with that reason.
pub async fn run(store: &Store, id: PlanId, deployed: bool, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::Delete { plan: id, deployed };
    making::agree(store, id, Purpose::Deletion, order, actor).await
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, plan: PlanId, deployed: bool) -> Result<Outcome, Error> {
    making::carry_out(&Remove { deployed }, hold, plan).await
}

/// Deletes one user at once.
///
/// # Errors
/// [`Error::PhoneDeployed`] where a phone has its configuration and `deployed` does not confirm that.
pub async fn one(store: &Store, id: UserId, deployed: bool, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    let user = users::get_in(&tx, id).await?;
    if has_phone(&user) && !deployed {
        return Err(Error::PhoneDeployed);
    }
    take_away(&tx, &[user], "", actor).await?;
    audit::append(&tx, actor, "user.deleted", id, "").await?;
    Ok(tx.commit().await?)
}
