//! The hand behind the scenes: faults, changes, made passwords, truth and mail as Rust calls and, under `/sandbox`, as routes.
//! A connector never comes here.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{Response, StatusCode},
    response::IntoResponse,
    routing::{get, patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    component::{Book, ClientService, Kind, MadePassword, Mbg, Registration, Remote, Usp},
    fault::{Fault, Faults},
    mail::{Mail, MailFault},
    people::{Population, Truth},
};

/// How many people one page of the truth covers at most.
const LONGEST_TRUTH: u64 = 10_000;

/// A handle on a running sandbox. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control(Arc<Parts>);

/// What the handle reaches.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) population: Population,
    pub(crate) faults: Faults,
    pub(crate) usp: Arc<Usp>,
    pub(crate) mbg: Arc<Mbg>,
    pub(crate) remote: Arc<Remote>,
    pub(crate) client_service: Arc<ClientService>,
    pub(crate) mail: Mail,
}

impl Control {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Everybody.
    pub fn population(&self) -> Population {
        self.0.population
    }

    /// Who is who among the generated records; what was added by hand is not in it.
    pub fn truth(&self) -> Truth {
        self.0.population.truth()
    }

    /// Lets things go wrong at a component, in place of what was ordered before; an empty list ends it.
    pub fn set_faults(&self, kind: Kind, faults: Vec<Fault>) {
        self.0.faults.set(kind, faults);
    }

    /// What is ordered to go wrong, with the times that are left.
    pub fn list_faults(&self, kind: Kind) -> Vec<Fault> {
        self.0.faults.list(kind)
    }

    /// How many records a component has now.
    pub fn count_records(&self, kind: Kind) -> u64 {
        self.book(kind).total()
    }

    /// A record as its component shows it.
    pub fn find_record(&self, kind: Kind, id: &str) -> Option<Value> {
        self.book(kind).find(id)
    }

    /// Lays fields over a record (`null` removes one); false if there is none of that id.
    pub fn change_record(&self, kind: Kind, id: &str, fields: &Value) -> bool {
        self.book(kind).change(id, fields)
    }

    /// Removes a record; false if there is none of that id.
    pub fn remove_record(&self, kind: Kind, id: &str) -> bool {
        self.book(kind).remove(id)
    }

    /// Adds a record as it is (broken ones too) under an id that the component gives and this returns.
    pub fn add_record(&self, kind: Kind, record: Value) -> String {
        self.book(kind).add(record)
    }

    /// Every set-side password that the MBG made, the newest of each device.
    pub fn credentials(&self) -> Vec<MadePassword> {
        self.0.mbg.list_passwords()
    }

    /// Gives or takes the MBG key's permission to make passwords (409 without).
    pub fn permit_credentials(&self, permitted: bool) {
        self.0.mbg.permit_passwords(permitted);
    }

    /// Replaces the contacts that the MBG reports as registered.
    pub fn set_registrations(&self, registrations: Vec<Registration>) {
        self.0.mbg.set_registrations(registrations);
    }

    /// Makes every token of the client service worthless.
    pub fn expire_tokens(&self) {
        self.0.client_service.expire_tokens();
    }

    /// Ends every authorization of the remote border gateway as if its time were over.
    pub fn expire_authorizations(&self) {
        self.0.remote.grants.expire();
    }

    /// Forgets every authorization of the remote border gateway.
    pub fn revoke_authorizations(&self) {
        self.0.remote.grants.revoke();
    }

    /// Lets authorizations that the remote border gateway gives from now on last so long.
    pub fn set_authorization_time_s(&self, seconds: i64) {
        self.0.remote.grants.set_token_time_s(seconds);
    }

    /// The password that opens a person's account on the client service.
    pub fn password_of(&self, person: u64) -> String {
        self.0
            .population
            .person(person)
            .password(self.0.population.seed)
    }

    /// The mail that was caught, and the mail catcher's faults.
    pub fn mail(&self) -> &Mail {
        &self.0.mail
    }

    fn book(&self, kind: Kind) -> &Book {
        match kind {
            Kind::Usp => &self.0.usp.book,
            Kind::Mbg => &self.0.mbg.book,
            Kind::ClientService => &self.0.client_service.book,
        }
    }
}

