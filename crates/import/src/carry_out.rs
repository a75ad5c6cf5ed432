//! Carrying a plan out: chunks of rows, each one transaction that re-checks every row against what the plan
//! showed, writes the users and asks for their deployment.

use std::collections::{HashMap, HashSet};

use ::users::{Asked, Kinds, ask_deployment};
use model::{
    Actor, EntryId, Ours, Outcome, PersonFields, PlanId, Profile, ProfileId, Refusal, User, UserId,
    UserState,
    plan::{Action, reasons},
    wave::Wave,
};
use store::{
    Hold, Tx, as_i64,
    details::{self, Detail},
    entries::{self, Entry},
    jobs::{Settled, Standing, Step},
    plans::{self, Item, Plan},
    profiles, records,
    users::{self, Written},
};

use crate::{
    Error,
    decide::{About, decide},
    plan::by_entry,
    proposal::Given,
};

const CHUNK: i64 = 500;

/// Carries an import out, or goes on with it.
pub async fn carry_out(
    hold: Hold<'_>,
    plan: PlanId,
    wave: Option<&Wave>,
) -> Result<Outcome, Error> {
    let plan = plans::get(hold.store, plan).await?;
    let all = profiles::list(hold.store).await?.into_iter();
    let profiles = all.map(|(profile, _)| (profile.id, profile)).collect();
    let kinds = ::users::kinds(hold.store).await?;
    let mut work = Work {
        hold,
        actor: hold.actor(),
        plan,
        profiles,
        kinds,
        wave: wave.cloned(),
        asked: asked_before(hold),
    };
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let items = plans::open_items(hold.store, work.plan.id, CHUNK).await?;
        if items.is_empty() {
            return Ok(Outcome::Done);
        }
        work.chunk(&items).await?;
    }
}

/// The jobs that an interrupted run fed: they stand in the job's cursor.
fn asked_before(hold: Hold<'_>) -> Option<Asked> {
    serde_json::from_str(&hold.job.cursor).ok()
}

struct Work<'a> {
    hold: Hold<'a>,
    actor: Actor,
    plan: Plan,
    profiles: HashMap<ProfileId, Profile>,
    kinds: Kinds,
    wave: Option<Wave>,
    asked: Option<Asked>,
}

/// What a chunk comes down to.
#[derive(Default)]
struct Chunk {
    add: Vec<Written>,
    change: Vec<Written>,
    imported: Vec<(EntryId, UserId, [u8; 16])>,
    /// Which rows made which users.
    made: Vec<(i64, UserId)>,
    deploy: Vec<User>,
    failed: Vec<Settled>,
    events: Vec<(UserId, &'static str, String)>,
}

impl Work<'_> {
    async fn chunk(&mut self, items: &[Item]) -> Result<(), Error> {
        let ns: Vec<_> = items.iter().map(|item| item.n).collect();
        let given = details::of(self.hold.store, self.plan.id, &ns).await?;
        let tx = self.hold.store.begin().await?;
        let chunk = self.decide(&tx, items, &given).await?;
        users::add(&tx, &chunk.add).await?;
        plans::note_made(&tx, self.plan.id, &chunk.made).await?;
        users::change(&tx, &chunk.change).await?;
        entries::mark_imported(&tx, &chunk.imported).await?;
        users::note(&tx, &chunk.events, &self.actor).await?;
        let mut asked = self.asked.clone();
        if !chunk.deploy.is_empty() {
            let request = match &mut asked {
                Some(request) => request,
                none => {
                    let (feeds, wave) = (Some(self.hold.id()), self.wave.clone());
                    none.insert(Asked::spread(&tx, "import", feeds, wave, &self.actor).await?)
                }
            };
            ask_deployment(&tx, request, &chunk.deploy, &self.kinds, &self.actor).await?;
        }
        let made: HashSet<i64> = chunk.made.iter().map(|(n, _)| *n).collect();
        let rest: Vec<i64> = ns.into_iter().filter(|n| !made.contains(n)).collect();
        plans::mark_done(&tx, self.plan.id, &rest).await?;
        store::jobs::settle(&tx, self.hold.id(), &chunk.failed).await?;
        let cursor = asked
            .as_ref()
            .map(|a| serde_json::to_string(a).expect("ids always serialise"));
        let step = Step {
            done: as_i64(items.len()),
            failed: as_i64(chunk.failed.len()),
            cursor: cursor.as_deref(),
            ..Step::default()
        };
        self.hold.advance(&tx, step).await?;
        tx.commit().await?;
        self.asked = asked;
        Ok(())
    }

