//! `/import-plans` and `/imports`: plan, look, then do.

use std::collections::HashMap;

use axum::{extract::State, http::StatusCode};
use model::{EntryId, Fault, JobId, PlanId, ProfileId, UserId, plan::Action, wave::Wave};
use serde::{Deserialize, Serialize};
use store::plans::{Counted, Item, ItemQuery, Plan, Purpose};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    forms::spread,
    session::Operator,
};

/// A reason with how many rows have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonCount {
    /// Permanent name.
    code: String,
    reason: String,
    count: i64,
    /// What to do about it.
    hint: String,
}

impl From<Counted> for ReasonCount {
    fn from(counted: Counted) -> Self {
        Self {
            code: counted.code,
            reason: counted.reason,
            count: counted.count,
            hint: counted.hint,
        }
    }
}

/// The exact numbers of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanView {
    pub(crate) id: PlanId,
    /// Rows looked at.
    total: i64,
    /// Users to be made.
    create: i64,
    /// Users to be brought in line.
    update: i64,
    /// Users that are in line already.
    unchanged: i64,
    /// Rows left out.
    skip: Vec<ReasonCount>,
    /// Rows of a file that are imported although something about them is odd, by their first warning.
    warned: Vec<ReasonCount>,
    /// Rows that get the profile which a component proposes.
    as_proposed: i64,
    /// Rows of which a component proposes a profile that is not here; they get the one of all.
    unknown_proposals: i64,
    /// People to be deployed.
    deploy: i64,
    /// People that are imported and not deployed.
    not_deployed: Vec<ReasonCount>,
    /// Until when it can be carried out.
    expires: String,
    /// The job that carries it out, once it was agreed to.
    job: Option<JobId>,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        let counts = plan.counts;
        Self {
            id: plan.id,
            total: counts.total,
            create: counts.create,
            update: counts.update,
            unchanged: counts.keep,
            skip: counts.skip.into_iter().map(Into::into).collect(),
            warned: counts.warned.into_iter().map(Into::into).collect(),
            as_proposed: counts.as_proposed,
            unknown_proposals: counts.unknown_proposals,
            deploy: counts.deploy,
            not_deployed: counts.not_deployed.into_iter().map(Into::into).collect(),
            expires: at(plan.expires_at),
            job: plan.job,
        }
    }
}

/// What to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes import's own type, which is what is read"
)]
struct WantedImport {
    /// `{"all": true, "query": {"q", "filter"}, "snapshot", "except": [id]}` or `{"ids": [id]}`.
    selection: serde_json::Value,
    /// A profile's id; null = *Do not deploy*.
    profile: Option<model::ProfileId>,
    /// Whether a profile that a component proposes for a person goes before that one.
    as_proposed: Option<bool>,
    /// Whether people are deployed at once.
    deploy: Option<bool>,
}

/// Makes a plan of an import: nothing is changed.
#[utoipa::path(post, path = "/import-plans", request_body = WantedImport, responses((status = 201, body = PlanView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn plan(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<import::Wanted>,
) -> Result<(StatusCode, Json<PlanView>), Problem> {
    let plan = import::plan(&app.store, &wanted, &admin.actor()).await?;
    Ok((StatusCode::CREATED, Json(plan.into())))
}

/// One plan.
#[utoipa::path(get, path = "/import-plans/{id}", params(("id" = PlanId, Path)), responses((status = 200, body = PlanView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<PlanId>,
) -> Result<Json<PlanView>, Problem> {
    Ok(Json(store::plans::get(&app.store, id).await?.into()))
}

/// Which rows of a plan.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemParams {
    /// `create`, `update`, `keep` or `skip`.
    action: Option<String>,
    /// Code of a reason.
    reason: Option<String>,
    /// Rows after this place.
    after: i64,
    /// Rows, 1 to 500; 100 without.
    limit: Option<i64>,
}

/// One row of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanItem)]
pub(crate) struct ItemView {
    /// Its place in the plan.
    n: i64,
    entry: Option<EntryId>,
    user: Option<UserId>,
    /// Name and number.
    label: String,
    action: &'static str,
    /// Code of the reason, where it is left out or a warning stands by it.
    reason: String,
    /// `yes`, empty, or the code of the reason for not deploying.
    deploy: String,
    /// The profile that the person gets; null: none (*Do not deploy*), or the row gives none.
    profile: Option<ProfileId>,
    /// What a component proposes that is no profile here; null: nothing.
    unknown_proposal: Option<String>,
    /// What is wrong or odd about a row of a file, each with its column.
    remarks: Vec<String>,
}

/// What rows of a plan give and say, by their place.
#[derive(Default)]
struct Given {
    chosen: HashMap<i64, import::Chosen>,
    told: HashMap<i64, import::csv::Row>,
}

impl Given {
    async fn of(app: &App, plan: &Plan, items: &[Item]) -> Result<Self, Problem> {
        Ok(match plan.purpose {
            Purpose::Import => Self {
                chosen: import::chosen(&app.store, plan, items).await?,
                ..Self::default()
            },
            Purpose::Csv => Self {
                told: import::csv::rows(&app.store, plan, items).await?,
                ..Self::default()
            },
            _ => Self::default(),
        })
    }

