//! `/profiles`: deployment profiles.

use access::Admin;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::{
    ClientKind, Profile, ProfileId, ProfileSettings,
    profile::{Change, Control, SETTINGS, Setting},
};
use serde::{Deserialize, Serialize};
use users::profiles::{Past, Wanted};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    served::fit,
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
    /// How many users have it.
    users: i64,
    /// Settings that its client ignores.
    ignored: Vec<Ignored>,
    /// What whoever chooses its client should know.
    warnings: Vec<String>,
}

/// A setting that a client ignores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ignored {
    setting: &'static str,
    why: &'static str,
}

impl From<(Profile, i64)> for ProfileView {
    fn from((profile, users): (Profile, i64)) -> Self {
        let ignored = clients::ignored_of(&profile.settings)
            .map(|(setting, why)| Ignored { setting, why })
            .collect();
        let warning = clients::warning(profile.settings.client);
        let warnings = warning.map(|(text, hint)| format!("{text} {hint}"));
        Self {
            warnings: warnings.into_iter().collect(),
            id: profile.id,
            name: profile.name,
            settings: profile.settings,
            version: profile.version,
            users,
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

/// A profile as somebody wants it instead of the one that is there.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WantedChange {
    name: String,
    /// What is left out has its default.
    settings: ProfileSettings,
    /// The version that was looked at; where it is another one meanwhile, nothing is changed (409).
    #[serde(default)]
    version: Option<i64>,
    /// Only tell what it would change.
    #[serde(default)]
    dry_run: bool,
}

/// A setting that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    /// Its name; `name` for the profile's name.
    setting: &'static str,
    /// As a person reads it.
    from: String,
    to: String,
}

impl From<Change> for Difference {
    fn from(change: Change) -> Self {
        Self {
            setting: change.setting,
            from: change.from,
            to: change.to,
        }
    }
}

/// A profile and what was changed of it, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedProfile {
    #[serde(flatten)]
    profile: ProfileView,
    changes: Vec<Difference>,
    /// How many people's clients have a configuration that becomes out of date.
    out_of_date: i64,
}

/// What is told of one setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingView {
    /// Its name in a profile's settings.
    setting: &'static str,
    /// The group that it belongs to.
    group: &'static str,
    title: &'static str,
    help: &'static str,
    /// What it is counted in; may be empty.
    unit: &'static str,
    default: serde_json::Value,
    /// The least and the most of a number.
    range: Option<[u64; 2]>,
    /// What can be chosen; empty where something is written.
    choices: Vec<&'static str>,
    /// Whether clients' configurations are made of it.
    in_document: bool,
    /// The clients that ignore it whatever it is.
    ignored_by: Vec<IgnoredBy>,
}

/// A client that ignores a setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IgnoredBy {
    client: ClientKind,
    why: &'static str,
}

impl From<&'static Setting> for SettingView {
    fn from(setting: &'static Setting) -> Self {
        let by = |client| {
            let ignored = clients::ignored(client).iter();
            let mut own = ignored.filter(|(ignored, _)| *ignored == setting.key);
            own.next().map(|(_, why)| IgnoredBy { client, why })
        };
        Self {
            setting: setting.key,
            group: setting.group.name(),
            title: setting.title,
            help: setting.help,
            unit: setting.unit,
            default: setting.default(),
            range: match setting.control {
                Control::Number { min, max, .. } => Some([min, max]),
                _ => None,
            },
            choices: setting
                .options()
                .iter()
                .map(|option| option.value)
                .collect(),
            in_document: setting.in_document,
            ignored_by: ClientKind::ALL.into_iter().filter_map(by).collect(),
        }
    }
}

/// Every setting of a profile: what it does, its unit, its default, and which clients ignore it.
#[utoipa::path(get, path = "/profile-settings", responses((status = 200, body = Vec<SettingView>)))]
pub(crate) async fn settings(_: Operator) -> Json<Vec<SettingView>> {
    Json(SETTINGS.iter().map(Into::into).collect())
}

/// Every profile.
#[utoipa::path(get, path = "/profiles", responses((status = 200, body = Vec<ProfileView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<ProfileView>>, Problem> {
    let profiles = users::profiles::list(&app.store).await?;
    Ok(Json(profiles.into_iter().map(Into::into).collect()))
}

async fn view(app: &App, profile: Profile) -> Result<Json<ProfileView>, Problem> {
    let users = users::profiles::count_users(&app.store, profile.id).await?;
    Ok(Json((profile, users).into()))
}

/// Adds a profile.
#[utoipa::path(post, path = "/profiles", request_body = WantedProfile, responses((status = 201, body = ProfileView), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<ProfileView>), Problem> {
    fit(&app, &wanted)?;
    let profile = users::profiles::add(&app.store, &wanted, &admin.actor()).await?;
    Ok((StatusCode::CREATED, Json((profile, 0).into())))
}

/// One profile.
#[utoipa::path(get, path = "/profiles/{id}", params(("id" = ProfileId, Path)), responses((status = 200, body = ProfileView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProfileId>,
) -> Result<Json<ProfileView>, Problem> {
    let profile = users::profiles::get(&app.store, id).await?;
    view(&app, profile).await
}

