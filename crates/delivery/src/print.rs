//! *Print*: a deployment without a mail, whose link and code are shown once, for whoever has no mailbox at hand.

use model::{
    Actor, DeploymentId, Refusal, Secret, Timestamp, UserId, UserState,
    plan::reasons,
    ticket::{LinkHash, code_key, new_code, new_device_link, new_ticket},
};
use store::{
    Store, audit,
    deployments::{self, Printed},
    provisioning, secrets, users,
};

use crate::{Error, Settings, account};

/// What is printed. It is not kept, and cannot be shown again.
#[derive(Debug)]
pub struct Sheet {
    /// The link.
    pub link: Secret,
    /// The code for typing.
    pub code: Secret,
    /// The address where it is typed.
    pub code_address: String,
    /// Until when both work.
    pub expires_at: Timestamp,
    /// The language of its person; may be empty.
    pub language: String,
}

/// Makes a deployment of a user whose link is printed; the user's earlier unused links end.
///
/// # Errors
/// [`Error::CannotPreview`] with the reason where the person could not be deployed.
pub async fn print(
    store: &Store,
    settings: &Settings,
    user: UserId,
    actor: &Actor,
) -> Result<Sheet, Error> {
    let source = provisioning::of_user(store, user)
        .await?
        .ok_or(store::Error::Missing("user"))?;
    let refuse = |why: Refusal| Error::CannotPreview(why);
    if source.user.state == UserState::Suspended {
        return Err(refuse(reasons::suspended()));
    }
    let profile = source
        .profile
        .as_ref()
        .ok_or_else(|| refuse(reasons::do_not_deploy()))?;
    let (env, mode) = (store.env(), profile.settings.link_mode);
    settings.check_mode(mode).map_err(refuse)?;
    let trial = settings.device_link(mode, &new_device_link(env));
    account::render(&source, &trial).map_err(refuse)?;
    let (ticket, code) = (new_ticket(env), new_code(env));
    let own = source.user.served().language;
    let printed = Printed {
        id: DeploymentId::new(env),
        user,
        profile: profile.id,
        profile_version: profile.version,
        ticket: LinkHash::of(ticket.expose()),
        code_mac: secrets::code_mac(store, &code_key(code.expose())),
        link_mode: mode,
        language: if own.is_empty() {
            profile.settings.language.clone()
        } else {
            own
        },
        places: i64::from(profile.settings.devices),
        expires_at: env
            .now()
            .plus_days(i64::from(profile.settings.validity_days)),
    };
    let tx = store.begin().await?;
    deployments::add_printed(&tx, &printed).await?;
    users::stamp_deployed(&tx, user).await?;
    let event = (user, "deployment-printed", String::new());
    users::note(&tx, &[event], actor).await?;
    audit::append(&tx, actor, "user.printed", user, "").await?;
    tx.commit().await?;
    Ok(Sheet {
        link: settings.ticket_link(mode, &ticket),
        code,
        code_address: settings.code_address(mode),
        expires_at: printed.expires_at,
        language: printed.language,
    })
}
