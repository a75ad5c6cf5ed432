//! Suspending users: a plan that is shown, then each one's access is withdrawn until somebody gives it back. Meant for
//! people who left: nothing is removed.

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

/// Gives a user's access back.
pub async fn end(store: &Store, user: UserId, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    if !users::resume(&tx, user).await? {
        return Err(store::Error::Missing("suspended user").into());
    }
    // Its phones were emptied meanwhile: whatever they say they have, they are answered in full.
    let phones = devices::live_of_in(&tx, &[user]).await?;
    let asking: Vec<_> = phones
        .iter()
        .filter(|device| device.asks_again)
        .map(|device| device.id)
        .collect();
    devices::force(&tx, &asking).await?;
    users::note(&tx, &[(user, "suspension-ended", String::new())], actor).await?;
    store::audit::append(&tx, actor, "user.suspension-ended", user, "").await?;
    Ok(tx.commit().await?)
}
