//! What is asked about many users at once: a selection is planned, or planned and carried out; a plan is carried out.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::{JobId, PlanId, Selection, UserId};
use store::plans::Plan;

use super::plans::{Ordered, PlanView};
use crate::{Problem, asked::Json};

/// Which of it: a plan, a selection, and whether that is planned alone.
pub(crate) type Which = (Option<PlanId>, Option<Selection<UserId>>, bool);

/// Does it: `make` plans a selection, `run` has a plan carried out.
pub(crate) async fn plan_or_run<M, R>(
    (plan, selection, dry_run): Which,
    make: impl FnOnce(Selection<UserId>) -> M,
    run: impl FnOnce(PlanId) -> R,
) -> Result<Response, Problem>
where
    M: Future<Output = Result<Plan, Problem>>,
    R: Future<Output = Result<JobId, Problem>>,
{
    let plan = match (plan, selection) {
        (Some(plan), None) => plan,
        (None, Some(selection)) => {
            let plan = make(selection).await?;
            if dry_run {
                return Ok(planned(plan));
            }
            plan.id
        }
        _ => {
            let hint = "send {\"selection\": …} to plan it or do it, or {\"plan\": id} to carry a plan out";
            return Err(Problem::bad_request("name either a selection or a plan").hint(hint));
        }
    };
    Ok(ordered(run(plan).await?))
}

/// The answer that is a plan.
pub(crate) fn planned(plan: Plan) -> Response {
    (StatusCode::CREATED, Json(PlanView::from(plan))).into_response()
}

/// The answer that is a job.
pub(crate) fn ordered(job: JobId) -> Response {
    (StatusCode::ACCEPTED, Json(Ordered { job })).into_response()
}
