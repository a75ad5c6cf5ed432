//! `/suspension-plans/{id}`: whose access would be withdrawn, shown before it is.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Place,
    plan::{PlanAction, PlanGroup},
    suspension_plan::SuspensionPlanPage,
};
use model::{PlanId, UserId, plan::Action};
use store::plans::{Plan, Purpose};

use super::{
    frame::{Page, count, shell, show as shown},
    manage::shown_name,
    plan::{Looked, back, state},
    plan_rows::{of_action, of_reason, sum},
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, session::SignedIn};

/// `POST /users/suspensions/plan`
pub(crate) async fn make(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let looked = looked.of(&selection);
    let plan = users::suspension::plan(&app.store, &selection, &admin.actor()).await?;
    let address = looked.at(format!("/suspension-plans/{}", plan.id));
    Ok(Redirect::to(&address).into_response())
}

/// `GET /suspension-plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    if plan.purpose != Purpose::Suspension {
        return Err(users::Error::OtherPurpose.into());
    }
    let counts = &plan.counts;
    shown(&SuspensionPlanPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        looked: looked.or(count(counts.total)),
        total: count(counts.total),
        suspend: count(counts.update),
        skip: sum(&counts.skip),
        groups: groups(&app, &plan).await?,
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(&app, &plan),
        back: back::<UserId>("/users", &plan, shown_name),
    })
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let action = (Action::Update, PlanAction::Suspend);
    let suspended = of_action(app, plan, action, plan.counts.update).await?;
    let mut groups: Vec<_> = suspended.into_iter().collect();
    for reason in &plan.counts.skip {
        groups.push(of_reason(app, plan, PlanAction::Skip, reason).await?);
    }
    Ok(groups)
}

/// `POST /suspension-plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let job = users::suspension::run(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

/// `POST /users/{id}/suspension/end`
pub(crate) async fn end(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    users::suspension::end(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}
