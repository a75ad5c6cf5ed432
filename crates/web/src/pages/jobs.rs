//! `/jobs` and `/jobs/{id}`: what the server is doing, live.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Action, Count, Paging, Place, Tone,
    funnel::{Stage, Stuck, stages},
    job::{FailedRow, JobPage, LogLine},
    jobs::{JobLine, JobState, JobsPage},
    wave::WaveFields,
};
use model::{ConnectionId, EntryId, JobId, Order, Timestamp, UserId};
use serde::Deserialize;
use store::{
    audit,
    connections::Connection,
    funnel::OfJob,
    jobs::{Item, Job},
    plans::{Plan, Purpose},
};

use super::{
    address::Path,
    frame::{Page, count, rendered, shell, show as shown},
    held,
    plan_items::address as address_of,
    plan_rows::sum,
    today::{OPENED, UNOPENED, UNREGISTERED, UNSEEN},
    wave::{self, WaveForm},
    when::{took, when},
};
use crate::{App, Problem, retry, session::SignedIn};

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
    let names = names(&store::connections::list(&app.store).await?);
    let full = store::as_i64(jobs.len()) == ROWS;
    let paging = Paging {
        from: before.is_none().then_some(1),
        shown: jobs.len().into(),
        total: jobs.len().into(),
        at_least: full || before.is_some(),
        next: jobs.last().filter(|_| full).map(|job| job.id.to_string()),
        ..Paging::default()
    };
    let rows = jobs.iter().map(|job| line(job, &names, now)).collect();
    shown(&JobsPage {
        shell: shell(&app, &admin, Place::Jobs).await?,
        rows,
        paging,
    })
}

/// What connections are called, for the titles of jobs.
pub(crate) type Names = HashMap<ConnectionId, String>;

/// The names of these connections.
pub(crate) fn names(connections: &[Connection]) -> Names {
    connections.iter().map(|c| (c.id, c.name.clone())).collect()
}

/// One job as a line.
pub(crate) fn line(job: &Job, names: &Names, now: Timestamp) -> JobLine {
    let started = job.started_at.unwrap_or(job.created_at);
    let ended = job.finished_at.unwrap_or(now);
    JobLine {
        id: job.id.to_string(),
        title: title(&job.order, names),
        state: state(job),
        done: count(job.done),
        total: count(job.total),
        failed: count(job.failed),
        by: job.actor.clone(),
        started: when(started, now),
        paused: job.paused.clone(),
        took: took(ended.seconds_since(started)),
    }
}

fn title(order: &Order, names: &Names) -> String {
    let of = |connection| names.get(connection).map_or("a connection", String::as_str);
    match order {
        Order::Scan { connection } => format!("Scan of {}", of(connection)),
        Order::Contacts { connection } => format!("Who is registered at {}", of(connection)),
        Order::Join => "Joining of records".to_owned(),
        Order::Import { .. } => "Import of users".to_owned(),
        Order::Undo { .. } => "Undoing of an import".to_owned(),
        Order::Suspend { .. } => "Suspension of users".to_owned(),
        Order::Resume { .. } => "End of suspensions".to_owned(),
        Order::ChangeProfile { .. } => "Change of users' profile".to_owned(),
        Order::ChangeLanguage { .. } => "Change of users' language".to_owned(),
        Order::Delete { .. } => "Deletion of users".to_owned(),
        Order::ImportCsv { .. } => "Import of a CSV file".to_owned(),
        Order::Sync { .. } => "Sync of users with their source".to_owned(),
        Order::Credential { connection } => format!("SIP secrets from {}", of(connection)),
        Order::Deploy { .. } => "Deployment".to_owned(),
        Order::Notify { connection, .. } => {
            format!("Mail to administrators about {}", of(connection))
        }
        Order::TestMail { to, .. } => format!("Test mail to {to}"),
        Order::SignInMail { .. } => "Sign-in mail to a person".to_owned(),
    }
}

