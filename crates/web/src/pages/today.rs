//! `/`: the funnel, the connections and what to do next.

use std::collections::HashSet;

use axum::extract::State;
use console::{
    Action, Place, Tone, Trouble,
    funnel::Stuck,
    today::{ConnectionLine, Funnel, Health, TodayPage},
};
use model::{ConnectionId, Order, Timestamp};
use store::{connections::Connection, jobs::Job};

use super::{
    frame::{Page, count, mark, shell, show as shown},
    held,
    import_users::leavers,
    jobs::{line, names},
    when::when,
};
use crate::{App, forms::REMIND_DAYS, session::SignedIn};

/// `GET /`
pub(crate) async fn show(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    let store = &app.store;
    let now = store.env().now();
    let reached = store::funnel::standing_lately(store).await?;
    let mut shell = shell(&app, &admin, Place::Today).await?;
    shell.notices.extend(leavers(&app).await?);
    let funnel = Funnel {
        found: shell.counts.entries,
        imported: shell.counts.users,
        deployed: count(reached.deployed),
        downloaded: count(reached.downloaded),
        registered: count(reached.registered),
    };
    let jobs = store::jobs::open(store, 100).await?;
    let holds = held::holds(&app).await?;
    let why = held::why(&holds).or_else(|| later(&jobs));
    let why = why.unwrap_or(held::IN_TIME);
    shell.notices.extend(held::notices(&app, &holds));
    let read = being_read(&jobs);
    let connections = store::connections::list(store).await?;
    let names = names(&connections);
    shell
        .notices
        .extend(super::connections::expiring(&connections, now));
    shown(&TodayPage {
        shell,
        funnel,
        stuck: who(&reached.stuck, why),
        connections: connections
            .into_iter()
            .map(|c| connection(c, &read, now))
            .collect(),
        jobs: jobs.iter().map(|job| line(job, &names, now)).collect(),
    })
}

/// Why people wait for a mail that is not made yet.
fn later(jobs: &[Job]) -> Option<&'static str> {
    let deployments = || {
        jobs.iter()
            .filter(|job| matches!(job.order, Order::Deploy { .. }))
    };
    if deployments().any(|job| job.paused.is_some()) {
        return Some("a deployment is paused: resume it under Jobs");
    }
    let is_spread = |job: &Job| matches!(job.order, Order::Deploy { wave: Some(_), .. });
    deployments()
        .any(is_spread)
        .then_some("their deployment is spread over time: its pace stands under Jobs")
}

/// Who of all users is stuck where.
fn who(stuck: &store::funnel::Stuck, waiting: &'static str) -> Vec<Stuck> {
    let some =
        |people, what, hint, href: &str, tone| Stuck::new(count(people), what, hint, href, tone);
    let mut unseen = some(
        stuck.unseen,
        UNSEEN.0,
        UNSEEN.1,
        "/users?link=unseen",
        Tone::Plain,
    );
    if let Some(unseen) = &mut unseen {
        let path = format!("/users/deployments/plan?remind={REMIND_DAYS}");
        let remind = Action::post("Remind…", path).field("all", "1");
        unseen.action = Some(remind.field("filter", "link=unseen"));
    }
    let mut late = some(
        stuck.out_of_date,
        "have a configuration that is out of date",
        "Auto deploy gives their softphones the present one at the next start",
        "/users?configuration=out-of-date",
        Tone::Warning,
    );
    if let Some(late) = &mut late {
        let renew = Action::post("Auto deploy…", "/users/deployments/plan?auto=1");
        let renew = renew.field("all", "1");
        late.action = Some(renew.field("filter", "configuration=out-of-date"));
    }
    let all = [
        some(
            stuck.queued,
            "wait for their mail",
            waiting,
            "/users?state=queued",
            Tone::Info,
        ),
        some(
            stuck.failed,
            "have no mail: it could not be made or was refused",
            "the reason stands on each one’s page",
            "/users?state=failed",
            Tone::Bad,
        ),
        unseen,
        some(
            stuck.unopened,
            UNOPENED.0,
            UNOPENED.1,
            "/users?link=unopened",
            Tone::Plain,
        ),
        some(
            stuck.opened,
            OPENED.0,
            OPENED.1,
            "/users?link=opened",
            Tone::Warning,
        ),
        some(
            stuck.never_registered,
            UNREGISTERED.0,
            UNREGISTERED.1,
            "/users?registered=never",
            Tone::Warning,
        ),
        late,
    ];
    all.into_iter().flatten().collect()
}

/// Where people are stuck, and what usually helps.
pub(crate) const UNSEEN: (&str, &str) = (
    "never looked at their link",
    "a reminder brings a new mail with a new link",
);
pub(crate) const UNOPENED: (&str, &str) = (
    "looked at their link and did not open it",
    "they may have no softphone yet: the page has the links to the stores",
);
pub(crate) const OPENED: (&str, &str) = (
    "opened it, and no configuration was fetched",
    "the app could not reach this server, or asked for nothing",
);
pub(crate) const UNREGISTERED: (&str, &str) = (
    "have their configuration and were never registered",
    "look at the registrar: a firewall, a wrong host, an app that was closed",
);

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
