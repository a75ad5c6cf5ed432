//! `/connections` and `/scans`.

use axum::{extract::State, http::StatusCode};
use components::{Access, Skipped};
use model::{ComponentKind, ConnectionId, Fault, JobId, Record, Secret, Timestamp, cluster::Node};
use roster::{
    authorize::{Answer, By},
    change::Change,
    connections::{New, is_ready, options_of},
    preview::Preview,
};
use serde::{Deserialize, Serialize};
use store::connections::Connection;
use utoipa::ToSchema;

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path},
    callback_url, scim,
    session::Operator,
};

/// One connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionView {
    id: ConnectionId,
    name: String,
    kind: ComponentKind,
    /// `local`, or `remote` for a border gateway that is authorized in a window.
    access: &'static str,
    /// Where it leads.
    address: String,
    /// The PBX of records that name none; may be empty.
    default_pbx: String,
    /// The options of its kind.
    options: serde_json::Value,
    /// Whether it is left alone.
    paused: bool,
    /// When it is scanned by itself: empty, `every 60` (minutes) or `daily 03:00` (UTC).
    schedule: String,
    /// When that is next.
    next_scan_at: Option<String>,
    /// Whether it has the credential or the authorization that it needs.
    ready: bool,
    /// The id of the token that the component gave; may be empty.
    token_id: String,
    /// When its credential was accepted; none while it was not.
    verified_at: Option<String>,
    /// When what was granted ends.
    expires_at: Option<String>,
    /// Whole days until then; negative after it.
    expires_in_days: Option<i64>,
    /// Nodes of its cluster.
    cluster: Vec<Node>,
    /// The connection to another node of the same cluster that reads the records in its place.
    read_by: Option<ConnectionId>,
    /// Records that are there.
    records: i64,
    /// Records of the last scan that could not be read.
    skipped: i64,
    /// When a page was last read.
    scanned_at: Option<String>,
    /// When a scan was last complete.
    completed_at: Option<String>,
    /// Whether its last scan is held: too many records would be gone after it.
    held: bool,
    /// Why the last scan ended early; empty if it did not.
    error: String,
    /// What to do about it.
    hint: String,
}

impl ConnectionView {
    fn of(connection: Connection, now: Timestamp) -> Self {
        let options = options_of(&connection);
        let ready = is_ready(&connection);
        let (scan, grant) = (connection.scan, connection.grant);
        let expires_at = grant.as_ref().and_then(|grant| grant.expires_at);
        Self {
            id: connection.id,
            name: connection.name,
            kind: connection.kind,
            access: match options.access {
                Access::Local => "local",
                Access::Remote => "remote",
            },
            address: connection.address,
            default_pbx: connection.default_pbx,
            options: serde_json::to_value(options).expect("options always serialise"),
            paused: connection.paused,
            schedule: connection.schedule.to_string(),
            next_scan_at: connection.due_at.map(at),
            ready,
            verified_at: grant.as_ref().map(|grant| at(grant.at)),
            token_id: grant.map(|grant| grant.token_id).unwrap_or_default(),
            expires_at: expires_at.map(at),
            expires_in_days: expires_at.map(|end| days_until(end, now)),
            cluster: connection.cluster,
            read_by: connection.read_by,
            records: scan.records,
            skipped: scan.skipped,
            scanned_at: scan.at.map(at),
            completed_at: scan.completed_at.map(at),
            held: scan.held.is_some(),
            error: scan.error,
            hint: scan.hint,
        }
    }
}

/// Whole days from `now` to `end`; negative after it.
pub(crate) fn days_until(end: Timestamp, now: Timestamp) -> i64 {
    (end.0 - now.0).div_euclid(86_400_000)
}

/// Every connection.
#[utoipa::path(get, path = "/connections", responses((status = 200, body = Vec<ConnectionView>), (status = 401, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<ConnectionView>>, Problem> {
    let now = app.store.env().now();
    let connections = store::connections::list(&app.store).await?;
    let views = connections.into_iter().map(|c| ConnectionView::of(c, now));
    Ok(Json(views.collect()))
}

/// One connection.
#[utoipa::path(get, path = "/connections/{id}", params(("id" = ConnectionId, Path)), responses((status = 200, body = ConnectionView), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = store::connections::get(&app.store, id).await?;
    Ok(Json(ConnectionView::of(connection, app.store.env().now())))
}

/// A connection to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes roster's own type, which is what is read"
)]
struct NewConnection {
    name: String,
    kind: ComponentKind,
    /// `https://host`, `ldaps://host`; none where the component comes to us.
    address: Option<String>,
    /// The public part of its credential: client id, bind DN.
    account: Option<String>,
    /// The secret part: token, key, client secret, password. Never answered.
    secret: Option<String>,
    /// The PBX of records that name none.
    default_pbx: Option<String>,
    /// More settings of its kind; `{"access": "remote"}` for a border gateway that is authorized in a window.
    options: Option<serde_json::Value>,
    /// When it is scanned by itself: empty, `every 60` (minutes) or `daily 03:00` (UTC).
    schedule: Option<String>,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    id: ConnectionId,
}

