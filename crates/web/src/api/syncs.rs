//! `/syncs`: bringing users in line with their source.

use axum::{extract::State, response::Response};
use model::{PlanId, Selection, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    many::plan_or_run,
    plans::{Ordered, PlanView},
};
use crate::{App, Problem, asked::Json, session::Operator};

/// What to do: a selection is planned (`dry_run`) or planned and carried out; a plan is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedSync {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    selection: Option<Selection<UserId>>,
    /// Answer the plan alone.
    #[serde(default)]
    dry_run: bool,
    /// A plan that was made before.
    plan: Option<PlanId>,
    /// Whether people whose user id changed lose their devices and get a new mail.
    #[serde(default = "yes")]
    reset: bool,
}

const fn yes() -> bool {
    true
}

/// Brings users in line with their source. The records of up to 500 people are read again at their components first; of more,
/// and of connections that give no single record (files, registrars), what the last scans told counts. `update` of the plan is how many change, `deploy` of how many the user id.
#[utoipa::path(post, path = "/syncs", request_body = WantedSync, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn sync(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedSync>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    plan_or_run(
        which,
        |selection| async move { Ok(import::sync::plan(store, &selection, actor).await?) },
        |plan| async move { Ok(import::sync::run(store, plan, wanted.reset, actor).await?) },
    )
    .await
}
