//! How a scan ends: complete, incomplete, put off or given up, and who is gone after it.

use components::{Incomplete, Page};
use model::{ConnectionId, Order, Outcome};
use store::{
    Hold, Tx,
    connections::{self, Connection},
    jobs::{self, Step},
    pages, records,
};

use super::Progress;
use crate::Error;

/// Fewer people than this may vanish at once without asking.
const GONE_MIN: i64 = 20;
/// More than this share of all records must not vanish at once without asking, in percent.
const GONE_SHARE: i64 = 5;
/// After so many tries of one page that the component put off, the scan gives up.
const TRIES_MAX: i64 = 8;

/// Ends a scan whose last page was read: who is gone, what was incomplete, and joining anew.
pub(super) async fn end(
    hold: Hold<'_>,
    id: ConnectionId,
    number: i64,
    last: &Page,
    members: &[ConnectionId],
) -> Result<Outcome, Error> {
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
    // Where it stood counts only after a scan that told everything.
    let checkpoint = last.checkpoint.as_deref().filter(|_| problem.is_none());
    connections::keep_checkpoint(&tx, id, checkpoint.unwrap_or_default()).await?;
    pages::forget_from(&tx, id, connection.scan.page).await?;
    hold.advance(&tx, Step::default()).await?;
    if error.is_none() {
        take_over(&tx, &connection, members).await?;
    }
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

/// Ends what other connections to the same cluster told: this one reads their records now.
async fn take_over(tx: &Tx, by: &Connection, members: &[ConnectionId]) -> Result<(), Error> {
    for member in members {
        records::mark_all_gone(tx, *member).await?;
        connections::set_cluster(tx, *member, &by.cluster, Some(by.id)).await?;
    }
    Ok(())
}

/// Ends a scan that had nothing to read: another connection to the same cluster reads its records.
pub(super) async fn read_elsewhere(
    hold: Hold<'_>,
    id: ConnectionId,
    reader: &Connection,
) -> Result<(), Error> {
    let tx = hold.store.begin().await?;
    connections::end_scan(&tx, id, None).await?;
    let note = format!("the records of this cluster are read by {}", reader.name);
    let step = Step {
        note: Some(&note),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    Ok(tx.commit().await?)
}

/// Ends a scan that had nothing to read: everything is as it was.
pub(super) async fn unchanged(hold: Hold<'_>, id: ConnectionId) -> Result<Outcome, Error> {
    let tx = hold.store.begin().await?;
    connections::end_scan(&tx, id, None).await?;
    let step = Step {
        note: Some("nothing changed"),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
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
        let records = if skipped == 1 { "record" } else { "records" };
        let why = format!("{skipped} {records} could not be read");
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
    if would_be_held(unseen, all) {
        let why = format!("held: {unseen} of {all} records would be gone");
        let hint = "check the component and scan again; if they are really gone, confirm it under Configuration > Connections";
        connections::hold(tx, connection.id).await?;
        return Ok(Some((why, hint.to_owned(), false)));
    }
    records::mark_gone(tx, connection.id, number).await?;
    Ok(None)
}

/// Whether so many of all would be gone that a person has to confirm it.
pub(super) const fn would_be_held(gone: i64, all: i64) -> bool {
    gone > GONE_MIN && gone * 100 > all * GONE_SHARE
}

/// Keeps what was read, says what happened at which page, and whether to try again.
pub(super) async fn failed(
    hold: Hold<'_>,
    connection: &Connection,
    error: &components::Error,
) -> Result<Outcome, Error> {
    let scan = connections::get(hold.store, connection.id).await?.scan;
    let page = scan.page + 1;
    let why = format!("page {page}: {}", told(error));
    if let components::Error::Throttled { retry_after_s } = error {
        let before = Progress::of(hold);
        let progress = Progress {
            number: scan.number,
            page,
            tries: if before.page == page {
                before.tries + 1
            } else {
                1
            },
        };
        if progress.tries < TRIES_MAX {
            let wait_s = i64::try_from(*retry_after_s).unwrap_or(60).clamp(1, 3600);
            return again(hold, progress, named(connection, &why), wait_s).await;
        }
    }
    give_up(hold, connection, &why, error.hint()).await
}

/// Goes on later at the page that was refused for the moment.
async fn again(
    hold: Hold<'_>,
    progress: Progress,
    why: String,
    wait_s: i64,
) -> Result<Outcome, Error> {
    let tx = hold.store.begin().await?;
    let step = Step {
        cursor: Some(&progress.to_cursor()),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    let at = tx.env().now().plus_s(wait_s);
    tx.commit().await?;
    Ok(Outcome::Again { at, why })
}

pub(super) async fn give_up(
    hold: Hold<'_>,
    connection: &Connection,
    why: &str,
    hint: &str,
) -> Result<Outcome, Error> {
    let tx = hold.store.begin().await?;
    connections::end_scan(&tx, connection.id, Some((why, hint))).await?;
    // A worker that lost its hold must not speak over the one that has it now.
    hold.advance(&tx, Step::default()).await?;
    tx.commit().await?;
    Ok(Outcome::GiveUp {
        why: named(connection, why),
        hint: hint.to_owned(),
    })
}

fn named(connection: &Connection, why: &str) -> String {
    format!("{} at {}: {why}", connection.name, connection.address)
}

/// An error with its causes, in one line.
pub(super) fn told(error: &components::Error) -> String {
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
