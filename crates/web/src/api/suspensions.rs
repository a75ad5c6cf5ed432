//! `/suspensions`: withdrawing users' access for the time being, and giving it back.

use axum::{extract::State, http::StatusCode, response::Response};
use model::{PlanId, UserId};

use super::{
    deployments::Wanted,
    many::plan_or_run,
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
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move { Ok(users::suspension::plan(store, id, &selection, actor).await?) },
        |plan| async move { Ok(users::suspension::run(store, plan, actor).await?) },
    )
    .await
}

/// Gives the access of suspended users back: their phones get their configuration again. Links that ended stay ended. `update` of
/// the plan is how many.
#[utoipa::path(post, path = "/resumptions", request_body = Wanted, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn resume(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move { Ok(users::suspension::plan_end(store, id, &selection, actor).await?) },
        |plan| async move { Ok(users::suspension::run_end(store, plan, actor).await?) },
    )
    .await
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
