//! Suspending users: a plan that is shown, then each one's access is withdrawn until somebody gives it back. Meant for
//! people who left: nothing is removed.

use model::{
    Actor, JobId, Order, Outcome, PlanId, Refusal, Selection, User, UserId, UserState,
    plan::{Action, reasons},
};
use store::{
    Hold, Store, as_i64,
    jobs::{self, Settled, Standing, Step},
    plans::{self, Counts, Item, Plan, Purpose, count},
    users,
};

use crate::{Error, selected};

const CHUNK: i64 = 1_000;
const EXPIRES_S: i64 = 24 * 3600;

/// Makes a plan of suspending a selection.
pub async fn plan(
    store: &Store,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let now = store.env().now();
    let mut plan = Plan {
        id: PlanId::new(store.env()),
        purpose: Purpose::Suspension,
        profile: None,
        deploy: false,
        selection: serde_json::to_string(selection).expect("a selection always serialises"),
        counts: Counts::default(),
        actor: actor.0.clone(),
        created_at: now,
        expires_at: now.plus_s(EXPIRES_S),
        job: None,
    };
    let tx = store.begin().await?;
    plans::begin(&tx, &plan).await?;
    tx.commit().await?;
    let mut after = UserId(uuid::Uuid::nil());
    while let Some(people) = selected::next(store, selection, &mut after).await? {
        let items: Vec<Item> = people
            .iter()
            .map(|user| item(user, &mut plan.counts))
            .collect();
        let tx = store.begin().await?;
        plans::add_items(&tx, plan.id, &items).await?;
        tx.commit().await?;
    }
    if plan.counts.total == 0 {
        return Err(Error::Empty);
    }
    let tx = store.begin().await?;
    plans::complete(&tx, plan.id, &plan.counts).await?;
    tx.commit().await?;
    Ok(plan)
}

/// Whether a user is suspended, or why not.
fn decide(user: &User) -> Result<(), Refusal> {
    if user.state == UserState::Suspended {
        return Err(reasons::suspended_already());
    }
    Ok(())
}

fn item(user: &User, counts: &mut Counts) -> Item {
    counts.total += 1;
    let (action, reason) = match decide(user) {
        Ok(()) => {
            counts.update += 1;
            (Action::Update, String::new())
        }
        Err(reason) => {
            count(&mut counts.skip, &reason);
            (Action::Skip, reason.code)
        }
    };
    Item {
        n: counts.total,
        entry: user.entry,
        user: Some(user.id),
        action,
        reason,
        deploy: String::new(),
        label: user.fields.label(),
        hash: user.fields.hash(),
    }
}

/// Has a plan carried out; the job. Asking again answers the same job.
pub async fn run(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let tx = store.begin().await?;
    let plan = plans::get_in(&tx, id).await?;
    if plan.purpose != Purpose::Suspension {
        return Err(Error::OtherPurpose);
    }
    if let Some(job) = plan.job {
        return Ok(job);
    }
    if tx.env().now() > plan.expires_at {
        return Err(Error::Expired);
    }
    let order = Order::Suspend { plan: id };
    let job = jobs::enqueue(&tx, &order, plan.counts.update, None, actor).await?;
    plans::set_job(&tx, id, job, actor).await?;
    tx.commit().await?;
    Ok(job)
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, plan: PlanId) -> Result<Outcome, Error> {
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let items = plans::open_items(hold.store, plan, CHUNK).await?;
        if items.is_empty() {
            return Ok(Outcome::Done);
        }
        chunk(hold, plan, &items).await?;
    }
}

async fn chunk(hold: Hold<'_>, plan: PlanId, items: &[Item]) -> Result<(), Error> {
    let tx = hold.store.begin().await?;
    let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
    let people = users::by_id_in(&tx, &ids).await?;
    let mut failed = Vec::new();
    let mut suspended = Vec::new();
    for item in items {
        let user = people.iter().find(|user| Some(user.id) == item.user);
        let decision = user.map_or(Err(reasons::no_such_user()), |user| {
            decide(user).map(|()| user.id)
        });
        match decision {
            Ok(id) => suspended.push(id),
            Err(why) => {
                let subject = item.user.map_or_else(String::new, |id| id.to_string());
                failed.push(Settled::failed(&subject, &item.label, why));
            }
        }
    }
    users::suspend(&tx, &suspended).await?;
    let noted: Vec<_> = suspended
        .iter()
        .map(|id| (*id, "suspended", String::new()))
        .collect();
    users::note(&tx, &noted, &hold.actor()).await?;
    let ns: Vec<_> = items.iter().map(|item| item.n).collect();
    plans::mark_done(&tx, plan, &ns).await?;
    jobs::settle(&tx, hold.id(), &failed).await?;
    let step = Step {
        done: as_i64(items.len()),
        failed: as_i64(failed.len()),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}

/// Gives a user's access back.
pub async fn end(store: &Store, user: UserId, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    if !users::resume(&tx, user).await? {
        return Err(store::Error::Missing("suspended user").into());
    }
    users::note(&tx, &[(user, "suspension-ended", String::new())], actor).await?;
    store::audit::append(&tx, actor, "user.suspension-ended", user, "").await?;
    Ok(tx.commit().await?)
}