/// Changes a profile, or tells what that would change.
#[utoipa::path(put, path = "/profiles/{id}", params(("id" = ProfileId, Path)), request_body = WantedChange, responses((status = 200, body = ChangedProfile), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
    Json(change): Json<WantedChange>,
) -> Result<Json<ChangedProfile>, Problem> {
    let wanted = Wanted {
        name: change.name,
        settings: change.settings,
    };
    let seen = change.version;
    settle(&app, &admin, id, &wanted, seen, change.dry_run).await
}

async fn settle(
    app: &App,
    admin: &Admin,
    id: ProfileId,
    wanted: &Wanted,
    seen: Option<i64>,
    dry_run: bool,
) -> Result<Json<ChangedProfile>, Problem> {
    fit(app, wanted)?;
    let store = &app.store;
    let planned = users::profiles::plan_change(store, id, wanted).await?;
    let profile = if dry_run {
        Profile {
            name: wanted.name.clone(),
            settings: wanted.settings.clone(),
            ..planned.now
        }
    } else {
        users::profiles::change(store, id, wanted, seen, &admin.actor()).await?
    };
    let users = users::profiles::count_users(store, id).await?;
    Ok(Json(ChangedProfile {
        profile: (profile, users).into(),
        changes: planned.changes.into_iter().map(Into::into).collect(),
        out_of_date: planned.out_of_date,
    }))
}

/// The name of a copy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedCopy {
    name: String,
}

/// Adds a profile with the settings of another one.
#[utoipa::path(post, path = "/profiles/{id}/copies", params(("id" = ProfileId, Path)), request_body = WantedCopy, responses((status = 201, body = ProfileView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn copy(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
    Json(wanted): Json<WantedCopy>,
) -> Result<(StatusCode, Json<ProfileView>), Problem> {
    let actor = admin.actor();
    let profile = users::profiles::copy(&app.store, id, &wanted.name, &actor).await?;
    Ok((StatusCode::CREATED, Json((profile, 0).into())))
}

/// Where a page of a history begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// Versions before this one.
    before: Option<i64>,
    /// Versions, 1 to 500; 100 without.
    limit: Option<i64>,
}

/// One version of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    version: i64,
    name: String,
    settings: ProfileSettings,
    /// When it was made.
    at: String,
    /// Who made it; empty: it was there before versions were kept.
    actor: String,
    /// What differs from the version before.
    changes: Vec<Difference>,
}

impl From<Past> for VersionView {
    fn from(past: Past) -> Self {
        let profile = past.version.profile;
        Self {
            version: profile.version,
            name: profile.name,
            settings: profile.settings,
            at: at(past.version.at),
            actor: past.version.actor,
            changes: past.changes.into_iter().map(Into::into).collect(),
        }
    }
}

/// Versions of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionPage {
    items: Vec<VersionView>,
    /// For `before`.
    next: Option<i64>,
}

/// Who changed what of a profile, the newest first.
#[utoipa::path(get, path = "/profiles/{id}/versions", params(("id" = ProfileId, Path), HistoryParams), responses((status = 200, body = VersionPage), (status = 404, body = Problem)))]
pub(crate) async fn versions(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProfileId>,
    Query(params): Query<HistoryParams>,
) -> Result<Json<VersionPage>, Problem> {
    let limit = params.limit.unwrap_or(100).clamp(1, 500);
    let past = users::profiles::history(&app.store, id, params.before, limit).await?;
    let items: Vec<VersionView> = past.into_iter().map(Into::into).collect();
    let full = store::as_i64(items.len()) == limit;
    Ok(Json(VersionPage {
        next: items.last().filter(|_| full).map(|item| item.version),
        items,
    }))
}

/// Which version is to be as it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedRestoration {
    version: i64,
    /// Only tell what it would change.
    #[serde(default)]
    dry_run: bool,
}

/// Makes a profile as it was in one of its versions, which makes a new version.
#[utoipa::path(post, path = "/profiles/{id}/restorations", params(("id" = ProfileId, Path)), request_body = WantedRestoration, responses((status = 200, body = ChangedProfile), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn restore(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
    Json(wanted): Json<WantedRestoration>,
) -> Result<Json<ChangedProfile>, Problem> {
    let was = users::profiles::as_it_was(&app.store, id, wanted.version).await?;
    settle(&app, &admin, id, &was, None, wanted.dry_run).await
}

/// Who takes a profile's place.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemovalParams {
    /// The profile that its users get; needed where there are any.
    replacement: Option<ProfileId>,
    /// Only tell what it would come to.
    dry_run: bool,
}

/// What removing a profile comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RemovalView {
    /// How many users get the replacement.
    users: i64,
    /// How many people's clients have a configuration that becomes out of date.
    out_of_date: i64,
}

/// Removes a profile that nobody has, or whose users get another one.
#[utoipa::path(delete, path = "/profiles/{id}", params(("id" = ProfileId, Path), RemovalParams), responses((status = 200, description = "With `dry_run`.", body = RemovalView), (status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ProfileId>,
    Query(params): Query<RemovalParams>,
) -> Result<Response, Problem> {
    let (store, other) = (&app.store, params.replacement);
    if params.dry_run {
        let planned = users::profiles::plan_removal(store, id, other).await?;
        let view = RemovalView {
            users: planned.users,
            out_of_date: planned.out_of_date,
        };
        return Ok(Json(view).into_response());
    }
    users::profiles::remove(store, id, other, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