/// Adds a connection. Primary administrators only.
#[utoipa::path(post, path = "/connections", request_body = NewConnection, responses((status = 201, body = Made), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(new): Json<roster::connections::New>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let actor = admin.primary()?.actor();
    let id = roster::connections::add(&app.store, &new, &actor).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// A connection as it would be: a new one, or one that is there with what is to be changed of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Previewed {
    /// The connection that would be changed; without, a new one.
    connection: Option<ConnectionId>,
    /// Its name.
    name: Option<String>,
    /// Needed for a new one.
    kind: Option<ComponentKind>,
    /// Where it leads.
    address: Option<String>,
    /// The public part of its credential.
    account: Option<String>,
    /// The secret part. Without, the kept one is used where it would stay with the connection.
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
    /// The PBX of records that name none.
    default_pbx: Option<String>,
    /// Options of its kind.
    #[schema(value_type = Option<serde_json::Value>)]
    options: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The first records of a connection, read just now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FirstRecords {
    /// Up to ten, each with its faults; never a secret.
    records: Vec<Record>,
    /// Those beside them that cannot be read.
    skipped: Vec<Unread>,
    /// How many records the component says it has.
    announced_total: Option<u64>,
    /// Why there are no more although the component has them; empty otherwise.
    incomplete: String,
    /// What to do about that.
    hint: String,
}

/// A record that cannot be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unread {
    /// Its place, from 1.
    position: usize,
    /// Why.
    reason: String,
}

impl From<Preview> for FirstRecords {
    fn from(found: Preview) -> Self {
        let (incomplete, hint) = found
            .incomplete
            .map(|incomplete| (incomplete.reason, incomplete.hint))
            .unwrap_or_default();
        let unread = |skipped: Skipped| Unread {
            position: skipped.position,
            reason: skipped.reason,
        };
        Self {
            records: found.records,
            skipped: found.skipped.into_iter().map(unread).collect(),
            announced_total: found.announced_total,
            incomplete,
            hint,
        }
    }
}

/// Reads up to ten records as a connection would, before it is saved. Keeps nothing. Primary administrators only.
#[utoipa::path(post, path = "/connections/preview", request_body = Previewed, responses((status = 200, body = FirstRecords), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Previewed>,
) -> Result<Json<FirstRecords>, Problem> {
    admin.primary()?;
    let found = match (wanted.connection, wanted.kind) {
        (Some(id), kind) => {
            let change = Change {
                kind,
                name: wanted.name,
                address: wanted.address,
                account: wanted.account,
                secret: wanted.secret,
                default_pbx: wanted.default_pbx,
                options: wanted.options,
                ..Change::default()
            };
            roster::preview::of_changed(&app.store, id, &change).await?
        }
        (None, Some(kind)) => {
            let new = New {
                kind,
                name: wanted.name.unwrap_or_else(|| kind.title().to_owned()),
                address: wanted.address.unwrap_or_default(),
                account: wanted.account.unwrap_or_default(),
                secret: wanted.secret.unwrap_or_else(|| Secret::new("")),
                default_pbx: wanted.default_pbx.unwrap_or_default(),
                options: wanted.options.unwrap_or_default(),
                schedule: String::new(),
            };
            roster::preview::of_new(&new).await?
        }
        (None, None) => {
            let fault = Fault::new("kind", "is needed for a new connection");
            return Err(roster::Error::Unfit(vec![fault]).into());
        }
    };
    Ok(Json(found.into()))
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes roster's own type, which is what is read"
)]
struct ConnectionChange {
    name: Option<String>,
    kind: Option<ComponentKind>,
    /// Another host, port or scheme drops the credential and what was granted.
    address: Option<String>,
    /// The public part of its credential.
    account: Option<String>,
    /// The secret part.
    secret: Option<String>,
    /// The PBX of records that name none.
    default_pbx: Option<String>,
    /// Options to be changed; the others stay.
    options: Option<serde_json::Value>,
    /// When it is scanned by itself.
    schedule: Option<String>,
    /// Whether it is left alone.
    paused: Option<bool>,
}

/// Changes a connection. Primary administrators only.
#[utoipa::path(patch, path = "/connections/{id}", params(("id" = ConnectionId, Path)), request_body = ConnectionChange, responses((status = 200, body = ConnectionView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ConnectionId>,
    Json(wanted): Json<roster::change::Change>,
) -> Result<Json<ConnectionView>, Problem> {
    let actor = admin.primary()?.actor();
    roster::change::change(&app.store, id, &wanted, &actor).await?;
    get(State(app), Operator(admin), Path(id)).await
}

