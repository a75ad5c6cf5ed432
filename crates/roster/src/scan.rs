//! Scanning: all records of one connection, page by page, each page kept in one transaction together with
//! the place to go on from.

mod changed;
mod end;
mod secrets;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use components::{Changes, Component, Page, Print};
use model::{Actor, ConnectionId, JobId, Order, Outcome, Record, RecordId};
use store::{
    Hold, Store, Tx, as_i64,
    connections::{self, Connection},
    jobs::{self, Job, Standing, Step},
    pages::{self, Held},
    records,
};

use crate::{Error, authorize, change::is_same_place, cluster, connections as ours, derive::form};
use end::{end, failed, give_up, told, unchanged};

/// Orders scans of these connections, or of all.
pub async fn order(
    store: &Store,
    only: Option<ConnectionId>,
    actor: &Actor,
) -> Result<Vec<JobId>, Error> {
    let all = connections::list(store).await?;
    let wanted: Vec<_> = all
        .into_iter()
        .filter(|c| match only {
            Some(id) => id == c.id,
            None => !c.paused && !c.kind.pushes() && ours::is_ready(c),
        })
        .collect();
    if wanted.is_empty() && only.is_some() {
        return Err(store::Error::Missing("connection").into());
    }
    if wanted.iter().any(|connection| connection.kind.pushes()) {
        return Err(Error::Conflict {
            what: "this connection is not read: its people are pushed here",
            hint: "have the identity provider push them again",
        });
    }
    let tx = store.begin().await?;
    begin_round(&tx).await?;
    let mut ids = Vec::new();
    for connection in wanted {
        let order = Order::Scan {
            connection: connection.id,
        };
        let key = only_one(connection.id);
        ids.push(jobs::enqueue(&tx, &order, connection.scan.records, Some(&key), actor).await?);
    }
    tx.commit().await?;
    Ok(ids)
}

/// Begins a round of scans, unless one runs: scans beside each other are one round, and what joining finds changed, all
/// of them told.
pub(crate) async fn begin_round(tx: &Tx) -> Result<(), Error> {
    if !jobs::is_any_open(tx, &["scan", "join"]).await? {
        store::entries::begin_round(tx).await?;
    }
    Ok(())
}

/// Of the scans of one connection one waits and one runs.
pub(crate) fn only_one(connection: ConnectionId) -> String {
    format!("scan {connection}")
}

/// The last scans of a connection, newest first.
pub async fn last(store: &Store, connection: ConnectionId, limit: i64) -> Result<Vec<Job>, Error> {
    Ok(jobs::newest_of(store, &only_one(connection), limit).await?)
}

/// Carries a scan out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, connection: ConnectionId) -> Result<Outcome, Error> {
    match read(hold, connection).await {
        Err(Error::Store(store::Error::Missing("connection"))) => Ok(Outcome::GiveUp {
            why: "the connection was removed".to_owned(),
            hint: "nothing is to be done".to_owned(),
        }),
        other => other,
    }
}

async fn read(hold: Hold<'_>, connection: ConnectionId) -> Result<Outcome, Error> {
    let connection = connections::get(hold.store, connection).await?;
    let component = match ours::open(hold.store, &connection).await {
        Ok(component) => component,
        Err(Error::Component { source, .. }) => {
            return give_up(hold, &connection, &told(&source), source.hint()).await;
        }
        Err(other) => return Err(other),
    };
    match read_all(hold, &connection, component).await {
        Ok(outcome) => Ok(outcome),
        Err(Error::Component { source, .. }) => failed(hold, &connection, &source).await,
        Err(other) => Err(other),
    }
}

