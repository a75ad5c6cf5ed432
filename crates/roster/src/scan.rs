//! Scanning: all records of one connection, page by page, each page kept in one transaction together with
//! the place to go on from.

use components::{Incomplete, Page};
use model::{Actor, ConnectionId, JobId, Order, Outcome};
use store::{
    Hold, Store, Tx, as_i64,
    connections::{self, Connection},
    jobs::{self, Standing, Step},
    records,
};

use crate::{Error, connections as ours};

/// Fewer people than this may vanish at once without asking.
const GONE_MIN: i64 = 20;
/// More than this share of all records must not vanish at once without asking, in percent.
const GONE_SHARE: i64 = 5;
/// After so many throttled or failed tries of one page the scan gives up.
const TRIES_MAX: i64 = 8;

/// Orders scans of these connections, or of all.
pub async fn order(
    store: &Store,
    only: Option<ConnectionId>,
    actor: &Actor,
) -> Result<Vec<JobId>, Error> {
    let all = connections::list(store).await?;
    let wanted: Vec<_> = all
        .into_iter()
        .filter(|c| only.is_none_or(|id| id == c.id))
        .collect();
    if wanted.is_empty() && only.is_some() {
        return Err(store::Error::Missing("connection").into());
    }
    let tx = store.begin().await?;
    let mut ids = Vec::new();
    for connection in wanted {
        let order = Order::Scan {
            connection: connection.id,
        };
        let key = format!("scan {}", connection.id);
        ids.push(jobs::enqueue(&tx, &order, connection.scan.records, Some(&key), actor).await?);
    }
    tx.commit().await?;
    Ok(ids)
}

/// Carries a scan out, or goes on with it.
pub async fn carry_out(hold: Hold<'_>, connection: ConnectionId) -> Result<Outcome, Error> {
    let connection = connections::get(hold.store, connection).await?;
    match read_all(hold, &connection).await {
        Ok(outcome) => Ok(outcome),
        Err(Error::Component { source, .. }) => failed(hold, &connection, &source).await,
        Err(other) => Err(other),
    }
}

async fn read_all(hold: Hold<'_>, connection: &Connection) -> Result<Outcome, Error> {
    let store = hold.store;
    let mut component = ours::open(store, connection).await?;
    let (number, mut cursor) = begin(hold, connection, component.resumable()).await?;
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let page = component
            .page(cursor.as_deref())
            .await
            .map_err(|source| ours::of(connection, source))?;
        keep(hold, connection, number, &page).await?;
        if page.next.is_none() {
            return end(hold, connection.id, number, &page).await;
        }
        cursor = page.next;
    }
}

/// Begins a scan, or finds the place where an interrupted one goes on: the job's cursor names its scan.
async fn begin(
    hold: Hold<'_>,
    connection: &Connection,
    resumable: bool,
) -> Result<(i64, Option<String>), Error> {
    let scan = &connection.scan;
    if resumable && hold.job.cursor == scan.number.to_string() && !scan.cursor.is_empty() {
        return Ok((scan.number, Some(scan.cursor.clone())));
    }
    let tx = hold.store.begin().await?;
    let number = connections::start_scan(&tx, connection.id).await?;
    // What an earlier try counted is counted anew.
    let step = Step {
        done: -hold.job.done,
        cursor: Some(&number.to_string()),
        note: Some("reading"),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    Ok((number, None))
}

async fn keep(
    hold: Hold<'_>,
    connection: &Connection,
    number: i64,
    page: &Page,
) -> Result<(), Error> {
    let tx = hold.store.begin().await?;
    records::keep_page(&tx, connection.id, number, &page.records).await?;
    let cursor = page.next.as_deref().unwrap_or_default();
    connections::note_page(&tx, connection.id, cursor, as_i64(page.skipped.len())).await?;
    let total = page
        .announced_total
        .and_then(|total| i64::try_from(total).ok());
    let step = Step {
        done: as_i64(page.records.len()),
        total,
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}

/// Ends a scan whose last page was read: who is gone, what was incomplete, and joining anew.
async fn end(hold: Hold<'_>, id: ConnectionId, number: i64, last: &Page) -> Result<Outcome, Error> {
    let tx = hold.store.begin().await?;
    let connection = connections::get_in(&tx, id).await?;
    let problem = match &last.incomplete {
        Some(Incomplete { reason, hint }) => Some((reason.clone(), hint.clone(), false)),
        None => leavers(&tx, &connection, number, last).await?,
    };
    let (error, join) = match &problem {
        None => (None, true),
        Some((reason, hint, join)) => (Some((reason.as_str(), hint.as_str())), *join),
    };
    connections::end_scan(&tx, id, error).await?;
    if join {
        jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &hold.actor()).await?;
    }
    tx.commit().await?;
    Ok(match problem {
        None | Some((_, _, true)) => Outcome::Done,
        Some((why, hint, false)) => Outcome::GiveUp {
            why: named(&connection, &why),
            hint,
        },
    })
}

/// Marks what a complete scan did not see as gone, unless the scan cannot be trusted that far: why not, what
/// to do, and whether joining goes on.
async fn leavers(
    tx: &Tx,
    connection: &Connection,
    number: i64,
    last: &Page,
) -> Result<Option<(String, String, bool)>, Error> {
    let (unseen, all) = records::unseen(tx, connection.id, number).await?;
    let seen = all - unseen;
    let announced = last
        .announced_total
        .and_then(|total| i64::try_from(total).ok())
        .unwrap_or(0);
    let skipped = connection.scan.skipped;
    if skipped > 0 {
        let why = format!("{skipped} records could not be read");
        return Ok(Some((
            why,
            "mend them at the component; until then nobody is taken for gone".to_owned(),
            true,
        )));
    }
    if announced > seen {
        let why = format!("it announced {announced} records and gave {seen}");
        return Ok(Some((
            why,
            "scan again; until then nobody is taken for gone".to_owned(),
            true,
        )));
    }
    if unseen > GONE_MIN && unseen * 100 > all * GONE_SHARE {
        let why = format!("held: {unseen} of {all} records would be gone");
        let hint =
            "check the component; if they are really gone, remove this connection and add it again";
        return Ok(Some((why, hint.to_owned(), false)));
    }
    records::mark_gone(tx, connection.id, number).await?;
    Ok(None)
}

/// Keeps what was read, says what happened at which page, and whether to try again.
async fn failed(
    hold: Hold<'_>,
    connection: &Connection,
    error: &components::Error,
) -> Result<Outcome, Error> {
    let page = connections::get(hold.store, connection.id).await?.scan.page + 1;
    let why = format!("page {page}: {}", told(error));
    if let components::Error::Throttled { retry_after_s } = error
        && hold.job.attempts < TRIES_MAX
    {
        let wait = i64::try_from(*retry_after_s).unwrap_or(60).clamp(1, 3600);
        return Ok(Outcome::Again {
            at: hold.store.env().now().plus_s(wait),
            why: named(connection, &why),
        });
    }
    let tx = hold.store.begin().await?;
    connections::end_scan(&tx, connection.id, Some((&why, error.hint()))).await?;
    tx.commit().await?;
    Ok(Outcome::GiveUp {
        why: named(connection, &why),
        hint: error.hint().to_owned(),
    })
}

fn named(connection: &Connection, why: &str) -> String {
    format!("{} at {}: {why}", connection.name, connection.address)
}

/// An error with its causes, in one line.
fn told(error: &components::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
