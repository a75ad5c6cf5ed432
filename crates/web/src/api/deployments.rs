//! `/deployments`: offering users a configuration again.

use axum::{extract::State, http::StatusCode, response::IntoResponse, response::Response};
use model::{PlanId, Selection, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::plans::{Ordered, PlanView};
use crate::{App, Problem, asked::Json, session::Operator};

/// What to do: a selection is planned (`dry_run`) or planned and carried out; a plan is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    pub(super) selection: Option<Selection<UserId>>,
    /// Answer the plan alone.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// A plan that was made before.
    pub(super) plan: Option<PlanId>,
}

/// Deploys users.
#[utoipa::path(post, path = "/deployments", request_body = Wanted, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn deploy(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    let actor = admin.actor();
    let plan = match (wanted.plan, wanted.selection) {
        (Some(plan), None) => plan,
        (None, Some(selection)) => {
            let plan = delivery::plan(&app.store, &delivery::Wanted { selection }, &actor).await?;
            if wanted.dry_run {
                return Ok((StatusCode::CREATED, Json(PlanView::from(plan))).into_response());
            }
            plan.id
        }
        _ => {
            return Err(
                Problem::bad_request("name either a selection or a plan").hint(
                    "send {\"selection\": …} to plan or deploy, or {\"plan\": id} to carry a plan out",
                ),
            );
        }
    };
    let job = delivery::run(&app.store, plan, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(Ordered { job })).into_response())
}