    fn view(&mut self, item: Item) -> ItemView {
        let chosen = self.chosen.remove(&item.n);
        let told = self.told.remove(&item.n);
        let (profile, unknown) = chosen.map_or((None, None), |c| (c.profile, c.unknown));
        let of_file = told.as_ref().and_then(|told| told.profile).flatten();
        let remarks = told.iter().flat_map(|told| {
            let faults = told.remarks(&told.faults);
            faults.chain(told.remarks(&told.warnings))
        });
        ItemView {
            profile: profile.or(of_file),
            unknown_proposal: unknown,
            remarks: remarks.collect(),
            n: item.n,
            entry: item.entry,
            user: item.user,
            label: item.label,
            action: item.action.name(),
            reason: item.reason,
            deploy: item.deploy,
        }
    }
}

/// Rows of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemPage {
    items: Vec<ItemView>,
    /// For `after`.
    next: Option<i64>,
}

/// The rows of a plan, in its order.
#[utoipa::path(get, path = "/import-plans/{id}/items", params(("id" = PlanId, Path), ItemParams), responses((status = 200, body = ItemPage), (status = 404, body = Problem)))]
pub(crate) async fn items(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<PlanId>,
    Query(params): Query<ItemParams>,
) -> Result<Json<ItemPage>, Problem> {
    let action = match params.action.as_deref() {
        None => None,
        Some(name) => Some(Action::parse(name).ok_or_else(|| {
            Problem::bad_request(format!("“{name}” is no action"))
                .hint("write create, update, keep or skip")
        })?),
    };
    let plan = store::plans::get(&app.store, id).await?;
    let limit = params.limit.unwrap_or(100).clamp(1, 500);
    let query = ItemQuery {
        action,
        reason: params.reason,
        after: params.after,
        limit,
    };
    let items = store::plans::items(&app.store, id, &query).await?;
    let mut given = Given::of(&app, &plan, &items).await?;
    let items: Vec<ItemView> = items.into_iter().map(|item| given.view(item)).collect();
    let full = store::as_i64(items.len()) == limit;
    Ok(Json(ItemPage {
        next: items.last().filter(|_| full).map(|item| item.n),
        items,
    }))
}

/// Mail and configuration that one person would get.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// Where the mail would go.
    to: String,
    subject: String,
    text: String,
    html: String,
    /// The configuration, its secrets masked.
    configuration: String,
    content_type: String,
}

/// Shows mail and configuration of one row, made by the code that sends; links and secrets are masked.
#[utoipa::path(get, path = "/import-plans/{id}/preview/{entry}", params(("id" = PlanId, Path), ("entry" = EntryId, Path)), responses((status = 200, body = PreviewView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    _: Operator,
    Path((id, entry)): Path<(PlanId, EntryId)>,
) -> Result<Json<PreviewView>, Problem> {
    let plan = store::plans::get(&app.store, id).await?;
    let profile = import::profile_of(&app.store, &plan, entry).await?;
    let preview = delivery::preview(&app.store, app.delivery(), profile, entry).await?;
    Ok(Json(preview.into()))
}

/// Shows mail and configuration that a user would get now, made by the code that sends; links and secrets are masked.
#[utoipa::path(get, path = "/users/{id}/preview", params(("id" = UserId, Path)), responses((status = 200, body = PreviewView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview_user(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<UserId>,
) -> Result<Json<PreviewView>, Problem> {
    let preview = delivery::preview_user(&app.store, app.delivery(), id).await?;
    Ok(Json(preview.into()))
}

impl From<delivery::Preview> for PreviewView {
    fn from(preview: delivery::Preview) -> Self {
        Self {
            to: preview.to,
            subject: preview.subject,
            text: preview.text,
            html: preview.html,
            configuration: preview.configuration,
            content_type: preview.content_type.to_owned(),
        }
    }
}

/// Which plan to carry out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreed {
    plan: PlanId,
    /// For a file: whether its good rows are imported where others have faults; as it was said with the file without.
    #[serde(default)]
    partial: Option<bool>,
    /// How the mails of its deployment are spread over time; at once without.
    #[serde(default)]
    wave: Option<Wave>,
}

/// The job that carries it out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ordered {
    pub(crate) job: JobId,
}

/// Carries a plan out. Asking again answers the same job.
#[utoipa::path(post, path = "/imports", request_body = Agreed, responses((status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn import(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(agreed): Json<Agreed>,
) -> Result<(StatusCode, Json<Ordered>), Problem> {
    let actor = admin.actor();
    let wave = agreed.wave.map(spread).transpose()?;
    let plan = store::plans::get(&app.store, agreed.plan).await?;
    let job = match plan.purpose {
        Purpose::Csv if wave.is_some() => {
            let message = "a file's import deploys nobody: there is nothing to spread";
            let faults = vec![Fault::new("wave", message)];
            return Err(Problem::unfit("The mails cannot be spread", faults));
        }
        Purpose::Csv => import::csv::run(&app.store, plan.id, agreed.partial, &actor).await?,
        _ => import::run_spread(&app.store, plan.id, wave, &actor).await?,
    };
    Ok((StatusCode::ACCEPTED, Json(Ordered { job })))
}

/// What undoing takes away.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct UndoParams {
    /// Also people whose phone has its configuration; without, they are left with the reason.
    deployed: bool,
}

/// Takes an import back, named by its job: its users are removed, their links withdrawn, their entries as before.
#[utoipa::path(delete, path = "/imports/{id}", params(("id" = JobId, Path), UndoParams), responses((status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn undo(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<JobId>,
    Query(params): Query<UndoParams>,
) -> Result<(StatusCode, Json<Ordered>), Problem> {
    let job = import::undo(&app.store, id, params.deployed, &admin.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(Ordered { job })))
}
