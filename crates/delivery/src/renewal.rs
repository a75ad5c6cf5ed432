//! *Send me a new link*: a dead link is enough to ask for it, and the new one goes to the address that is known, by a
//! deployment like any other. Whoever asks learns nothing.

use ::users::{Asked, ask_deployment, kinds};
use model::{Actor, UserState, ticket::LinkHash};
use store::{Store, deployments, users};

use crate::{Error, exchange::lives};

/// The reason that such a deployment is ordered for.
const REASON: &str = "renewal";
/// One person is sent so many of them, within so many seconds.
const MOST: i64 = 3;
const WITHIN_S: i64 = 24 * 3600;
/// And none sooner after another.
const APART_S: i64 = 600;

/// Orders a new deployment for the person of a link that does not work any more. Does nothing where the link works, is not known, or
/// its person is suspended, has no profile, has one on the way, or was sent enough of them.
pub async fn renew(store: &Store, ticket: &str) -> Result<(), Error> {
    let found = deployments::find_by_ticket(store, LinkHash::of(ticket)).await?;
    let Some(deployment) = found else {
        return Ok(());
    };
    if lives(store, &deployment) && !deployments::is_used_up(store, &deployment).await? {
        return Ok(());
    }
    let now = store.env().now();
    let sent = async |within_s: i64| {
        let since = now.plus_s(-within_s);
        deployments::count_since(store, deployment.user, REASON, since).await
    };
    if sent(WITHIN_S).await? >= MOST || sent(APART_S).await? > 0 {
        return Ok(());
    }
    let kinds = kinds(store).await?;
    let tx = store.begin().await?;
    let people = users::by_id_in(&tx, &[deployment.user]).await?;
    let waits = |state| matches!(state, UserState::Suspended | UserState::Queued);
    if people
        .iter()
        .all(|user| user.profile.is_some() && !waits(user.state))
        && !people.is_empty()
    {
        let actor = Actor::system();
        let mut asked = Asked::begin(&tx, REASON, None, &actor).await?;
        ask_deployment(&tx, &mut asked, &people, &kinds, &actor).await?;
    }
    Ok(tx.commit().await?)
}
