//! Connections: whether each component lets us in and can be read, until when, and how old what we know of it is.

use futures_util::{StreamExt, stream};
use model::{Schedule, Timestamp};
use roster::connections::{is_ready, is_remote, try_out};
use store::{Store, connections::Connection};

use super::{
    finding::{Finding, Findings, in_time, words},
    timing,
};

/// Components that are asked at a time.
const AT_ONCE: usize = 8;
/// What nobody scans by itself is old after so many days.
const OLD_DAYS: i64 = 30;
/// A scan that is due begins within so many seconds.
const BEGUN_S: i64 = 15 * 60;

pub(super) async fn look(store: &Store) -> Findings {
    let all = match store::connections::list(store).await {
        Ok(all) => all,
        Err(error) => return vec![Finding::fail("connections", words(&error), error.hint())],
    };
    let looked = stream::iter(&all).map(|connection| one(store, connection));
    looked.buffered(AT_ONCE).collect::<Vec<_>>().await.concat()
}

async fn one(store: &Store, connection: &Connection) -> Findings {
    let now = store.env().now();
    let name = &connection.name;
    let check = format!("connection {name}");
    if connection.paused {
        return vec![Finding::ok(&check, "it is paused and was not asked")];
    }
    let mut findings = if connection.kind.pushes() {
        vec![pushed(&check, connection)]
    } else {
        in_time(&check, async {
            vec![answers(&check, store, connection).await]
        })
        .await
    };
    // What is no person's to renew is fetched anew whenever it is needed.
    let ends = connection.grant.as_ref().and_then(|grant| grant.expires_at);
    if let Some(ends) = ends.filter(|_| is_remote(connection)) {
        let fix =
            format!("a primary administrator renews it under Configuration > Connections > {name}");
        findings.push(timing::ending(
            &format!("authorization of {name}"),
            ends,
            now,
            &fix,
        ));
    }
    if !connection.kind.pushes() {
        findings.push(scanned(connection, now));
    }
    findings
}

fn pushed(check: &str, connection: &Connection) -> Finding {
    if !is_ready(connection) {
        let fix = format!(
            "make one under Configuration > Connections > {}",
            connection.name
        );
        return Finding::warn(check, "people cannot be pushed to it without a token", fix);
    }
    let last = match connection.scan.at {
        Some(at) => format!("the last one came on {at}"),
        None => "none came yet".to_owned(),
    };
    Finding::ok(check, format!("people are pushed to it; {last}"))
}

async fn answers(check: &str, store: &Store, connection: &Connection) -> Finding {
    let report = match try_out(store, connection).await {
        Ok((report, _)) => report,
        Err(error) => return Finding::fail(check, words(&error), error.hint()),
    };
    let seen = format!(
        "{} answers with {} records on its first page",
        connection.address, report.records
    );
    if let Some(why) = report.incomplete {
        return Finding::warn(
            check,
            format!("{seen}, and stops there: {}", why.reason),
            why.hint,
        );
    }
    match report.skipped.first() {
        Some(first) => Finding::warn(
            check,
            format!(
                "{seen}; {} of them cannot be read: {}",
                report.skipped.len(),
                first.reason
            ),
            "correct these records at the component",
        ),
        None => Finding::ok(check, seen),
    }
}

/// What is known of its records, and since when.
fn scanned(connection: &Connection, now: Timestamp) -> Finding {
    let (check, scan) = (format!("scan of {}", connection.name), &connection.scan);
    let again = format!("rollcall scan --connection {}", connection.id);
    if !scan.error.is_empty() {
        return Finding::warn(
            &check,
            format!("the last one ended early: {}", scan.error),
            &scan.hint,
        );
    }
    if scan.held.is_some() {
        let fix = format!(
            "confirm who left under Configuration > Connections > {}",
            connection.name
        );
        return Finding::warn(
            &check,
            "the last one is held: too many people would be gone",
            fix,
        );
    }
    if connection.read_by.is_some() {
        return Finding::ok(
            &check,
            "another connection of its cluster reads its records",
        );
    }
    let Some(complete) = scan.completed_at else {
        return Finding::warn(&check, "none was complete yet", again);
    };
    let seen = format!("{} records, complete on {complete}", scan.records);
    if connection
        .due_at
        .is_some_and(|due| due.plus_s(BEGUN_S) < now)
    {
        let fix = "see that `rollcall serve` or `rollcall work` runs";
        return Finding::warn(
            &check,
            format!("{seen}; the next one was due and has not begun"),
            fix,
        );
    }
    if connection.schedule == Schedule::ByHand && complete.plus_days(OLD_DAYS) < now {
        return Finding::warn(
            &check,
            format!("{seen}, more than {OLD_DAYS} days ago"),
            again,
        );
    }
    Finding::ok(&check, seen)
}
