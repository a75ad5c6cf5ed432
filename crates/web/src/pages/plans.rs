//! Plans: what an import or a deployment would do, shown before it is done.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Count, Paging, Place, Trouble,
    deployment_plan::DeploymentPlanPage,
    plan::{PlanAction, PlanGroup, PlanPage, PlanRow, PlanState},
    plan_items::PlanItemsPage,
    preview::{ConfigurationPreview, MailPreview, PreviewPage},
};
use model::{EntryId, PlanId, UserId, plan::Action};
use serde::Deserialize;
use store::plans::{Counted, Item, ItemQuery, Plan};

use super::{
    frame::{Page, count, shell, show as shown},
    manage::kept_name,
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, session::SignedIn};

/// Rows of each group that the plan's page shows at once.
const FIRST: i64 = 5;
const ROWS: i64 = 100;

/// `POST /import/plans`
pub(crate) async fn plan_import(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(form): Form<SelectionForm>,
) -> Page {
    let profile = match form.profile.as_str() {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| Problem::bad_request("this is no profile's id"))?,
        ),
    };
    let wanted = import::Wanted {
        selection: form.parse()?,
        profile,
        deploy: form.deploy == "1",
    };
    let plan = import::plan(&app.store, &wanted, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/plans/{}", plan.id)).into_response())
}

/// `POST /users/deployments/plan`
pub(crate) async fn plan_deployment(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(mut form): Form<SelectionForm>,
) -> Page {
    form.state = kept_name(&form.state).to_owned();
    let wanted = delivery::Wanted {
        selection: form.parse::<UserId>()?,
    };
    let plan = delivery::plan(&app.store, &wanted, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/deployment-plans/{}", plan.id)).into_response())
}

/// `GET /plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    if let Some(job) = plan.job {
        return Ok(Redirect::to(&format!("/jobs/{job}")).into_response());
    }
    let profile = match plan.profile {
        Some(profile) => store::profiles::get(&app.store, profile).await?.name,
        None => "Do not deploy".to_owned(),
    };
    let now = app.store.env().now();
    let counts = &plan.counts;
    let skip = sum(&counts.skip);
    shown(&PlanPage {
        shell: shell(&app, &admin, Place::Import).await?,
        id: id.to_string(),
        profile,
        deploy: plan.deploy,
        looked: count(counts.total),
        total: count(counts.total),
        create: count(counts.create),
        update: count(counts.update),
        unchanged: count(counts.keep),
        skip,
        will_deploy: count(counts.deploy),
        cannot_deploy: sum(&counts.not_deployed),
        groups: groups(&app, &plan).await?,
        expires: when(plan.expires_at, now),
        state: if now > plan.expires_at {
            PlanState::Expired
        } else {
            PlanState::Ready
        },
        back: "/import".to_owned(),
    })
}

fn sum(reasons: &[Counted]) -> Count {
    count(reasons.iter().map(|reason| reason.count).sum())
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let counts = &plan.counts;
    let mut groups = Vec::new();
    let actions = [
        (PlanAction::Create, Action::Create, counts.create),
        (PlanAction::Update, Action::Update, counts.update),
        (PlanAction::Unchanged, Action::Keep, counts.keep),
    ];
    for (shown, action, number) in actions {
        if number > 0 {
            groups.push(group(app, plan, (shown, Some(action)), None, number).await?);
        }
    }
    for reason in &counts.skip {
        groups.push(
            group(
                app,
                plan,
                (PlanAction::Skip, Some(Action::Skip)),
                Some(reason),
                reason.count,
            )
            .await?,
        );
    }
    for reason in &counts.not_deployed {
        groups.push(
            group(
                app,
                plan,
                (PlanAction::NotDeployed, None),
                Some(reason),
                reason.count,
            )
            .await?,
        );
    }
    Ok(groups)
}

async fn group(
    app: &App,
    plan: &Plan,
    (shown, action): (PlanAction, Option<Action>),
    reason: Option<&Counted>,
    number: i64,
) -> Result<PlanGroup, Problem> {
    let code = reason.map(|reason| reason.code.clone());
    let query = ItemQuery {
        action,
        reason: code.clone(),
        after: 0,
        limit: FIRST,
    };
    let items = store::plans::items(&app.store, plan.id, &query).await?;
    let name = action.map_or("", Action::name);
    Ok(PlanGroup {
        action: shown,
        reason: reason
            .map(|reason| reason.reason.clone())
            .unwrap_or_default(),
        hint: reason.map(|reason| reason.hint.clone()).unwrap_or_default(),
        count: count(number),
        first: items.into_iter().map(|item| row(plan, item)).collect(),
        items: format!(
            "/plans/{}/items?action={name}&reason={}",
            plan.id,
            code.unwrap_or_default()
        ),
    })
}

