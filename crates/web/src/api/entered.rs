//! `/users`: users that are entered by hand, and what is ours about the others.

use axum::{extract::State, http::StatusCode};
use model::{JobId, PlanId, Selection, UserId};
use serde::{Deserialize, Serialize};
use users::entered::{self, Entered};
use utoipa::{IntoParams, ToSchema};

use super::users::UserView;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    belongs,
    session::Operator,
};

/// What somebody enters about a user. What is left out stays as it is, an empty text clears.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the type of `users`, which is what is read"
)]
pub(crate) struct EnteredUser {
    /// A profile's id; null = *Do not deploy*.
    profile: Option<model::ProfileId>,
    first_name: Option<String>,
    /// Every user has one.
    last_name: Option<String>,
    /// Extension as dialled: digits, `*` and `#`.
    directory_number: Option<String>,
    /// PBX number or name.
    pbx: Option<String>,
    /// Every user that is entered by hand has one.
    email: Option<String>,
    /// Where the mail goes instead, for a user whose address belongs to a component; kept in the audit.
    delivery_email: Option<String>,
    /// BCP 47.
    language: Option<String>,
    department: Option<String>,
    login: Option<String>,
    /// Host at the PBX that the SIP account registers at; empty: the profile's.
    sip_host: Option<String>,
    /// User part of the SIP account at the PBX.
    sip_user: Option<String>,
    sip_password: Option<String>,
    /// Account on the border gateway.
    mbg_user_name: Option<String>,
    /// With it, clients register at the border gateway that the profile names.
    mbg_password: Option<String>,
    /// User name on the client service.
    client_service_account: Option<String>,
    client_service_host: Option<String>,
    client_service_port: Option<String>,
    client_service_password: Option<String>,
    voicemail_number: Option<String>,
    voicemail_pin: Option<String>,
}

/// What follows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Next {
    /// Whether the user is deployed at once.
    deploy: bool,
}

/// A user that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeUser {
    #[serde(flatten)]
    user: UserView,
    /// The job that deploys it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobId>,
}

/// Makes a user by hand. Nothing is ever synced into it, and it cannot deploy itself. With a profile it needs a SIP account.
#[utoipa::path(post, path = "/users", params(Next), request_body = EnteredUser, responses((status = 201, body = MadeUser), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(admin): Operator,
    Query(next): Query<Next>,
    Json(wanted): Json<Entered>,
) -> Result<(StatusCode, Json<MadeUser>), Problem> {
    let actor = admin.actor();
    let user = entered::add(&app.store, &wanted, next.deploy, &actor).await?;
    let job = if next.deploy {
        let selection = Selection::Ids { ids: vec![user.id] };
        let plan = delivery::plan(
            &app.store,
            PlanId::new(app.store.env()),
            &delivery::Wanted {
                selection,
                mode: delivery::Mode::Deploy,
            },
            &actor,
        )
        .await?;
        Some(delivery::run(&app.store, plan.id, &actor).await?)
    } else {
        None
    };
    let made = MadeUser {
        user: user.into(),
        job,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a user. Of one that came from a component only what is ours: profile, language, `delivery_email`, and the SIP and
/// voicemail fields that no component supplies; anything else is refused by name, and `POST /syncs` brings it in line.
#[utoipa::path(patch, path = "/users/{id}", params(("id" = UserId, Path)), request_body = EnteredUser, responses((status = 200, body = UserView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<UserId>,
    Json(wanted): Json<Entered>,
) -> Result<Json<UserView>, Problem> {
    match entered::change(&app.store, id, &wanted, None, &admin.actor()).await {
        Ok(user) => Ok(Json(user.into())),
        Err(error) => Err(belongs::named(&app, id, error).await.into()),
    }
}
