//! The plan of a deployment from Manage: who will be offered a configuration and who cannot be, then the order.

use std::collections::{HashMap, HashSet};

use ::users::{Asked, Kinds, ask_deployment, sip_record};
use clients::deployable;
use model::{
    Actor, JobId, PlanId, Profile, Refusal, Selection, Sort, User, UserId, UserState,
    plan::{Action, reasons},
};
use serde::{Deserialize, Serialize};
use store::{
    ListQuery, Store, as_i64,
    plans::{self, Counts, Item, ItemQuery, Plan, Purpose, count},
    profiles, records,
    records::Stored,
    users::{self, OwnAccount},
};

use crate::{Error, account};

const CHUNK: usize = 1_000;
const EXPIRES_S: i64 = 24 * 3600;

/// What is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// Which users.
    pub selection: Selection<UserId>,
}

/// Makes a plan.
pub async fn plan(store: &Store, wanted: &Wanted, actor: &Actor) -> Result<Plan, Error> {
    let now = store.env().now();
    let mut plan = Plan {
        id: PlanId::new(store.env()),
        purpose: Purpose::Deployment,
        profile: None,
        deploy: true,
        selection: serde_json::to_string(&wanted.selection).expect("a selection always serialises"),
        counts: Counts::default(),
        actor: actor.0.clone(),
        created_at: now,
        expires_at: now.plus_s(EXPIRES_S),
        job: None,
    };
    let all: Vec<Profile> = profiles::list(store)
        .await?
        .into_iter()
        .map(|(profile, _)| profile)
        .collect();
    let kinds = ::users::kinds(store).await?;
    let mut rows = Rows::new(store, &wanted.selection)?;
    let tx = store.begin().await?;
    plans::begin(&tx, &plan).await?;
    tx.commit().await?;
    while let Some(people) = rows.next().await? {
        let entries: Vec<_> = people.iter().filter_map(|user| user.entry).collect();
        let stored = records::of_entries(store, &entries).await?;
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let own = users::own_accounts(store, &ids).await?;
        let items: Vec<Item> = people
            .iter()
            .map(|user| item(user, &all, (&stored, &own), &kinds, &mut plan.counts))
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

struct Rows<'a> {
    store: &'a Store,
    query: Option<ListQuery>,
    ids: Vec<UserId>,
    except: HashSet<UserId>,
    after: UserId,
}

impl<'a> Rows<'a> {
    fn new(store: &'a Store, selection: &Selection<UserId>) -> Result<Self, Error> {
        let start = UserId(uuid::Uuid::nil());
        Ok(match selection {
            Selection::Ids { ids } => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                Self {
                    store,
                    query: None,
                    ids,
                    except: HashSet::new(),
                    after: start,
                }
            }
            Selection::All { query, except, .. } => {
                let query = ListQuery::users(query, Sort::default(), 1).map_err(Error::Query)?;
                Self {
                    store,
                    query: Some(query),
                    ids: vec![],
                    except: except.iter().copied().collect(),
                    after: start,
                }
            }
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<User>>, Error> {
        let Some(query) = &self.query else {
            let ids = self.ids.split_off(self.ids.len().saturating_sub(CHUNK));
            return Ok(if ids.is_empty() {
                None
            } else {
                Some(users::by_id(self.store, &ids).await?)
            });
        };
        let found = users::matching_after(self.store, query, self.after, as_i64(CHUNK)).await?;
        let Some(last) = found.last() else {
            return Ok(None);
        };
        self.after = last.id;
        Ok(Some(
            found
                .into_iter()
                .filter(|user| !self.except.contains(&user.id))
                .collect(),
        ))
    }
}

fn item(
    user: &User,
    profiles: &[Profile],
    (stored, own): (&[Stored], &HashMap<UserId, OwnAccount>),
    kinds: &Kinds,
    counts: &mut Counts,
) -> Item {
    let decision = decide(user, profiles, (stored, own), kinds);
    counts.total += 1;
    let (action, deploy) = match &decision {
        Ok(()) => {
            counts.deploy += 1;
            (Action::Keep, "yes".to_owned())
        }
        Err(reason) => {
            count(&mut counts.not_deployed, reason);
            (Action::Skip, reason.code.clone())
        }
    };
    Item {
        n: counts.total,
        entry: user.entry,
        user: Some(user.id),
        action,
        reason: String::new(),
        deploy,
        label: user.fields.label(),
        hash: user.fields.hash(),
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
    let plan = plans::get_in(&tx, id).await?;
    if plan.purpose != Purpose::Deployment {
        return Err(Error::OtherPurpose);
    }
    if let Some(job) = plan.job {
        return Ok(job);
    }
    if tx.env().now() > plan.expires_at {
        return Err(Error::Expired);
    }
    let mut asked = Asked::begin(&tx, "manage", None, actor).await?;
    let mut query = ItemQuery {
        action: Some(Action::Keep),
        limit: 500,
        ..ItemQuery::default()
    };
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