/// Where a job stands, as pages say it.
pub(crate) const fn state(job: &Job) -> JobState {
    use store::jobs::JobState as Kept;
    match job.state {
        Kept::Queued | Kept::Running if job.cancel => JobState::Cancelling,
        Kept::Queued | Kept::Running if job.paused.is_some() => JobState::Paused,
        Kept::Queued => JobState::Waiting,
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
    shown(&page(&app, &admin, id, params, None).await?)
}

/// A job's page; `typed`: another pace that cannot be, as it was typed.
async fn page(
    app: &App,
    admin: &access::Admin,
    id: JobId,
    params: Params,
    typed: Option<WaveFields>,
) -> Result<JobPage, Problem> {
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
    let plan = store::plans::of_job(&app.store, job.id).await?;
    let mut wave = wave::panel(app, &job, now).await?;
    if let (Some(panel), Some(typed)) = (&mut wave, typed) {
        panel.fields = Some(typed);
    }
    let names = names(&store::connections::list(&app.store).await?);
    let mut counts = plan
        .as_ref()
        .map(|plan| left_out(&job, plan))
        .unwrap_or_default();
    let mut is_again = job.failed > 0;
    let is_undoable = match (&job.order, &plan) {
        (Order::Import { .. } | Order::ImportCsv { .. }, Some(plan)) if job.state.is_over() => {
            store::plans::has_made(&app.store, plan.id).await?
        }
        _ => false,
    };
    let (stages, stuck) = match job.order {
        Order::Deploy { .. } => {
            let all = store::funnel::of_job(&app.store, id).await?;
            if all.bounced > 0 {
                counts.push(("Mails refused".to_owned(), count(all.bounced)));
            }
            is_again = job.state.is_over() && delivery::has_rest(&app.store, &job).await?;
            let why = if all.queued > 0 {
                held::why(&held::holds(app).await?)
            } else {
                None
            };
            way(id, &all, why.unwrap_or(held::IN_TIME))
        }
        _ => (vec![], vec![]),
    };
    let mut ways = onward(&job, is_again, is_undoable, plan.as_ref());
    if let Order::Undo { plan, .. } = job.order {
        let undone = store::plans::find(&app.store, plan).await.ok();
        let import = undone.and_then(|(plan, _)| plan.job);
        ways.extend(import.map(|id| Action::link("See the import", format!("/jobs/{id}"))));
    }
    Ok(JobPage {
        is_deployment: matches!(job.order, Order::Deploy { .. }),
        stages,
        stuck,
        wave,
        shell: shell(app, admin, Place::Jobs).await?,
        rate,
        seconds_left,
        note: said(&job).to_owned(),
        counts,
        log: log(&job, &store::audit::about(&app.store, id, ROWS).await?, now),
        failed: failed
            .into_iter()
            .map(|item| failed_row(&job, item))
            .collect(),
        failed_paging,
        can_cancel: !job.state.is_over() && !job.cancel,
        onward: ways,
        job: line(&job, &names, now),
    })
}

/// How far the deployments of a job came, and who is stuck where.
fn way(job: JobId, all: &OfJob, waiting: &'static str) -> (Vec<Stage>, Vec<Stuck>) {
    if all.made == 0 {
        return (vec![], vec![]);
    }
    let users = |step: &str| format!("/users?job={job}{step}");
    let nowhere = String::new;
    let stages = stages(vec![
        ("Queued", "links were made", users(""), count(all.made)),
        (
            "Sent",
            "accepted by the mail server",
            nowhere(),
            count(all.sent + all.ended_sent),
        ),
        ("Seen", "the link was looked at", nowhere(), count(all.seen)),
        (
            "Opened",
            "the app was asked for",
            nowhere(),
            count(all.opened),
        ),
        (
            "Downloaded",
            "softphone is configured",
            nowhere(),
            count(all.downloaded),
        ),
        (
            "Registered",
            "their phone rings",
            users("&step=registered"),
            count(all.registered),
        ),
    ]);
    let some = |people, (what, hint), href, tone| Stuck::new(count(people), what, hint, href, tone);
    let stuck = [
        some(
            all.queued,
            ("wait for their mail", waiting),
            users("&step=queued"),
            Tone::Info,
        ),
        some(
            all.bounced,
            (
                "did not get the mail: it was refused for good",
                "the mail server’s words stand on each one’s page",
            ),
            users("&step=refused"),
            Tone::Bad,
        ),
        some(
            all.sent - all.seen,
            UNSEEN,
            users("&step=unseen"),
            Tone::Plain,
        ),
        some(
            all.seen - all.opened,
            UNOPENED,
            users("&step=unopened"),
            Tone::Plain,
        ),
        some(
            all.opened - all.downloaded,
            OPENED,
            users("&step=opened"),
            Tone::Warning,
        ),
        some(
            all.downloaded - all.registered,
            UNREGISTERED,
            users("&step=unregistered"),
            Tone::Warning,
        ),
        some(
            all.ended,
            (
                "cannot use this link any more",
                "a newer mail took its place, or it was withdrawn",
            ),
            nowhere(),
            Tone::Plain,
        ),
    ];
    (stages, stuck.into_iter().flatten().collect())
}

/// The people that a plan left out: they are no rows of the job.
fn left_out(job: &Job, plan: &Plan) -> Vec<(String, Count)> {
    let with_phone = match job.order {
        Order::Delete {
            deployed: false, ..
        } => plan.counts.deploy,
        _ => 0,
    };
    let not_deployed = match plan.purpose {
        Purpose::Deployment => "Not deployed",
        _ => "Imported, not deployed",
    };
    let numbers = [
        ("Left out, their phone is set up", count(with_phone)),
        ("Left out by the plan", sum(&plan.counts.skip)),
        (not_deployed, sum(&plan.counts.not_deployed)),
    ];
    let some = numbers.into_iter().filter(|(_, count)| !count.is_zero());
    some.map(|(what, count)| (what.to_owned(), count)).collect()
}

/// What a job does, or why it waits or failed.
pub(crate) fn said(job: &Job) -> &str {
    if let Some(why) = &job.paused {
        why
    } else if job.error.is_empty() {
        &job.note
    } else {
        &job.error
    }
}

/// Rows per second so far, and what is left at that pace.
#[expect(clippy::cast_precision_loss, reason = "a pace is shown rounded")]
pub(crate) fn pace(job: &Job, now: Timestamp) -> (Option<f64>, Option<u64>) {
    let Some(started) = job.started_at.filter(|_| job.done > 0) else {
        return (None, None);
    };
    let seconds = job.finished_at.unwrap_or(now).seconds_since(started).max(1);
    let rate = job.done as f64 / seconds as f64;
    let left = (job.total - job.done).max(0) * seconds / job.done;
    let open = !job.state.is_over() && job.total > job.done;
    (Some(rate), open.then(|| u64::try_from(left).unwrap_or(0)))
}

/// What is known of a job's course, the newest first.
fn log(job: &Job, acts: &[audit::Line], now: Timestamp) -> Vec<LogLine> {
    let line = |at, tone, text: String| {
        let when = when(at, now);
        (at, LogLine { when, tone, text })
    };
    let mut log = vec![line(
        job.created_at,
        Tone::Plain,
        format!("ordered by {}", job.actor),
    )];
    if let Some(at) = job.started_at {
        log.push(line(at, Tone::Plain, "begun".to_owned()));
    }
    log.extend(acts.iter().rev().filter_map(|act| {
        let done = match act.action.as_str() {
            "job.paused" if act.detail.starts_with("by ") => format!("paused {}", act.detail),
            "job.paused" => format!("paused: {}", act.detail),
            "job.resumed" => format!("resumed by {}", act.actor),
            "job.spread" => {
                let wave = serde_json::from_str(&act.detail).ok();
                let pace =
                    wave.map_or_else(String::new, |wave| format!(": {}", wave::words(&wave)));
                format!("another pace by {}{pace}", act.actor)
            }
            "job.cancelled" => format!("asked to end by {}", act.actor),
            "import.undone" => format!("undone by {}", act.actor),
            _ => return None,
        };
        Some(line(act.at, Tone::Plain, done))
    }));
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
        log.push(line(at, Tone::Plain, state(job).word().to_owned()));
    }
    log.sort_by_key(|(at, _)| *at);
    log.into_iter().rev().map(|(_, line)| line).collect()
}

