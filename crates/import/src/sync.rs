//! *Sync data*: users brought in line with their source. The records are read again first; the plan shows what differs, field by
//! field, and the job writes it. A changed user id needs a reset of the app, a new deployment and a new mail.

use std::collections::HashMap;

use ::store::{
    Hold, Store, Tx, as_i64, deployments, devices,
    entries::{self, Entry},
    jobs::{self, Settled, Standing, Step},
    plans::{self, Item, Plan, Purpose},
    profiles,
    users::{self, Written},
};
use ::users::{
    Asked, Kinds, ask_deployment,
    making::{self, About, Making},
    selected,
};
use model::{
    Actor, EntryId, JobId, Order, Outcome, PersonFields, PlanId, Profile, ProfileId, Refusal,
    Selection, User, UserId, UserState,
    plan::{Action, reasons},
};

use crate::{Error, decide};

/// Of so many people the records are read again one by one. Of more, what the last scan told counts: a scan is the way to read
/// everybody.
pub const READ_MAX: usize = 500;
const CHUNK: i64 = 500;

/// What becomes of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It is in line.
    None,
    /// Some of its data differs.
    Data,
    /// Its user id too, and a phone may hold the old one.
    UserId,
}

/// What the decisions about some users look at.
struct Seen {
    entries: HashMap<EntryId, Entry>,
    profiles: HashMap<ProfileId, Profile>,
    /// Why the entries of some cannot be relied on.
    refused: HashMap<EntryId, Refusal>,
}

impl Seen {
    async fn of(store: &Store, entries: Vec<Entry>) -> Result<Self, Error> {
        let profiles = profiles::list(store).await?;
        Ok(Self {
            entries: entries.into_iter().map(|entry| (entry.id, entry)).collect(),
            profiles: profiles.into_iter().map(|(p, _)| (p.id, p)).collect(),
            refused: HashMap::new(),
        })
    }

    /// The decision about one user: the same when it is shown and when it is carried out.
    fn decide<'s>(&'s self, user: &User) -> Result<(Change, &'s Entry), Refusal> {
        let id = user.entry.ok_or_else(reasons::by_hand)?;
        if let Some(why) = self.refused.get(&id) {
            return Err(why.clone());
        }
        let entry = self.entries.get(&id).ok_or_else(reasons::gone)?;
        let profile = user.profile.and_then(|id| self.profiles.get(&id));
        if let Some(why) = decide::skip(entry, Some(user), profile) {
            return Err(why);
        }
        let change = if entry.hash == user.fields.hash() {
            Change::None
        } else if entry.fields.sip_user != user.fields.sip_user && was_reached(user) {
            Change::UserId
        } else {
            Change::Data
        };
        Ok((change, entry))
    }
}

/// Whether a phone may have a configuration, or a mail may lead to one.
fn was_reached(user: &User) -> bool {
    user.deployed_at.is_some() || user.downloaded_at.is_some() || user.state == UserState::Queued
}

/// Makes a plan: reads the records of up to [`READ_MAX`] people again, and says what differs. Its argument names the connections
/// that give no single record, for which the last scan counts.
pub async fn plan(
    store: &Store,
    selection: &Selection<UserId>,
    actor: &Actor,
) -> Result<Plan, Error> {
    let again = match few(store, selection).await? {
        Some(entries) => roster::read_again(store, &entries, actor).await?,
        None => roster::Again::default(),
    };
    let about = About {
        argument: again.not_asked.join(", "),
        ..About::of(Purpose::Sync)
    };
    let id = PlanId::new(store.env());
    let mut making = Making::begin(store, id, about, selection, actor).await?;
    while let Some(people) = making.next().await? {
        let mut seen = Seen::of(store, entries::by_id(store, &sources(&people)).await?).await?;
        seen.refused.clone_from(&again.refused);
        for user in &people {
            row(&mut making, user, &seen);
        }
    }
    Ok(making.end().await?)
}

fn sources(people: &[User]) -> Vec<EntryId> {
    people.iter().filter_map(|user| user.entry).collect()
}

/// The entries of a selection's people, unless they are more than [`READ_MAX`].
async fn few(store: &Store, selection: &Selection<UserId>) -> Result<Option<Vec<EntryId>>, Error> {
    let mut after = UserId(uuid::Uuid::nil());
    let (mut people, mut found) = (0, Vec::new());
    while let Some(chunk) = selected::next(store, selection, &mut after).await? {
        people += chunk.len();
        if people > READ_MAX {
            return Ok(None);
        }
        found.extend(sources(&chunk));
    }
    Ok(Some(found))
}

fn row(making: &mut Making<'_>, user: &User, seen: &Seen) {
    match seen.decide(user) {
        Err(why) => {
            making.row(user, Err(why));
        }
        Ok((Change::None, _)) => {
            making.row(user, Ok(Action::Keep));
        }
        Ok((change, entry)) => {
            let item = making.row(user, Ok(Action::Update));
            item.hash = entry.hash;
            if change == Change::UserId {
                "yes".clone_into(&mut item.deploy);
                making.counts().deploy += 1;
            }
        }
    }
}

