//! `/`: the funnel, the connections and what to do next.

use std::collections::HashSet;

use axum::extract::State;
use console::{
    Place, Trouble,
    today::{ConnectionLine, Funnel, Health, TodayPage},
};
use model::{ConnectionId, Order, Timestamp};
use store::{connections::Connection, jobs::Job};

use super::{
    frame::{Page, count, mark, shell, show as shown},
    import_users::leavers,
    jobs::{line, names},
    when::when,
};
use crate::{App, session::SignedIn};

/// `GET /`
pub(crate) async fn show(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let store = &app.store;
    let now = store.env().now();
    let (deployed, downloaded) = store::users::reached(store).await?;
    let mut shell = shell(&app, &admin, Place::Today).await?;
    shell.notices.extend(leavers(&app).await?);
    let funnel = Funnel {
        found: shell.counts.entries,
        imported: shell.counts.users,
        deployed: count(deployed),
        downloaded: count(downloaded),
    };
    let mut jobs = store::jobs::newest(store, None, 100).await?;
    jobs.retain(|job| !job.state.is_over());
    let read = being_read(&jobs);
    let connections = store::connections::list(store).await?;
    let names = names(&connections);
    shell
        .notices
        .extend(super::connections::expiring(&connections, now));
    shown(&TodayPage {
        shell,
        funnel,
        connections: connections
            .into_iter()
            .map(|c| connection(c, &read, now))
            .collect(),
        jobs: jobs.iter().map(|job| line(job, &names, now)).collect(),
    })
}

/// The connections that these jobs read or will read.
pub(crate) fn being_read(jobs: &[Job]) -> HashSet<ConnectionId> {
    let scanned = |job: &Job| match job.order {
        Order::Scan { connection } if !job.state.is_over() => Some(connection),
        _ => None,
    };
    jobs.iter().filter_map(scanned).collect()
}

fn connection(
    connection: Connection,
    being_read: &HashSet<ConnectionId>,
    now: Timestamp,
) -> ConnectionLine {
    let scan = connection.scan;
    let health = match (scan.error.is_empty(), scan.completed_at) {
        _ if being_read.contains(&connection.id) => Health::Scanning,
        (true, None) => Health::Never,
        (true, Some(_)) => Health::Good,
        (false, Some(_)) => Health::Incomplete,
        (false, None) => Health::Failed,
    };
    let trouble = (!scan.error.is_empty()).then(|| Trouble {
        what: format!("the last scan of {} ended early", connection.name),
        why: scan.error,
        hint: scan.hint,
    });
    ConnectionLine {
        id: connection.id.to_string(),
        name: connection.name,
        kind: mark(connection.kind),
        host: connection.address,
        last_scan: scan.completed_at.map(|at| when(at, now)),
        records: count(scan.records),
        health,
        trouble,
    }
}
