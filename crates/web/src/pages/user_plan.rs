//! `/user-plans/{id}`: what an action on users would do, shown before it does it.

mod csv;
pub(crate) mod make;
mod words;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Place,
    plan::{PlanAction, PlanGroup, PlanState},
    user_plan::UserPlanPage,
    wave::WaveFields,
};
use delivery::Mode;
use model::{PlanId, UserId, plan::Action};
use serde::Deserialize;
use store::plans::{Plan, Purpose, Standing};

use self::words::{Words, also_with_phones};
use super::{
    address::Path,
    frame::{Page, count, rendered, shell, show as shown},
    held, making,
    manage::shown_name,
    plan::{Looked, back, state},
    plan_items::{address, shown_as},
    plan_rows::{of_action, of_reason},
    wave::{Again, WaveForm},
    when::when,
};
use crate::{App, Problem, retry, session::SignedIn};

/// `GET /user-plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
    Query(again): Query<Again>,
) -> Page {
    let (plan, standing) = store::plans::find(&app.store, id).await?;
    if plan.purpose != Purpose::Import && standing != Standing::Ready {
        return making::show(&app, &admin, &plan, standing, looked).await;
    }
    let wave = again.fields(&app).await?;
    match page(&app, &admin, &plan, looked, wave).await? {
        Some(page) => shown(&page),
        None => Ok(Redirect::to(&address(&plan)).into_response()),
    }
}

/// The page of a plan that has its page here, with the form that says how its mails are spread.
async fn page(
    app: &App,
    admin: &access::Admin,
    plan: &Plan,
    looked: Looked,
    wave: WaveFields,
) -> Result<Option<UserPlanPage>, Problem> {
    let id = plan.id;
    let Some(words) = Words::of(app, plan).await? else {
        return Ok(None);
    };
    let total = count(plan.counts.total);
    let (from, back) = match plan.purpose {
        Purpose::Csv => ("Import CSV", "/users/import-csv".to_owned()),
        _ => ("Manage users", back::<UserId>("/users", plan, shown_name)),
    };
    let mut ways = vec![];
    if plan.purpose == Purpose::Csv {
        let way = |end: &str, words: &str| (format!("/user-plans/{id}/{end}"), words.to_owned());
        let faulty = way("faulty.csv", "Download the rows with faults");
        ways.extend((!plan.counts.skip.is_empty()).then_some(faulty));
        ways.push(way("columns", "Say what the columns mean"));
    }
    let mut shell = shell(app, admin, Place::Manage).await?;
    shell.notices.extend(csv::warnings(plan));
    let sends = matches!(plan.purpose, Purpose::Deployment | Purpose::Sync);
    if sends && plan.counts.deploy > 0 && state(app, plan) == PlanState::Ready {
        let holds = held::holds(app).await?;
        shell.notices.extend(held::notices(app, &holds));
    }
    Ok(Some(UserPlanPage {
        shell,
        id: id.to_string(),
        action: words.action,
        lead: words.lead,
        from: from.to_owned(),
        looked: looked.or(total),
        total,
        made_of: match plan.purpose {
            Purpose::Csv => format!("{} read", total.of("row", "rows")),
            _ => format!("{} selected", total.of("person", "people")),
        },
        tally: words.tally,
        choice: words.choice,
        is_grave: plan.purpose == Purpose::Deletion,
        groups: groups(app, plan).await?,
        ways,
        button: words.button,
        also: match plan.purpose {
            Purpose::Deletion => also_with_phones(plan),
            Purpose::Csv => csv::without_faulty(plan),
            _ => None,
        },
        wave: (plan.purpose == Purpose::Deployment && plan.counts.deploy > 0).then_some(wave),
        days: match Mode::of(plan) {
            Mode::Remind { days } if plan.purpose == Purpose::Deployment => Some(days),
            _ => None,
        },
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(app, plan),
        back,
    }))
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let counts = &plan.counts;
    let kept = match plan.purpose {
        Purpose::Deployment => counts.deploy,
        _ => counts.keep,
    };
    let actions = [
        (Action::Create, counts.create),
        (Action::Update, counts.update),
        (Action::Keep, kept),
    ];
    let mut groups = Vec::new();
    for (action, number) in actions {
        let shown = shown_as(plan, Some(action), None);
        groups.extend(of_action(app, plan, (action, shown), number).await?);
    }
    for reason in &counts.warned {
        groups.push(of_reason(app, plan, PlanAction::Warned, reason).await?);
    }
    for reason in counts.skip.iter().chain(&counts.not_deployed) {
        groups.push(of_reason(app, plan, PlanAction::Skip, reason).await?);
    }
    Ok(groups)
}

/// What was chosen on the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    reset: String,
    partial: String,
    deployed: String,
    #[serde(flatten)]
    wave: WaveForm,
}

/// `POST /user-plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Form(chosen): Form<Chosen>,
) -> Page {
    let actor = admin.actor();
    let plan = store::plans::get(&app.store, id).await?;
    let job = match plan.purpose {
        Purpose::Csv => {
            // Without a word about it: as it was said when the file was given.
            let partial = (chosen.partial == "1").then_some(true);
            import::csv::run(&app.store, id, partial, &actor).await?
        }
        Purpose::Sync => import::sync::run(&app.store, id, chosen.reset == "1", &actor).await?,
        Purpose::Deletion => {
            users::removal::run(&app.store, id, chosen.deployed == "1", &actor).await?
        }
        Purpose::Deployment => {
            let wave = match chosen.wave.of_plan() {
                Ok(wave) => wave,
                Err(typed) if state(&app, &plan) == PlanState::Ready => {
                    return refused(&app, &admin, &plan, *typed).await;
                }
                // Its form is gone: the page says what became of the plan.
                Err(_) => return Ok(Redirect::to(&address(&plan)).into_response()),
            };
            delivery::run_spread(&app.store, id, wave, &actor).await?
        }
        _ => retry::run(&app, &plan, false, None, &actor).await?,
    };
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

/// The plan's page again, with what was typed about its mails.
async fn refused(app: &App, admin: &access::Admin, plan: &Plan, typed: WaveFields) -> Page {
    match page(app, admin, plan, Looked::default(), typed).await? {
        Some(page) => Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page)),
        None => Ok(Redirect::to(&address(plan)).into_response()),
    }
}
