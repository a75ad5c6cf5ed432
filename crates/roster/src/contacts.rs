//! Who is registered: contacts of a connection are read page by page and kept as far as they are users of ours; which device each
//! is, is decided by when that fetched its configuration and by what it calls itself.

use std::collections::HashMap;

use components::{Contact, Contacts, Form};
use model::{Actor, ConnectionId, DeviceId, Order, Outcome, Timestamp, UserId};
use store::{
    Hold, Store, as_i64, connections,
    connections::Connection,
    contacts::{self, Counted, Open, Told},
    devices::{self, Device},
    jobs::{self, Standing, Step},
    users,
};

use crate::{Error, connections as ours};

/// Contacts whose device is looked for at a time.
const CHUNK: i64 = 500;
/// Contacts that are kept at a time.
const KEPT_AT_A_TIME: usize = 1_000;

/// The key by which one look at a connection waits at a time.
fn only_one(connection: ConnectionId) -> String {
    format!("contacts:{connection}")
}

/// How often a connection is asked who is registered; none where nothing registers at it, or nobody wants to know.
fn every_s(connection: &Connection) -> Option<i64> {
    let options = ours::options_of(connection);
    let form = Form::with(connection.kind, options.access);
    let tells = form.options.iter().any(|o| o.name == "contacts_every_s");
    let is_read = tells && !connection.paused && connection.read_by.is_none();
    let seconds = i64::from(options.contacts_every_s);
    (is_read && seconds > 0 && connection.scan.completed_at.is_some()).then_some(seconds)
}

/// Orders every look that is due: how many. Several servers may ask at once; each look is ordered by one of them.
pub async fn order_due(store: &Store) -> Result<usize, Error> {
    let mut ordered = 0;
    for connection in connections::list(store).await? {
        let Some(seconds) = every_s(&connection).filter(|_| ours::is_ready(&connection)) else {
            continue;
        };
        let tx = store.begin().await?;
        if contacts::take_due(&tx, connection.id, seconds).await? {
            let key = only_one(connection.id);
            jobs::forget_over(&tx, &key).await?;
            let order = Order::Contacts {
                connection: connection.id,
            };
            jobs::enqueue(&tx, &order, 0, Some(&key), &Actor::system()).await?;
            ordered += 1;
        }
        tx.commit().await?;
    }
    Ok(ordered)
}

/// How far a look came, as its job keeps it.
struct Position {
    began: Timestamp,
    counted: Counted,
    /// Cursor of the next page; none at the first.
    cursor: Option<String>,
}

impl Position {
    /// That of a job; of one that has none yet the beginning.
    fn of(kept: &str, now: Timestamp) -> Self {
        let read = || {
            let mut parts = kept.splitn(4, ' ');
            let mut number = || parts.next()?.parse().ok();
            let began = Timestamp(number()?);
            let counted = Counted {
                known: number()?,
                unknown: number()?,
            };
            Some(Self {
                began,
                counted,
                cursor: Some(parts.next()?.to_owned()),
            })
        };
        read().unwrap_or(Self {
            began: now,
            counted: Counted::default(),
            cursor: None,
        })
    }

    /// As it is kept; nothing before the first page and after the last.
    fn written(&self) -> Option<String> {
        let cursor = self.cursor.as_ref()?;
        let Counted { known, unknown } = self.counted;
        Some(format!("{} {known} {unknown} {cursor}", self.began.0))
    }
}

/// Carries the order out, or goes on with it: nobody is forgotten before all pages were read.
pub async fn carry_out(hold: Hold<'_>, connection: ConnectionId) -> Result<Outcome, Error> {
    let connection = connections::get(hold.store, connection).await?;
    let mut position = Position::of(&hold.job.cursor, hold.store.env().now());
    let mut component = ours::open(hold.store, &connection).await?;
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let page = match component.contacts(position.cursor.as_deref()).await {
            Ok(page) => page,
            Err(components::Error::Throttled { retry_after_s }) => {
                let wait = i64::try_from(retry_after_s).unwrap_or(60).clamp(1, 3_600);
                return Ok(Outcome::Again {
                    at: hold.store.env().now().plus_s(wait),
                    why: "the component is busy".to_owned(),
                });
            }
            Err(error) => return Err(ours::of(&connection, error)),
        };
        position.cursor.clone_from(&page.next);
        keep(hold, connection.id, page, &mut position).await?;
        if position.cursor.is_none() {
            break;
        }
    }
    find_devices(hold, connection.id).await?;
    let tx = hold.store.begin().await?;
    let counted = position.counted;
    contacts::end(&tx, connection.id, position.began, counted).await?;
    let total = Step {
        total: Some(counted.known + counted.unknown),
        ..Step::default()
    };
    hold.advance(&tx, total).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Keeps a page, chunk by chunk: a registrar may tell everybody at once. With the last chunk it is noted how far the look came.
