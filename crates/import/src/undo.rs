//! Taking an import back: the users that it made are removed, their links withdrawn, and their entries are as if
//! nobody had imported them. Who was there before the import stays.

use ::store::{
    Hold, Store, as_i64,
    jobs::{self, Settled, Standing, Step},
    plans::{self, Item, Purpose},
    users,
};
use ::users::removal::take_away;
use model::{Actor, JobId, Order, Outcome, PlanId, User, UserId, plan::reasons};

use crate::Error;

const CHUNK: i64 = 500;

/// What undoing an import would take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undoable {
    /// The import's plan.
    pub plan: PlanId,
    /// Users that it made and that are still there.
    pub users: i64,
    /// Of them, those whose phone has its configuration.
    pub deployed: i64,
}

/// What undoing an import would take away; the import is named by its job.
pub async fn undoable(store: &Store, import: JobId) -> Result<Undoable, Error> {
    let plan = plans::of_job(store, import).await?;
    let plan = plan.filter(|plan| matches!(plan.purpose, Purpose::Import | Purpose::Csv));
    let plan = plan.ok_or(::store::Error::Missing("import"))?.id;
    let (users, deployed) = plans::count_made(store, plan).await?;
    Ok(Undoable {
        plan,
        users,
        deployed,
    })
}

/// Has an import taken back; the job. People whose phone has its configuration are left, with the reason, unless
/// `deployed` says otherwise.
pub async fn undo(
    store: &Store,
    import: JobId,
    deployed: bool,
    actor: &Actor,
) -> Result<JobId, Error> {
    let found = undoable(store, import).await?;
    if !jobs::get(store, import).await?.state.is_over() {
        return Err(Error::StillRuns);
    }
    let tx = store.begin().await?;
    let order = Order::Undo {
        plan: found.plan,
        deployed,
    };
    let key = format!("undo {} {deployed}", found.plan);
    let job = jobs::enqueue(&tx, &order, found.users, Some(&key), actor).await?;
    ::store::audit::append(&tx, actor, "import.undone", import, "").await?;
    tx.commit().await?;
    Ok(job)
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, plan: PlanId, deployed: bool) -> Result<Outcome, Error> {
    let mut after = hold.job.cursor.parse().unwrap_or(0);
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let made = plans::made_after(hold.store, plan, after, CHUNK).await?;
        let Some((last, _)) = made.last() else {
            return Ok(Outcome::Done);
        };
        after = last.n;
        chunk(hold, &made, deployed, after).await?;
    }
}

async fn chunk(
    hold: Hold<'_>,
    made: &[(Item, UserId)],
    deployed: bool,
    after: i64,
) -> Result<(), Error> {
    let tx = hold.store.begin().await?;
    let ids: Vec<UserId> = made.iter().map(|(_, user)| *user).collect();
    // Who was removed meanwhile needs nothing.
    let people = users::by_id_in(&tx, &ids).await?;
    let stays = |user: &User| user.downloaded_at.is_some() && !deployed;
    let (stay, leave): (Vec<User>, Vec<User>) = people.into_iter().partition(stays);
    take_away(&tx, &leave, "the import was undone", &hold.actor()).await?;
    let why = reasons::phone_deployed("undo the import once more and confirm it");
    let refused: Vec<_> = stay
        .iter()
        .map(|user| Settled::failed(&user.id, user.fields.label(), why.clone()))
        .collect();
    jobs::settle(&tx, hold.id(), &refused).await?;
    let step = Step {
        done: as_i64(stay.len() + leave.len()),
        failed: as_i64(refused.len()),
        cursor: Some(&after.to_string()),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}
