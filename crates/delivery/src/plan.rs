//! The plan of a deployment from Manage: who will be offered a configuration and who cannot be, then the order.

use std::collections::{HashMap, HashSet};

use ::users::{
    Asked, Kinds, ask_deployment, known,
    making::{About, Agreed, Making, look},
};
use clients::deployable;
use model::{
    Actor, ClientKind, DeviceId, JobId, PlanId, Profile, ProfileId, Refusal, Selection, Timestamp,
    User, UserId, UserState,
    plan::{Action, reasons},
    wave::Wave,
};
use store::{
    Store, Tx,
    devices::{self, Device},
    jobs,
    plans::{self, ItemQuery, Plan, Purpose, count},
    profiles, records,
    records::Stored,
    users::{self, OwnAccount},
};

use crate::Error;

/// Why deployments are made that remind.
pub(crate) const REMINDER: &str = "reminder";

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
            Self::Remind { .. } => REMINDER,
        }
    }
}

/// Makes a plan, under this id.
pub async fn plan(
    store: &Store,
    id: PlanId,
    wanted: &Wanted,
    actor: &Actor,
) -> Result<Plan, Error> {
    let all: Vec<Profile> = profiles::list(store)
        .await?
        .into_iter()
        .map(|(profile, _)| profile)
        .collect();
    let kinds = ::users::kinds(store).await?;
    let clients = clients_of(&all);
    let about = About {
        deploy: true,
        argument: wanted.mode.written(),
        ..About::of(Purpose::Deployment)
    };
    let mut making = Making::begin(store, id, about, &wanted.selection, actor).await?;
    while let Some(people) = making.next().await? {
        let entries: Vec<_> = people.iter().filter_map(|user| user.entry).collect();
        let stored = records::of_entries(store, &entries).await?;
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let own = users::own_accounts(store, &ids).await?;
        let live = match wanted.mode {
            Mode::Auto => devices::live_of(store, &ids).await?,
            Mode::Deploy | Mode::Remind { .. } => vec![],
        };
        let renewed = asking_again(&live, &people, &clients);
        let renewed: HashSet<UserId> = renewed.iter().map(|device| device.user).collect();
        for user in &people {
            if renewed.contains(&user.id) {
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

/// What the clients of each profile are.
type Clients = HashMap<ProfileId, ClientKind>;

fn clients_of(profiles: &[Profile]) -> Clients {
    let clients = profiles.iter().map(|p| (p.id, p.settings.client));
    clients.collect()
}

/// Of the devices of some users those that ask for the present configuration by themselves: they were told to, and are of the
/// client that it is made for.
fn asking_again<'d>(live: &'d [Device], people: &[User], clients: &Clients) -> Vec<&'d Device> {
    let client = |user: &User| Some((user.id, *clients.get(&user.profile?)?));
    let wanted: HashMap<UserId, ClientKind> = people.iter().filter_map(client).collect();
    let asks =
        |device: &&Device| device.asks_again && wanted.get(&device.user) == Some(&device.client);
    live.iter().filter(asks).collect()
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
        // A mail waits for them.
        Some(_) if user.state == UserState::Queued => Err(reasons::mailed_lately()),
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
    let by_hand = by_hand.get(&user.id).copied();
    let (has_account, held) = known((&user.fields, &user.ours), own, kinds, by_hand);
    deployable(
        profile.map(|p| &p.settings),
        has_account,
        &user.served().email,
        held,
    )
}

/// Has a plan carried out; the job. Asking again answers the same job.
pub async fn run(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    run_spread(store, id, None, actor).await
}

/// The same, its mails spread over time.
pub async fn run_spread(
    store: &Store,
    id: PlanId,
    wave: Option<Wave>,
    actor: &Actor,
) -> Result<JobId, Error> {
    let kinds = ::users::kinds(store).await?;
    let all = profiles::list(store).await?.into_iter();
    let clients = clients_of(&all.map(|(profile, _)| profile).collect::<Vec<_>>());
    let tx = store.begin().await?;
    let plan = match look(&tx, id, Purpose::Deployment).await? {
        Agreed::Before(job) => return Ok(job),
        Agreed::Now(plan) => plan,
    };
    let mode = Mode::of(&plan);
    let mut asked = Asked::spread(&tx, mode.reason(), None, wave, actor).await?;
    let mut renewed = 0;
    for action in [Action::Update, Action::Keep] {
        let mut query = of_action(action);
        loop {
            let items = plans::items_in(&tx, id, &query).await?;
            let Some(last) = items.last() else { break };
            query.after = last.n;
            let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
            let people = users::by_id_in(&tx, &ids).await?;
            let people = match mode {
                Mode::Deploy => people,
                Mode::Auto => {
                    let all = people.len();
                    let others = renew(&tx, people, &clients, actor).await?;
                    renewed += all - others.len();
                    others
                }
                Mode::Remind { .. } => {
                    let now = tx.env().now();
                    let is_due = |user: &User| due(user, mode, now).is_ok();
                    people.into_iter().filter(is_due).collect()
                }
            };
            ask_deployment(&tx, &mut asked, &people, &kinds, actor).await?;
        }
    }
    if renewed > 0 {
        let what = match renewed {
            1 => "the softphone of 1 person gets its configuration at its next fetch".to_owned(),
            many => format!(
                "the softphones of {many} people get their configuration at their next fetch"
            ),
        };
        jobs::note(&tx, asked.deploy, &what).await?;
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

/// Has the next fetch of those devices answered in full that ask again by themselves: the people without one, who get a mail.
/// Both is looked at anew: since the plan was made some have fetched, and devices were withdrawn.
async fn renew(
    tx: &Tx,
    people: Vec<User>,
    clients: &Clients,
    actor: &Actor,
) -> Result<Vec<User>, Error> {
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let live = devices::live_of_in(tx, &ids).await?;
    let asking = asking_again(&live, &people, clients);
    let forced: Vec<DeviceId> = asking.iter().map(|device| device.id).collect();
    devices::force(tx, &forced).await?;
    let renewed: HashSet<UserId> = asking.iter().map(|device| device.user).collect();
    let noted = renewed
        .iter()
        .map(|id| (*id, "configuration-renewed", String::new()));
    users::note(tx, &noted.collect::<Vec<_>>(), actor).await?;
    let mut people = people;
    people.retain(|user| !renewed.contains(&user.id));
    Ok(people)
}
