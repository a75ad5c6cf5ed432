//! `/users`: the people we manage.

use std::collections::HashSet;

use axum::{extract::State, http::StatusCode};
use model::{
    DeploymentId, DeviceId, EntryId, ProfileId, User, UserId, UserState,
    deployment::{DeploymentState, DeviceState},
};
use serde::{Deserialize, Serialize};
use store::{contacts::Contact, deployments::Deployment, devices::Device, users::Event};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path, Query},
    forms::ListParams,
    session::Operator,
};

/// One user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    id: UserId,
    /// The entry that it was imported from.
    entry: Option<EntryId>,
    /// Its profile; null = *Do not deploy*.
    profile: Option<ProfileId>,
    first_name: String,
    last_name: String,
    directory_number: String,
    pbx: String,
    mbg_user_name: String,
    client_service_account: String,
    email: String,
    /// Where the mail goes instead, if somebody said so.
    delivery_email: String,
    login: String,
    language: String,
    department: String,
    /// Host at the PBX that the SIP account registers at.
    sip_host: String,
    /// User part of the SIP account.
    sip_user: String,
    voicemail_number: String,
    client_service_host: String,
    client_service_port: String,
    state: UserState,
    imported_at: String,
    /// When the mail server accepted the last deployment.
    deployed_at: Option<String>,
    /// When a client first fetched a configuration.
    downloaded_at: Option<String>,
    /// When a client was first seen at the registrar.
    registered_at: Option<String>,
    /// Whether a device has another configuration than it would be given now.
    out_of_date: bool,
}

impl UserView {
    /// A user, one of those whose devices' configuration is out of date or not.
    fn of(user: User, late: &HashSet<UserId>) -> Self {
        Self {
            out_of_date: late.contains(&user.id),
            ..user.into()
        }
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let (fields, email) = (user.served(), user.fields.email);
        Self {
            id: user.id,
            entry: user.entry,
            profile: user.profile,
            first_name: fields.first_name,
            last_name: fields.last_name,
            directory_number: fields.directory_number,
            pbx: fields.pbx,
            mbg_user_name: fields.mbg_user_name,
            client_service_account: fields.client_service_account,
            email,
            delivery_email: user.ours.email,
            login: fields.login,
            language: fields.language,
            department: fields.department,
            sip_host: fields.sip_host,
            sip_user: fields.sip_user,
            voicemail_number: fields.voicemail_number,
            client_service_host: user.ours.client_service_host,
            client_service_port: user.ours.client_service_port,
            state: user.state,
            imported_at: at(user.imported_at),
            deployed_at: user.deployed_at.map(at),
            downloaded_at: user.downloaded_at.map(at),
            registered_at: user.registered_at.map(at),
            out_of_date: false,
        }
    }
}

/// One page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserPage {
    items: Vec<UserView>,
    /// Cursor for `after`.
    next: Option<String>,
    /// Cursor for `before`.
    previous: Option<String>,
    total: i64,
    /// `exact` or `at_least`.
    total_is: &'static str,
}

/// Lists users, by key.
#[utoipa::path(get, path = "/users", params(ListParams), responses((status = 200, body = UserPage), (status = 400, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
    Query(params): Query<ListParams>,
) -> Result<Json<UserPage>, Problem> {
    let query = params.users()?;
    let page = store::users::page(&app.store, &query).await?;
    let total = store::users::total(&app.store, &query).await?;
    let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
    let late = store::devices::out_of_date_of(&app.store, &ids).await?;
    Ok(Json(UserPage {
        items: page
            .items
            .into_iter()
            .map(|user| UserView::of(user, &late))
            .collect(),
        next: page.next,
        previous: page.previous,
        total: total.count,
        total_is: if total.exact { "exact" } else { "at_least" },
    }))
}

/// One device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceView {
    id: DeviceId,
    state: DeviceState,
    /// The softphone.
    client: String,
    /// Its product and version.
    agent: String,
    created_at: String,
    downloaded_at: Option<String>,
    fetched_at: Option<String>,
    /// Since when its configuration is another than it would be given now.
    out_of_date_at: Option<String>,
    /// Since when its next fetch is answered in full, whatever it has (*Auto deploy*).
    forced_at: Option<String>,
    /// When it was first seen at the registrar.
    registered_at: Option<String>,
    /// When it was last seen there; it may lag some minutes behind.
    registered_last_at: Option<String>,
    /// What it calls itself there.
    registered_agent: Option<String>,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            state: device.state,
            client: device.client.name().to_owned(),
            agent: device.agent,
            created_at: at(device.created_at),
            downloaded_at: device.downloaded_at.map(at),
            fetched_at: device.fetched_at.map(at),
            out_of_date_at: device.out_of_date_at.map(at),
            forced_at: device.forced_at.map(at),
            registered_at: device.registered.as_ref().map(|seen| at(seen.at)),
            registered_last_at: device.registered.as_ref().map(|seen| at(seen.last_at)),
            registered_agent: device.registered.map(|seen| seen.agent),
        }
    }
}

