//! `/suspensions`: withdrawing users' access for the time being, and giving it back.

use axum::{extract::State, http::StatusCode, response::IntoResponse, response::Response};
use model::{PlanId, UserId};

use super::{
    deployments::Wanted,
    plans::{Ordered, PlanView},
};
use crate::{
    App, Problem,
    asked::{Json, Path},
    session::Operator,
};

/// Suspends users: their links end, and their phones get no account until the suspension ends: a Linphone is emptied at its next fetch, other clients are refused. `update` of the plan is
/// how many.
#[utoipa::path(post, path = "/suspensions", request_body = Wanted, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn suspend(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    let actor = admin.actor();
    let plan = match (wanted.plan, wanted.selection) {
        (Some(plan), None) => plan,
        (None, Some(selection)) => {
            let plan = users::suspension::plan(
                &app.store,
                PlanId::new(app.store.env()),
                &selection,
                &actor,
            )
            .await?;
            if wanted.dry_run {
                return Ok((StatusCode::CREATED, Json(PlanView::from(plan))).into_response());
            }
            plan.id
        }
        _ => return Err(Problem::bad_request("name either a selection or a plan")),
    };
    let job = users::suspension::run(&app.store, plan, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(Ordered { job })).into_response())
}

/// Gives a suspended user's access back. Links that ended stay ended.
#[utoipa::path(delete, path = "/users/{id}/suspension", params(("id" = UserId, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn end(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    users::suspension::end(&app.store, id, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
