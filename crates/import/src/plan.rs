//! Making a plan: the selection is evaluated now and every row's decision is written down. Carrying it out
//! once: asking again answers the same job.

use std::collections::{HashMap, HashSet};

use ::users::{
    Kinds,
    making::{EXPIRES_S, agree},
};
use model::{
    Actor, EntryId, JobId, Order, PersonFields, PlanId, Profile, ProfileId, Selection, Sort, User,
    plan::{Action, reasons},
    wave::Wave,
};
use serde::{Deserialize, Serialize};
use store::{
    ListQuery, Store, as_i64,
    details::{self, Detail},
    entries::{self, Entry},
    plans::{self, Counts, Item, Plan, Purpose, count},
    records,
    records::Stored,
    users,
};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    Error,
    decide::{About, decide},
    proposal::{Choice, Given, Proposed, Unknown},
};

const CHUNK: usize = 1_000;
/// Chunks that are decided and wait to be written.
const WAITING: usize = 2;

/// What is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// Which entries.
    pub selection: Selection<EntryId>,
    /// With which profile; none = *Do not deploy*.
    #[serde(default)]
    pub profile: Option<ProfileId>,
    /// Whether a profile that a component proposes for a person goes before that one.
    #[serde(default)]
    pub as_proposed: bool,
    /// Whether people are deployed at once.
    #[serde(default)]
    pub deploy: bool,
}

/// Makes a plan. Dropping the future before it is done leaves nothing that could be carried out.
pub async fn plan(store: &Store, wanted: &Wanted, actor: &Actor) -> Result<Plan, Error> {
    let making = Making::begin(store, wanted.clone(), actor).await?;
    making.end().await
}

/// A plan in the making. It has its id from the beginning, by which others see how far it is and give it up
/// ([`plans::find`], [`plans::give_up`]).
pub struct Making {
    store: Store,
    wanted: Wanted,
    choice: Choice,
    kinds: Kinds,
    plan: Plan,
}

