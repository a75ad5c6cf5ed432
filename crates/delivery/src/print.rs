//! Deployments without a mail, whose link and code are shown once: *Print*, for whoever has no mailbox at hand, and what people
//! show themselves (self-deployment).

use std::time::Duration;

use model::{
    Actor, DeploymentId, LinkMode, Refusal, Secret, Timestamp, UserId, UserState,
    plan::reasons,
    ticket::{LinkHash, code_key, new_code, new_device_link, new_ticket},
};
use store::{
    Store, audit,
    deployments::{self, Shown},
    provisioning, secrets, users,
};

use crate::{Error, Settings, account, qr};

/// What is shown. It is not kept, and cannot be shown again.
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

/// Why a deployment is shown, as the deployment, the timeline and the audit call it.
struct Occasion {
    reason: &'static str,
    event: &'static str,
    action: &'static str,
}

const PRINTED: Occasion = Occasion {
    reason: "printed",
    event: "deployment-printed",
    action: "user.printed",
};
const BY_THEMSELF: Occasion = Occasion {
    reason: "self",
    event: "self-deployed",
    action: "user.self-deployed",
};

/// So long the redirect server may take to know a link, and how often that is looked at.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Makes a deployment of a user whose link is printed; the user's earlier unused links end.
///
/// # Errors
/// [`Error::CannotPreview`] with the reason where the person could not be deployed, or the redirect server did not take the link within
/// a moment: then nothing has changed.
pub async fn print(
    store: &Store,
    settings: &Settings,
    user: UserId,
    actor: &Actor,
) -> Result<Sheet, Error> {
    show(store, settings, user, &PRINTED, actor).await
}

/// What a person is shown who deploys themself.
#[derive(Debug)]
pub enum SelfDeployed {
    /// The link.
    Sheet(Sheet),
    /// The secret of their account is being made, or the redirect server does not know the link yet.
    Preparing,
    /// They cannot be deployed; their timeline tells why.
    Cannot,
    /// They were shown enough for the moment.
    Enough,
}

/// A person is shown so many links within so many seconds.
const MOST: i64 = 20;
const WITHIN_S: i64 = 3600;

/// Makes a deployment for a person who asks for it, as [`print()`] does. Where their account has no secret yet, it is made.
pub async fn self_deploy(
    store: &Store,
    settings: &Settings,
    user: UserId,
) -> Result<SelfDeployed, Error> {
    let actor = Actor::person(user);
    let since = store.env().now().plus_s(-WITHIN_S);
    let noted = async |kind: &str| users::count_noted(store, user, kind, since).await;
    if noted(BY_THEMSELF.event).await? >= MOST {
        return Ok(SelfDeployed::Enough);
    }
    let why = match show(store, settings, user, &BY_THEMSELF, &actor).await {
        Ok(sheet) => return Ok(SelfDeployed::Sheet(sheet)),
        Err(Error::CannotPreview(why)) => why,
        Err(other) => return Err(other),
    };
    if why.code == reasons::not_published().code {
        return Ok(SelfDeployed::Preparing);
    }
    let kinds = ::users::kinds(store).await?;
    let is_noted = noted(NOT_BY_THEMSELF).await? > 0;
    let tx = store.begin().await?;
    if why.code == reasons::no_secret().code {
        let person = users::get_in(&tx, user).await?;
        if ::users::ask_secret(&tx, &person, &kinds, &actor).await? {
            tx.commit().await?;
            return Ok(SelfDeployed::Preparing);
        }
    }
    if !is_noted {
        users::note(&tx, &[(user, NOT_BY_THEMSELF, why.reason)], &actor).await?;
    }
    tx.commit().await?;
    Ok(SelfDeployed::Cannot)
}

/// What the timeline calls it where it did not work.
const NOT_BY_THEMSELF: &str = "self-deployment-failed";

async fn show(
    store: &Store,
    settings: &Settings,
    user: UserId,
    occasion: &Occasion,
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
    let link = settings.ticket_link(mode, &ticket);
    if !qr::fits(link.expose()) {
        return Err(refuse(reasons::long_link()));
    }
    let own = source.user.served().language;
    let shown = Shown {
        id: DeploymentId::new(env),
        user,
        reason: occasion.reason,
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
    deployments::add_shown(&tx, &shown).await?;
    let tx = if mode == LinkMode::Direct {
        tx
    } else {
        tx.commit().await?;
        let is_known = is_published(store, shown.id).await?;
        let tx = store.begin().await?;
        if !is_known {
            deployments::take_back(&tx, shown.id).await?;
            tx.commit().await?;
            return Err(refuse(reasons::not_published()));
        }
        tx
    };
    deployments::supersede_others(&tx, user, shown.id).await?;
    users::stamp_deployed(&tx, &[user]).await?;
    let event = (user, occasion.event, String::new());
    users::note(&tx, &[event], actor).await?;
    audit::append(&tx, actor, occasion.action, user, "").await?;
    tx.commit().await?;
    Ok(Sheet {
        link,
        code,
        code_address: settings.code_address(mode),
        expires_at: shown.expires_at,
        language: shown.language,
    })
}

/// Waits a moment for the redirect server to take a deployment's link: nobody is shown one that is dead, and the earlier ones work
/// until then.
async fn is_published(store: &Store, id: DeploymentId) -> Result<bool, Error> {
    let known = async {
        while !deployments::is_published(store, id).await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(true)
    };
    let waited = tokio::time::timeout(PUBLISHED_WITHIN, known).await;
    waited.unwrap_or(Ok(false))
}
