//! `/jobs`: what the server is doing, live.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use model::{JobId, Order, PlanId, Refusal, wave::Wave};
use serde::{Deserialize, Serialize};
use store::{
    funnel::OfJob,
    jobs::{Item, Job},
};
use utoipa::{IntoParams, ToSchema};

use super::{at, plans::ReasonCount};
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    forms::spread,
    session::Operator,
};

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct JobView {
    id: JobId,
    /// `scan`, `join`, `import`, `undo`, `suspend`, `credential` or `deploy`.
    kind: String,
    /// `queued`, `running`, `done`, `partly`, `failed` or `cancelled`.
    state: &'static str,
    /// Rows to do, as far as known.
    total: i64,
    /// Rows done, failed ones included.
    done: i64,
    failed: i64,
    /// What it is doing.
    note: String,
    /// Why it waits or failed.
    error: String,
    hint: String,
    /// Why it waits until it is resumed; absent: it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<String>,
    /// Who ordered it.
    actor: String,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state.name(),
            total: job.total,
            done: job.done,
            failed: job.failed,
            note: job.note,
            error: job.error,
            hint: job.hint,
            paused: job.paused,
            actor: job.actor,
            created_at: at(job.created_at),
            started_at: job.started_at.map(at),
            finished_at: job.finished_at.map(at),
        }
    }
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Jobs ordered before this one.
    before: Option<JobId>,
    /// Jobs, 1 to 200; 50 without.
    limit: Option<i64>,
}

/// Jobs, newest first.
#[utoipa::path(get, path = "/jobs", params(Which), responses((status = 200, body = Vec<JobView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
    Query(which): Query<Which>,
) -> Result<Json<Vec<JobView>>, Problem> {
    let limit = which.limit.unwrap_or(50).clamp(1, 200);
    let jobs = store::jobs::newest(&app.store, which.before, limit).await?;
    Ok(Json(jobs.into_iter().map(Into::into).collect()))
}

/// How far the deployments of a job came. Each number of the way (`sent` to `registered`) includes those after it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FunnelView {
    /// Deployments that it made.
    made: i64,
    /// Accepted by the mail server.
    sent: i64,
    /// The link was looked at.
    seen: i64,
    /// The landing page's button was pressed.
    opened: i64,
    /// A configuration was fetched.
    downloaded: i64,
    /// A softphone was seen at the registrar.
    registered: i64,
    /// The mail waits.
    queued: i64,
    /// The mail was refused for good.
    bounced: i64,
    /// A newer deployment took its place, or it was withdrawn, before it was used.
    ended: i64,
}

impl From<OfJob> for FunnelView {
    fn from(all: OfJob) -> Self {
        Self {
            made: all.made,
            sent: all.sent,
            seen: all.seen,
            opened: all.opened,
            downloaded: all.downloaded,
            registered: all.registered,
            queued: all.queued,
            bounced: all.bounced,
            ended: all.ended,
        }
    }
}

/// One job with its plan's numbers and how far the people came whom it deployed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobDetail {
    #[serde(flatten)]
    job: JobView,
    /// The plan that it carries out, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanId>,
    /// Rows that the plan left out.
    skip: Vec<ReasonCount>,
    /// People whom the plan did not deploy.
    not_deployed: Vec<ReasonCount>,
    /// Of a deployment alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    funnel: Option<FunnelView>,
    /// Of a deployment alone that is spread over time and not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<WaveView>,
}

/// How a deployment goes on that is spread over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaveView {
    #[serde(flatten)]
    wave: Wave,
    /// When the next mails go; absent while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    /// When the last ones are expected to go; absent while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

impl From<delivery::Forecast> for WaveView {
    fn from(forecast: delivery::Forecast) -> Self {
        Self {
            wave: forecast.wave,
            next_at: forecast.next.map(at),
            ends_at: forecast.end.map(at),
        }
    }
}

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", params(("id" = JobId, Path)), responses((status = 200, body = JobDetail), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>, Problem> {
    let job = store::jobs::get(&app.store, id).await?;
    let funnel = match job.order {
        Order::Deploy { .. } => Some(store::funnel::of_job(&app.store, id).await?.into()),
        _ => None,
    };
    let wave = delivery::forecast(&app.store, &job).await?;
    let plan = store::plans::of_job(&app.store, id).await?;
    let plan_id = plan.as_ref().map(|plan| plan.id);
    let counts = plan.map(|plan| plan.counts).unwrap_or_default();
    let all = |reasons: Vec<_>| reasons.into_iter().map(ReasonCount::from).collect();
    Ok(Json(JobDetail {
        plan: plan_id,
        skip: all(counts.skip),
        not_deployed: all(counts.not_deployed),
        wave: wave.map(Into::into),
        job: job.into(),
        funnel,
    }))
}