    async fn decide(
        &self,
        tx: &Tx,
        items: &[Item],
        given: &HashMap<i64, Detail>,
    ) -> Result<Chunk, Error> {
        let ids: Vec<_> = items.iter().filter_map(|item| item.entry).collect();
        let entries: HashMap<_, _> = entries::by_id_in(tx, &ids)
            .await?
            .into_iter()
            .map(|e| (e.id, e))
            .collect();
        let people = users::of_entries_in(tx, &ids).await?;
        let stored = if self.plan.deploy {
            records::of_entries_in(tx, &ids).await?
        } else {
            vec![]
        };
        let by_entry = by_entry(&stored);
        let own = if self.plan.deploy {
            let ids: Vec<_> = people.values().map(|user| user.id).collect();
            users::own_accounts_in(tx, &ids).await?
        } else {
            HashMap::new()
        };
        let mut chunk = Chunk::default();
        for item in items {
            let entry = item.entry.and_then(|id| entries.get(&id));
            let Some(entry) = entry.filter(|entry| entry.hash == item.hash) else {
                let why = if entry.is_some() {
                    reasons::changed_since_plan()
                } else {
                    reasons::gone()
                };
                chunk
                    .failed
                    .push(Settled::failed(&subject(item), &item.label, why));
                continue;
            };
            let records = by_entry.get(&entry.id).copied().unwrap_or_default();
            let user = people.get(&entry.id);
            let about = About {
                entry,
                user,
                own: user.and_then(|user| own.get(&user.id).copied()),
                records,
                kinds: &self.kinds,
            };
            match self.profile(given.get(&item.n)) {
                Ok(profile) => self.row(tx, item, about, profile, &mut chunk),
                Err(why) => {
                    let failed = Settled::failed(&subject(item), &item.label, why);
                    chunk.failed.push(failed);
                }
            }
        }
        Ok(chunk)
    }

    /// The profile that a row gives; it may have been removed since the plan.
    fn profile(&self, given: Option<&Detail>) -> Result<Option<&Profile>, Refusal> {
        let given = given.and_then(Given::read);
        let id = given.map_or(self.plan.profile, |given| given.0);
        id.map(|id| self.profiles.get(&id).ok_or_else(reasons::no_profile))
            .transpose()
    }

    fn row(
        &self,
        tx: &Tx,
        item: &Item,
        about: About<'_>,
        profile: Option<&Profile>,
        chunk: &mut Chunk,
    ) {
        let decision = decide(about, profile, self.plan.deploy);
        let given = profile.map(|profile| profile.id);
        let profile = given.or_else(|| about.user?.profile);
        let written = |id| Written {
            id,
            entry: about.entry.id,
            profile,
            fields: about.entry.fields.clone(),
        };
        let user = match (decision.action, about.user) {
            (Action::Skip, _) => {
                let why = decision.skip.unwrap_or_else(reasons::changed_since_plan);
                chunk
                    .failed
                    .push(Settled::failed(&subject(item), &item.label, why));
                return;
            }
            (Action::Keep, Some(user)) => user.clone(),
            (_, Some(user)) => {
                chunk.change.push(written(user.id));
                chunk.events.push((
                    user.id,
                    "changed",
                    "brought in line with its source".to_owned(),
                ));
                User {
                    profile,
                    fields: about.entry.fields.clone(),
                    ..user.clone()
                }
            }
            (_, None) => {
                let id = UserId::new(tx.env());
                chunk.add.push(written(id));
                chunk.made.push((item.n, id));
                chunk
                    .events
                    .push((id, "imported", about.entry.sources.join(", ")));
                fresh(id, about.entry, profile, tx)
            }
        };
        chunk
            .imported
            .push((about.entry.id, user.id, about.entry.hash));
        match decision.deploy {
            Some(Ok(())) => chunk.deploy.push(user),
            // What the plan showed as deployable and no longer is, is told; the rest was told by the plan.
            Some(Err(why)) if item.deploy == "yes" => {
                chunk
                    .failed
                    .push(Settled::failed(&subject(item), &item.label, why));
            }
            Some(Err(_)) | None => {}
        }
    }
}

fn subject(item: &Item) -> String {
    item.entry
        .map_or_else(|| item.n.to_string(), |id| id.to_string())
}

fn fresh(id: UserId, entry: &Entry, profile: Option<ProfileId>, tx: &Tx) -> User {
    let fields: PersonFields = entry.fields.clone();
    User {
        id,
        entry: Some(entry.id),
        profile,
        fields,
        ours: Ours::default(),
        state: UserState::Imported,
        imported_at: tx.env().now(),
        deployed_at: None,
        downloaded_at: None,
        registered_at: None,
        version: 1,
    }
}