/// Has a plan carried out; the job. Asking again answers the same job. With `reset`, people whose user id changed lose their
/// devices and get a new mail.
pub async fn run(store: &Store, id: PlanId, reset: bool, actor: &Actor) -> Result<JobId, Error> {
    let order = Order::Sync { plan: id, reset };
    Ok(making::agree(store, id, Purpose::Sync, order, actor).await?)
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, plan: PlanId, reset: bool) -> Result<Outcome, Error> {
    let kinds = ::users::kinds(hold.store).await?;
    // The jobs that an interrupted run fed stand in the job's cursor.
    let mut asked = serde_json::from_str(&hold.job.cursor).ok();
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let items = plans::open_items(hold.store, plan, CHUNK).await?;
        if items.is_empty() {
            return Ok(Outcome::Done);
        }
        let tx = hold.store.begin().await?;
        let found = found(hold, &tx, &items).await?;
        write(&tx, &found, &hold.actor()).await?;
        if reset && !found.reset.is_empty() {
            asked = Some(start_anew(hold, &tx, &found.reset, asked, &kinds).await?);
        }
        let ns: Vec<_> = items.iter().map(|item| item.n).collect();
        plans::mark_done(&tx, plan, &ns).await?;
        jobs::settle(&tx, hold.id(), &found.failed).await?;
        let cursor = asked
            .as_ref()
            .map(|a| serde_json::to_string(a).expect("ids always serialise"));
        let step = Step {
            done: as_i64(items.len()),
            failed: as_i64(found.failed.len()),
            cursor: cursor.as_deref(),
            ..Step::default()
        };
        hold.advance(&tx, step).await?;
        tx.commit().await?;
    }
}

/// What a chunk comes down to.
#[derive(Default)]
struct Found {
    change: Vec<Written>,
    in_line: Vec<(EntryId, UserId, [u8; 16])>,
    events: Vec<(UserId, &'static str, String)>,
    reset: Vec<User>,
    failed: Vec<Settled>,
}

async fn found(hold: Hold<'_>, tx: &Tx, items: &[Item]) -> Result<Found, Error> {
    let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
    let people = users::by_id_in(tx, &ids).await?;
    let by_id: HashMap<UserId, &User> = people.iter().map(|user| (user.id, user)).collect();
    let seen = Seen::of(hold.store, entries::by_id_in(tx, &sources(&people)).await?).await?;
    let mut found = Found::default();
    for item in items {
        let user = item.user.and_then(|id| by_id.get(&id).copied());
        let decision = match user {
            Some(user) => seen.decide(user).map(|decided| (user, decided)),
            None => Err(reasons::no_such_user()),
        };
        match decision {
            Ok((user, (change, entry))) if entry.hash == item.hash => {
                found.bring(user, change, entry);
            }
            Ok(_) => found.fail(item, reasons::changed_since_plan()),
            Err(why) => found.fail(item, why),
        }
    }
    Ok(found)
}

impl Found {
    fn bring(&mut self, user: &User, change: Change, entry: &Entry) {
        self.in_line.push((entry.id, user.id, entry.hash));
        if change == Change::None {
            return;
        }
        self.change.push(Written {
            id: user.id,
            entry: entry.id,
            profile: user.profile,
            fields: entry.fields.clone(),
        });
        let what = changed(&user.fields, &entry.fields);
        self.events.push((user.id, "changed", what));
        if change == Change::UserId {
            self.reset.push(User {
                fields: entry.fields.clone(),
                ..user.clone()
            });
        }
    }

    fn fail(&mut self, item: &Item, why: Refusal) {
        let subject = item
            .user
            .map_or_else(|| item.n.to_string(), |id| id.to_string());
        self.failed
            .push(Settled::failed(&subject, &item.label, why));
    }
}

/// The fields that change, for the timeline.
fn changed(old: &PersonFields, new: &PersonFields) -> String {
    let pairs = old.texts().into_iter().zip(new.texts());
    let mut names: Vec<_> = pairs
        .filter(|(old, new)| old != new)
        .map(|((name, _), _)| name.replace('_', " "))
        .collect();
    if old.enabled != new.enabled {
        names.push("whether it is active".to_owned());
    }
    format!("{} as at the source", names.join(", "))
}

async fn write(tx: &Tx, found: &Found, actor: &Actor) -> Result<(), Error> {
    users::change(tx, &found.change).await?;
    entries::mark_imported(tx, &found.in_line).await?;
    Ok(users::note(tx, &found.events, actor).await?)
}

/// Takes away what people have under their old user id, and offers them the new one. Who is suspended or has no profile loses
/// the old one and is offered nothing.
async fn start_anew(
    hold: Hold<'_>,
    tx: &Tx,
    people: &[User],
    asked: Option<Asked>,
    kinds: &Kinds,
) -> Result<Asked, Error> {
    let actor = hold.actor();
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    deployments::revoke(tx, &ids).await?;
    devices::revoke(tx, &ids).await?;
    users::start_anew(tx, &ids).await?;
    let noted: Vec<_> = ids
        .iter()
        .map(|id| (*id, "reset", "the user id changed".to_owned()))
        .collect();
    users::note(tx, &noted, &actor).await?;
    let mut asked = match asked {
        Some(asked) => asked,
        None => Asked::begin(tx, "sync", Some(hold.id()), &actor).await?,
    };
    let offered: Vec<User> = people
        .iter()
        .filter(|user| user.profile.is_some() && user.state != UserState::Suspended)
        .cloned()
        .collect();
    ask_deployment(tx, &mut asked, &offered, kinds, &actor).await?;
    Ok(asked)
}
