//! The plan of a deployment from Manage: who will be offered a configuration and who cannot be, then the order.

use std::collections::{HashMap, HashSet};

use ::users::{
    Asked, Kinds, ask_deployment,
    making::{About, Agreed, Making, look},
    sip_record,
};
use clients::deployable;
use model::{
    Actor, Fetch, JobId, PlanId, Profile, Refusal, Selection, Timestamp, User, UserId, UserState,
    plan::{Action, reasons},
};
use store::{
    Store, Tx, devices,
    plans::{self, ItemQuery, Plan, Purpose, count},
    profiles, records,
    records::Stored,
    users::{self, OwnAccount},
};

use crate::{Error, account};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which users.
    pub selection: Selection<UserId>,
    /// Which of them are offered a configuration, and how.
    pub mode: Mode,
}

/// Which users are offered a configuration, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// All of them, by a mail.
    #[default]
    Deploy,
    /// Those who have one are given the present one at their next fetch, the others get a mail.
    Auto,
    /// Those to whom a mail went at least so many days ago, and who never fetched, get another one.
    Remind {
        /// Days, from 1.
        days: u16,
    },
}

impl Mode {
    /// As it is kept with a plan.
    fn written(self) -> String {
        match self {
            Self::Deploy => String::new(),
            Self::Auto => "auto".to_owned(),
            Self::Remind { days } => format!("remind {days}"),
        }
    }

    /// The mode of a plan.
    pub fn of(plan: &Plan) -> Self {
        let days = plan.argument.strip_prefix("remind ");
        match days.and_then(|days| days.parse().ok()) {
            Some(days) => Self::Remind { days },
            None if plan.argument == "auto" => Self::Auto,
            None => Self::Deploy,
        }
    }

    /// Why its deployments are made, as they say.
    const fn reason(self) -> &'static str {
        match self {
            Self::Deploy => "manage",
            Self::Auto => "auto",
            Self::Remind { .. } => "reminder",
        }
    }
}

/// Makes a plan.
pub async fn plan(store: &Store, wanted: &Wanted, actor: &Actor) -> Result<Plan, Error> {
    let all: Vec<Profile> = profiles::list(store)
        .await?
        .into_iter()
        .map(|(profile, _)| profile)
        .collect();
    let kinds = ::users::kinds(store).await?;
    let about = About {
        deploy: true,
        argument: wanted.mode.written(),
        ..About::of(Purpose::Deployment)
    };
    let mut making = Making::begin(store, about, &wanted.selection, actor).await?;
    while let Some(people) = making.next().await? {
        let entries: Vec<_> = people.iter().filter_map(|user| user.entry).collect();
        let stored = records::of_entries(store, &entries).await?;
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let own = users::own_accounts(store, &ids).await?;
        let holders = match wanted.mode {
            Mode::Auto => devices::holders(store, &ids, false).await?,
            Mode::Deploy | Mode::Remind { .. } => HashSet::new(),
        };
        for user in &people {
            if holders.contains(&user.id) && fetches_again(user, &all) {
                making.row(user, forced(user));
                continue;
            }
            let decided = due(user, wanted.mode, store.env().now())
                .and_then(|()| decide(user, &all, (&stored, &own), &kinds));
            row(&mut making, user, decided);
        }
    }
    Ok(making.end().await?)
}

/// Whether the devices of a user ask for their configuration by themselves.
fn fetches_again(user: &User, profiles: &[Profile]) -> bool {
    let profile = profiles.iter().find(|p| Some(p.id) == user.profile);
    profile.is_some_and(|profile| profile.settings.fetch == Fetch::EveryStart)
}

/// Whether a user's devices are given the present configuration.
fn forced(user: &User) -> Result<Action, Refusal> {
    if user.state == UserState::Suspended {
        return Err(reasons::suspended());
    }
    Ok(Action::Update)
}

/// Whether a user is to be mailed at all.
fn due(user: &User, mode: Mode, now: Timestamp) -> Result<(), Refusal> {
    let Mode::Remind { days } = mode else {
        return Ok(());
    };
    let before = now.plus_days(-i64::from(days));
    match user.deployed_at {
        _ if user.downloaded_at.is_some() => Err(reasons::has_fetched()),
        None => Err(reasons::not_mailed()),
        Some(at) if at > before => Err(reasons::mailed_lately()),
        Some(_) => Ok(()),
    }
}

/// People who are deployed and people who cannot be have counts of their own.
fn row(making: &mut Making<'_>, user: &User, decided: Result<(), Refusal>) {
    match decided {
        Ok(()) => {
            making.counts().deploy += 1;
            "yes".clone_into(&mut making.uncounted(user, Action::Keep).deploy);
        }
        Err(why) => {
            count(&mut making.counts().not_deployed, &why);
            making.uncounted(user, Action::Skip).deploy = why.code;
        }
    }
}

fn decide(
    user: &User,
    profiles: &[Profile],
    (stored, by_hand): (&[Stored], &HashMap<UserId, OwnAccount>),
    kinds: &Kinds,
) -> Result<(), Refusal> {
    if user.state == UserState::Suspended {
        return Err(reasons::suspended());
    }
    let profile = user
        .profile
        .and_then(|id| profiles.iter().find(|p| p.id == id));
    let start = stored.partition_point(|r| r.entry < user.entry);
    let own: &[Stored] = stored[start..]
        .chunk_by(|a, b| a.entry == b.entry)
        .next()
        .unwrap_or_default();
    let own = if own.first().is_some_and(|r| r.entry == user.entry) {
        own
    } else {
        &[]
    };
    let record = sip_record(own, kinds);
    let (has_account, held) = account::known(user, record, kinds, by_hand.get(&user.id).copied());
    deployable(
        profile.map(|p| &p.settings),
        has_account,
        &user.served().email,
        held,
    )
}

/// Has a plan carried out; the job. Asking again answers the same job.
pub async fn run(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    let kinds = ::users::kinds(store).await?;
    let tx = store.begin().await?;
    let plan = match look(&tx, id, Purpose::Deployment).await? {
        Agreed::Before(job) => return Ok(job),
        Agreed::Now(plan) => plan,
    };
    let mut asked = Asked::begin(&tx, Mode::of(&plan).reason(), None, actor).await?;
    force(&tx, id, actor).await?;
    let mut query = of_action(Action::Keep);
    loop {
        let items = plans::items_in(&tx, id, &query).await?;
        let Some(last) = items.last() else { break };
        query.after = last.n;
        let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
        let people = users::by_id_in(&tx, &ids).await?;
        ask_deployment(&tx, &mut asked, &people, &kinds, actor).await?;
    }
    plans::set_job(&tx, id, asked.deploy, actor).await?;
    tx.commit().await?;
    Ok(asked.deploy)
}

fn of_action(action: Action) -> ItemQuery {
    ItemQuery {
        action: Some(action),
        limit: 500,
        ..ItemQuery::default()
    }
}

/// Has the next fetch of those who have a configuration answered in full.
async fn force(tx: &Tx, plan: PlanId, actor: &Actor) -> Result<(), Error> {
    let mut query = of_action(Action::Update);
    loop {
        let items = plans::items_in(tx, plan, &query).await?;
        let Some(last) = items.last() else {
            return Ok(());
        };
        query.after = last.n;
        let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
        devices::force(tx, &ids).await?;
        let noted = ids
            .iter()
            .map(|id| (*id, "configuration-renewed", String::new()));
        users::note(tx, &noted.collect::<Vec<_>>(), actor).await?;
    }
}
