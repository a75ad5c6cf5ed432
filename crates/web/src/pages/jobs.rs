//! `/jobs` and `/jobs/{id}`: what the server is doing, live.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use console::{
    Action, Paging, Place, Tone,
    job::{FailedRow, JobPage, LogLine},
    jobs::{JobLine, JobState, JobsPage},
};
use model::{JobId, Timestamp};
use serde::Deserialize;
use store::jobs::{Item, Job};

use super::{
    frame::{Page, count, shell, show as shown},
    when::{took, when},
};
use crate::{App, session::SignedIn};

const ROWS: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    after: Option<String>,
}

/// `GET /jobs`
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(params): Query<Params>,
) -> Page {
    let before = params
        .after
        .as_deref()
        .and_then(|id| id.parse::<JobId>().ok());
    let jobs = store::jobs::newest(&app.store, before, ROWS).await?;
    let now = app.store.env().now();
    let full = store::as_i64(jobs.len()) == ROWS;
    let paging = Paging {
        from: before.is_none().then_some(1),
        shown: jobs.len().into(),
        total: jobs.len().into(),
        at_least: full || before.is_some(),
        next: jobs.last().filter(|_| full).map(|job| job.id.to_string()),
        ..Paging::default()
    };
    let rows = jobs.iter().map(|job| line(job, now)).collect();
    shown(&JobsPage {
        shell: shell(&app, &admin, Place::Jobs).await?,
        rows,
        paging,
    })
}

/// One job as a line.
pub(crate) fn line(job: &Job, now: Timestamp) -> JobLine {
    let started = job.started_at.unwrap_or(job.created_at);
    let ended = job.finished_at.unwrap_or(now);
    JobLine {
        id: job.id.to_string(),
        title: title(&job.kind).to_owned(),
        state: state(job),
        done: count(job.done),
        total: count(job.total),
        failed: count(job.failed),
        by: job.actor.clone(),
        started: when(started, now),
        took: took(ended.seconds_since(started)),
    }
}

fn title(kind: &str) -> &'static str {
    match kind {
        "scan" => "Scan of a connection",
        "join" => "Joining of records",
        "import" => "Import of users",
        "credential" => "SIP secrets from the gateway",
        _ => "Deployment",
    }
}

const fn state(job: &Job) -> JobState {
    use store::jobs::JobState as Kept;
    match job.state {
        Kept::Queued => JobState::Waiting,
        Kept::Running if job.cancel => JobState::Cancelling,
        Kept::Running => JobState::Running,
        Kept::Done => JobState::Done,
        Kept::Partly => JobState::DoneInPart,
        Kept::Failed => JobState::Failed,
        Kept::Cancelled => JobState::Cancelled,
    }
}

/// `GET /jobs/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
    Query(params): Query<Params>,
) -> Page {
    let job = store::jobs::get(&app.store, id).await?;
    let after = params.after.unwrap_or_default();
    let failed = store::jobs::items(&app.store, id, "failed", &after, ROWS).await?;
    let now = app.store.env().now();
    let full = store::as_i64(failed.len()) == ROWS;
    let failed_paging = Paging {
        from: after.is_empty().then_some(1),
        shown: failed.len().into(),
        total: count(job.failed),
        next: failed
            .last()
            .filter(|_| full)
            .map(|item| item.subject.clone()),
        ..Paging::default()
    };
    let (rate, seconds_left) = pace(&job, now);
    shown(&JobPage {
        shell: shell(&app, &admin, Place::Jobs).await?,
        rate,
        seconds_left,
        note: if job.error.is_empty() {
            job.note.clone()
        } else {
            job.error.clone()
        },
        counts: vec![],
        log: log(&job, now),
        failed: failed.into_iter().map(failed_row).collect(),
        failed_paging,
        can_cancel: !job.state.is_over() && !job.cancel,
        onward: onward(&job),
        job: line(&job, now),
    })
}

/// Rows per second so far, and what is left at that pace.
#[expect(clippy::cast_precision_loss, reason = "a pace is shown rounded")]
fn pace(job: &Job, now: Timestamp) -> (Option<f64>, Option<u64>) {
    let Some(started) = job.started_at.filter(|_| job.done > 0) else {
        return (None, None);
    };
    let seconds = job.finished_at.unwrap_or(now).seconds_since(started).max(1);
    let rate = job.done as f64 / seconds as f64;
    let left = (job.total - job.done).max(0) * seconds / job.done;
    let open = !job.state.is_over() && job.total > job.done;
    (Some(rate), open.then(|| u64::try_from(left).unwrap_or(0)))
}

fn log(job: &Job, now: Timestamp) -> Vec<LogLine> {
    let line = |at, tone, text: String| LogLine {
        when: when(at, now),
        tone,
        text,
    };
    let mut log = vec![line(
        job.created_at,
        Tone::Plain,
        format!("ordered by {}", job.actor),
    )];
    if let Some(at) = job.started_at {
        log.push(line(at, Tone::Plain, "begun".to_owned()));
    }
    if !job.error.is_empty() {
        let hint = if job.hint.is_empty() {
            String::new()
        } else {
            format!(" — {}", job.hint)
        };
        log.push(line(
            job.finished_at.unwrap_or(now),
            Tone::Warning,
            format!("{}{hint}", job.error),
        ));
    }
    if let Some(at) = job.finished_at {
        log.push(line(at, Tone::Plain, job.state.name().to_owned()));
    }
    log
}

fn failed_row(item: Item) -> FailedRow {
    FailedRow {
        name: item.label,
        number: String::new(),
        reason: item.refusal.reason,
        hint: item.refusal.hint,
        href: String::new(),
    }
}

fn onward(job: &Job) -> Vec<Action> {
    let mut ways = Vec::new();
    if let Ok(asked) = serde_json::from_str::<users::Asked>(&job.cursor) {
        ways.push(Action::link(
            "Watch the deployment",
            format!("/jobs/{}", asked.deploy),
        ));
    }
    match job.kind.as_str() {
        "import" | "deploy" => ways.push(Action::link("Go to Manage", "/users")),
        "scan" | "join" => ways.push(Action::link("Go to Import users", "/import")),
        _ => {}
    }
    ways
}

/// `POST /jobs/{id}/cancel`
pub(crate) async fn cancel(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let tx = app.store.begin().await?;
    store::jobs::cancel(&tx, id, &admin.actor()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/jobs/{id}")).into_response())
}
