//! One device loses its access, and the links that it could come back by end; the person's other devices keep theirs.

use model::{Actor, DeviceId, Secret, UserId};
use store::{Store, audit, deployments, devices, self_passes, users};

use crate::Error;

/// Withdraws a device's link at once. Where its client has one, it is given the document that takes the account off it. Its
/// mail and its browser may be in a stranger's hands: the person's open links end, and their sessions, but for the one that asks
/// (`session`).
///
/// # Errors
/// [`store::Error::Missing`] where the user has no such device. One that was withdrawn before stays so.
pub async fn withdraw_device(
    store: &Store,
    user: UserId,
    device: DeviceId,
    session: Option<&Secret>,
    actor: &Actor,
) -> Result<(), Error> {
    let tx = store.begin().await?;
    let known = devices::get_in(&tx, device).await?;
    if known.user != user {
        return Err(store::Error::Missing("device").into());
    }
    if devices::revoke_one(&tx, user, device).await? {
        let event = (user, "device-withdrawn", known.agent);
        users::note(&tx, &[event], actor).await?;
        deployments::revoke(&tx, &[user]).await?;
        self_passes::end(&tx, &[user], session.map(Secret::expose)).await?;
        let of = format!("of user {user}");
        audit::append(&tx, actor, "device.withdrawn", device, &of).await?;
    }
    Ok(tx.commit().await?)
}
