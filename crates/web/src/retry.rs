//! *Retry failed*: the rows of a job that failed, planned again by the verb that the job carried out; of a deployment those
//! as well whose mail was refused, and where it ended early whose turn had not come.

use model::{Actor, EntryId, JobId, Order, PlanId, Selection, UserId, wave::Wave};
use store::{
    jobs::{self, Job},
    plans::{Plan, Purpose},
};

use crate::{App, Problem};

/// Failed rows that are read at a time.
const CHUNK: i64 = 500;

/// Whether rows of such a job can be planned again.
pub(crate) const fn knows(order: &Order) -> bool {
    match order {
        Order::Import { .. }
        | Order::Deploy { .. }
        | Order::Suspend { .. }
        | Order::Resume { .. }
        | Order::Sync { .. }
        | Order::ChangeProfile { .. }
        | Order::ChangeLanguage { .. }
        | Order::Delete { .. } => true,
        Order::Scan { .. }
        | Order::Contacts { .. }
        | Order::Join
        | Order::Undo { .. }
        | Order::ImportCsv { .. }
        | Order::Notify { .. }
        | Order::TestMail { .. }
        | Order::SignInMail { .. }
        | Order::Credential { .. } => false,
    }
}

/// Plans what failed in a job again.
pub(crate) async fn plan(app: &App, job: JobId, actor: &Actor) -> Result<Plan, Problem> {
    let store = &app.store;
    let job = jobs::get(store, job).await?;
    if !job.state.is_over() {
        return Err(Problem::conflict("the job still runs").hint("wait for its end, or cancel it"));
    }
    let id = PlanId::new(store.env());
    let of_plan = async |id| store::plans::get(store, id).await;
    Ok(match job.order {
        Order::Import { plan, .. } => {
            let before = of_plan(plan).await?;
            let wanted = import::Wanted {
                selection: failed::<EntryId>(app, &job).await?,
                profile: before.profile,
                as_proposed: before.counts.as_proposed > 0 || before.counts.unknown_proposals > 0,
                deploy: before.deploy,
            };
            import::plan(store, &wanted, actor).await?
        }
        Order::Deploy { .. } => {
            let selection = rest(app, &job).await?;
            delivery::plan(
                store,
                id,
                &delivery::Wanted {
                    selection,
                    mode: delivery::Mode::Deploy,
                },
                actor,
            )
            .await?
        }
        Order::Suspend { .. } => {
            users::suspension::plan(store, id, &failed(app, &job).await?, actor).await?
        }
        Order::Resume { .. } => {
            users::suspension::plan_end(store, id, &failed(app, &job).await?, actor).await?
        }
        Order::Sync { .. } => import::sync::plan(store, &failed(app, &job).await?, actor).await?,
        Order::ChangeProfile { plan } => {
            let profile = of_plan(plan).await?.profile;
            users::changes::plan_profile(store, id, &failed(app, &job).await?, profile, actor)
                .await?
        }
        Order::ChangeLanguage { plan } => {
            let language = of_plan(plan).await?.argument;
            let selection = failed(app, &job).await?;
            users::changes::plan_language(store, id, &selection, &language, actor).await?
        }
        Order::Delete { .. } => {
            users::removal::plan(store, id, &failed(app, &job).await?, actor).await?
        }
        Order::Scan { .. }
        | Order::Contacts { .. }
        | Order::Join
        | Order::Undo { .. }
        | Order::ImportCsv { .. }
        | Order::Notify { .. }
        | Order::TestMail { .. }
        | Order::SignInMail { .. }
        | Order::Credential { .. } => {
            let hint = "order it again where it was ordered";
            return Err(
                Problem::conflict("the rows of such a job are not planned again").hint(hint),
            );
        }
    })
}

/// What a job's failed rows are about, as a selection.
async fn failed<Id: std::str::FromStr>(app: &App, job: &Job) -> Result<Selection<Id>, Problem> {
    let (mut after, mut ids) = (String::new(), Vec::new());
    loop {
        let rows = jobs::items(&app.store, job.id, "failed", &after, CHUNK).await?;
        let Some(last) = rows.last() else {
            return Ok(Selection::Ids { ids });
        };
        after.clone_from(&last.subject);
        ids.extend(rows.iter().filter_map(|row| row.subject.parse::<Id>().ok()));
    }
}

/// Of a deployment those who still need its mail.
async fn rest(app: &App, job: &Job) -> Result<Selection<UserId>, Problem> {
    let ids = delivery::rest(&app.store, job).await?;
    if ids.is_empty() {
        let why =
            "nobody of those who have no mail of it is left: they were deployed or deleted since";
        return Err(Problem::conflict(why).hint("look at Manage"));
    }
    Ok(Selection::Ids { ids })
}

/// How the mails of a job are spread.
pub(crate) fn wave_of(order: Order) -> Option<Wave> {
    match order {
        Order::Deploy { wave, .. } | Order::Import { wave, .. } => wave,
        _ => None,
    }
}

/// Carries such a plan out, as far as nothing has to be chosen: what has to be confirmed is not.
/// `reset`: whether people whose user id changed lose their devices. `wave`: how its mails are spread.
pub(crate) async fn run(
    app: &App,
    plan: &Plan,
    reset: bool,
    wave: Option<Wave>,
    actor: &Actor,
) -> Result<JobId, Problem> {
    let (store, id) = (&app.store, plan.id);
    Ok(match plan.purpose {
        Purpose::Import => import::run_spread(store, id, wave, actor).await?,
        Purpose::Csv => import::csv::run(store, id, None, actor).await?,
        Purpose::Deployment => delivery::run_spread(store, id, wave, actor).await?,
        Purpose::Suspension => users::suspension::run(store, id, actor).await?,
        Purpose::Resumption => users::suspension::run_end(store, id, actor).await?,
        Purpose::Sync => import::sync::run(store, id, reset, actor).await?,
        Purpose::ProfileChange => users::changes::run_profile(store, id, actor).await?,
        Purpose::LanguageChange => users::changes::run_language(store, id, actor).await?,
        Purpose::Deletion => users::removal::run(store, id, false, actor).await?,
    })
}
