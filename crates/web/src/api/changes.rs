//! `/profile-changes`, `/language-changes`, `/deletions`: what is done to many users at once, each planned and then carried out.

use axum::{extract::State, http::StatusCode, response::Response};
use model::{JobId, Order, PlanId, ProfileId, Selection, UserId};
use serde::Deserialize;
use users::{changes, removal};
use utoipa::{IntoParams, ToSchema};

use super::{
    many::{ordered, plan_or_run, planned},
    plans::{Ordered, PlanView},
};
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    retry,
    session::Operator,
};

/// A profile for many: a selection is planned (`dry_run`) or planned and carried out; a plan is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedProfileChange {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    selection: Option<Selection<UserId>>,
    /// The profile; null = *Do not deploy*.
    profile: Option<ProfileId>,
    /// Answer the plan alone.
    #[serde(default)]
    dry_run: bool,
    /// A plan that was made before.
    plan: Option<PlanId>,
}

/// Gives users a profile. Their phones get it at their next fetch.
#[utoipa::path(post, path = "/profile-changes", request_body = WantedProfileChange, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn profile(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedProfileChange>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move {
            Ok(changes::plan_profile(store, id, &selection, wanted.profile, actor).await?)
        },
        |plan| async move { Ok(changes::run_profile(store, plan, actor).await?) },
    )
    .await
}

/// A language for many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedLanguageChange {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    selection: Option<Selection<UserId>>,
    /// BCP 47; empty: the component's, else the profile's.
    #[serde(default)]
    language: String,
    /// Answer the plan alone.
    #[serde(default)]
    dry_run: bool,
    /// A plan that was made before.
    plan: Option<PlanId>,
}

/// Gives users a language: of their mails and landing pages.
#[utoipa::path(post, path = "/language-changes", request_body = WantedLanguageChange, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn language(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedLanguageChange>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let language = &wanted.language;
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move {
            Ok(changes::plan_language(store, id, &selection, language, actor).await?)
        },
        |plan| async move { Ok(changes::run_language(store, plan, actor).await?) },
    )
    .await
}

/// Deleting many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedDeletion {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    selection: Option<Selection<UserId>>,
    /// Whether those are deleted too whose phone has its configuration.
    #[serde(default)]
    deployed: bool,
    /// Answer the plan alone.
    #[serde(default)]
    dry_run: bool,
    /// A plan that was made before.
    plan: Option<PlanId>,
}

/// Deletes users: their links and devices are withdrawn, their entries are new again. `deploy` of the plan is how many of them
/// have a phone with its configuration, which stay unless `deployed` says otherwise.
#[utoipa::path(post, path = "/deletions", request_body = WantedDeletion, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn delete(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedDeletion>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move { Ok(removal::plan(store, id, &selection, actor).await?) },
        |plan| async move { Ok(removal::run(store, plan, wanted.deployed, actor).await?) },
    )
    .await
}

/// What is confirmed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Confirmed {
    /// That a phone has the user's configuration.
    deployed: bool,
}

/// Deletes one user. Where a phone has its configuration, that has to be confirmed.
#[utoipa::path(delete, path = "/users/{id}", params(("id" = UserId, Path), Confirmed), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn delete_one(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<UserId>,
    Query(confirmed): Query<Confirmed>,
) -> Result<StatusCode, Problem> {
    removal::one(&app.store, id, confirmed.deployed, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What becomes of the failed rows of a job.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Again {
    /// Answer the plan alone.
    dry_run: bool,
}

/// Does once more what failed in a job: its failed rows are planned again as it did, and carried out. Of a deployment that ended
/// early those are deployed as well whose turn had not come; a wave keeps its pace.
#[utoipa::path(post, path = "/jobs/{id}/retries", params(("id" = JobId, Path), Again), responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn retry(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
    Query(again): Query<Again>,
) -> Result<Response, Problem> {
    let actor = admin.actor();
    let plan = retry::plan(&app, id, &actor).await?;
    if again.dry_run {
        return Ok(planned(plan));
    }
    let order = store::jobs::get(&app.store, id).await?.order;
    let reset = matches!(order, Order::Sync { reset: true, .. });
    let wave = retry::wave_of(order);
    Ok(ordered(retry::run(&app, &plan, reset, wave, &actor).await?))
}
