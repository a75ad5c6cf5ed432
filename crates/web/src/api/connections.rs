//! `/connections` and `/scans`.

use axum::{extract::State, http::StatusCode};
use model::{ComponentKind, ConnectionId, JobId};
use serde::{Deserialize, Serialize};
use store::connections::Connection;
use utoipa::ToSchema;

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Path},
    session::Operator,
};

/// One connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionView {
    id: ConnectionId,
    name: String,
    kind: ComponentKind,
    /// Where it leads.
    address: String,
    /// The PBX of records that name none; may be empty.
    default_pbx: String,
    /// Records that are there.
    records: i64,
    /// Records of the last scan that could not be read.
    skipped: i64,
    /// When a page was last read.
    scanned_at: Option<String>,
    /// When a scan was last complete.
    completed_at: Option<String>,
    /// Why the last scan ended early; empty if it did not.
    error: String,
    /// What to do about it.
    hint: String,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        let scan = connection.scan;
        Self {
            id: connection.id,
            name: connection.name,
            kind: connection.kind,
            address: connection.address,
            default_pbx: connection.default_pbx,
            records: scan.records,
            skipped: scan.skipped,
            scanned_at: scan.at.map(at),
            completed_at: scan.completed_at.map(at),
            error: scan.error,
            hint: scan.hint,
        }
    }
}

/// Every connection.
#[utoipa::path(get, path = "/connections", responses((status = 200, body = Vec<ConnectionView>), (status = 401, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
) -> Result<Json<Vec<ConnectionView>>, Problem> {
    let connections = store::connections::list(&app.store).await?;
    Ok(Json(connections.into_iter().map(Into::into).collect()))
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
    /// `https://host`, `ldaps://host`.
    address: String,
    /// The public part of its credential: client id, bind DN.
    account: Option<String>,
    /// The secret part: token, key, client secret, password. Never answered.
    secret: Option<String>,
    /// The PBX of records that name none.
    default_pbx: Option<String>,
    /// More settings of its kind.
    options: Option<serde_json::Value>,
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
