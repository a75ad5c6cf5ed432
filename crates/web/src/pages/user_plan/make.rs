//! The plans that a selection of users asks for.

use std::fmt::Display;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use delivery::{Mode, Wanted};
use model::{Actor, JobId, PlanId, Selection, UserId};
use serde::Deserialize;
use store::{Store, plans::Plan};

use super::super::{address::Path, frame::Page, making, plan::Looked, plan_items::address};
use crate::{App, Problem, forms::SelectionForm, retry, session::SignedIn};

/// What every one of these requests carries.
type Asked = (State<App>, SignedIn, Query<Looked>, Form<SelectionForm>);

/// Has a plan made for the users of a form.
async fn make<Made, E>(
    (State(app), SignedIn(admin), Query(looked), Form(form)): Asked,
    plan: impl FnOnce(Store, PlanId, Selection<UserId>, Actor) -> Made,
) -> Page
where
    Made: Future<Output = Result<Plan, E>> + Send + 'static,
    E: Into<Problem> + Display + Send + 'static,
{
    let selection = form.parse::<UserId>()?;
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, |store, id| plan(store, id, selection, actor)).await
}

/// `POST /users/syncs/plan`
pub(crate) async fn sync(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let plan = import::sync::plan(&app.store, &selection, &admin.actor()).await?;
    let to = looked.of(&selection).at(address(&plan));
    Ok(Redirect::to(&to).into_response())
}

/// Which kind of deployment is planned.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Kind {
    auto: Option<u8>,
    remind: Option<u16>,
}

impl Kind {
    fn mode(self) -> Mode {
        match (self.auto, self.remind) {
            (None, None) => Mode::Deploy,
            (Some(_), None) => Mode::Auto,
            (_, Some(days)) => Mode::Remind {
                days: days.clamp(1, 365),
            },
        }
    }
}

/// `POST /users/deployments/plan`
pub(crate) async fn deployment(Query(kind): Query<Kind>, asked: Asked) -> Page {
    make(asked, async move |store, id, selection, actor| {
        let mode = kind.mode();
        delivery::plan(&store, id, &Wanted { selection, mode }, &actor).await
    })
    .await
}

/// How old a mail is that people are reminded of.
#[derive(Debug, Deserialize)]
pub(crate) struct Days {
    days: u16,
}

/// `POST /user-plans/{id}/days`: a reminder of the same people, planned with other days.
pub(crate) async fn remind_anew(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Form(form): Form<Days>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let selection = serde_json::from_str(&plan.selection)
        .map_err(|_| store::Error::Missing("selection of this plan"))?;
    let days = form.days.clamp(1, 365);
    let mode = Mode::Remind { days };
    let actor = admin.actor();
    making::make_of_users(&app, Looked::default(), async move |store, id| {
        delivery::plan(&store, id, &Wanted { selection, mode }, &actor).await
    })
    .await
}

/// `POST /users/suspensions/plan`
pub(crate) async fn suspension(asked: Asked) -> Page {
    make(asked, async move |store, id, selection, actor| {
        users::suspension::plan(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/resumptions/plan`
pub(crate) async fn resumption(asked: Asked) -> Page {
    make(asked, async move |store, id, selection, actor| {
        users::suspension::plan_end(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/deletions/plan`
pub(crate) async fn deletion(asked: Asked) -> Page {
    make(asked, async move |store, id, selection, actor| {
        users::removal::plan(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/profile-changes/plan`
pub(crate) async fn profile_change(asked: Asked) -> Page {
    let profile = asked.3.profile()?;
    make(asked, async move |store, id, selection, actor| {
        users::changes::plan_profile(&store, id, &selection, profile, &actor).await
    })
    .await
}

/// `POST /users/language-changes/plan`
pub(crate) async fn language_change(asked: Asked) -> Page {
    let language = asked.3.language.clone();
    make(asked, async move |store, id, selection, actor| {
        users::changes::plan_language(&store, id, &selection, &language, &actor).await
    })
    .await
}

/// `POST /jobs/{id}/retry`: what failed, planned again.
pub(crate) async fn retry(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let plan = retry::plan(&app, id, &admin.actor()).await?;
    let to = format!("{}?again={id}", address(&plan));
    Ok(Redirect::to(&to).into_response())
}
