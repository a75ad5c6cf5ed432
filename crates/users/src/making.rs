//! Plans about the users of a selection: one walk that writes each row's decision down, one way of agreeing, and one of carrying
//! out. A verb only decides about one user and acts on some.

use std::future::Future;

use model::{
    Actor, JobId, Order, Outcome, PlanId, ProfileId, Refusal, Selection, User, UserId,
    plan::{Action, reasons},
};
use store::{
    Hold, Store, Tx, as_i64,
    jobs::{self, Settled, Standing, Step},
    plans::{self, Counts, Item, Plan, Purpose, count},
    users,
};

use crate::{Error, selected};

const CHUNK: i64 = 1_000;
/// A plan is shown, thought about and agreed to within this; later it would speak of other data.
pub const EXPIRES_S: i64 = 24 * 3600;

/// What a plan is for, and what beside its selection it is about.
#[derive(Debug, Clone)]
pub struct About {
    /// What it is for.
    pub purpose: Purpose,
    /// The profile for everybody.
    pub profile: Option<ProfileId>,
    /// Whether people are deployed.
    pub deploy: bool,
    /// Something else that everybody gets.
    pub argument: String,
}

impl About {
    /// A purpose alone.
    pub const fn of(purpose: Purpose) -> Self {
        Self {
            purpose,
            profile: None,
            deploy: false,
            argument: String::new(),
        }
    }
}

/// A plan about users in the making.
#[derive(Debug)]
pub struct Making<'a> {
    store: &'a Store,
    selection: &'a Selection<UserId>,
    after: UserId,
    plan: Plan,
    rows: Vec<Item>,
}

impl<'a> Making<'a> {
    /// Begins one under this id, by which it is watched and given up. Dropped before [`Making::end`] it leaves nothing that could be
    /// carried out.
    pub async fn begin(
        store: &'a Store,
        id: PlanId,
        about: About,
        selection: &'a Selection<UserId>,
        actor: &Actor,
    ) -> Result<Self, Error> {
        let now = store.env().now();
        let plan = Plan {
            id,
            purpose: about.purpose,
            profile: about.profile,
            deploy: about.deploy,
            argument: about.argument,
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
        Ok(Self {
            store,
            selection,
            after: UserId(uuid::Uuid::nil()),
            plan,
            rows: vec![],
        })
    }

    /// The next users of the selection, up to 1,000; the rows of those before are kept.
    pub async fn next(&mut self) -> Result<Option<Vec<User>>, Error> {
        self.flush().await?;
        selected::next(self.store, self.selection, &mut self.after).await
    }

    /// Writes down what happens with a user, or why nothing does, and counts it.
    pub fn row(&mut self, user: &User, decided: Result<Action, Refusal>) -> &mut Item {
        let counts = &mut self.plan.counts;
        let (action, reason) = match decided {
            Ok(action) => (action, String::new()),
            Err(reason) => {
                count(&mut counts.skip, &reason);
                (Action::Skip, reason.code)
            }
        };
        match action {
            Action::Create => counts.create += 1,
            Action::Update => counts.update += 1,
            Action::Keep => counts.keep += 1,
            Action::Skip => {}
        }
        let item = self.uncounted(user, action);
        item.reason = reason;
        item
    }

    /// The same without a count but the total.
    pub fn uncounted(&mut self, user: &User, action: Action) -> &mut Item {
        self.plan.counts.total += 1;
        self.rows.push(Item {
            n: self.plan.counts.total,
            entry: user.entry,
            user: Some(user.id),
            action,
            reason: String::new(),
            deploy: String::new(),
            label: user.fields.label(),
            hash: user.fields.hash(),
        });
        self.rows.last_mut().expect("it was just added")
    }

    /// The numbers so far.
    pub const fn counts(&mut self) -> &mut Counts {
        &mut self.plan.counts
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let tx = self.store.begin().await?;
        plans::add_items(&tx, self.plan.id, &rows).await?;
        plans::advance(&tx, &self.plan).await?;
        Ok(tx.commit().await?)
    }

    /// Completes the plan.
    pub async fn end(mut self) -> Result<Plan, Error> {
        self.flush().await?;
        if self.plan.counts.total == 0 {
            return Err(Error::Empty);
        }
        let tx = self.store.begin().await?;
        plans::complete(&tx, &self.plan).await?;
        tx.commit().await?;
        Ok(self.plan)
    }
}

/// A plan that somebody agrees to.
#[derive(Debug)]
pub enum Agreed {
    /// It was agreed to before: its job.
    Before(JobId),
    /// It can be carried out.
    Now(Box<Plan>),
}

/// Looks whether a plan can be carried out; nobody else can agree to it before this transaction ends.
pub async fn look(tx: &Tx, id: PlanId, purpose: Purpose) -> Result<Agreed, Error> {
    let plan = plans::get_in(tx, id).await?;
    if plan.purpose != purpose {
        return Err(Error::OtherPurpose);
    }
    if let Some(job) = plan.job {
        return Ok(Agreed::Before(job));
    }
    if tx.env().now() > plan.expires_at {
        return Err(Error::Expired);
    }
    Ok(Agreed::Now(Box::new(plan)))
}

/// Has a plan carried out by one job; the job. Asking again answers the same job.
pub async fn agree(
    store: &Store,
    id: PlanId,
    purpose: Purpose,
    order: Order,
    actor: &Actor,
) -> Result<JobId, Error> {
    let tx = store.begin().await?;
    let plan = match look(&tx, id, purpose).await? {
        Agreed::Before(job) => return Ok(job),
        Agreed::Now(plan) => plan,
    };
    let mut total = plan.counts.create + plan.counts.update + plan.counts.keep;
    if let Order::Delete {
        deployed: false, ..
    } = order
    {
        total -= plan.counts.deploy;
    }
    let job = jobs::enqueue(&tx, &order, total, None, actor).await?;
    plans::set_job(&tx, id, job, actor).await?;
    tx.commit().await?;
    Ok(job)
}

/// Something that is done to users, each by itself.
pub(crate) trait Verb: Sync {
    /// What happens with a user, or why nothing does: shown by the plan, and looked at again when it is carried out.
    fn decide(&self, user: &User) -> Result<Action, Refusal>;

