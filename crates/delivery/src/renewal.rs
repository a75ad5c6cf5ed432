//! *Send me a new link*: a dead link is enough to ask for it, and the new one goes to the address that is known, by a
//! deployment like any other. Whoever asks learns nothing. What was withdrawn is not brought back like this: who has the lost phone
//! has its mailbox as well.

use ::users::{Asked, ask_deployment, kinds};
use model::{Actor, Order, User, UserId, UserState, ticket::LinkHash};
use store::{
    Store, Tx,
    deployments::{self, TOMBSTONE_DAYS},
    jobs::{self, Job},
    profiles, users,
};

use crate::{Error, exchange::lives};

/// The reason that such a deployment is ordered for.
const REASON: &str = "renewal";
/// A person is deployed so often at most, by whomever, within so many seconds before: what failed counts too.
const MOST: i64 = 3;
const WITHIN_S: i64 = 24 * 3600;
/// And none sooner after another.
const APART_S: i64 = 600;

/// Orders a new deployment for the person of a link that does not work any more. Does nothing where the link is not known or its end is
/// long ago, or where its person has one that works or is on its way, is suspended, has no profile or no address, was sent enough of
/// them, or had a device or links withdrawn since this one was made: then somebody deploys them.
pub async fn renew(store: &Store, ticket: &str) -> Result<(), Error> {
    let found = deployments::find_by_ticket(store, LinkHash::of(ticket)).await?;
    let Some(deployment) = found else {
        return Ok(());
    };
    let (user, now) = (deployment.user, store.env().now());
    if now > deployment.expires_at.plus_days(TOMBSTONE_DAYS) {
        return Ok(());
    }
    let works = lives(store, &deployment) && !deployments::is_used_up(store, &deployment).await?;
    if works
        || deployments::has_working(store, user).await?
        || deployments::is_withdrawn(store, &deployment).await?
    {
        return Ok(());
    }
    order(store, user, REASON, &Actor::system()).await.map(drop)
}

/// Orders a new deployment for a person who asks for it themself, to the address that is known: whether it was ordered. It is
/// not where they were sent enough of them, or no mail would find its way.
pub async fn mail_link(store: &Store, user: UserId) -> Result<bool, Error> {
    order(store, user, "self", &Actor::person(user)).await
}

async fn order(store: &Store, user: UserId, reason: &str, actor: &Actor) -> Result<bool, Error> {
    let now = store.env().now();
    let sent = async |within_s: i64| {
        let since = now.plus_s(-within_s);
        users::count_noted(store, user, "deployment-ordered", since).await
    };
    if sent(WITHIN_S).await? >= MOST || sent(APART_S).await? > 0 {
        return Ok(false);
    }
    let kinds = kinds(store).await?;
    let tx = store.begin().await?;
    let people = users::by_id_in(&tx, &[user]).await?;
    let Some(person) = people.first() else {
        return Ok(false);
    };
    if !can_be_sent(&tx, person).await? {
        return Ok(false);
    }
    let mut asked = Asked::begin(&tx, reason, None, actor).await?;
    ask_deployment(&tx, &mut asked, &people, &kinds, actor).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether a mail would find its way, and none is on its way: a wish that cannot be met changes nothing. Whose turn in a wave has
/// not come may wait for days: they need not.
async fn can_be_sent(tx: &Tx, person: &User) -> Result<bool, Error> {
    if person.state == UserState::Suspended || deployments::is_mail_waiting(tx, person.id).await? {
        return Ok(false);
    }
    let ahead = jobs::deployments_ahead(tx, person.id).await?;
    let at_once = |job: &Job| !matches!(job.order, Order::Deploy { wave: Some(_), .. });
    let Some(profile) = person.profile.filter(|_| !ahead.iter().any(at_once)) else {
        return Ok(false);
    };
    let central = profiles::get_in(tx, profile).await?.settings.central_email;
    Ok(!central.is_empty() || !person.served().email.is_empty())
}
