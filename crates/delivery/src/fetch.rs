//! A device fetches its configuration again by its own link.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clients::Document;
use model::{
    ClientKind, DeviceId, LinkMode, Secret, Timestamp, UserState, deployment::DeviceState,
    ticket::LinkHash,
};
use sha2::{Digest, Sha256};
use store::{
    Store,
    devices::{self, Device, Given},
    provisioning,
};

use crate::{Error, Settings, account, exchange};

/// So long a withdrawn device is given the document that empties it.
const EMPTYING_DAYS: i64 = 30;

/// What a device's link answers.
#[derive(Debug)]
pub enum Fetched {
    /// The configuration, with its entity tag, and what is to be noted once the client took the whole of it.
    Document(Document, String, (DeviceId, Given)),
    /// The document that takes a withdrawn or suspended account off the device; with the device where it is seen here that it took it.
    Neutral(Document, Option<DeviceId>),
    /// The client has it already.
    NotModified(String),
    /// The one refusal.
    Refused,
}

/// Fetches by a device link. `if_none_match` is the request's header, if any (RFC 9110, section 13.1.2).
pub async fn fetch(
    store: &Store,
    settings: &Settings,
    fetches: &Fetches,
    link: &str,
    if_none_match: Option<&str>,
) -> Result<Fetched, Error> {
    let Some((device, source)) = provisioning::behind(store, LinkHash::of(link)).await? else {
        return Ok(Fetched::Refused);
    };
    let source = match (device.state, source) {
        (DeviceState::Revoked, source) => {
            let is_relayed = source.is_some_and(|s| account::link_mode(&s) == LinkMode::Relay);
            return Ok(withdrawn(&device, is_relayed, store.env().now()));
        }
        (DeviceState::Emptied, _) | (_, None) => return Ok(Fetched::Refused),
        (_, Some(source)) => source,
    };
    if source.user.state == UserState::Suspended {
        return Ok(suspended(&device));
    }
    let own = settings.device_link(account::link_mode(&source), &Secret::new(link));
    let Ok((document, client)) = account::render_unchecked(&source, &own) else {
        return Ok(Fetched::Refused);
    };
    let mark = mark(&document);
    let tag = tag(mark);
    let has_it = device.forced_at.is_none()
        && if_none_match.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    if !has_it && !fetches.is_sound(client, &document, mark) {
        return Ok(Fetched::Refused);
    }
    // A client cannot read what is made for another one.
    let Some(profile) = source.profile.filter(|_| client == device.client) else {
        return Ok(Fetched::Refused);
    };
    if device.state != DeviceState::Live {
        // The first use of its link: it has what it was given.
        let tx = store.begin().await?;
        exchange::stamp(&tx, device.id).await?;
        tx.commit().await?;
    }
    let given = Given {
        at: store.env().now(),
        user_version: source.user.version,
        profile: profile.id,
        profile_version: profile.version,
        asks_again: clients::asks_again(client, &profile.settings),
        forced_at: device.forced_at,
    };
    if has_it {
        fetches.note(device.id, given);
        return Ok(Fetched::NotModified(tag));
    }
    Ok(Fetched::Document(document, tag, (device.id, given)))
}

/// What a withdrawn device gets: the document that empties it, where its client has one, for [`EMPTYING_DAYS`] or until it took it
/// whole, which is not seen through a relay. A document that it already has is no reason to answer with less: the account has to go.
fn withdrawn(device: &Device, is_relayed: bool, now: Timestamp) -> Fetched {
    let since = device.revoked_at.unwrap_or(device.created_at);
    let over = now > since.plus_days(EMPTYING_DAYS);
    match clients::neutral(device.client) {
        Some(document) if !over => {
            Fetched::Neutral(document, Some(device.id).filter(|_| !is_relayed))
        }
        _ => Fetched::Refused,
    }
}

/// What a device of a suspended person gets: the document that empties it, at every fetch, where its client has one. Its link
/// stays, because suspension ends.
fn suspended(device: &Device) -> Fetched {
    clients::neutral(device.client).map_or(Fetched::Refused, |document| {
        Fetched::Neutral(document, None)
    })
}

/// A withdrawn device took the whole of the document that empties it: its link is dead now.
pub async fn emptied(store: &Store, device: DeviceId) -> Result<(), Error> {
    let tx = store.begin().await?;
    devices::stamp_emptied(&tx, device).await?;
    Ok(tx.commit().await?)
}

/// Notes at the program's start in which form it makes documents: devices that were given another are out of date.
pub async fn renew_form(store: &Store) -> Result<(), Error> {
    let tx = store.begin().await?;
    devices::renew_form(&tx, clients::FORM).await?;
    Ok(tx.commit().await?)
}

/// Half of a document's SHA-256.
type Mark = [u8; 16];

fn mark(document: &Document) -> Mark {
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(&document.body)[..16]);
    half
}

/// A strong entity tag that tells nothing of the document but whether it changed.
fn tag(mark: Mark) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(mark))
}

/// What is remembered of later fetches: their times, written together, of which a crash may lose a few seconds; and which documents
/// were found complete, as phones get the same one at every start.
#[derive(Debug, Default)]
pub struct Fetches {
    latest: Mutex<HashMap<DeviceId, Given>>,
    sound: Mutex<HashSet<(ClientKind, Mark)>>,
}

/// So many documents are known to be complete, then none.
const SOUND_MAX: usize = 100_000;

impl Fetches {
    /// Whether a document is complete.
    fn is_sound(&self, client: ClientKind, document: &Document, mark: Mark) -> bool {
        let known = || self.sound.lock().expect("nothing panics while holding it");
        if known().contains(&(client, mark)) {
            return true;
        }
        let is_sound = clients::validate(client, &document.body).is_ok();
        if is_sound {
            let mut known = known();
            if known.len() >= SOUND_MAX {
                known.clear();
            }
            known.insert((client, mark));
        }
        is_sound
    }

    /// Notes that a device has what it was given.
    pub fn note(&self, device: DeviceId, given: Given) {
        self.latest
            .lock()
            .expect("nothing panics while holding it")
            .insert(device, given);
    }

    /// Writes what was collected.
    pub async fn flush(&self, store: &Store) -> Result<(), Error> {
        let latest =
            std::mem::take(&mut *self.latest.lock().expect("nothing panics while holding it"));
        if latest.is_empty() {
            return Ok(());
        }
        let tx = store.begin().await?;
        devices::stamp_fetched(&tx, &latest.into_iter().collect::<Vec<_>>()).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    const WHOLE: &str = "<sip:ada@pbx.example.org>;auth_user=ada;auth_pass=Sesame-1;regint=600";

    #[test]
    fn a_document_is_found_complete_once_and_one_that_lacks_something_never_is() {
        let fetches = Fetches::default();
        for (body, is_whole) in [(WHOLE, true), ("<sip:ada@pbx.example.org>", false)] {
            let document = Document {
                content_type: "text/plain",
                body: Zeroizing::new(body.into()),
            };
            let mark = mark(&document);
            for _ in 0..2 {
                let told = fetches.is_sound(ClientKind::Baresip, &document, mark);
                assert_eq!(told, is_whole, "{body}");
            }
            let known = fetches.sound.lock().unwrap();
            assert_eq!(
                known.contains(&(ClientKind::Baresip, mark)),
                is_whole,
                "{body}"
            );
        }
    }
}
