//! `/plans/{id}` and `/user-plans/{id}` while the plan is made: how far it is, and giving it up.

use std::{convert::Infallible, fmt::Display, time::Duration};

use access::Admin;
use axum::{
    extract::{Query, State},
    response::{
        IntoResponse, Redirect,
        sse::{Event, KeepAlive, Sse},
    },
};
use console::{Count, Place, making::MakingPage};
use futures_util::{Stream, stream};
use model::{EntryId, PlanId, UserId};
use serde::Serialize;
use store::{
    Store,
    plans::{self, Plan, Purpose, Standing},
};
use tokio::time::{sleep, timeout};

use super::{
    address::Path,
    frame::{Page, PageError, count, shell, show as shown},
    job_events::LOOK_EVERY,
    manage::shown_name,
    plan::{Looked, back},
    plan_items::address,
};
use crate::{App, Problem, session::SignedIn};

/// Longer than this nobody waits for a plan without seeing how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes a plan of an import.
pub(crate) async fn make(making: import::Making, looked: Looked) -> Page {
    let at = looked.at(format!("/plans/{}", making.id()));
    watched(at, making.end()).await
}

/// Makes a plan about users.
pub(crate) async fn make_of_users<Made, E>(
    app: &App,
    looked: Looked,
    plan: impl FnOnce(Store, PlanId) -> Made,
) -> Page
where
    Made: Future<Output = Result<Plan, E>> + Send + 'static,
    E: Into<Problem> + Display + Send + 'static,
{
    let id = PlanId::new(app.store.env());
    let at = looked.at(format!("/user-plans/{id}"));
    watched(at, plan(app.store.clone(), id)).await
}

/// Makes a plan to its end, whoever still waits for it, and leads to where it or its making is shown.
async fn watched<E>(
    at: String,
    making: impl Future<Output = Result<Plan, E>> + Send + 'static,
) -> Page
where
    E: Into<Problem> + Display + Send + 'static,
{
    let made = tokio::spawn(async move {
        let made = making.await;
        if let Err(error) = &made {
            tracing::warn!(%error, "a plan was not finished");
        }
        made
    });
    if let Ok(Ok(made)) = timeout(PATIENCE, made).await {
        made?;
    }
    Ok(Redirect::to(&at).into_response())
}

/// How far a plan is.
pub(super) async fn show(
    app: &App,
    admin: &Admin,
    plan: &Plan,
    standing: Standing,
    looked: Looked,
) -> Page {
    let (place, from, back) = list(plan);
    shown(&MakingPage {
        shell: shell(app, admin, place).await?,
        id: plan.id.to_string(),
        total: looked.or(Count(0)),
        done: count(plan.counts.total),
        given_up: standing == Standing::GivenUp,
        from,
        back,
    })
}

/// The list that a plan's selection was made in: its place, name and address.
fn list(plan: &Plan) -> (Place, &'static str, String) {
    match plan.purpose {
        Purpose::Import => (
            Place::Import,
            "Import users",
            back::<EntryId>("/import", plan, |state| state),
        ),
        _ => (
            Place::Manage,
            "Manage users",
            back::<UserId>("/users", plan, shown_name),
        ),
    }
}

/// `POST /plans/{id}/give-up`
pub(crate) async fn give_up(State(app): State<App>, _: SignedIn, Path(id): Path<PlanId>) -> Page {
    let (plan, _) = plans::find(&app.store, id).await?;
    let to = if plans::give_up(&app.store, id).await? {
        list(&plan).2
    } else {
        address(&plan)
    };
    Ok(Redirect::to(&to).into_response())
}

/// What the page's script draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Progress {
    total: u64,
    done: i64,
    seconds_left: Option<i64>,
}

/// `GET /plans/{id}/events`: `progress` whenever more was looked at; `done` once the page is to be loaded again.
pub(crate) async fn events(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    plans::find(&app.store, id).await?;
    let total = looked.or(Count(0)).0;
    let watch = Watch {
        app,
        id,
        total,
        shown: None,
        over: false,
    };
    Ok(Sse::new(stream::unfold(watch, Watch::next)).keep_alive(KeepAlive::default()))
}

/// One viewer of one plan in the making: reads the database, so any server can show any server's plan.
struct Watch {
    app: App,
    id: PlanId,
    total: u64,
    shown: Option<Progress>,
    over: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.over {
            return None;
        }
        loop {
            let (plan, standing) = plans::find(&self.app.store, self.id).await.ok()?;
            let progress = progress(&self.app, &plan, self.total);
            self.over = standing != Standing::Making;
            if self.over || self.shown.as_ref() != Some(&progress) {
                let name = if self.over { "done" } else { "progress" };
                let event = Event::default().event(name).json_data(&progress).ok()?;
                self.shown = Some(progress);
                return Some((Ok(event), self));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

fn progress(app: &App, plan: &Plan, total: u64) -> Progress {
    let done = plan.counts.total;
    let took_ms = app.store.env().now().0 - plan.created_at.0;
    let left = i64::try_from(total)
        .unwrap_or(i64::MAX)
        .saturating_sub(done);
    let seconds_left = (done > 0 && left > 0).then(|| took_ms / 1_000 * left / done);
    Progress {
        total,
        done,
        seconds_left,
    }
}
