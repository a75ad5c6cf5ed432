//! A ticket becomes a device: checked, rendered, committed before the first byte of the answer; stamped when
//! the client took the whole of it.

use std::sync::Arc;

use clients::{Document, Mark};
use model::{
    Actor, ClientKind, DeviceId, Fetch, LinkMode, Profile, ProfileId, Secret, UserState,
    deployment::DeviceState,
    text::product,
    ticket::{LinkHash, new_device_link},
};
use store::{
    Store, Tx,
    deployments::{self, Deployment},
    devices::{self, Device},
    profiles,
    provisioning::{self, Source},
    users,
};

use crate::{Error, Settings, account};

/// How a request came, as far as consuming a ticket goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking<'a> {
    /// Whether it is a POST.
    pub post: bool,
    /// Whether it bears the mark of a Linphone that wants its configuration.
    pub linphone_mark: bool,
    /// The client whose fixed address was asked.
    pub endpoint: Option<ClientKind>,
    /// Its `User-Agent`; only product and version are kept.
    pub agent: &'a str,
}

/// What a ticket was exchanged for.
#[derive(Debug)]
pub struct Exchanged {
    /// The configuration.
    pub document: Document,
    /// The device, pending until the client took the whole document.
    pub device: DeviceId,
    /// Whether it stays pending until the first use of its own link: nobody here sees what came out at the other end of a relay.
    pub awaits_use: bool,
}

/// Exchanges a ticket; `None` is the one refusal that tells nothing.
pub async fn exchange(
    store: &Store,
    settings: &Settings,
    ticket: &str,
    asking: Asking<'_>,
) -> Result<Option<Exchanged>, Error> {
    let hash = LinkHash::of(ticket);
    let Some(deployment) = deployments::find_by_ticket(store, hash).await? else {
        return Ok(None);
    };
    if !lives(store, &deployment) {
        return Ok(None);
    }
    let Some(source) = provisioning::of_user(store, deployment.user).await? else {
        return Ok(None);
    };
    if source.user.state == UserState::Suspended {
        return Ok(None);
    }
    let link = new_device_link(store.env());
    let Ok((document, client)) = account::render(
        &source,
        &settings.device_link(account::link_mode(&source), &link),
    ) else {
        return Ok(None);
    };
    if !consumes(client, asking) {
        return Ok(None);
    }
    let tx = store.begin().await?;
    let device = add_device(&tx, hash, &source, client, asking.agent, &link).await?;
    tx.commit().await?;
    Ok(device.map(|device| Exchanged {
        document,
        device,
        awaits_use: awaits_use(client, &source),
    }))
}

/// Whether a device's own link tells that it has its configuration: through a relay, where its client asks at every start.
fn awaits_use(client: ClientKind, source: &Source) -> bool {
    let profile = source.profile.as_ref();
    account::link_mode(source) == LinkMode::Relay
        && client == ClientKind::Linphone
        && profile.is_some_and(|profile| profile.settings.fetch == Fetch::EveryStart)
}

/// Whom a link's page is for.
#[derive(Debug)]
pub struct Reader {
    /// The person's language, or the profile's.
    pub language: Option<publication::Language>,
    /// The profile that the person has now.
    pub profile: Arc<Profile>,
}

/// Whether a GET without a mark finds a link that works: for the page that browsers get. Consumes nothing.
pub async fn find(store: &Store, ticket: &str) -> Result<Option<(Deployment, Reader)>, Error> {
    let found = deployments::find_by_ticket(store, LinkHash::of(ticket)).await?;
    let Some(deployment) = found else {
        return Ok(None);
    };
    let reader = reader(store, &deployment).await?;
    Ok(reader.map(|reader| (deployment, reader)))
}

/// Whom a deployment would give a configuration: it lives, has a place free, and its user is served. None: nobody.
pub(crate) async fn reader(
    store: &Store,
    deployment: &Deployment,
) -> Result<Option<Reader>, Error> {
    if !lives(store, deployment) {
        return Ok(None);
    }
    let Some(person) = provisioning::person_of(store, deployment).await? else {
        return Ok(None);
    };
    let user = person.user;
    if person.taken >= deployment.places || user.state == UserState::Suspended {
        return Ok(None);
    }
    Ok(person.profile.map(|profile| {
        let own = user.served().language;
        let language = match own.as_str() {
            "" => profile.settings.language.parse(),
            own => own.parse(),
        };
        let language = language.ok();
        Reader { language, profile }
    }))
}

pub(crate) fn lives(store: &Store, deployment: &Deployment) -> bool {
    deployment.state.ticket_lives() && store.env().now() < deployment.expires_at
}

