//! The plan of a deployment from Manage: who will be offered a configuration and who cannot be, then the order.

use std::collections::HashMap;

use ::users::{
    Asked, Kinds, ask_deployment,
    making::{About, Agreed, Making, look},
    sip_record,
};
use clients::deployable;
use model::{
    Actor, JobId, PlanId, Profile, Refusal, Selection, User, UserId, UserState,
    plan::{Action, reasons},
};
use serde::{Deserialize, Serialize};
use store::{
    Store,
    plans::{self, ItemQuery, Plan, Purpose, count},
    profiles, records,
    records::Stored,
    users::{self, OwnAccount},
};

use crate::{Error, account};

/// What is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// Which users.
    pub selection: Selection<UserId>,
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
        ..About::of(Purpose::Deployment)
    };
    let mut making = Making::begin(store, about, &wanted.selection, actor).await?;
    while let Some(people) = making.next().await? {
        let entries: Vec<_> = people.iter().filter_map(|user| user.entry).collect();
        let stored = records::of_entries(store, &entries).await?;
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let own = users::own_accounts(store, &ids).await?;
        for user in &people {
            row(
                &mut making,
                user,
                decide(user, &all, (&stored, &own), &kinds),
            );
        }
    }
    Ok(making.end().await?)
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
    if let Agreed::Before(job) = look(&tx, id, Purpose::Deployment).await? {
        return Ok(job);
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
