//! Carrying the plan of a file out: chunks of rows, each one transaction. Who changed since the plan is told and left.

use std::collections::{HashMap, HashSet};

use ::store::{
    Hold, Tx, as_i64,
    details::{self, Detail},
    jobs::{self, Settled, Standing, Step},
    plans::{self, Item},
    profiles,
    users::{self, Own, OwnSecret},
};
use model::{
    Ours, Outcome, PlanId, ProfileId, User, UserId,
    plan::{Action, reasons},
};

use super::Kept;
use crate::Error;

const CHUNK: i64 = 2_000;

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
        let ns: Vec<_> = items.iter().map(|item| item.n).collect();
        let told = details::of(hold.store, plan, &ns).await?;
        chunk(hold, plan, &items, told).await?;
    }
}

/// What a chunk comes down to.
#[derive(Default)]
struct Chunk {
    add: Vec<Own>,
    change: Vec<Own>,
    /// The secrets that some of them lose.
    clear: Vec<(UserId, Vec<OwnSecret>)>,
    /// Users whose data belongs to a component: by the profile that they get.
    given: HashMap<Option<ProfileId>, Vec<UserId>>,
    /// Users of whom something is said that stands beside their data.
    ours: Vec<User>,
    made: Vec<(i64, UserId)>,
    events: Vec<(UserId, &'static str, String)>,
    failed: Vec<Settled>,
}

async fn chunk(
    hold: Hold<'_>,
    plan: PlanId,
    items: &[Item],
    told: HashMap<i64, Detail>,
) -> Result<(), Error> {
    let profiles = profiles::list(hold.store).await?;
    let profiles: HashSet<ProfileId> = profiles.iter().map(|(profile, _)| profile.id).collect();
    let tx = hold.store.begin().await?;
    let ids: Vec<UserId> = items.iter().filter_map(|item| item.user).collect();
    let people = users::by_id_in(&tx, &ids).await?;
    let people: HashMap<UserId, User> = people.into_iter().map(|u| (u.id, u)).collect();
    let sealed = told
        .values()
        .filter(|detail| detail.secrets != users::Secrets::default());
    let sealed: HashSet<i64> = sealed.map(|detail| detail.n).collect();
    let chunk = decide(&tx, items, told, &people, &profiles);
    users::add_own(&tx, &chunk.add).await?;
    users::change_own(&tx, &chunk.change).await?;
    users::clear_own(&tx, &chunk.clear).await?;
    for (profile, ids) in &chunk.given {
        users::set_profile(&tx, ids, *profile).await?;
    }
    users::change_ours(&tx, &chunk.ours).await?;
    plans::note_made(&tx, plan, &chunk.made).await?;
    users::note(&tx, &chunk.events, &hold.actor()).await?;
    let lost: HashSet<&str> = chunk.failed.iter().map(|f| f.subject.as_str()).collect();
    let taken = |item: &&Item| sealed.contains(&item.n) && !lost.contains(subject(item).as_str());
    let taken: Vec<_> = items.iter().filter(taken).map(|item| item.n).collect();
    details::hand_over(&tx, plan, &taken).await?;
    let made: HashSet<i64> = chunk.made.iter().map(|(n, _)| *n).collect();
    let rest = items.iter().map(|item| item.n);
    let rest: Vec<_> = rest.filter(|n| !made.contains(n)).collect();
    plans::mark_done(&tx, plan, &rest).await?;
    jobs::settle(&tx, hold.id(), &chunk.failed).await?;
    let step = Step {
        done: as_i64(items.len()),
        failed: as_i64(chunk.failed.len()),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}

fn decide(
    tx: &Tx,
    items: &[Item],
    mut told: HashMap<i64, Detail>,
    people: &HashMap<UserId, User>,
    profiles: &HashSet<ProfileId>,
) -> Chunk {
    let mut chunk = Chunk::default();
    for item in items {
        let user = item.user.and_then(|id| people.get(&id));
        let as_planned = match (item.user, user) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(reasons::no_such_user()),
            (Some(_), Some(user)) if user.fields.hash() == item.hash => Ok(()),
            (Some(_), Some(_)) => Err(reasons::changed_since_plan()),
        };
        if let Err(why) = as_planned {
            chunk
                .failed
                .push(Settled::failed(&subject(item), &item.label, why));
            continue;
        }
        let detail = told.remove(&item.n).and_then(|detail| {
            let mut kept: Kept = serde_json::from_str(&detail.data).ok()?;
            Some((kept.fields.take()?, kept, detail.secrets))
        });
        let Some((fields, kept, secrets)) = detail else {
            // Nothing changes, and nothing was kept of it.
            continue;
        };
        let gives = kept.gives.and_then(|gives| gives.profile);
        if gives.is_some_and(|id| !profiles.contains(&id)) {
            let why = reasons::no_profile();
            let lost = Settled::failed(&subject(item), &item.label, why);
            chunk.failed.push(lost);
            continue;
        }
        let line = format!("CSV file, line {}", kept.line);
        let profile = match kept.gives {
            Some(gives) => gives.profile,
            // The one that the user has by now.
            None => user.and_then(|user| user.profile),
        };
        let mut ours = user.map_or_else(Ours::default, |user| user.ours.clone());
        if let Some([host, port]) = kept.client_service {
            (ours.client_service_host, ours.client_service_port) = (host, port);
        }
        if let Some(user) = user.filter(|user| user.is_sourced()) {
            chunk.events.push((user.id, "changed", line));
            if user.profile != profile {
                chunk.given.entry(profile).or_default().push(user.id);
            }
            if user.ours != ours {
                let user = user.clone();
                chunk.ours.push(User { ours, ..user });
            }
            continue;
        }
        let own = Own {
            id: user.map_or_else(|| UserId::new(tx.env()), |user| user.id),
            profile,
            fields,
            ours,
            secrets,
        };
        if item.action == Action::Create {
            chunk.made.push((item.n, own.id));
            chunk.events.push((own.id, "imported", line));
            chunk.add.push(own);
        } else {
            chunk.events.push((own.id, "changed", line));
            if !kept.clears.is_empty() {
                chunk.clear.push((own.id, kept.clears));
            }
            chunk.change.push(own);
        }
    }
    chunk
}

fn subject(item: &Item) -> String {
    item.user
        .map_or_else(|| item.n.to_string(), |id| id.to_string())
}