impl Making {
    /// Begins one.
    ///
    /// # Errors
    /// The profile is not there, or the selection is not understood.
    pub async fn begin(store: &Store, wanted: Wanted, actor: &Actor) -> Result<Self, Error> {
        let choice = Choice::of(store, &wanted).await?;
        Rows::new(store, &wanted.selection)?;
        let now = store.env().now();
        let plan = Plan {
            id: PlanId::new(store.env()),
            purpose: Purpose::Import,
            profile: wanted.profile,
            deploy: wanted.deploy,
            argument: String::new(),
            selection: serde_json::to_string(&wanted.selection)
                .expect("a selection always serialises"),
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
            store: store.clone(),
            wanted,
            choice,
            kinds: ::users::kinds(store).await?,
            plan,
        })
    }

    /// Its id.
    pub const fn id(&self) -> PlanId {
        self.plan.id
    }

    /// Decides every row and completes the plan. While some rows are written the next ones are decided.
    ///
    /// # Errors
    /// Nothing is selected, or it was given up meanwhile.
    pub async fn end(mut self) -> Result<Plan, Error> {
        let made = self.fill().await;
        if made.is_err() {
            plans::give_up(&self.store, self.plan.id).await?;
        }
        made.map(|()| self.plan)
    }

    async fn fill(&mut self) -> Result<(), Error> {
        let (decided, rows) = mpsc::channel(WAITING);
        let mut writing = JoinSet::new();
        writing.spawn(write(self.store.clone(), self.plan.clone(), rows));
        self.decide(&decided).await?;
        drop(decided);
        let written = writing.join_next().await.expect("one was begun");
        written.expect("writing does not end early")?;
        if self.plan.counts.total == 0 {
            return Err(Error::Empty);
        }
        let tx = self.store.begin().await?;
        plans::complete(&tx, &self.plan).await?;
        Ok(tx.commit().await?)
    }

    /// Decides chunk by chunk, until there is none or nobody writes them any more.
    async fn decide(&mut self, decided: &mpsc::Sender<Chunk>) -> Result<(), Error> {
        let mut rows = Rows::new(&self.store, &self.wanted.selection)?;
        let counts = &mut self.plan.counts;
        while let Some(found) = rows.next().await? {
            let look = Look {
                choice: &self.choice,
                deploy: self.wanted.deploy,
                kinds: &self.kinds,
            };
            let (items, given) = decide_chunk(&self.store, &found, look, counts).await?;
            let so_far = counts.clone();
            let chunk = Chunk {
                items,
                given,
                so_far,
            };
            if decided.send(chunk).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Rows that were decided, and the numbers with them.
struct Chunk {
    items: Vec<Item>,
    given: Vec<Detail>,
    so_far: Counts,
}

/// Writes what is decided, a chunk in each transaction.
async fn write(
    store: Store,
    mut plan: Plan,
    mut rows: mpsc::Receiver<Chunk>,
) -> Result<(), store::Error> {
    while let Some(chunk) = rows.recv().await {
        plan.counts = chunk.so_far;
        let tx = store.begin().await?;
        plans::add_items(&tx, plan.id, &chunk.items).await?;
        details::add(&tx, plan.id, &chunk.given).await?;
        plans::advance(&tx, &plan).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Walks a selection in chunks, by entry id.
struct Rows<'a> {
    store: &'a Store,
    query: Option<ListQuery>,
    ids: Vec<EntryId>,
    except: HashSet<EntryId>,
    after: i64,
}

impl<'a> Rows<'a> {
    fn new(store: &'a Store, selection: &Selection<EntryId>) -> Result<Self, Error> {
        let rows = match selection {
            Selection::Ids { ids } => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                ids.reverse();
                Self {
                    store,
                    query: None,
                    ids,
                    except: HashSet::new(),
                    after: 0,
                }
            }
            Selection::All { query, except, .. } => {
                let query = ListQuery::entries(query, Sort::default(), 1).map_err(Error::Query)?;
                Self {
                    store,
                    query: Some(query),
                    ids: vec![],
                    except: except.iter().copied().collect(),
                    after: 0,
                }
            }
        };
        Ok(rows)
    }

    /// The next entries; ids that no entry has any more come as such.
    async fn next(&mut self) -> Result<Option<Vec<Result<Entry, EntryId>>>, Error> {
        let Some(query) = &self.query else {
            let ids = self.ids.split_off(self.ids.len().saturating_sub(CHUNK));
            if ids.is_empty() {
                return Ok(None);
            }
            let mut found: HashMap<_, _> = entries::by_id(self.store, &ids)
                .await?
                .into_iter()
                .map(|e| (e.id, e))
                .collect();
            return Ok(Some(
                ids.into_iter()
                    .rev()
                    .map(|id| found.remove(&id).ok_or(id))
                    .collect(),
            ));
        };
        let found = entries::matching_after(self.store, query, self.after, as_i64(CHUNK)).await?;
        let Some(last) = found.last() else {
            return Ok(None);
        };
        self.after = last.id.0;
        Ok(Some(
            found
                .into_iter()
                .filter(|e| !self.except.contains(&e.id))
                .map(Ok)
                .collect(),
        ))
    }
}

/// What all rows of a plan are looked at with.
#[derive(Clone, Copy)]
struct Look<'a> {
    choice: &'a Choice,
    deploy: bool,
    kinds: &'a Kinds,
}

/// Decides a chunk: its rows, and the profiles of those that get the one that is proposed.
async fn decide_chunk(
    store: &Store,
    chunk: &[Result<Entry, EntryId>],
    look: Look<'_>,
    counts: &mut Counts,
) -> Result<(Vec<Item>, Vec<Detail>), Error> {
    let ids: Vec<_> = chunk.iter().flatten().map(|entry| entry.id).collect();
    let people = users::of_entries(store, &ids).await?;
    let stored = if look.deploy {
        records::of_entries(store, &ids).await?
    } else {
        vec![]
    };
    let by_entry = by_entry(&stored);
    let own = if look.deploy {
        let ids: Vec<_> = people.values().map(|user| user.id).collect();
        users::own_accounts(store, &ids).await?
    } else {
        HashMap::new()
    };
    let (mut items, mut given) = (Vec::with_capacity(chunk.len()), vec![]);
    for row in chunk {
        counts.total += 1;
        items.push(match row {
            Ok(entry) => {
                let records = by_entry.get(&entry.id).copied().unwrap_or_default();
                let user = people.get(&entry.id);
                let about = About {
                    entry,
                    user,
                    own: user.and_then(|user| own.get(&user.id).copied()),
                    records,
                    kinds: look.kinds,
                };
                let proposed = look.choice.proposed(&entry.fields);
                let profile = look.choice.profile(proposed);
                let item = item(about, profile, look.deploy, counts);
                if item.action != Action::Skip {
                    let row = (&entry.fields, user.is_some(), item.n);
                    note(proposed, row, &mut given, counts);
                }
                item
            }
            Err(id) => vanished(*id, counts),
        });
    }
    Ok((items, given))
}

/// Notes whom a proposal gives a profile, and whose stands for nothing here.
fn note(
    proposed: Proposed<'_>,
    (fields, is_here, n): (&PersonFields, bool, i64),
    given: &mut Vec<Detail>,
    counts: &mut Counts,
) {
    match proposed {
        Proposed::Nothing => {}
        Proposed::Unknown => {
            counts.unknown_proposals += 1;
            given.push(Unknown::detail(fields, n));
        }
        Proposed::Known(profile) => {
            // Who is here already keeps the profile that they have, where none is proposed.
            counts.as_proposed += i64::from(profile.is_some() || !is_here);
            given.push(Given(profile.map(|profile| profile.id)).detail(n));
        }
    }
}

/// The records of each entry; `stored` is sorted by entry.
pub(crate) fn by_entry(stored: &[Stored]) -> HashMap<EntryId, &[Stored]> {
    stored
        .chunk_by(|a, b| a.entry == b.entry)
        .filter_map(|group| Some((group[0].entry?, group)))
        .collect()
}

fn item(about: About<'_>, profile: Option<&Profile>, deploy: bool, counts: &mut Counts) -> Item {
    let decision = decide(about, profile, deploy);
    match decision.action {
        Action::Create => counts.create += 1,
        Action::Update => counts.update += 1,
        Action::Keep => counts.keep += 1,
        Action::Skip => {}
    }
    if let Some(reason) = &decision.skip {
        count(&mut counts.skip, reason);
    }
    let deploy = match &decision.deploy {
        None => String::new(),
        Some(Ok(())) => {
            counts.deploy += 1;
            "yes".to_owned()
        }
        Some(Err(reason)) => {
            count(&mut counts.not_deployed, reason);
            reason.code.clone()
        }
    };
    Item {
        n: counts.total,
        entry: Some(about.entry.id),
        user: about.user.map(|user: &User| user.id),
        action: decision.action,
        reason: decision.skip.map(|reason| reason.code).unwrap_or_default(),
        deploy,
        label: about.entry.fields.label(),
        hash: about.entry.hash,
    }
}

fn vanished(id: EntryId, counts: &mut Counts) -> Item {
    let reason = reasons::gone();
    count(&mut counts.skip, &reason);
    Item {
        n: counts.total,
        entry: Some(id),
        user: None,
        action: Action::Skip,
        reason: reason.code,
        deploy: String::new(),
        label: format!("entry {id}"),
        hash: [0; 16],
    }
}

/// Has a plan carried out; the job. Asking again answers the same job.
pub async fn run(store: &Store, id: PlanId, actor: &Actor) -> Result<JobId, Error> {
    run_spread(store, id, None, actor).await
}

/// The same, its deployment spread over time.
pub async fn run_spread(
    store: &Store,
    id: PlanId,
    wave: Option<Wave>,
    actor: &Actor,
) -> Result<JobId, Error> {
    let order = Order::Import { plan: id, wave };
    Ok(agree(store, id, Purpose::Import, order, actor).await?)
}