/// The routes under `/sandbox`; nobody signs in here.
pub(crate) fn router(control: &Control) -> Router {
    Router::new()
        .route("/sandbox/truth", get(list_truth))
        .route("/sandbox/credentials", get(list_credentials))
        .route("/sandbox/credentials/permission", put(set_permission))
        .route("/sandbox/registrations", put(set_registrations))
        .route("/sandbox/tokens", axum::routing::delete(expire_tokens))
        .route(
            "/sandbox/faults/{component}",
            get(list_faults).put(set_faults).delete(clear_faults),
        )
        .route("/sandbox/records/{component}", post(add_record))
        .route(
            "/sandbox/records/{component}/{id}",
            patch(change_record).delete(remove_record),
        )
        .route("/sandbox/mail-faults", put(set_mail_faults))
        .with_state(control.clone())
}

#[derive(Deserialize)]
struct TruthQuery {
    after: Option<u64>,
    limit: Option<u64>,
}

/// `GET /sandbox/truth?after=&limit=`: `{"items":[{component, source_id, person, group, oddity}],"next","people"}`; `after` and
/// `limit` count people (all of up to 10,000 at once), `next` is the next `after`.
async fn list_truth(
    State(control): State<Control>,
    Query(query): Query<TruthQuery>,
) -> Json<Value> {
    let people = control.population().people;
    let start = query.after.unwrap_or(0).min(people);
    let end = people.min(start + query.limit.unwrap_or(LONGEST_TRUTH).clamp(1, LONGEST_TRUTH));
    let truth = control.truth();
    let items: Vec<_> = (start..end)
        .flat_map(|index| truth.of_person(index))
        .collect();
    Json(json!({ "items": items, "next": (end < people).then_some(end), "people": people }))
}

/// `GET /sandbox/credentials`: `{"items":[{id, setUserName, password}]}`
async fn list_credentials(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "items": control.credentials() }))
}

/// `PUT /sandbox/credentials/permission` with `true` or `false`
async fn set_permission(State(control): State<Control>, Json(permitted): Json<bool>) -> StatusCode {
    control.permit_credentials(permitted);
    StatusCode::NO_CONTENT
}

/// `PUT /sandbox/registrations` with `[{deviceId, since, userAgent, contactHost}]`
async fn set_registrations(
    State(control): State<Control>,
    Json(registrations): Json<Vec<Registration>>,
) -> StatusCode {
    control.set_registrations(registrations);
    StatusCode::NO_CONTENT
}

/// `DELETE /sandbox/tokens`
async fn expire_tokens(State(control): State<Control>) -> StatusCode {
    control.expire_tokens();
    StatusCode::NO_CONTENT
}

/// `GET /sandbox/faults/{component}`
async fn list_faults(State(control): State<Control>, Path(kind): Path<Kind>) -> Json<Vec<Fault>> {
    Json(control.list_faults(kind))
}

/// `PUT /sandbox/faults/{component}` with `[{fault, …, page?, path?, times?}]`
async fn set_faults(
    State(control): State<Control>,
    Path(kind): Path<Kind>,
    Json(faults): Json<Vec<Fault>>,
) -> StatusCode {
    control.set_faults(kind, faults);
    StatusCode::NO_CONTENT
}

/// `DELETE /sandbox/faults/{component}`
async fn clear_faults(State(control): State<Control>, Path(kind): Path<Kind>) -> StatusCode {
    control.set_faults(kind, Vec::new());
    StatusCode::NO_CONTENT
}

/// `POST /sandbox/records/{component}` with a record: `{"id"}`
async fn add_record(
    State(control): State<Control>,
    Path(kind): Path<Kind>,
    Json(record): Json<Value>,
) -> Response<Body> {
    (
        StatusCode::CREATED,
        Json(json!({ "id": control.add_record(kind, record) })),
    )
        .into_response()
}

/// `PATCH /sandbox/records/{component}/{id}` with the fields that change (`null` removes one)
async fn change_record(
    State(control): State<Control>,
    Path((kind, id)): Path<(Kind, String)>,
    Json(fields): Json<Value>,
) -> StatusCode {
    done(control.change_record(kind, &id, &fields))
}

/// `DELETE /sandbox/records/{component}/{id}`
async fn remove_record(
    State(control): State<Control>,
    Path((kind, id)): Path<(Kind, String)>,
) -> StatusCode {
    done(control.remove_record(kind, &id))
}

/// `PUT /sandbox/mail-faults` with `[{fault, …, address?, times?}]`
async fn set_mail_faults(
    State(control): State<Control>,
    Json(faults): Json<Vec<MailFault>>,
) -> StatusCode {
    control.mail().set_faults(faults);
    StatusCode::NO_CONTENT
}

fn done(found: bool) -> StatusCode {
    if found {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}
