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

use crate::{Error, exchange::lives, recipient::recipient};

/// The reason that such a deployment is ordered for.
const REASON: &str = "renewal";
/// A person is deployed so often at most, by whomever, within so many seconds before: what failed counts too.
const MOST: i64 = 3;
const WITHIN_S: i64 = 24 * 3600;
/// And none sooner after another.
const APART_S: i64 = 600;
/// What a timeline says of a wish that was not met.
const NOT_MET: &str = "new-link-not-sent";

/// Why a wish is not met, as an administrator reads it.
type Why = &'static str;

/// Orders a new deployment for the person of a link that does not work any more. Does nothing where the link is not known or its end is
/// long ago, or where its person has one that works or is on its way, is suspended, has no profile or no address, was sent enough of
/// them, or had a device or links withdrawn since this one was made: then somebody deploys them, whom their timeline tells of the wish.
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
    let why = if works || deployments::has_working(store, user).await? {
        Some("a link of theirs works")
    } else if deployments::is_withdrawn(store, &deployment).await? {
        Some("a link or a device of theirs was withdrawn: deploy them yourself")
    } else {
        order(store, user, REASON, &Actor::system()).await?
    };
    match why {
        Some(why) => note(store, user, why).await,
        None => Ok(()),
    }
}

/// Notes a wish that was not met, one every [`APART_S`]: whoever has a dead link may ask again and again.
async fn note(store: &Store, user: UserId, why: Why) -> Result<(), Error> {
    let since = store.env().now().plus_s(-APART_S);
    if users::count_noted(store, user, NOT_MET, since).await? > 0 {
        return Ok(());
    }
    let tx = store.begin().await?;
    if users::by_id_in(&tx, &[user]).await?.is_empty() {
        return Ok(());
    }
    users::note(&tx, &[(user, NOT_MET, why.to_owned())], &Actor::system()).await?;
    Ok(tx.commit().await?)
}

/// Orders a new deployment for a person who asks for it themself, to the address that is known: whether it was ordered. It is
/// not where they were sent enough of them, or no mail would find its way.
pub async fn mail_link(store: &Store, user: UserId) -> Result<bool, Error> {
    let why = order(store, user, "self", &Actor::person(user)).await?;
    Ok(why.is_none())
}

/// Orders a deployment, or says why not.
async fn order(
    store: &Store,
    user: UserId,
    reason: &str,
    actor: &Actor,
) -> Result<Option<Why>, Error> {
    let now = store.env().now();
    let sent = async |within_s: i64| {
        let since = now.plus_s(-within_s);
        users::count_noted(store, user, "deployment-ordered", since).await
    };
    if sent(APART_S).await? > 0 {
        return Ok(Some("they were deployed less than ten minutes before"));
    }
    if sent(WITHIN_S).await? >= MOST {
        return Ok(Some("they were deployed three times within a day"));
    }
    let kinds = kinds(store).await?;
    let tx = store.begin().await?;
    let people = users::by_id_in(&tx, &[user]).await?;
    let Some(person) = people.first() else {
        return Ok(Some("they are gone"));
    };
    if let Some(why) = cannot_be_sent(&tx, person).await? {
        return Ok(Some(why));
    }
    let mut asked = Asked::begin(&tx, reason, None, actor).await?;
    ask_deployment(&tx, &mut asked, &people, &kinds, actor).await?;
    tx.commit().await?;
    Ok(None)
}

/// Why no mail would find its way, unless one would: a wish that cannot be met changes nothing. Whose turn in a wave has not come
/// may wait for days: they need not.
async fn cannot_be_sent(tx: &Tx, person: &User) -> Result<Option<Why>, Error> {
    if person.state == UserState::Suspended {
        return Ok(Some("they are suspended"));
    }
    let ahead = jobs::deployments_ahead(tx, person.id).await?;
    let at_once = |job: &Job| !matches!(job.order, Order::Deploy { wave: Some(_), .. });
    if deployments::is_mail_waiting(tx, person.id).await? || ahead.iter().any(at_once) {
        return Ok(Some("a mail to them is on its way"));
    }
    let Some(profile) = person.profile else {
        return Ok(Some("they have no profile"));
    };
    let profile = profiles::get_in(tx, profile).await?;
    let has_address = !recipient(&person.served(), Some(&profile.settings)).is_empty();
    Ok((!has_address).then_some("they have no e-mail address"))
}