async fn read_all(
    hold: Hold<'_>,
    connection: &Connection,
    mut component: Box<dyn Component>,
) -> Result<Outcome, Error> {
    let Some(earlier) = earlier(hold, connection, &mut *component).await? else {
        return Ok(Outcome::Done);
    };
    let found = resumed(hold, connection, component.resumable());
    let mut may_begin_anew = found.is_some();
    let (mut number, mut cursor) = match found {
        Some(found) => found,
        None => match changes(hold, connection, &mut *component).await? {
            Changes::Nothing => return unchanged(hold, connection.id).await,
            Changes::These(these) if changed::keep(hold, connection, &these).await? => {
                return Ok(Outcome::Done);
            }
            Changes::These(_) | Changes::Unknown => (begin(hold, connection.id).await?, None),
        },
    };
    let mut n = if cursor.is_some() {
        connection.scan.page
    } else {
        0
    };
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let before = pages::held(hold.store, connection.id, n, form()).await?;
        let familiar = before.iter().map(|held| held.print).collect();
        let page = match component.page_beside(cursor.as_deref(), &familiar).await {
            Ok(page) => page,
            // The component forgot the place where an interrupted scan was to go on.
            Err(components::Error::StaleCursor) if may_begin_anew => {
                (number, cursor, n) = (begin(hold, connection.id).await?, None, 0);
                may_begin_anew = false;
                continue;
            }
            Err(source) => return Err(ours::of(connection, source)),
        };
        if cursor.is_none() {
            authorize::accepted(hold.store, connection, component.token()).await?;
        }
        let at = At {
            connection,
            number,
            page: n,
        };
        if !keep(hold, at, &page, &before, &earlier).await? {
            // Read all of it, now that nothing on it is familiar.
            let tx = hold.store.begin().await?;
            pages::keep(&tx, connection.id, n, form(), &[]).await?;
            tx.commit().await?;
            continue;
        }
        if page.next.is_none() {
            return end(hold, connection.id, number, &page, &earlier.members).await;
        }
        cursor = page.next;
        n += 1;
    }
}

/// Which page of which scan.
#[derive(Clone, Copy)]
struct At<'a> {
    connection: &'a Connection,
    number: i64,
    page: i64,
}

/// Connections that may have told the same records before.
struct Earlier {
    /// Other connections to the same cluster.
    members: Vec<ConnectionId>,
    /// Removed ones of the same kind, and whether they led to the same address.
    removed: Vec<(ConnectionId, bool)>,
}

/// Finds who told the same records before; none where another connection to the same cluster reads them.
async fn earlier(
    hold: Hold<'_>,
    connection: &Connection,
    component: &mut dyn Component,
) -> Result<Option<Earlier>, Error> {
    let nodes = component
        .cluster()
        .await
        .map_err(|source| ours::of(connection, source))?;
    let of = Connection {
        cluster: nodes,
        ..connection.clone()
    };
    let reader = cluster::reader(hold.store, &of).await?;
    let read_by = reader.as_ref().map(|reader| reader.id);
    if of.cluster != connection.cluster || read_by != connection.read_by {
        let tx = hold.store.begin().await?;
        connections::set_cluster(&tx, of.id, &of.cluster, read_by).await?;
        tx.commit().await?;
    }
    if let Some(reader) = reader {
        authorize::accepted(hold.store, connection, component.token()).await?;
        end::read_elsewhere(hold, of.id, &reader).await?;
        return Ok(None);
    }
    let members = cluster::members(hold.store, &of).await?;
    let removed = connections::removed(hold.store, of.kind).await?;
    Ok(Some(Earlier {
        members: members.into_iter().map(|member| member.id).collect(),
        removed: removed
            .into_iter()
            .map(|removed| (removed.id, is_same_place(&removed.address, &of.address)))
            .collect(),
    }))
}

/// What the component says about the time since the last complete scan.
async fn changes(
    hold: Hold<'_>,
    connection: &Connection,
    component: &mut dyn Component,
) -> Result<Changes, Error> {
    let checkpoint = connections::checkpoint(hold.store, connection.id).await?;
    if checkpoint.is_empty() {
        return Ok(Changes::Unknown);
    }
    let changes = component.changes(&checkpoint).await;
    changes.map_err(|source| ours::of(connection, source))
}

