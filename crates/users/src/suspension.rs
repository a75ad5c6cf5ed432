//! Suspending users: a plan that is shown, then each one's access is withdrawn until somebody gives it back, which is planned the
//! same way. Meant for people who left: nothing is removed.

use model::{
    Actor, JobId, Order, Outcome, PlanId, Refusal, Selection, User, UserId, UserState,
    plan::{Action, reasons},
};
use store::{
    Hold, Store, Tx, devices,
    plans::{Plan, Purpose},
    users,
};

use crate::{
    Error,
    making::{self, About, Verb},
};

struct Suspend;

impl Verb for Suspend {
    fn decide(&self, user: &User) -> Result<Action, Refusal> {
        if user.state == UserState::Suspended {
            return Err(reasons::suspended_already());
        }
        Ok(Action::Update)
    }

    async fn act(&self, tx: &Tx, people: Vec<User>, actor: &Actor) -> Result<(), Error> {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        users::suspend(tx, &ids).await?;
        let noted: Vec<_> = ids
            .iter()
            .map(|id| (*id, "suspended", String::new()))
            .collect();
        Ok(users::note(tx, &noted, actor).await?)
    }
}

struct Resume;

impl Verb for Resume {
    fn decide(&self, user: &User) -> Result<Action, Refusal> {
        if user.state == UserState::Suspended {
            return Ok(Action::Update);
        }
        Err(reasons::not_suspended())
    }

    async fn act(&self, tx: &Tx, people: Vec<User>, actor: &Actor) -> Result<(), Error> {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        give_back(tx, &ids, actor).await.map(drop)
    }
}

/// Gives the access of these users back: of how many it was withdrawn.
async fn give_back(tx: &Tx, ids: &[UserId], actor: &Actor) -> Result<u64, Error> {
    let given = users::resume(tx, ids).await?;
    // Their phones were emptied meanwhile: whatever they say they have, they are answered in full.
    let phones = devices::live_of_in(tx, ids).await?;
    let asking = phones.iter().filter(|device| device.asks_again);
    let asking: Vec<_> = asking.map(|device| device.id).collect();
    devices::force(tx, &asking).await?;
    let noted: Vec<_> = ids
        .iter()
        .map(|id| (*id, "suspension-ended", String::new()))
        .collect();
    users::note(tx, &noted, actor).await?;
    Ok(given)
}

/// Makes a plan of suspending a selection, under this id.
pub async fn plan(
    store: &Store,
    id: PlanId,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let about = About::of(Purpose::Suspension);
    making::plan(&Suspend, store, id, about, selection, actor).await
}

/// Has a plan carried out; the job. Asking again answers the same job.
pub async fn run(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::Suspend { plan: id };
    making::agree(store, id, Purpose::Suspension, order, actor).await
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, plan: PlanId) -> Result<Outcome, Error> {
    making::carry_out(&Suspend, hold, plan).await
}

/// Makes a plan of ending the suspension of a selection, under this id.
pub async fn plan_end(
    store: &Store,
    id: PlanId,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let about = About::of(Purpose::Resumption);
    making::plan(&Resume, store, id, about, selection, actor).await
}

/// Has such a plan carried out; the job. Asking again answers the same job.
pub async fn run_end(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::Resume { plan: id };
    making::agree(store, id, Purpose::Resumption, order, actor).await
}

/// Carries that order out, or goes on with it.
pub async fn carry_out_end(hold: Hold<'_>, plan: PlanId) -> Result<Outcome, Error> {
    making::carry_out(&Resume, hold, plan).await
}

/// Gives a user's access back.
pub async fn end(store: &Store, user: UserId, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    if give_back(&tx, &[user], actor).await? == 0 {
        return Err(store::Error::Missing("suspended user").into());
    }
    store::audit::append(&tx, actor, "user.suspension-ended", user, "").await?;
    Ok(tx.commit().await?)
}
