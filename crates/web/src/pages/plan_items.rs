//! `/plans/{id}/items`: all rows of one action or reason of a plan.

use axum::extract::{Query, State};
use console::{Paging, Place, plan::PlanAction, plan_items::PlanItemsPage};
use model::{PlanId, plan::Action};
use serde::Deserialize;
use store::plans::{Counted, ItemQuery, Plan, Purpose};

use super::{
    address::Path,
    frame::{Page, count, shell, show as shown},
    plan_rows,
};
use crate::{App, session::SignedIn};

const ROWS: i64 = 100;

/// Which rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    action: String,
    reason: String,
    after: Option<i64>,
    from: Option<u64>,
}

/// `GET /plans/{id}/items`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(which): Query<Which>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let action = Action::parse(&which.action);
    let known = reason(&plan, &which.reason);
    let query = ItemQuery {
        action,
        reason: known.map(|reason| reason.code.clone()),
        after: which.after.unwrap_or(0),
        limit: ROWS,
    };
    let (rows, last) = plan_rows::read(&app, &plan, &query).await?;
    let full = store::as_i64(rows.len()) == ROWS;
    let paging = Paging {
        from: if which.after.is_none() {
            Some(1)
        } else {
            which.from
        },
        shown: rows.len().into(),
        total: count(total(&plan, action, known)),
        size: 100,
        next: last.filter(|_| full).map(|n| n.to_string()),
        ..Paging::default()
    };
    let place = match plan.purpose {
        Purpose::Import => Place::Import,
        _ => Place::Manage,
    };
    let said = |text: fn(&Counted) -> &String| known.map(text).cloned().unwrap_or_default();
    shown(&PlanItemsPage {
        shell: shell(&app, &admin, place).await?,
        plan: address(&plan),
        path: path(id, action, known),
        action: shown_as(&plan, action, known),
        reason: said(|reason| &reason.reason),
        hint: said(|reason| &reason.hint),
        rows,
        paging,
    })
}

/// Where a plan is shown.
pub(crate) fn address(plan: &Plan) -> String {
    let id = plan.id;
    match plan.purpose {
        Purpose::Import => format!("/plans/{id}"),
        _ => format!("/user-plans/{id}"),
    }
}

/// The plan's reason of that code.
fn reason<'a>(plan: &'a Plan, code: &str) -> Option<&'a Counted> {
    let counts = &plan.counts;
    counts
        .skip
        .iter()
        .chain(&counts.warned)
        .chain(&counts.not_deployed)
        .find(|reason| reason.code == code)
}

/// This list's own address, made of what was understood.
fn path(id: PlanId, action: Option<Action>, known: Option<&Counted>) -> String {
    match (known, action) {
        (Some(reason), _) => format!("/plans/{id}/items?reason={}", reason.code),
        (None, Some(action)) => format!("/plans/{id}/items?action={}", action.name()),
        (None, None) => format!("/plans/{id}/items"),
    }
}

const fn total(plan: &Plan, action: Option<Action>, known: Option<&Counted>) -> i64 {
    let counts = &plan.counts;
    match (known, plan.purpose, action) {
        (Some(reason), _, _) => reason.count,
        (None, Purpose::Deployment, Some(Action::Keep)) => counts.deploy,
        (None, _, Some(Action::Create)) => counts.create,
        (None, _, Some(Action::Update)) => counts.update,
        (None, _, Some(Action::Keep)) => counts.keep,
        (None, _, _) => counts.total,
    }
}

pub(crate) fn shown_as(plan: &Plan, action: Option<Action>, known: Option<&Counted>) -> PlanAction {
    let skipped = known.is_some_and(|reason| plan.counts.skip.contains(reason));
    match (plan.purpose, action) {
        (Purpose::Deployment, Some(Action::Keep)) => PlanAction::Deploy,
        (Purpose::Deployment, Some(Action::Update)) => PlanAction::Renew,
        (Purpose::Suspension, Some(Action::Update)) => PlanAction::Suspend,
        (Purpose::Resumption, Some(Action::Update)) => PlanAction::Resume,
        (Purpose::Deletion, Some(Action::Update)) => PlanAction::Delete,
        (Purpose::ProfileChange | Purpose::LanguageChange, Some(Action::Update)) => {
            PlanAction::Change
        }
        (Purpose::Deployment | Purpose::Suspension | Purpose::Resumption, _)
        | (_, Some(Action::Skip)) => PlanAction::Skip,
        (_, None) if skipped => PlanAction::Skip,
        (Purpose::Csv, None) if known.is_some() => PlanAction::Warned,
        (_, Some(Action::Create)) => PlanAction::Create,
        (_, Some(Action::Update)) => PlanAction::Update,
        (_, Some(Action::Keep)) => PlanAction::Unchanged,
        (_, None) => PlanAction::NotDeployed,
    }
}