/// Has a deployment wait until it is resumed: nobody else gets a mail of it. One that is paused stays so.
#[utoipa::path(put, path = "/jobs/{id}/pause", params(("id" = JobId, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn pause(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Problem> {
    let actor = admin.actor();
    let tx = app.store.begin().await?;
    store::jobs::pause(&tx, id, &format!("by {}", actor.0), &actor).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a paused deployment go on. One that stopped because too many failed counts anew from here.
#[utoipa::path(delete, path = "/jobs/{id}/pause", params(("id" = JobId, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn resume(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Problem> {
    let tx = app.store.begin().await?;
    store::jobs::resume(&tx, id, &admin.actor()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Spreads a deployment that is spread already in another way. Its pace counts from the last mails.
#[utoipa::path(put, path = "/jobs/{id}/wave", params(("id" = JobId, Path)), request_body = Wave, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn respread(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
    Json(wave): Json<Wave>,
) -> Result<StatusCode, Problem> {
    let tx = app.store.begin().await?;
    store::jobs::spread(&tx, id, spread(wave)?, &admin.actor()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a job to end; what it has done stays done.
#[utoipa::path(delete, path = "/jobs/{id}", params(("id" = JobId, Path)), responses((status = 202), (status = 404, body = Problem)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Problem> {
    let tx = app.store.begin().await?;
    store::jobs::cancel(&tx, id, &admin.actor()).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which rows of a job.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemParams {
    /// `failed` (without), `open` or `done`.
    state: Option<String>,
    /// Rows after this subject.
    after: String,
    /// Rows, 1 to 500; 100 without.
    limit: Option<i64>,
}

/// One row of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobItem)]
pub(crate) struct ItemView {
    /// An id.
    subject: String,
    /// Name and number.
    label: String,
    state: String,
    #[serde(flatten)]
    refusal: Refusal,
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        Self {
            subject: item.subject,
            label: item.label,
            state: item.state,
            refusal: item.refusal,
        }
    }
}

/// Rows of a job, by subject; the failed ones without a state.
#[utoipa::path(get, path = "/jobs/{id}/items", params(("id" = JobId, Path), ItemParams), responses((status = 200, body = Vec<ItemView>), (status = 404, body = Problem)))]
pub(crate) async fn items(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<JobId>,
    Query(params): Query<ItemParams>,
) -> Result<Json<Vec<ItemView>>, Problem> {
    store::jobs::get(&app.store, id).await?;
    let state = params.state.as_deref().unwrap_or("failed");
    let limit = params.limit.unwrap_or(100).clamp(1, 500);
    let items = store::jobs::items(&app.store, id, state, &params.after, limit).await?;
    Ok(Json(items.into_iter().map(Into::into).collect()))
}

/// How often a watched job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A job's progress as server-sent events: `progress` with the job whenever it changed, `done` at its end.
#[utoipa::path(get, path = "/jobs/{id}/events", params(("id" = JobId, Path)), responses((status = 200, content_type = "text/event-stream"), (status = 404, body = Problem)))]
pub(crate) async fn events(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    store::jobs::get(&app.store, id).await?;
    let watch = Watch {
        app,
        id,
        shown: None,
        over: false,
    };
    Ok(Sse::new(stream::unfold(watch, Watch::next)).keep_alive(KeepAlive::default()))
}

/// One viewer of one job: reads the database, so any server can show any worker's job.
struct Watch {
    app: App,
    id: JobId,
    shown: Option<JobView>,
    over: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.over {
            return None;
        }
        loop {
            let job = store::jobs::get(&self.app.store, self.id).await.ok()?;
            self.over = job.state.is_over();
            let view = JobView::from(job);
            if self.shown.as_ref() != Some(&view) || self.over {
                let name = if self.over { "done" } else { "progress" };
                let event = Event::default().event(name).json_data(&view).ok()?;
                self.shown = Some(view);
                return Some((Ok(event), self));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