fn consumes(client: ClientKind, asking: Asking<'_>) -> bool {
    match clients::mark(client) {
        Mark::Header(_) => asking.linphone_mark,
        Mark::Post => asking.post,
        Mark::Endpoint => asking.endpoint == Some(client),
    }
}

/// Adds the pending device if the ticket still lives and a place is free, both looked at within the
/// transaction that takes it. What changed since its document was made makes that out of date.
async fn add_device(
    tx: &Tx,
    ticket: LinkHash,
    source: &Source,
    client: ClientKind,
    agent: &str,
    link: &Secret,
) -> Result<Option<DeviceId>, Error> {
    let now = tx.env().now();
    let made_of = source.profile.as_ref();
    let made_of = made_of.map(|profile| (profile.id, profile.version));
    let held: Vec<ProfileId> = made_of.map(|(id, _)| id).into_iter().collect();
    let held = profiles::hold(tx, &held).await?.into_iter().next();
    let Some(user) = users::by_id_in(tx, &[source.user.id]).await?.pop() else {
        return Ok(None);
    };
    if user.state == UserState::Suspended {
        return Ok(None);
    }
    let is_present = user.version == source.user.version
        && user.profile == made_of.map(|(id, _)| id)
        && held == made_of;
    let Some(deployment) = deployments::find_by_ticket_in(tx, ticket).await? else {
        return Ok(None);
    };
    let lives = deployment.state.ticket_lives() && now < deployment.expires_at;
    if !lives || devices::places_taken(tx, deployment.id).await? >= deployment.places {
        return Ok(None);
    }
    if deployment.is_typed && devices::places_taken_by_code(tx, ticket).await? > 0 {
        return Ok(None);
    }
    let device = Device {
        id: DeviceId::new(tx.env()),
        deployment: deployment.id,
        user: user.id,
        state: DeviceState::Pending,
        client,
        agent: product(agent),
        created_at: now,
        downloaded_at: None,
        fetched_at: None,
        revoked_at: None,
        registered: None,
        out_of_date_at: (!is_present).then_some(now),
        forced_at: None,
        asks_again: source
            .profile
            .as_ref()
            .is_some_and(|profile| clients::asks_again(client, &profile.settings)),
    };
    devices::add(tx, &device, LinkHash::of(link.expose())).await?;
    if deployment.is_typed {
        devices::came_by_code(tx, device.id, ticket).await?;
    }
    Ok(Some(device.id))
}

/// The client took the whole document: the device counts, and *Downloaded* is stamped.
pub async fn taken(store: &Store, device: DeviceId) -> Result<(), Error> {
    let tx = store.begin().await?;
    stamp(&tx, device).await?;
    Ok(tx.commit().await?)
}

pub(crate) async fn stamp(tx: &Tx, device: DeviceId) -> Result<(), Error> {
    if !devices::stamp_downloaded(tx, device).await? {
        return Ok(());
    }
    let device = devices::get_in(tx, device).await?;
    deployments::stamp_downloaded(tx, device.deployment).await?;
    deployments::end_used_up(tx, device.deployment).await?;
    users::stamp_downloaded(tx, device.user).await?;
    let detail = if device.agent.is_empty() {
        device.client.title().to_owned()
    } else {
        device.agent
    };
    Ok(users::note(tx, &[(device.user, "downloaded", detail)], &Actor::system()).await?)
}

/// The connection broke before the client had the whole document: the place is free again.
pub async fn broken_off(store: &Store, device: DeviceId) -> Result<(), Error> {
    let tx = store.begin().await?;
    devices::give_place_back(&tx, device).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clients_own_mark_consumes() {
        let get = Asking {
            post: false,
            linphone_mark: false,
            endpoint: None,
            agent: "",
        };
        let post = Asking { post: true, ..get };
        let marked = Asking {
            linphone_mark: true,
            ..get
        };
        let at = |endpoint| Asking {
            endpoint: Some(endpoint),
            ..get
        };
        for kind in ClientKind::ALL {
            assert!(!consumes(kind, get), "{kind:?}");
            let own = match kind {
                ClientKind::Linphone => marked,
                ClientKind::Baresip | ClientKind::Json => post,
                ClientKind::Acrobits | ClientKind::Zoiper => at(kind),
            };
            assert!(consumes(kind, own), "{kind:?}");
        }
        assert!(!consumes(ClientKind::Zoiper, at(ClientKind::Acrobits)));
        assert!(!consumes(ClientKind::Acrobits, post));
    }
}