async fn keep(
    hold: Hold<'_>,
    connection: ConnectionId,
    page: Contacts,
    position: &mut Position,
) -> Result<(), Error> {
    position.counted.unknown += as_i64(page.skipped);
    let mut told: Vec<Told> = page.items.into_iter().map(told).collect();
    loop {
        let rest = told.split_off(told.len().min(KEPT_AT_A_TIME));
        let tx = hold.store.begin().await?;
        let kept = contacts::keep(&tx, connection, &told).await?;
        position.counted.known += kept.known;
        position.counted.unknown += kept.unknown;
        let written = position.written().filter(|_| rest.is_empty());
        let step = Step {
            done: as_i64(told.len()),
            cursor: written.as_deref(),
            ..Step::default()
        };
        hold.advance(&tx, step).await?;
        tx.commit().await?;
        if rest.is_empty() {
            return Ok(());
        }
        told = rest;
    }
}

fn told(contact: Contact) -> Told {
    Told {
        host: contact.host().to_owned(),
        source_id: contact.source_id,
        user: contact.user,
        address: contact.address,
        agent: contact.agent,
        since: contact.since,
    }
}

/// Looks for the devices of contacts that have none yet, chunk by chunk, each one transaction.
async fn find_devices(hold: Hold<'_>, connection: ConnectionId) -> Result<(), Error> {
    let mut after: Option<Open> = None;
    loop {
        let open = contacts::open(hold.store, connection, after.as_ref(), CHUNK).await?;
        if open.is_empty() {
            return Ok(());
        }
        let tx = hold.store.begin().await?;
        let ids: Vec<UserId> = open.iter().map(|contact| contact.user).collect();
        let mut by_user: HashMap<UserId, Vec<Device>> = HashMap::new();
        for device in devices::live_of_in(&tx, &ids).await? {
            by_user.entry(device.user).or_default().push(device);
        }
        let mut found = Vec::new();
        let mut noted: HashMap<DeviceId, (UserId, &str, String)> = HashMap::new();
        for contact in &open {
            let devices = by_user.get(&contact.user).map_or(&[][..], Vec::as_slice);
            let Some(device) = device_of(contact, devices) else {
                continue;
            };
            found.push((contact, device.id));
            if device.registered.is_none() {
                let line = (contact.user, "registered", contact.agent.clone());
                noted.insert(device.id, line);
            }
        }
        contacts::assign(&tx, connection, &found).await?;
        let noted: Vec<_> = noted.into_values().collect();
        users::note(&tx, &noted, &Actor::system()).await?;
        hold.advance(&tx, Step::default()).await?;
        tx.commit().await?;
        after = open.into_iter().next_back();
    }
}

/// The device that a contact is: of those whose client it fits and that fetched before it was first seen, the one that did so
/// last.
fn device_of<'d>(contact: &Open, devices: &'d [Device]) -> Option<&'d Device> {
    let fetched = |device: &Device| {
        let last = device.fetched_at.filter(|at| *at <= contact.first_at);
        last.unwrap_or(device.created_at)
    };
    let fits = |device: &&Device| {
        device.client.fits(&contact.agent) && fetched(device) <= contact.first_at
    };
    devices.iter().filter(fits).max_by_key(|d| fetched(d))
}

#[cfg(test)]
mod tests {
    use model::{ClientKind, DeploymentId, deployment::DeviceState};
    use uuid::Uuid;

    use super::*;

    fn device(n: u128, client: ClientKind, created: i64, fetched: i64) -> Device {
        Device {
            id: DeviceId(Uuid::from_u128(n)),
            deployment: DeploymentId(Uuid::nil()),
            user: UserId(Uuid::nil()),
            state: DeviceState::Live,
            client,
            agent: String::new(),
            created_at: Timestamp(created),
            downloaded_at: Some(Timestamp(created)),
            fetched_at: Some(Timestamp(fetched)),
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        }
    }

    fn found(agent: &str, first: i64, devices: &[Device]) -> Option<u128> {
        let contact = Open {
            mac: vec![],
            user: UserId(Uuid::nil()),
            agent: agent.to_owned(),
            first_at: Timestamp(first),
            kept_at: Timestamp(first),
        };
        device_of(&contact, devices).map(|device| device.id.0.as_u128())
    }

    #[test]
    fn a_contact_is_the_device_that_fetched_last_before_it() {
        let devices = [
            device(1, ClientKind::Linphone, 100, 100),
            device(2, ClientKind::Linphone, 200, 200),
            device(3, ClientKind::Baresip, 50, 50),
        ];
        assert_eq!(found("LinphoneAndroid/5.2.1", 150, &devices), Some(1));
        assert_eq!(found("LinphoneAndroid/5.2.1", 250, &devices), Some(2));
        assert_eq!(found("baresip", 250, &devices), Some(3));
        // The first phone came back the next morning.
        let again = [
            device(1, ClientKind::Linphone, 100, 300),
            devices[1].clone(),
        ];
        assert_eq!(found("LinphoneAndroid/5.2.1", 310, &again), Some(1));
        assert_eq!(found("LinphoneAndroid/5.2.1", 250, &again), Some(2));
    }

    #[test]
    fn a_desk_phone_and_one_that_was_there_before_are_no_device() {
        let devices = [device(1, ClientKind::Linphone, 100, 100)];
        assert_eq!(found("DeskPhone/9", 150, &devices), None);
        assert_eq!(found("Linphone/5", 99, &devices), None);
        assert_eq!(found("", 150, &devices), None);
    }
}
