//! *Send me a new link*: a dead link is enough to ask for it, and the new one goes to the address that is known, by a
//! deployment like any other. Whoever asks learns nothing.

use ::users::{Asked, ask_deployment, kinds};
use model::{Actor, User, UserState, ticket::LinkHash};
use store::{
    Store, Tx,
    deployments::{self, TOMBSTONE_DAYS},
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
/// long ago, or where its person has one that works or is on its way, is suspended, has no profile or no address, or was sent enough of
/// them.
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
    if works || deployments::has_working(store, user).await? {
        return Ok(());
    }
    let sent = async |within_s: i64| {
        let since = now.plus_s(-within_s);
        users::count_noted(store, user, "deployment-ordered", since).await
    };
    if sent(WITHIN_S).await? >= MOST || sent(APART_S).await? > 0 {
        return Ok(());
    }
    let kinds = kinds(store).await?;
    let tx = store.begin().await?;
    let people = users::by_id_in(&tx, &[user]).await?;
    for person in &people {
        if !can_be_sent(&tx, person).await? {
            return Ok(());
        }
    }
    if !people.is_empty() {
        let actor = Actor::system();
        let mut asked = Asked::begin(&tx, REASON, None, &actor).await?;
        ask_deployment(&tx, &mut asked, &people, &kinds, &actor).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether a mail would find its way: a wish that cannot be met changes nothing.
async fn can_be_sent(tx: &Tx, person: &User) -> Result<bool, Error> {
    let waits = matches!(person.state, UserState::Suspended | UserState::Queued);
    let Some(profile) = person.profile.filter(|_| !waits) else {
        return Ok(false);
    };
    let central = profiles::get_in(tx, profile).await?.settings.central_email;
    Ok(!central.is_empty() || !person.served().email.is_empty())
}