fn failed_row(job: &Job, item: Item) -> FailedRow {
    FailedRow {
        href: address(&job.order, &item.subject).unwrap_or_default(),
        name: item.label,
        number: String::new(),
        reason: item.refusal.reason,
        hint: item.refusal.hint,
    }
}

/// Where the person that a row is about is shown.
fn address(order: &Order, subject: &str) -> Option<String> {
    match order {
        Order::Import { .. } => {
            let entry: EntryId = subject.parse().ok()?;
            Some(format!("/import/{entry}"))
        }
        Order::Deploy { .. }
        | Order::Undo { .. }
        | Order::Suspend { .. }
        | Order::Resume { .. }
        | Order::ChangeProfile { .. }
        | Order::ChangeLanguage { .. }
        | Order::Delete { .. }
        | Order::ImportCsv { .. }
        | Order::Sync { .. } => {
            let user: UserId = subject.parse().ok()?;
            Some(format!("/users/{user}"))
        }
        Order::Scan { .. }
        | Order::Contacts { .. }
        | Order::Join
        | Order::Credential { .. }
        | Order::Notify { .. }
        | Order::TestMail { .. }
        | Order::SignInMail { .. } => None,
    }
}

/// The jobs that an import or a sync feeds, once it has any.
fn asked_by(job: &Job) -> Option<users::Asked> {
    match job.order {
        Order::Import { .. } | Order::Sync { .. } => serde_json::from_str(&job.cursor).ok(),
        _ => None,
    }
}

/// The deployment that an import feeds.
pub(crate) fn deployment_of(job: &Job) -> Option<JobId> {
    asked_by(job).map(|asked| asked.deploy)
}

