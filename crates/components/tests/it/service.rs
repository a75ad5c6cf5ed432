//! What only a SCIM service is like: a real one with people in it, and pretend ones that answer what a real one may.

use std::collections::{HashMap, HashSet};

use axum::{
    Form, Json, Router,
    extract::Query,
    http::HeaderMap,
    routing::{get, post},
};
use components::{Credential, Error, Options, Settings};
use model::{ComponentKind, Secret};
use peers::ScimServer;
use sandbox::people::Population;
use serde_json::{Value, json};

use crate::office::{connected, error_of, everybody, paged, pages_after, records, use_ring};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The most operations of one bulk request to `scim2-server`.
const BULK_MAX: usize = 1_000;

/// A service with the first people of seed 1, and their user names.
pub(crate) async fn service_of(people: u64) -> (ScimServer, HashSet<String>) {
    use_ring();
    let server = ScimServer::start().await.unwrap();
    let mut names = HashSet::new();
    let users: Vec<_> = Population::new(1, people)
        .iter()
        // Logins that were given twice are not, here: user names are unique (RFC 7643, section 4.1.1).
        .filter(|person| names.insert(person.login.clone()))
        .map(|person| user(&person))
        .collect();
    for chunk in users.chunks(BULK_MAX) {
        let post = |user: &Value| json!({ "method": "POST", "path": "/Users", "bulkId": user["userName"], "data": user });
        let operations: Vec<_> = chunk.iter().map(post).collect();
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let body = json!({ "schemas": schemas, "Operations": operations });
        let answer = ask(&server, reqwest::Method::POST, "Bulk", Some(&body)).await;
        let made = answer["Operations"].as_array().unwrap();
        let failed = made.iter().find(|one| one["status"] != "201");
        assert!(failed.is_none(), "{failed:?}");
    }
    (server, names)
}

fn user(person: &sandbox::people::Person) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": person.login,
        "name": { "givenName": person.first_name, "familyName": person.last_name },
        "emails": [{ "value": person.email, "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": person.number, "type": "work" }],
        ENTERPRISE: { "department": person.department },
    })
}

/// The settings of a connection to a service.
pub(crate) fn service_settings(address: String) -> Settings {
    Settings {
        kind: ComponentKind::Scim,
        address,
        credential: Credential::Bearer(Secret::new(ScimServer::TOKEN)),
        options: Options::default(),
    }
}

/// Takes a user out.
pub(crate) async fn remove(server: &ScimServer, user_name: &str) {
    let path = format!("Users?filter=userName%20eq%20%22{user_name}%22");
    let found = ask(server, reqwest::Method::GET, &path, None).await;
    let id = found["Resources"][0]["id"].as_str().unwrap();
    ask(
        server,
        reqwest::Method::DELETE,
        &format!("Users/{id}"),
        None,
    )
    .await;
}

async fn ask(
    server: &ScimServer,
    method: reqwest::Method,
    path: &str,
    body: Option<&Value>,
) -> Value {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let mut request = client
        .request(method, format!("{}/{path}", server.url()))
        .bearer_auth(ScimServer::TOKEN);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}

/// A service that answers lists with what `list` makes of a start index, and gives out tokens that it takes once.
async fn pretending(list: fn(usize) -> Value) -> Settings {
    use_ring();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let users = async move |Query(asked): Query<HashMap<String, String>>, headers: HeaderMap| {
        assert!(
            headers["authorization"]
                .to_str()
                .unwrap()
                .starts_with("Bearer ")
        );
        assert!(
            headers["accept"]
                .to_str()
                .unwrap()
                .contains("application/scim+json")
        );
        Json(list(asked["startIndex"].parse().unwrap()))
    };
    let token = async |Form(asked): Form<HashMap<String, String>>| {
        assert_eq!(asked["grant_type"], "client_credentials");
        Json(json!({ "access_token": "granted", "token_type": "Bearer" }))
    };
    let router = Router::new()
        .route("/scim/v2/Users", get(users))
        .route("/token", post(token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    service_settings(address)
}

fn named(index: usize) -> Value {
    json!({ "id": index.to_string(), "userName": format!("u{index}"), "name": { "familyName": "L" } })
}

#[tokio::test]
async fn a_service_that_shows_fewer_than_asked_for_is_read_to_its_end() {
    let settings = pretending(|start| {
        let shown: Vec<_> = (start..=7).take(2).map(named).collect();
        json!({ "totalResults": 7, "itemsPerPage": 2, "startIndex": start, "Resources": shown })
    })
    .await;
    let pages = pages_after(&mut *connected(&settings), None).await.unwrap();
    assert_eq!(pages.len(), 4);
    let read: Vec<_> = records(pages)
        .into_iter()
        .map(|record| record.source_id)
        .collect();
    assert_eq!(read, ["1", "2", "3", "4", "5", "6", "7"]);
}

#[tokio::test]
async fn a_service_without_anybody_may_leave_the_list_out() {
    let settings = pretending(|_| json!({ "totalResults": 0 })).await;
    let page = connected(&settings).page(None).await.unwrap();
    assert_eq!(page.announced_total, Some(0));
    assert!(page.records.is_empty() && page.next.is_none() && page.incomplete.is_none());
}

#[tokio::test]
async fn a_service_that_announces_more_than_it_shows_is_incomplete() {
    let settings = pretending(|start| {
        let shown: Vec<_> = (start..=3).map(named).collect();
        json!({ "totalResults": 50, "Resources": shown })
    })
    .await;
    let mut pages = pages_after(&mut *connected(&settings), None).await.unwrap();
    let last = pages.pop().unwrap().incomplete.unwrap();
    assert!(
        last.reason.contains("50 users") && last.hint.contains("limits"),
        "{last:?}"
    );
    assert_eq!(records(pages).len(), 3);
}

#[tokio::test]
async fn a_client_id_and_its_secret_are_exchanged_for_a_token() {
    let mut settings = pretending(|_| json!({ "totalResults": 1, "Resources": [named(1)] })).await;
    settings.credential = Credential::of(ComponentKind::Scim, "rollcall", Secret::new("hunter2"));
    let error = components::connect(&settings).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Settings {
                field: "token_url",
                ..
            }
        ),
        "{error}"
    );
    settings.options.token_url = settings.address.replace("/scim/v2", "/token");
    assert_eq!(everybody(&settings).await.len(), 1);
    settings.options.token_url = settings.address.replace("/scim/v2", "/nowhere");
    let error = error_of(&settings).await;
    assert!(
        matches!(error, Error::Status { status: 404, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_real_service_knows_about_a_person_stands_in_the_records() {
    let (server, _) = service_of(30).await;
    let settings = paged(service_settings(server.url()), 10);
    let read = everybody(&settings).await;
    for person in Population::new(1, 30).iter() {
        let found = read.iter().find(|record| record.login == person.login);
        let record = found.unwrap();
        assert_eq!(record.first_name, person.first_name);
        assert_eq!(record.last_name, person.last_name);
        assert_eq!(record.department, person.department);
        assert_eq!(record.directory_number, person.number);
        assert!(record.enabled && record.source_id != record.login);
    }
}