/// Removes a connection; users that came from it stay. Primary administrators only.
#[utoipa::path(delete, path = "/connections/{id}", params(("id" = ConnectionId, Path)), responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ConnectionId>,
) -> Result<StatusCode, Problem> {
    let actor = admin.primary()?.actor();
    roster::connections::remove(&app.store, id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of asking for an authorization.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Authorization {
    /// Whether the credential was accepted without a window.
    verified: bool,
    /// The id of the token that a person has to authorize.
    token_id: Option<String>,
    /// Where: to be opened in a browser in which the same administrator is signed in here.
    window: Option<String>,
    /// The token that an identity provider is to show, this once.
    token: Option<String>,
    /// Where it pushes to.
    address: Option<String>,
}

/// Starts or renews the authorization of a connection; for one that people are pushed to, makes its token. Primary administrators only.
#[utoipa::path(put, path = "/connections/{id}/authorization", params(("id" = ConnectionId, Path)), responses((status = 200, body = Authorization), (status = 403, body = Problem), (status = 404, body = Problem), (status = 502, body = Problem)))]
pub(crate) async fn authorize(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ConnectionId>,
) -> Result<Json<Authorization>, Problem> {
    let by = By {
        administrator: admin.primary()?.id(),
        session: None,
        actor: admin.actor(),
    };
    let answer = roster::authorize::ask(&app.store, id, &callback_url(&app)?, &by).await?;
    Ok(Json(match answer {
        Answer::Verified => Authorization {
            verified: true,
            ..Authorization::default()
        },
        Answer::Window { token_id, url } => Authorization {
            token_id: Some(token_id),
            window: Some(url.into()),
            ..Authorization::default()
        },
        Answer::Token(token) => Authorization {
            verified: true,
            token_id: Some(token.id),
            token: Some(token.secret.expose().to_owned()),
            address: Some(scim::base(&app)),
            ..Authorization::default()
        },
    }))
}

/// The records that a held scan did not see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Departures {
    /// Records that were not seen.
    count: i64,
    /// Records that were there.
    of: i64,
    /// Some of them, as people call them.
    some: Vec<String>,
}

/// What a held scan did not see.
#[utoipa::path(get, path = "/connections/{id}/departures", params(("id" = ConnectionId, Path)), responses((status = 200, body = Departures), (status = 404, body = Problem)))]
pub(crate) async fn departures(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ConnectionId>,
) -> Result<Json<Departures>, Problem> {
    let connection = store::connections::get(&app.store, id).await?;
    let held = roster::departures::held(&app.store, &connection).await?;
    let held = held.ok_or(store::Error::Missing("held scan"))?;
    Ok(Json(Departures {
        count: held.unseen,
        of: held.all,
        some: held.some,
    }))
}

/// How many records are confirmed to be gone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// The number that was looked at.
    count: i64,
}

/// Confirms that the records which a held scan did not see are really gone. Primary administrators only.
#[utoipa::path(post, path = "/connections/{id}/departures", params(("id" = ConnectionId, Path)), request_body = Confirmation, responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn confirm_departures(
    State(app): State<App>,
    Operator(admin): Operator,
    Path(id): Path<ConnectionId>,
    Json(confirmed): Json<Confirmation>,
) -> Result<StatusCode, Problem> {
    let actor = admin.primary()?.actor();
    roster::departures::confirm(&app.store, id, confirmed.count, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a test of a connection found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tested {
    /// Records on the first page.
    records: usize,
    /// Records of the first page that could not be read.
    skipped: usize,
    /// How many records the component says it has.
    announced_total: Option<u64>,
}

/// Reads one page of a connection, to see whether it works. Keeps nothing.
#[utoipa::path(post, path = "/connections/{id}/test", params(("id" = ConnectionId, Path)), responses((status = 200, body = Tested), (status = 404, body = Problem), (status = 502, body = Problem)))]
pub(crate) async fn test(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ConnectionId>,
) -> Result<Json<Tested>, Problem> {
    let report = roster::connections::test(&app.store, id).await?;
    Ok(Json(Tested {
        records: report.records,
        skipped: report.skipped.len(),
        announced_total: report.announced_total,
    }))
}

/// What to scan.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scan {
    /// One connection; without, all.
    connection: Option<ConnectionId>,
}

/// Jobs that were ordered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Jobs {
    /// One per connection.
    jobs: Vec<JobId>,
}

/// Orders scans.
#[utoipa::path(post, path = "/scans", request_body = Scan, responses((status = 202, body = Jobs), (status = 404, body = Problem)))]
pub(crate) async fn scan(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<Scan>,
) -> Result<(StatusCode, Json<Jobs>), Problem> {
    let jobs = roster::order_scans(&app.store, wanted.connection, &admin.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(Jobs { jobs })))
}