/// Where to go from here: the jobs that belong together, then the list that changed.
fn onward(job: &Job, is_again: bool, is_undoable: bool, plan: Option<&Plan>) -> Vec<Action> {
    let watch = |what: &str, id: JobId| Action::link(what, format!("/jobs/{id}"));
    let mut ways = Vec::new();
    let again = format!("/jobs/{}/retry", job.id);
    if is_again && job.state.is_over() && retry::knows(&job.order) {
        let is_early = matches!(job.order, Order::Deploy { .. }) && job.done < job.total;
        let what = if is_early {
            "Deploy the rest…"
        } else {
            "Retry failed…"
        };
        ways.push(Action::post(what, again));
    }
    if let Some(asked) = asked_by(job) {
        let secrets = asked.credential.into_values();
        ways.extend(secrets.map(|id| watch("Watch the SIP secrets", id)));
        ways.push(watch("Watch the deployment", asked.deploy));
    }
    let see = |plan: &Plan| Action::link("See the plan", address_of(plan));
    ways.extend(plan.map(see));
    match &job.order {
        Order::Import { .. } | Order::ImportCsv { .. } => {
            if is_undoable {
                let undo = format!("/jobs/{}/undo", job.id);
                ways.push(Action::link("Undo the import…", undo));
            }
            ways.push(Action::link("Manage users", "/users"));
        }
        Order::Deploy { fed_by, .. } => {
            ways.extend(fed_by.map(|id| watch("Watch the import", id)));
            ways.push(Action::link("Manage users", "/users"));
        }
        Order::Scan { .. } | Order::Join => ways.push(Action::link("Import users", "/import")),
        Order::Suspend { .. }
        | Order::Resume { .. }
        | Order::ChangeProfile { .. }
        | Order::ChangeLanguage { .. }
        | Order::Delete { .. }
        | Order::Sync { .. } => ways.push(Action::link("Manage users", "/users")),
        Order::Undo { .. } => {
            ways.push(Action::link("Manage users", "/users"));
            ways.push(Action::link("Import users", "/import"));
        }
        Order::Contacts { connection } | Order::Notify { connection, .. } => {
            let see = format!("/connections/{connection}");
            ways.push(Action::link("See the connection", see));
        }
        Order::TestMail {
            language, profile, ..
        } => {
            let profile = profile.map_or_else(String::new, |id| format!("?profile={id}"));
            let see = format!("/mail-templates/{language}{profile}");
            ways.push(Action::link("See the template", see));
        }
        Order::SignInMail { user } => {
            ways.push(Action::link("See the user", format!("/users/{user}")));
        }
        Order::Credential { .. } => {}
    }
    ways
}

/// `POST /jobs/{id}/cancel`; a job that ended meanwhile needs no cancelling.
pub(crate) async fn cancel(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let tx = app.store.begin().await?;
    let cancelled = store::jobs::cancel(&tx, id, &admin.actor()).await;
    asked(tx, id, cancelled).await
}

/// Keeps what a job was asked; of one that ended meanwhile its page says so.
async fn asked(tx: store::Tx, id: JobId, done: Result<(), store::Error>) -> Page {
    match done {
        Ok(()) => tx.commit().await?,
        Err(store::Error::Missing(_)) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(Redirect::to(&format!("/jobs/{id}")).into_response())
}

/// `POST /jobs/{id}/pause`; like cancelling, where the job ended meanwhile.
pub(crate) async fn pause(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let actor = admin.actor();
    let tx = app.store.begin().await?;
    let paused = store::jobs::pause(&tx, id, &format!("by {}", actor.0), &actor).await;
    asked(tx, id, paused).await
}

/// `POST /jobs/{id}/resume`
pub(crate) async fn resume(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let tx = app.store.begin().await?;
    let resumed = store::jobs::resume(&tx, id, &admin.actor()).await;
    asked(tx, id, resumed).await
}

/// `POST /jobs/{id}/wave`: another pace.
pub(crate) async fn spread(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
    Form(form): Form<WaveForm>,
) -> Page {
    match form.of_job() {
        Ok(wave) => {
            let tx = app.store.begin().await?;
            let spread = store::jobs::spread(&tx, id, wave, &admin.actor()).await;
            asked(tx, id, spread).await
        }
        Err(typed) => {
            let page = page(&app, &admin, id, Params::default(), Some(*typed)).await?;
            if page.wave.is_none() {
                // It ended meanwhile, which its page says.
                return Ok(Redirect::to(&format!("/jobs/{id}")).into_response());
            }
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_names_its_connection() {
        let connection = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let scan = Order::Scan { connection };
        let names = Names::from([(connection, "edge".to_owned())]);
        assert_eq!(title(&scan, &names), "Scan of edge");
        assert_eq!(title(&scan, &Names::new()), "Scan of a connection");
    }

    #[test]
    fn a_failed_row_leads_to_whom_it_is_about() {
        let import = Order::Import {
            plan: "018f0000-0000-7000-8000-000000000001".parse().unwrap(),
            wave: None,
        };
        assert_eq!(address(&import, "12").as_deref(), Some("/import/12"));
        assert_eq!(address(&import, "//evil.example"), None);
        assert_eq!(address(&Order::Join, "12"), None);
    }
}