/// What the job's own cursor says: which scan is its, and how often which page of it was refused for the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    number: i64,
    page: i64,
    tries: i64,
}

impl Progress {
    fn of(hold: Hold<'_>) -> Self {
        let mut parts = hold.job.cursor.split(' ').map(|part| part.parse().ok());
        let mut next = || parts.next().flatten().unwrap_or(0);
        Self {
            number: next(),
            page: next(),
            tries: next(),
        }
    }

    fn to_cursor(self) -> String {
        format!("{} {} {}", self.number, self.page, self.tries)
    }
}

/// The place where this job's scan was interrupted and can go on: its number and cursor.
fn resumed(
    hold: Hold<'_>,
    connection: &Connection,
    resumable: bool,
) -> Option<(i64, Option<String>)> {
    let scan = &connection.scan;
    let is_ours = Progress::of(hold).number == scan.number && !scan.cursor.is_empty();
    (resumable && is_ours).then(|| (scan.number, Some(scan.cursor.clone())))
}

/// Begins a scan at its first page: its number.
async fn begin(hold: Hold<'_>, connection: ConnectionId) -> Result<i64, Error> {
    let tx = hold.store.begin().await?;
    let number = connections::start_scan(&tx, connection).await?;
    let progress = Progress {
        number,
        ..Progress::of(hold)
    };
    // What an earlier try counted is counted anew.
    let step = Step {
        done: -hold.job.done,
        cursor: Some(&progress.to_cursor()),
        note: Some("reading"),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    Ok(number)
}

/// Keeps a page; not one that tells a record twice of which one was familiar: which of them comes last, and counts, is not known then.
async fn keep(
    hold: Hold<'_>,
    At {
        connection,
        number,
        page: n,
    }: At<'_>,
    page: &Page,
    before: &[Held],
    earlier: &Earlier,
) -> Result<bool, Error> {
    let tx = hold.store.begin().await?;
    let same: HashSet<Print> = page.same.iter().copied().collect();
    let is_same = |held: &&Held| same.contains(&held.print);
    let mut stand: Vec<Held> = before.iter().filter(is_same).copied().collect();
    let as_they_were: Vec<RecordId> = stand.iter().map(|held| held.record).collect();
    let records = distinct(&page.records);
    let members = earlier.members.iter().map(|id| (*id, true));
    for (from, is_same_address) in members.chain(earlier.removed.iter().copied()) {
        records::adopt(&tx, from, connection.id, &records, is_same_address).await?;
    }
    let kept = records::keep_page(&tx, connection.id, number, &records, &as_they_were).await?;
    let told: HashSet<RecordId> = kept.records.iter().map(|(record, _)| *record).collect();
    if as_they_were.iter().any(|record| told.contains(record)) {
        return Ok(false);
    }
    // Of a page that tells a record twice it is not known which print is whose.
    if !page.prints.is_empty() && page.prints.len() == kept.records.len() {
        let told = page.prints.iter().zip(kept.records);
        stand.extend(told.map(|(print, (record, content))| Held {
            print: *print,
            record,
            content,
        }));
        pages::keep(&tx, connection.id, n, form(), &stand).await?;
    }
    secrets::keep(&tx, connection.id, &page.secrets).await?;
    let cursor = page.next.as_deref().unwrap_or_default();
    connections::note_page(&tx, connection.id, cursor, as_i64(page.skipped.len())).await?;
    let total = page
        .announced_total
        .and_then(|total| i64::try_from(total).ok());
    let step = Step {
        done: as_i64(records.len() + as_they_were.len()),
        total,
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    Ok(true)
}

/// A page's records, the last one of those with the same id: one statement can write a row only once.
fn distinct(records: &[Record]) -> Cow<'_, [Record]> {
    let last: HashMap<&str, usize> = records
        .iter()
        .enumerate()
        .map(|(i, record)| (record.source_id.as_str(), i))
        .collect();
    if last.len() == records.len() {
        return Cow::Borrowed(records);
    }
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    kept.into_iter().map(|i| records[i].clone()).collect()
}
