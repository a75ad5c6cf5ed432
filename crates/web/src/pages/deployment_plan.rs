//! `/deployment-plans/{id}`: whom a deployment would reach, shown before a mail goes out.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Place,
    deployment_plan::DeploymentPlanPage,
    plan::{PlanAction, PlanGroup},
};
use model::{PlanId, UserId, plan::Action};
use store::plans::{Plan, Purpose};

use super::{
    frame::{Page, count, shell, show as shown},
    manage::shown_name,
    plan::{Looked, back, state},
    plan_items::address,
    plan_rows::{of_action, of_reason, sum},
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, session::SignedIn};

/// `POST /users/deployments/plan`
pub(crate) async fn make(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let wanted = delivery::Wanted {
        selection: form.parse::<UserId>()?,
    };
    let looked = looked.of(&wanted.selection);
    let plan = delivery::plan(&app.store, &wanted, &admin.actor()).await?;
    Ok(Redirect::to(&looked.at(format!("/deployment-plans/{}", plan.id))).into_response())
}

/// `GET /deployment-plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    if plan.purpose != Purpose::Deployment {
        return Ok(Redirect::to(&address(&plan)).into_response());
    }
    let counts = &plan.counts;
    shown(&DeploymentPlanPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        looked: looked.or(count(counts.total)),
        total: count(counts.total),
        deploy: count(counts.deploy),
        skip: sum(&counts.not_deployed),
        groups: groups(&app, &plan).await?,
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(&app, &plan),
        back: back::<UserId>("/users", &plan, shown_name),
    })
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let action = (Action::Keep, PlanAction::Deploy);
    let deployed = of_action(app, plan, action, plan.counts.deploy).await?;
    let mut groups: Vec<_> = deployed.into_iter().collect();
    for reason in &plan.counts.not_deployed {
        groups.push(of_reason(app, plan, PlanAction::Skip, reason).await?);
    }
    Ok(groups)
}

/// `POST /deployment-plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let job = delivery::run(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}
