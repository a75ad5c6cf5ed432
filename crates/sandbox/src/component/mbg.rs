//! The border gateway, connected locally: devices, new set-side passwords, cluster and registrations behind the local key.
//! The remote connection (OAuth 1.0a) is a second node of its cluster, [`super::remote`].

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{Response, StatusCode},
    middleware::{self, Next},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Book, Credentials, Kind,
    book::{Cursor, PageQuery},
    made_secret,
    password::Passwords,
    routes::{bearer, not_let_in, page, refused},
};
use crate::{
    people::{Population, devices_numbered},
    secret::Secret,
    server::OffBy,
};

/// How many devices may get a new password at once.
const MOST_CREDENTIALS: usize = 500;

/// A contact that is registered at the MBG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Id of the device.
    pub device_id: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// Where it is.
    pub contact_host: String,
}

/// The pretend border gateway.
#[derive(Debug)]
pub(crate) struct Mbg {
    pub(crate) book: Book,
    seed: u64,
    people: u64,
    key: Secret,
    passwords: Passwords,
    may_make_passwords: AtomicBool,
    registrations: Mutex<Vec<Registration>>,
}

impl Mbg {
    pub(crate) fn new(population: Population) -> Arc<Self> {
        Arc::new(Self {
            book: Book::new(population, Kind::Mbg),
            seed: population.seed,
            people: population.people,
            key: made_secret(population, "mbg local key"),
            passwords: Passwords::new(population.seed),
            may_make_passwords: AtomicBool::new(true),
            registrations: Mutex::default(),
        })
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::Key(self.key.clone())
    }

    /// The local connection's routes.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        routes()
            .route("/mbg/v1/sip-devices/by-number/{number}", get(get_device))
            .layer(middleware::from_fn_with_state(Arc::clone(self), let_in))
            .with_state(Arc::clone(self))
    }

    /// Every set-side password that was made: `(id, setUserName, password)`.
    pub(crate) fn list_passwords(&self) -> Vec<MadePassword> {
        let known = |(id, password): (String, String)| {
            let set_user_name = self.book.find(&id)?["setUserName"].as_str()?.to_owned();
            Some(MadePassword {
                id,
                set_user_name,
                password,
            })
        };
        self.passwords
            .list()
            .into_iter()
            .filter_map(known)
            .collect()
    }

    /// Gives or takes the permission to make passwords.
    pub(crate) fn permit_passwords(&self, permitted: bool) {
        self.may_make_passwords.store(permitted, Ordering::Relaxed);
    }

    /// Replaces the registered contacts.
    pub(crate) fn set_registrations(&self, registrations: Vec<Registration>) {
        *self
            .registrations
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = registrations;
    }

    fn numbered(&self, number: &str, icp: Option<&str>) -> Vec<Value> {
        let positions = devices_numbered(self.seed, self.people, number);
        let mut devices = self.book.candidates(positions);
        devices.retain(|d| {
            d["directoryNumber"] == number && icp.is_none_or(|icp| d["icp"]["name"] == icp)
        });
        devices
    }
}

/// What every node of the cluster answers in the same way.
pub(super) fn routes() -> Router<Arc<Mbg>> {
    Router::new()
        .route("/mbg/v1/sip-devices", get(list_devices))
        .route("/mbg/v1/credentials", post(make_credentials))
        .route("/mbg/v1/cluster", get(get_cluster))
        .route("/mbg/v1/registrations", get(list_registrations))
}

/// A set-side password as the sandbox tells it to a test.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadePassword {
    /// Id of the device.
    pub id: String,
    /// The device's user name.
    pub set_user_name: String,
    /// The newest password.
    pub password: String,
}

impl std::fmt::Debug for MadePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadePassword")
            .field("id", &self.id)
            .field("set_user_name", &self.set_user_name)
            .finish_non_exhaustive()
    }
}

async fn let_in(State(mbg): State<Arc<Mbg>>, request: Request, next: Next) -> Response<Body> {
    if bearer(request.headers()) != Some(mbg.key.expose()) {
        return not_let_in();
    }
    next.run(request).await
}

/// `GET /mbg/v1/sip-devices?cursor=&limit=`
async fn list_devices(
    State(mbg): State<Arc<Mbg>>,
    off_by: Option<Extension<OffBy>>,
    Query(query): Query<PageQuery>,
) -> Response<Body> {
    page(
        &mbg.book,
        &query,
        off_by.map(|o| o.0),
        ",\"node\":\"mbg-1\"",
    )
}

#[derive(Deserialize)]
pub(super) struct WhichPbx {
    icp: Option<String>,
}

/// `GET /mbg/v1/sip-devices/by-number/{number}?icp=`: `#` arrives percent-encoded. Two PBXs may have the same number: 409 unless
/// `icp` names one.
pub(super) async fn get_device(
    State(mbg): State<Arc<Mbg>>,
    Path(number): Path<String>,
    Query(which): Query<WhichPbx>,
) -> Response<Body> {
    let mut devices = mbg.numbered(&number, which.icp.as_deref());
    match devices.len() {
        0 => refused(StatusCode::NOT_FOUND, "no-such-number"),
        1 => Json(devices.remove(0)).into_response(),
        _ => refused(StatusCode::CONFLICT, "number-on-several-icps"),
    }
}

#[derive(Deserialize)]
struct CredentialRequest {
    ids: Vec<String>,
}

/// `POST /mbg/v1/credentials` `{ids}`: new passwords, `{"items":[{"id","setUserName","password"}],"missing":[id]}`.
async fn make_credentials(
    State(mbg): State<Arc<Mbg>>,
    Json(wanted): Json<CredentialRequest>,
) -> Response<Body> {
    if wanted.ids.len() > MOST_CREDENTIALS {
        return refused(StatusCode::BAD_REQUEST, "too-many-ids");
    }
    if !mbg.may_make_passwords.load(Ordering::Relaxed) {
        return refused(StatusCode::CONFLICT, "no-permission-for-credentials");
    }
    let (mut items, mut missing) = (Vec::new(), Vec::new());
    for id in wanted.ids {
        match mbg.book.find(&id) {
            Some(device) => items.push(json!({ "id": id, "setUserName": device["setUserName"], "password": mbg.passwords.make(&id) })),
            None => missing.push(id),
        }
    }
    Json(json!({ "items": items, "missing": missing })).into_response()
}

/// `GET /mbg/v1/cluster`
async fn get_cluster() -> Json<Value> {
    let node = |id: &str, role: &str| json!({ "id": id, "name": id, "host": format!("{id}.example.org"), "role": role });
    Json(json!({ "items": [node("mbg-1", "primary"), node("mbg-2", "secondary")] }))
}

/// `GET /mbg/v1/registrations?cursor=&limit=`
async fn list_registrations(
    State(mbg): State<Arc<Mbg>>,
    Query(query): Query<PageQuery>,
) -> Response<Body> {
    let Some(cursor) = Cursor::parse(query.cursor.as_deref()) else {
        return refused(StatusCode::BAD_REQUEST, "cursor-not-understood");
    };
    let registrations = mbg
        .registrations
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let start = usize::try_from(cursor.start)
        .unwrap_or(usize::MAX)
        .min(registrations.len());
    let end = (start + query.limit()).min(registrations.len());
    let next = (end < registrations.len()).then(|| cursor.following(end as u64));
    Json(json!({ "items": registrations[start..end], "next": next })).into_response()
}
