//! `/profiles`: deployment profiles.

use axum::{extract::State, http::StatusCode};
use model::{Profile, ProfileId, ProfileSettings};
use serde::{Deserialize, Serialize};
use users::profiles::Wanted;
use utoipa::ToSchema;

use crate::{
    App, Problem,
    asked::{Json, Path},
    session::Operator,
};

/// One profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    id: ProfileId,
    name: String,
    settings: ProfileSettings,
    /// Rises with every change.
    version: i64,
    /// Settings that its client ignores.
    ignored: Vec<Ignored>,
}

/// A setting that a client ignores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ignored {
    setting: &'static str,
    why: &'static str,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let ignored = clients::ignored(profile.settings.client)
            .iter()
            .map(|(setting, why)| Ignored { setting, why })
            .collect();
        Self {
            id: profile.id,
            name: profile.name,
            settings: profile.settings,
            version: profile.version,
            ignored,
        }
    }
}

/// A profile as somebody wants it.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the type of `users`, which is what is read"
)]
struct WantedProfile {
    name: String,
    /// What is left out has its default.
    settings: ProfileSettings,
}

/// Every profile.
#[utoipa::path(get, path = "/profiles", responses((status = 200, body = Vec<ProfileView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<ProfileView>>, Problem> {
    let profiles = users::profiles::list(&app.store).await?;
    Ok(Json(
        profiles
            .into_iter()
            .map(|(profile, _)| profile.into())
            .collect(),
    ))
}

/// Adds a profile.
#[utoipa::path(post, path = "/profiles", request_body = WantedProfile, responses((status = 201, body = ProfileView), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<ProfileView>), Problem> {
    let profile = users::profiles::add(&app.store, &wanted, &admin.actor()).await?;
    Ok((StatusCode::CREATED, Json(profile.into())))
}

/// One profile.
#[utoipa::path(get, path = "/profiles/{id}", params(("id" = ProfileId, Path)), responses((status = 200, body = ProfileView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProfileId>,
) -> Result<Json<ProfileView>, Problem> {
    Ok(Json(users::profiles::get(&app.store, id).await?.into()))
}

/// Changes a profile.
#[utoipa::path(put, path = "/profiles/{id}", params(("id" = ProfileId, Path)), request_body = WantedProfile, responses((status = 200, body = ProfileView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<ProfileView>, Problem> {
    Ok(Json(
        users::profiles::change(&app.store, id, &wanted, &admin.actor())
            .await?
            .into(),
    ))
}

/// Removes a profile that nobody has.
#[utoipa::path(delete, path = "/profiles/{id}", params(("id" = ProfileId, Path)), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
) -> Result<StatusCode, Problem> {
    users::profiles::remove(&app.store, id, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
