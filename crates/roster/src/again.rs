//! Records read again at their components, one by one, and the entries made of them: what *Sync data* looks at. Over many
//! people a scan is the better reader.

use std::collections::{BTreeMap, HashMap, HashSet};

use components::Component;
use model::{Actor, ConnectionId, EntryId, Order, Record, RecordId, Refusal};
use store::{
    Store,
    connections::{self, Connection},
    jobs,
    records::{self, Stored},
};
use tokio::task::JoinSet;

use crate::{Error, authorize, connections as ours, derive};

/// Entries that are written in one transaction.
const CHUNK: usize = 500;

/// What came of reading records again.
#[derive(Debug, Default)]
pub struct Again {
    /// The entries that cannot be relied on, each with the reason.
    pub refused: HashMap<EntryId, Refusal>,
    /// The names of connections whose kind gives no single record: what they tell is as the last scan told it.
    pub not_asked: Vec<String>,
}

/// Reads the records of some entries again, keeps what their components tell now and makes the entries anew.
pub async fn read_again(store: &Store, entries: &[EntryId], actor: &Actor) -> Result<Again, Error> {
    let mut by_connection: BTreeMap<ConnectionId, Vec<Stored>> = BTreeMap::new();
    for stored in records::of_entries(store, entries).await? {
        by_connection
            .entry(stored.connection)
            .or_default()
            .push(stored);
    }
    let mut asking = JoinSet::new();
    for connection in connections::list(store).await? {
        if let Some(records) = by_connection.remove(&connection.id) {
            asking.spawn(ask(store.clone(), connection, records));
        }
    }
    let (mut again, mut changed) = (Again::default(), Vec::new());
    while let Some(told) = asking.join_next().await {
        let told = told.expect("asking a component does not panic")?;
        again.refused.extend(told.refused);
        again.not_asked.extend(told.not_asked);
        changed.extend(told.changed);
    }
    keep(store, &changed, actor).await?;
    again.not_asked.sort_unstable();
    Ok(again)
}

/// What one connection told.
#[derive(Default)]
struct Told {
    changed: Vec<(EntryId, RecordId, Record)>,
    refused: Vec<(EntryId, Refusal)>,
    not_asked: Option<String>,
}

/// Asks one connection for records of its own, one after the other. A failure that is no record's own ends it: the rest would
/// fail alike, each after its time limit.
async fn ask(store: Store, connection: Connection, records: Vec<Stored>) -> Result<Told, Error> {
    let mut told = Told::default();
    let mut component = match ours::open(&store, &connection).await {
        Ok(component) => component,
        Err(Error::Component { source, .. }) => {
            let why = not_read(&connection, &source);
            told.refused = records.iter().filter_map(|r| refuse(r, &why)).collect();
            return Ok(told);
        }
        Err(other) => return Err(other),
    };
    let mut rest = records.iter();
    while let Some(stored) = rest.next() {
        match now(&mut *component, &stored.record).await {
            Ok(Now::Same) => {}
            Ok(Now::Changed(record)) => {
                let changed = stored.entry.map(|entry| (entry, stored.id, *record));
                told.changed.extend(changed);
            }
            Ok(Now::NotThere) => told.refused.extend(refuse(stored, &not_there())),
            Err(components::Error::Unsupported { .. }) => {
                told.not_asked = Some(connection.name);
                return Ok(told);
            }
            Err(error) if is_its_own(&error) => {
                let why = not_read(&connection, &error);
                told.refused.extend(refuse(stored, &why));
            }
            Err(error) => {
                let why = not_read(&connection, &error);
                let all = std::iter::once(stored).chain(rest);
                told.refused.extend(all.filter_map(|r| refuse(r, &why)));
                return Ok(told);
            }
        }
    }
    authorize::accepted(&store, &connection, component.token()).await?;
    Ok(told)
}

/// What a component tells of a record now.
enum Now {
    Same,
    Changed(Box<Record>),
    NotThere,
}

async fn now(component: &mut dyn Component, known: &Record) -> Result<Now, components::Error> {
    Ok(match component.one(known).await {
        Ok(Some(record)) if record.source_id != known.source_id => Now::NotThere,
        Ok(Some(record)) if record.content_hash() == known.content_hash() => Now::Same,
        Ok(Some(record)) => Now::Changed(Box::new(record)),
        Ok(None) => Now::NotThere,
        Err(other) => return Err(other),
    })
}

/// Whether an error is about one record and says nothing of the others.
const fn is_its_own(error: &components::Error) -> bool {
    use components::Error::{Ambiguous, NotAddressable, NotUnderstood, Status, TooLarge};
    matches!(
        error,
        NotAddressable
            | Ambiguous
            | NotUnderstood { .. }
            | TooLarge { .. }
            | Status {
                status: 400..=499,
                ..
            }
    )
}

fn refuse(stored: &Stored, why: &Refusal) -> Option<(EntryId, Refusal)> {
    stored.entry.map(|entry| (entry, why.clone()))
}

/// Why a record could not be read. Rows are listed by the code, so that what concerns one connection has one of its own.
fn not_read(connection: &Connection, error: &components::Error) -> Refusal {
    match error {
        components::Error::NotAddressable => {
            Refusal::new("number-not-addressable", error.to_string(), error.hint())
        }
        components::Error::Ambiguous => {
            Refusal::new("number-ambiguous", error.to_string(), error.hint())
        }
        other => Refusal::new(
            &format!("not-read-{}", connection.id),
            format!("cannot read from {}: {other}", connection.name),
            other.hint(),
        ),
    }
}

fn not_there() -> Refusal {
    Refusal::new(
        "not-there",
        "a component does not find this person where it was",
        "scan its connection: that tells whether the person has another number there, or left",
    )
}

/// Keeps what changed, and has everything joined anew: numbers and logins may lead elsewhere now.
async fn keep(
    store: &Store,
    changed: &[(EntryId, RecordId, Record)],
    actor: &Actor,
) -> Result<(), Error> {
    let set = store::precedence::all(store).await?;
    for chunk in changed.chunks(CHUNK) {
        let entries: HashSet<EntryId> = chunk.iter().map(|(entry, ..)| *entry).collect();
        let entries: Vec<EntryId> = entries.into_iter().collect();
        let told: Vec<_> = chunk.iter().map(|(_, id, record)| (*id, record)).collect();
        let tx = store.begin().await?;
        records::tell_again(&tx, &told).await?;
        derive::renew(&tx, &entries, set.clone()).await?;
        jobs::enqueue(&tx, &Order::Join, 0, Some("join"), actor).await?;
        tx.commit().await?;
    }
    Ok(())
}