    /// Whether somebody of the plan is left on purpose: nothing is done, and the job does not count them.
    fn leaves(&self, _item: &Item) -> bool {
        false
    }

    /// Does it to users for whom that is [`Action::Update`].
    fn act(
        &self,
        tx: &Tx,
        people: Vec<User>,
        actor: &Actor,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Makes a plan of a verb.
pub(crate) async fn plan(
    verb: &impl Verb,
    store: &Store,
    id: PlanId,
    about: About,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let mut making = Making::begin(store, id, about, selection, actor).await?;
    while let Some(people) = making.next().await? {
        for user in &people {
            making.row(user, verb.decide(user));
        }
    }
    making.end().await
}

/// Carries a plan of a verb out, or goes on with it: chunks of rows, each one transaction.
pub(crate) async fn carry_out(
    verb: &impl Verb,
    hold: Hold<'_>,
    plan: PlanId,
) -> Result<Outcome, Error> {
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let items = plans::open_items(hold.store, plan, CHUNK).await?;
        if items.is_empty() {
            return Ok(Outcome::Done);
        }
        chunk(verb, hold, plan, &items).await?;
    }
}

async fn chunk(
    verb: &impl Verb,
    hold: Hold<'_>,
    plan: PlanId,
    items: &[Item],
) -> Result<(), Error> {
    let tx = hold.store.begin().await?;
    let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
    let people = users::by_id_in(&tx, &ids).await?;
    let mut people: std::collections::HashMap<UserId, User> =
        people.into_iter().map(|user| (user.id, user)).collect();
    let (mut failed, mut ready) = (Vec::new(), Vec::new());
    let wanted: Vec<&Item> = items.iter().filter(|item| !verb.leaves(item)).collect();
    for item in &wanted {
        let user = item.user.and_then(|id| people.remove(&id));
        let decided = user
            .ok_or_else(reasons::no_such_user)
            .and_then(|user| Ok((verb.decide(&user)?, user)));
        match decided {
            Ok((Action::Update, user)) => ready.push(user),
            Ok(_) => {}
            Err(why) => {
                let subject = item.user.map_or_else(String::new, |id| id.to_string());
                failed.push(Settled::failed(&subject, &item.label, why));
            }
        }
    }
    verb.act(&tx, ready, &hold.actor()).await?;
    let ns: Vec<_> = items.iter().map(|item| item.n).collect();
    plans::mark_done(&tx, plan, &ns).await?;
    jobs::settle(&tx, hold.id(), &failed).await?;
    let step = Step {
        done: as_i64(wanted.len()),
        failed: as_i64(failed.len()),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}