fn row(plan: &Plan, item: Item) -> PlanRow {
    let entry = item.entry.map(|id| id.to_string()).unwrap_or_default();
    let previews = plan.profile.is_some() && item.deploy == "yes";
    PlanRow {
        preview: if previews {
            format!("/plans/{}/preview/{entry}", plan.id)
        } else {
            String::new()
        },
        href: item
            .entry
            .map(|id| format!("/import/{id}"))
            .unwrap_or_default(),
        id: entry,
        last_name: item.label,
        ..PlanRow::default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ItemParams {
    action: String,
    reason: String,
    after: Option<i64>,
}

/// `GET /plans/{id}/items`
pub(crate) async fn items(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(params): Query<ItemParams>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let reason = Some(params.reason.clone()).filter(|reason| !reason.is_empty());
    let action = Action::parse(&params.action);
    let query = ItemQuery {
        action,
        reason,
        after: params.after.unwrap_or(0),
        limit: ROWS,
    };
    let items = store::plans::items(&app.store, id, &query).await?;
    let known = plan
        .counts
        .skip
        .iter()
        .chain(&plan.counts.not_deployed)
        .find(|r| r.code == params.reason);
    let total = match (known, action) {
        (Some(reason), _) => reason.count,
        (None, Some(Action::Create)) => plan.counts.create,
        (None, Some(Action::Update)) => plan.counts.update,
        (None, Some(Action::Keep)) => plan.counts.keep,
        (None, _) => plan.counts.total,
    };
    let full = store::as_i64(items.len()) == ROWS;
    let paging = Paging {
        from: params.after.is_none().then_some(1),
        shown: items.len().into(),
        total: count(total),
        size: 100,
        next: items.last().filter(|_| full).map(|item| item.n.to_string()),
        ..Paging::default()
    };
    shown(&PlanItemsPage {
        shell: shell(&app, &admin, Place::Import).await?,
        plan: id.to_string(),
        path: format!(
            "/plans/{id}/items?action={}&reason={}",
            params.action, params.reason
        ),
        action: match action {
            Some(Action::Create) => PlanAction::Create,
            Some(Action::Update) => PlanAction::Update,
            Some(Action::Keep) => PlanAction::Unchanged,
            Some(Action::Skip) => PlanAction::Skip,
            None => PlanAction::NotDeployed,
        },
        reason: known
            .map(|reason| reason.reason.clone())
            .unwrap_or_default(),
        hint: known.map(|reason| reason.hint.clone()).unwrap_or_default(),
        rows: items.into_iter().map(|item| row(&plan, item)).collect(),
        paging,
    })
}

/// `GET /plans/{id}/preview/{entry}`
pub(crate) async fn preview(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path((id, entry)): Path<(PlanId, EntryId)>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let person = store::entries::get(&app.store, entry).await?.fields;
    let profile = match plan.profile {
        Some(profile) => Some(store::profiles::get(&app.store, profile).await?),
        None => None,
    };
    let made = delivery::preview(&app.store, app.delivery(), plan.profile, entry).await;
    let client = profile.as_ref().map(|p| p.settings.client);
    let (mail, configuration, trouble) = match made {
        Ok(made) => (
            Some(MailPreview {
                from: app.delivery().mail.from.clone(),
                to: made.to,
                subject: made.subject,
                text: made.text,
                frame: String::new(),
            }),
            Some(ConfigurationPreview {
                client: client.map(|c| c.title().to_owned()).unwrap_or_default(),
                content_type: made.content_type.to_owned(),
                text: made.configuration,
                ignored: client.map(ignored).unwrap_or_default(),
            }),
            None,
        ),
        Err(error) => {
            let hint = error.hint().to_owned();
            (
                None,
                None,
                Some(Trouble {
                    what: error.to_string(),
                    why: String::new(),
                    hint,
                }),
            )
        }
    };
    shown(&PreviewPage {
        shell: shell(&app, &admin, Place::Import).await?,
        plan: id.to_string(),
        first_name: person.first_name,
        last_name: person.last_name,
        number: person.directory_number,
        profile: profile.map(|p| p.name).unwrap_or_default(),
        mail,
        configuration,
        trouble,
    })
}

/// The settings that a client ignores, in words.
pub(crate) fn ignored(client: model::ClientKind) -> Vec<String> {
    clients::ignored(client)
        .iter()
        .map(|(setting, why)| format!("{}: {why}", setting.replace('_', " ")))
        .collect()
}

/// `POST /plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let job = import::run(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

/// `GET /deployment-plans/{id}`
pub(crate) async fn show_deployment(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    if let Some(job) = plan.job {
        return Ok(Redirect::to(&format!("/jobs/{job}")).into_response());
    }
    let now = app.store.env().now();
    let counts = &plan.counts;
    let mut groups = Vec::new();
    if counts.deploy > 0 {
        groups.push(
            group(
                &app,
                &plan,
                (PlanAction::Deploy, Some(Action::Keep)),
                None,
                counts.deploy,
            )
            .await?,
        );
    }
    for reason in &counts.not_deployed {
        groups.push(
            group(
                &app,
                &plan,
                (PlanAction::NotDeployed, None),
                Some(reason),
                reason.count,
            )
            .await?,
        );
    }
    shown(&DeploymentPlanPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        looked: count(counts.total),
        total: count(counts.total),
        deploy: count(counts.deploy),
        again: Count(0),
        skip: sum(&counts.not_deployed),
        groups,
        expires: when(plan.expires_at, now),
        state: if now > plan.expires_at {
            PlanState::Expired
        } else {
            PlanState::Ready
        },
        back: "/users".to_owned(),
    })
}

/// `POST /deployment-plans/{id}/run`
pub(crate) async fn run_deployment(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
) -> Page {
    let job = delivery::run(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}