/// A contact at the registrar that is none of the devices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// Product and version that it calls itself.
    agent: String,
    /// Where it is.
    host: String,
    first_at: String,
    last_at: String,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            agent: contact.agent,
            host: contact.host,
            first_at: at(contact.first_at),
            last_at: at(contact.last_at),
        }
    }
}

/// One deployment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeploymentView {
    id: DeploymentId,
    state: DeploymentState,
    /// Why it was ordered.
    reason: String,
    profile: ProfileId,
    created_at: String,
    sent_at: Option<String>,
    seen_at: Option<String>,
    /// When the landing page's button was first pressed.
    opened_at: Option<String>,
    expires_at: String,
    /// Why it failed or bounced.
    error: String,
    hint: String,
}

impl From<Deployment> for DeploymentView {
    fn from(deployment: Deployment) -> Self {
        Self {
            id: deployment.id,
            state: deployment.state,
            reason: deployment.reason,
            profile: deployment.profile,
            created_at: at(deployment.created_at),
            sent_at: deployment.sent_at.map(at),
            seen_at: deployment.seen_at.map(at),
            opened_at: deployment.opened_at.map(at),
            expires_at: at(deployment.expires_at),
            error: deployment.error,
            hint: deployment.hint,
        }
    }
}

/// Withdraws one device: its link is dead at once, the person's links that are still open end, and their other devices keep theirs.
#[utoipa::path(delete, path = "/users/{id}/devices/{device}", params(("id" = UserId, Path), ("device" = DeviceId, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn withdraw_device(
    State(app): State<App>,
    Operator(admin): Operator,
    Path((id, device)): Path<(UserId, DeviceId)>,
) -> Result<StatusCode, Problem> {
    delivery::withdraw_device(&app.store, id, device, None, &admin.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One user with devices and deployments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserDetail {
    #[serde(flatten)]
    user: UserView,
    /// The passwords and PINs that were entered by hand and are held; never their values.
    held: Vec<&'static str>,
    devices: Vec<DeviceView>,
    /// What else is registered with this user's account.
    also_registered: Vec<ContactView>,
    deployments: Vec<DeploymentView>,
}

/// One user.
#[utoipa::path(get, path = "/users/{id}", params(("id" = UserId, Path)), responses((status = 200, body = UserDetail), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<UserId>,
) -> Result<Json<UserDetail>, Problem> {
    let user = store::users::get(&app.store, id).await?;
    let devices = store::devices::of_user(&app.store, id).await?;
    let deployments = store::deployments::of_user(&app.store, id).await?;
    let held = store::users::held(&app.store, id).await?;
    let late = store::devices::out_of_date_of(&app.store, &[id]).await?;
    let contacts = store::contacts::of_user(&app.store, id).await?;
    let others = contacts
        .into_iter()
        .filter(|contact| contact.device.is_none());
    Ok(Json(UserDetail {
        user: UserView::of(user, &late),
        held: held.into_iter().map(users::entered::secret_name).collect(),
        devices: devices.into_iter().map(Into::into).collect(),
        also_registered: others.map(Into::into).collect(),
        deployments: deployments.into_iter().map(Into::into).collect(),
    }))
}

/// Which lines of a timeline.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Lines {
    /// Lines before this one.
    before: Option<i64>,
    /// Lines, 1 to 500; 100 without.
    limit: Option<i64>,
}

/// One line of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    seq: i64,
    at: String,
    kind: String,
    detail: String,
    actor: String,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            seq: event.seq,
            at: at(event.at),
            kind: event.kind,
            detail: event.detail,
            actor: event.actor,
        }
    }
}

/// A user's timeline, newest first.
#[utoipa::path(get, path = "/users/{id}/timeline", params(("id" = UserId, Path), Lines), responses((status = 200, body = Vec<EventView>), (status = 404, body = Problem)))]
pub(crate) async fn timeline(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<UserId>,
    Query(lines): Query<Lines>,
) -> Result<Json<Vec<EventView>>, Problem> {
    store::users::get(&app.store, id).await?;
    let limit = lines.limit.unwrap_or(100).clamp(1, 500);
    let events = store::users::timeline(&app.store, id, lines.before, limit).await?;
    Ok(Json(events.into_iter().map(Into::into).collect()))
}
