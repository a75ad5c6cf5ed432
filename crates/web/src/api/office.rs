//! `/summary`, `/audit`, `/publication-key`: the installation as a whole.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{audit::Line, funnel::Stuck};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Query},
    session::Operator,
};

/// The funnel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// People found on components.
    entries: i64,
    /// People we manage.
    users: i64,
    /// Of these, to whom a deployment was sent: `reached=deployed`.
    deployed: i64,
    /// Of these, whose client fetched its configuration: `reached=downloaded`.
    downloaded: i64,
    /// Of these, whose client was seen at the registrar: `registered=once`.
    registered: i64,
    /// Who is stuck where; each number is what a filter of `/users` finds.
    stuck: StuckView,
    /// People we manage whom no component holds any more, and who still have their access.
    leavers: i64,
    /// What the last round of scans did to the integrated view.
    last_scan: LastScan,
    /// Jobs waiting or running.
    jobs: i64,
    /// Mails, by state.
    outbox: Vec<MailCount>,
}

/// Who is stuck where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StuckView {
    /// Their mail waits: `state=queued`.
    queued: i64,
    /// It could not be made, or was refused for good: `state=failed`.
    failed: i64,
    /// Nobody looked at their link: `link=unseen`.
    unseen: i64,
    /// Their link was looked at, and not opened: `link=unopened`.
    unopened: i64,
    /// It was opened, and no configuration was fetched: `link=opened`.
    opened: i64,
    /// Their softphone has its configuration and was never registered: `registered=never`.
    never_registered: i64,
    /// What their softphone has is out of date: `configuration=out-of-date`.
    out_of_date: i64,
}

impl From<Stuck> for StuckView {
    fn from(stuck: Stuck) -> Self {
        Self {
            queued: stuck.queued,
            failed: stuck.failed,
            unseen: stuck.unseen,
            unopened: stuck.unopened,
            opened: stuck.opened,
            never_registered: stuck.never_registered,
            out_of_date: stuck.out_of_date,
        }
    }
}

/// What a round of scans did; the same as the filter `scan=new` and so on finds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastScan {
    new: i64,
    changed: i64,
    gone: i64,
}

/// Mails in one state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailCount {
    state: String,
    count: i64,
}

/// The funnel.
#[utoipa::path(get, path = "/summary", responses((status = 200, body = Summary)))]
pub(crate) async fn summary(State(app): State<App>, _: Operator) -> Result<Json<Summary>, Problem> {
    let reached = store::funnel::standing(&app.store).await?;
    let outbox = store::outbox::counts(&app.store).await?;
    let counts = store::entries::counts(&app.store).await?;
    Ok(Json(Summary {
        entries: counts.of.values().sum(),
        stuck: reached.stuck.into(),
        leavers: store::users::count_leavers(&app.store).await?,
        last_scan: LastScan {
            new: counts.scan_new,
            changed: counts.scan_changed,
            gone: counts.scan_gone,
        },
        users: reached.users,
        deployed: reached.deployed,
        downloaded: reached.downloaded,
        registered: reached.registered,
        jobs: store::jobs::count_open(&app.store).await?,
        outbox: outbox
            .into_iter()
            .map(|(state, count)| MailCount { state, count })
            .collect(),
    }))
}

/// Which lines of the audit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Lines {
    /// Lines before this one.
    before: Option<i64>,
    /// Lines, 1 to 500; 100 without.
    limit: Option<i64>,
}

/// One line of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineView {
    seq: i64,
    at: String,
    /// Who.
    actor: String,
    /// What.
    action: String,
    /// On which thing.
    subject: String,
    detail: String,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            seq: line.seq,
            at: at(line.at),
            actor: line.actor,
            action: line.action,
            subject: line.subject,
            detail: line.detail,
        }
    }
}

/// The audit, newest first. Primary administrators only.
#[utoipa::path(get, path = "/audit", params(Lines), responses((status = 200, body = Vec<LineView>), (status = 403, body = Problem)))]
pub(crate) async fn audit(
    State(app): State<App>,
    Operator(admin): Operator,
    Query(lines): Query<Lines>,
) -> Result<Json<Vec<LineView>>, Problem> {
    admin.primary()?;
    let limit = lines.limit.unwrap_or(100).clamp(1, 500);
    let lines = store::audit::list(&app.store, lines.before, limit).await?;
    Ok(Json(lines.into_iter().map(Into::into).collect()))
}

/// How this server is known at its redirect server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicationKey {
    /// Its name there; empty without a redirect server.
    origin: String,
    /// Its public Ed25519 key, for `rollcall redirect origins add`.
    key: String,
    /// Its address, likewise.
    url: String,
}

/// The key to register at the redirect server.
#[utoipa::path(get, path = "/publication-key", responses((status = 200, body = PublicationKey)))]
pub(crate) async fn publication_key(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<PublicationKey>, Problem> {
    let key = delivery::signing_key(&app.store).await?;
    let settings = app.delivery();
    Ok(Json(PublicationKey {
        origin: settings
            .redirect
            .as_ref()
            .map(|r| r.origin.to_string())
            .unwrap_or_default(),
        key: key.public().to_string(),
        url: settings.public_url.to_string(),
    }))
}
