//! `/plans/{id}`: what an import would do, shown before it is done.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Count, ListQuery, Place,
    plan::{PlanAction, PlanGroup, PlanPage, PlanState},
    wave::WaveFields,
};
use model::{EntryId, PlanId, Selection, plan::Action};
use serde::{Deserialize, de::DeserializeOwned};
use store::plans::{Plan, Purpose, Standing};

use super::{
    address::Path,
    frame::{Page, count, rendered, shell, show as shown},
    held,
    import_users::leavers,
    making,
    plan_items::address,
    plan_rows::{of_action, of_reason, sum},
    wave::{Again, WaveForm},
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, session::SignedIn};

/// How many rows the list counted, or were selected, when the administrator looked.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Looked {
    looked: Option<u64>,
}

impl Looked {
    /// Of a list's total, what this selection takes.
    pub(crate) fn of<Id>(self, selection: &Selection<Id>) -> Self {
        let size = |ids: &Vec<Id>| u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let looked = match selection {
            Selection::Ids { ids } => Some(size(ids)),
            Selection::All { except, .. } => {
                self.looked.map(|all| all.saturating_sub(size(except)))
            }
        };
        Self { looked }
    }

    /// The address of a plan that still knows.
    pub(crate) fn at(self, address: String) -> String {
        match self.looked {
            Some(looked) => format!("{address}?looked={looked}"),
            None => address,
        }
    }

    /// The number; `now` where it is not known.
    pub(crate) fn or(self, now: Count) -> Count {
        self.looked.map_or(now, Count)
    }
}

/// `POST /import/plans`
pub(crate) async fn make(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let wanted = import::Wanted {
        selection: form.parse()?,
        profile: form.profile()?,
        as_proposed: form.as_proposed == "1",
        deploy: form.deploy == "1",
    };
    let looked = looked.of(&wanted.selection);
    let making = import::Making::begin(&app.store, wanted, &admin.actor()).await?;
    making::make(making, looked).await
}

/// `GET /plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
    Query(again): Query<Again>,
) -> Page {
    let (plan, standing) = store::plans::find(&app.store, id).await?;
    if plan.purpose != Purpose::Import {
        return Ok(Redirect::to(&address(&plan)).into_response());
    }
    if standing != Standing::Ready {
        return making::show(&app, &admin, &plan, standing, looked).await;
    }
    let wave = again.fields(&app).await?;
    shown(&page(&app, &admin, &plan, looked, wave).await?)
}

/// A plan's page, with the form that says how its mails are spread.
async fn page(
    app: &App,
    admin: &access::Admin,
    plan: &Plan,
    looked: Looked,
    wave: WaveFields,
) -> Result<PlanPage, Problem> {
    let counts = &plan.counts;
    let mut shell = shell(app, admin, Place::Import).await?;
    if plan.job.is_none() {
        shell.notices.extend(leavers(app).await?);
        if counts.deploy > 0 && state(app, plan) == PlanState::Ready {
            let holds = held::holds(app).await?;
            shell.notices.extend(held::notices(app, &holds));
        }
    }
    Ok(PlanPage {
        shell,
        id: plan.id.to_string(),
        profile: profile_name(app, plan).await?,
        as_proposed: count(counts.as_proposed),
        unknown_proposals: count(counts.unknown_proposals),
        deploy: plan.deploy,
        looked: looked.or(count(counts.total)),
        total: count(counts.total),
        create: count(counts.create),
        update: count(counts.update),
        unchanged: count(counts.keep),
        skip: sum(&counts.skip),
        will_deploy: count(counts.deploy),
        cannot_deploy: sum(&counts.not_deployed),
        groups: groups(app, plan).await?,
        wave: (counts.deploy > 0).then_some(wave),
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(app, plan),
        back: back::<EntryId>("/import", plan, |state| state),
    })
}

async fn profile_name(app: &App, plan: &Plan) -> Result<String, Problem> {
    Ok(match plan.profile {
        Some(profile) => match store::profiles::get(&app.store, profile).await {
            Ok(profile) => profile.name,
            Err(store::Error::Missing(_)) => "a profile that was removed".to_owned(),
            Err(error) => return Err(error.into()),
        },
        None => "Do not deploy".to_owned(),
    })
}

/// Whether a plan can be carried out.
pub(crate) fn state(app: &App, plan: &Plan) -> PlanState {
    match plan.job {
        Some(job) => PlanState::Done {
            job: job.to_string(),
        },
        None if app.store.env().now() > plan.expires_at => PlanState::Expired,
        None => PlanState::Ready,
    }
}

/// The list with the query that the plan's selection was made of.
pub(crate) fn back<Id: DeserializeOwned>(
    path: &str,
    plan: &Plan,
    shown: fn(&str) -> &str,
) -> String {
    let selection = serde_json::from_str::<Selection<Id>>(&plan.selection);
    let query = match selection {
        Ok(Selection::All { query, .. }) => query,
        _ => model::Query::default(),
    };
    // The filter's words stand in an address as they stand in it.
    let words = query.filter.split('&').filter(|word| !word.is_empty());
    let words: Vec<_> = words
        .map(|word| match word.strip_prefix("state=") {
            Some(state) => format!("state={}", shown(state)),
            None => word.to_owned(),
        })
        .collect();
    let list = ListQuery {
        path: path.to_owned(),
        q: query.q,
        ..ListQuery::default()
    };
    let joint = if list.q.is_empty() { "?" } else { "&" };
    let first = list.first_page();
    if words.is_empty() {
        first
    } else {
        format!("{first}{joint}{}", words.join("&"))
    }
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let counts = &plan.counts;
    let actions = [
        ((Action::Create, PlanAction::Create), counts.create),
        ((Action::Update, PlanAction::Update), counts.update),
        ((Action::Keep, PlanAction::Unchanged), counts.keep),
    ];
    let mut groups = Vec::new();
    for (action, number) in actions {
        groups.extend(of_action(app, plan, action, number).await?);
    }
    for reason in &counts.skip {
        groups.push(of_reason(app, plan, PlanAction::Skip, reason).await?);
    }
    for reason in &counts.not_deployed {
        groups.push(of_reason(app, plan, PlanAction::NotDeployed, reason).await?);
    }
    Ok(groups)
}

/// `POST /plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Form(wave): Form<WaveForm>,
) -> Page {
    let wave = match wave.of_plan() {
        Ok(wave) => wave,
        Err(typed) => {
            let plan = store::plans::get(&app.store, id).await?;
            if state(&app, &plan) != PlanState::Ready {
                // The form is gone: the page says what became of the plan.
                return Ok(Redirect::to(&address(&plan)).into_response());
            }
            let page = page(&app, &admin, &plan, Looked::default(), *typed).await?;
            return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let job = import::run_spread(&app.store, id, wave, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_was_not_looked_at() {
        let looked = Looked { looked: Some(12) };
        let all = Selection::All {
            all: model::selection::All,
            query: model::Query::default(),
            snapshot: None,
            except: vec![1, 2],
        };
        assert_eq!(looked.of(&all).or(Count(0)), Count(10));
        assert_eq!(
            looked.of(&Selection::Ids { ids: vec![1] }).or(Count(0)),
            Count(1)
        );
        assert_eq!(Looked::default().of(&all).or(Count(7)), Count(7));
    }
}
