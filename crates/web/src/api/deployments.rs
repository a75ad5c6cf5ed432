//! `/deployments`: offering users a configuration again.

use axum::{extract::State, response::Response};
use delivery::Mode;
use model::{PlanId, Selection, UserId, wave::Wave};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    many::plan_or_run,
    plans::{Ordered, PlanView},
};
use crate::{
    App, Problem,
    asked::Json,
    forms::{REMIND_DAYS, spread},
    session::Operator,
};

/// What to do: a selection is planned (`dry_run`) or planned and carried out; a plan is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    pub(super) selection: Option<Selection<UserId>>,
    /// Answer the plan alone.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// A plan that was made before.
    pub(super) plan: Option<PlanId>,
}

/// A deployment: a selection is planned (`dry_run`) or planned and carried out; a plan is carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedDeployment {
    /// `{"all": true, "query": {"q", "filter"}, "except": [id]}` or `{"ids": [id]}`.
    #[schema(value_type = Option<serde_json::Value>)]
    selection: Option<Selection<UserId>>,
    /// `deploy`: a mail for everybody. `auto`: who has a configuration is given the present one at the next fetch, the others get a
    /// mail. `remind`: a mail for those who got one at least `days` ago and never fetched.
    #[serde(default)]
    mode: Kind,
    /// How the mails are spread over time, where it is carried out; at once without.
    wave: Option<Wave>,
    /// For `remind`: days since the last mail, 1 to 365; 7 without.
    days: Option<u16>,
    /// Answer the plan alone.
    #[serde(default)]
    dry_run: bool,
    /// A plan that was made before.
    plan: Option<PlanId>,
}

/// How users are deployed.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    #[default]
    Deploy,
    Auto,
    Remind,
}

/// The mode that is asked for.
///
/// # Errors
/// Days that are none, or that belong to no reminder.
fn mode(kind: Kind, days: Option<u16>) -> Result<Mode, Problem> {
    let days = match (kind, days) {
        (Kind::Deploy, None) => return Ok(Mode::Deploy),
        (Kind::Auto, None) => return Ok(Mode::Auto),
        (Kind::Remind, None) => REMIND_DAYS,
        (Kind::Remind, Some(days @ 1..=365)) => days,
        (Kind::Remind, Some(_)) => {
            return Err(Problem::bad_request(
                "“days” must be a whole number from 1 to 365",
            ));
        }
        (Kind::Deploy | Kind::Auto, Some(_)) => {
            let hint = "send it with {\"mode\": \"remind\"}, or leave it out";
            return Err(Problem::bad_request("“days” is of a reminder alone").hint(hint));
        }
    };
    Ok(Mode::Remind { days })
}

/// Deploys users.
#[utoipa::path(post, path = "/deployments", request_body = WantedDeployment, responses((status = 201, body = PlanView), (status = 202, body = Ordered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn deploy(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedDeployment>,
) -> Result<Response, Problem> {
    let (store, actor) = (&app.store, &admin.actor());
    let which = (wanted.plan, wanted.selection, wanted.dry_run);
    let mode = mode(wanted.mode, wanted.days)?;
    let wave = wanted.wave.map(spread).transpose()?;
    let id = PlanId::new(store.env());
    plan_or_run(
        which,
        |selection| async move {
            Ok(delivery::plan(store, id, &delivery::Wanted { selection, mode }, actor).await?)
        },
        |plan| async move { Ok(delivery::run_spread(store, plan, wave, actor).await?) },
    )
    .await
}
