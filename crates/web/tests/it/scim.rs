//! An identity provider at `/scim/v2`: what it may push, and what comes of it here.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use model::{ComponentKind, ConnectionId, Record};
use serde_json::{Value, json};
use store::records;

use crate::harness::{Answer, Office, admin, told};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A provider with the token of its connection.
struct Provider {
    office: Office,
    connection: ConnectionId,
    token: String,
}

impl Provider {
    async fn connected() -> Self {
        Self::at(Office::open().await).await
    }

    async fn at(office: Office) -> Self {
        let form = [("kind", "scim-in"), ("name", "workforce")];
        let page = office.post("/connections", &form).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let connections = store::connections::list(&office.store).await.unwrap();
        let found = connections.iter().find(|c| c.kind == ComponentKind::ScimIn);
        Self {
            connection: found.unwrap().id,
            token: shown_token(&page.body),
            office,
        }
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/scim+json")
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        let request = self.request(method, path).body(body).unwrap();
        self.office.ask(request).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/scim+json");
        json_of(&answer)
    }

    async fn push(&self, user: Value) -> Value {
        let answer = self.ask(Method::POST, "/Users", user).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        json_of(&answer)
    }

    /// Who is there of whom the provider told.
    async fn records(&self) -> Vec<Record> {
        let kept = records::present_after(&self.office.store, 0, 100).await;
        let mine = kept.unwrap().into_iter();
        mine.filter(|stored| stored.connection == self.connection)
            .map(|stored| stored.record)
            .collect()
    }
}

fn shown_token(page: &str) -> String {
    let rest = page.split("Bearer token</dt><dd><code>").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|why| panic!("{why}: {answer:?}"))
}

/// That an answer is an error of the protocol (RFC 7644, section 3.12), of this status and kind.
fn refused(answer: &Answer, status: u16, kind: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let error = json_of(answer);
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    assert_eq!(error["schemas"], json!([schema]));
    assert_eq!(error["status"], status.to_string());
    assert_eq!(error["scimType"].as_str(), kind, "{error}");
    assert!(!error["detail"].as_str().unwrap().is_empty());
}

fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "ada", "externalId": "E-1", "password": "hunter2", "active": true,
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "ada@example.org", "primary": true }],
        "phoneNumbers": [{ "type": "work", "value": "tel:+49-30-1234;ext=4711" }],
        ENTERPRISE: { "department": "Research" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_judge_of_the_protocol_finds_nothing_wrong() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = web::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}", listener.address().unwrap());
    let provider = Provider::at(Office::open_at(&url).await).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let app = provider.office.app();
    let serving = tokio::spawn(web::serve(app, listener, None, async {
        let _ = stopped.await;
    }));
    let verdict = peers::scim_judge(&format!("{url}/scim/v2"), &provider.token).await;
    let verdict = verdict.unwrap_or_else(|why| panic!("{why}"));
    assert!(verdict.contains("SUCCESS"), "{verdict}");
    assert!(provider.records().await.is_empty(), "it cleans up");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn somebody_who_is_pushed_becomes_a_record_and_is_joined() {
    let provider = Provider::connected().await;
    let made = provider.push(ada()).await;
    assert_eq!(made.get("password"), None);
    let [record] = &provider.records().await[..] else {
        panic!("one record")
    };
    assert_eq!(made["id"], record.source_id);
    assert_eq!((&*record.login, &*record.email), ("ada", "ada@example.org"));
    assert_eq!(
        (&*record.directory_number, &*record.department),
        ("4711", "Research")
    );
    let office = &provider.office;
    office.clock.advance_s(5);
    office.work().await;
    let table = office.page("/import").await;
    assert!(table.contains("Lovelace") && table.contains("4711"));
    let data = store::scim::find_named(&office.store, provider.connection, "ada").await;
    assert!(!data.unwrap().unwrap().data.contains("hunter2"));
}

#[tokio::test]
async fn many_pushes_are_joined_together_and_not_one_by_one() {
    let provider = Provider::connected().await;
    for n in 0..20 {
        provider.push(json!({ "userName": format!("u{n}") })).await;
    }
    let open = store::jobs::count_open(&provider.office.store)
        .await
        .unwrap();
    assert_eq!(open, 1);
    let claim = store::jobs::claim(&provider.office.store, "w")
        .await
        .unwrap();
    assert_eq!(claim, None, "more may come soon");
}

#[tokio::test]
async fn whoever_is_switched_off_is_inactive_and_whoever_is_deleted_is_gone() {
    let provider = Provider::connected().await;
    let id = provider.push(ada()).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/Users/{id}");
    let off = json!({ "Operations": [{ "op": "Replace", "path": "active", "value": "False" }] });
    let answer = provider.ask(Method::PATCH, &path, off).await;
    assert_eq!(json_of(&answer)["active"], false);
    assert!(!provider.records().await[0].enabled);

    let answer = provider.ask(Method::DELETE, &path, Value::Null).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::NO_CONTENT, ""));
    assert!(provider.records().await.is_empty());
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
        let body = match method {
            Method::PUT => ada(),
            Method::PATCH => json!({ "Operations": [] }),
            _ => Value::Null,
        };
        refused(&provider.ask(method, &path, body).await, 404, None);
    }
}

#[tokio::test]
async fn a_lookup_is_exact_and_finds_nobody_where_nobody_is() {
    let provider = Provider::connected().await;
    provider.push(ada()).await;
    provider
        .push(json!({ "userName": "ada2", "externalId": "e-1" }))
        .await;
    for (filter, expected) in [
        ("userName eq \"ADA\"", 1),
        ("userName eq \"ad\"", 0),
        ("externalId eq \"E-1\"", 1),
        ("externalId eq \"E-\"", 0),
        ("userName sw \"ada\"", 2),
        ("emails[value eq \"ada@example.org\"]", 1),
        ("active eq true and not (userName eq \"x\")", 1),
        ("id eq \"nobody\"", 0),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let list = provider.get(&format!("/Users?filter={query}")).await;
        assert_eq!(list["totalResults"], expected, "{filter}");
        assert_eq!(list["Resources"].as_array().unwrap().len(), expected);
    }
    let search = json!({ "filter": "userName eq \"ada\"", "attributes": ["userName"] });
    let found = provider.ask(Method::POST, "/Users/.search", search).await;
    let found = &json_of(&found)["Resources"][0];
    assert_eq!(
        (&found["userName"], found.get("emails")),
        (&json!("ada"), None)
    );
}

#[tokio::test]
async fn a_list_is_paged_by_counting() {
    let provider = Provider::connected().await;
    for n in 0..5 {
        provider.push(json!({ "userName": format!("u{n}") })).await;
    }
    let mut seen = vec![];
    for start in [1, 3, 5, 7] {
        let list = provider
            .get(&format!("/Users?startIndex={start}&count=2"))
            .await;
        assert_eq!(
            (&list["totalResults"], &list["startIndex"]),
            (&json!(5), &json!(start))
        );
        seen.extend(
            list["Resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|u| u["userName"].clone()),
        );
    }
    seen.sort_by_key(Value::to_string);
    assert_eq!(seen, ["u0", "u1", "u2", "u3", "u4"].map(Value::from));
    let none = provider.get("/Users?count=-1&startIndex=-7").await;
    assert_eq!(
        (&none["itemsPerPage"], &none["startIndex"]),
        (&json!(0), &json!(1))
    );
    let odd = provider
        .ask(Method::GET, "/Users?count=many", Value::Null)
        .await;
    refused(&odd, 400, Some("invalidValue"));
}

#[tokio::test]
async fn a_wrong_token_opens_nothing() {
    let provider = Provider::connected().await;
    let user = provider.push(ada()).await;
    let old = provider.token.clone();
    let path = format!("/connections/{}/authorization", provider.connection);
    let page = provider.office.post(&path, &[]).await;
    let new = shown_token(&page.body);
    assert_ne!(old, new);
    let kept = provider
        .office
        .page(&format!("/connections/{}", provider.connection))
        .await;
    assert!(!kept.contains(&new) && !kept.contains(&old));
    for token in [
        String::new(),
        "Bearer ".to_owned(),
        format!("Bearer {old}"),
        format!("Basic {new}"),
        format!("Bearer {}", provider.office.token().await),
    ] {
        for path in ["/Users", "/ServiceProviderConfig", "/nowhere"] {
            let request = Request::builder()
                .uri(format!("/scim/v2{path}"))
                .header(header::AUTHORIZATION, &token);
            let answer = provider
                .office
                .ask(request.body(Body::empty()).unwrap())
                .await;
            refused(&answer, 401, None);
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"SCIM\"");
        }
    }
    let provider = Provider {
        token: new,
        ..provider
    };
    let id = user["id"].as_str().unwrap();
    assert_eq!(
        provider.get(&format!("/Users/{id}")).await["userName"],
        "ada"
    );
}

#[tokio::test]
async fn one_provider_never_sees_the_people_of_another() {
    let provider = Provider::connected().await;
    let id = provider.push(ada()).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let form = [("kind", "scim-in"), ("name", "elsewhere")];
    let page = provider.office.post("/connections", &form).await;
    let other = Provider {
        token: shown_token(&page.body),
        ..provider
    };
    assert_eq!(other.get("/Users").await["totalResults"], 0);
    let path = format!("/Users/{id}");
    refused(&other.ask(Method::GET, &path, Value::Null).await, 404, None);
    refused(
        &other.ask(Method::DELETE, &path, Value::Null).await,
        404,
        None,
    );
    other.push(ada()).await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_in_the_protocols_words() {
    let provider = Provider::connected().await;
    let id = provider.push(ada()).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/Users/{id}");
    for (body, kind) in [
        (json!([]), "invalidSyntax"),
        (json!({}), "invalidValue"),
        (json!({ "userName": 7 }), "invalidValue"),
        (json!({ "userName": "x".repeat(1_025) }), "invalidValue"),
        (json!({ "userName": "x", "emails": [7] }), "invalidValue"),
    ] {
        for (method, path) in [(Method::POST, "/Users"), (Method::PUT, path.as_str())] {
            refused(
                &provider.ask(method, path, body.clone()).await,
                400,
                Some(kind),
            );
        }
    }
    refused(
        &provider.ask(Method::POST, "/Users", ada()).await,
        409,
        Some("uniqueness"),
    );
    let broken = provider
        .request(Method::POST, "/Users")
        .body(Body::from("{\"userName\":"));
    refused(
        &provider.office.ask(broken.unwrap()).await,
        400,
        Some("invalidSyntax"),
    );
    let filter = provider
        .ask(Method::GET, "/Users?filter=userName+is+7", Value::Null)
        .await;
    refused(&filter, 400, Some("invalidFilter"));
    refused(
        &provider.ask(Method::GET, "/nowhere", Value::Null).await,
        404,
        None,
    );
    refused(
        &provider.ask(Method::DELETE, "/Users", Value::Null).await,
        405,
        None,
    );
    assert_eq!(provider.records().await.len(), 1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_not_read_to_its_end() {
    let provider = Provider::connected().await;
    for kib in [257, 4_096] {
        let long = format!("{{\"userName\":\"{}\"}}", "x".repeat(kib << 10));
        let request = provider
            .request(Method::POST, "/Users")
            .body(Body::from(long));
        refused(&provider.office.ask(request.unwrap()).await, 413, None);
    }
}

#[tokio::test]
async fn a_record_with_odd_parts_is_kept_with_its_faults() {
    let provider = Provider::connected().await;
    provider
        .push(json!({ "userName": "odd", "emails": [{ "value": "nobody" }], "preferredLanguage": "Deutsch (Schweiz)" }))
        .await;
    let [record] = &provider.records().await[..] else {
        panic!("one record")
    };
    let fields: Vec<_> = record.faults.iter().map(|fault| &*fault.field).collect();
    assert_eq!(fields, ["email", "language", "last_name"]);
}

#[tokio::test]
async fn of_two_pushes_at_once_none_is_lost() {
    let provider = Provider::connected().await;
    let same = json!({ "userName": "ada" });
    let (one, other) = tokio::join!(
        provider.ask(Method::POST, "/Users", same.clone()),
        provider.ask(Method::POST, "/Users", same)
    );
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [201, 409]);

    let list = provider.get("/Users").await;
    let path = format!("/Users/{}", list["Resources"][0]["id"].as_str().unwrap());
    let set = |path: &str, value: &str| json!({ "Operations": [{ "op": "add", "path": path, "value": value }] });
    let (one, other) = tokio::join!(
        provider.ask(Method::PATCH, &path, set("displayName", "Ada")),
        provider.ask(Method::PATCH, &path, set("name.familyName", "Lovelace"))
    );
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    let user = provider.get(&path).await;
    assert_eq!(
        (&user["displayName"], &user["name"]["familyName"]),
        (&json!("Ada"), &json!("Lovelace"))
    );
}

#[tokio::test]
async fn a_change_of_another_version_is_refused() {
    let provider = Provider::connected().await;
    let made = provider.ask(Method::POST, "/Users", ada()).await;
    let (tag, path) = (made.header("etag").to_owned(), made.header("location"));
    let path = path.split("/scim/v2").nth(1).unwrap().to_owned();
    let renamed = json!({ "userName": "lovelace" });
    let put = async |tag: &str| {
        let request = provider
            .request(Method::PUT, &path)
            .header(header::IF_MATCH, tag);
        let body = Body::from(renamed.to_string());
        provider.office.ask(request.body(body).unwrap()).await
    };
    assert_eq!(put(&tag).await.status, StatusCode::OK);
    refused(&put(&tag).await, 412, None);
    let user = provider.ask(Method::GET, &path, Value::Null).await;
    let request = provider
        .request(Method::GET, &path)
        .header(header::IF_NONE_MATCH, user.header("etag"));
    let same = provider
        .office
        .ask(request.body(Body::empty()).unwrap())
        .await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn people_outlive_a_removed_connection_and_find_their_entries_again() {
    let provider = Provider::connected().await;
    let first = provider.push(ada()).await;
    provider.office.clock.advance_s(5);
    provider.office.work().await;
    let entry = async |office: &Office| {
        let kept = records::present_after(&office.store, 0, 9).await.unwrap();
        kept.first().and_then(|stored| stored.entry)
    };
    let before = entry(&provider.office).await;
    roster::connections::remove(&provider.office.store, provider.connection, &admin())
        .await
        .unwrap();
    provider.office.work().await;
    assert_eq!(entry(&provider.office).await, None);
    let again = Provider::at(provider.office).await;
    assert_eq!(again.push(ada()).await["id"], first["id"]);
    again.office.clock.advance_s(5);
    again.office.work().await;
    assert_eq!(
        (entry(&again.office).await, before.is_some()),
        (before, true)
    );
}

#[tokio::test]
async fn a_connection_that_is_pushed_to_is_not_scanned_and_has_no_schedule() {
    let provider = Provider::connected().await;
    let other = provider.office.connect("edge", ComponentKind::Mbg).await;
    provider
        .office
        .told(other, &[told("Grace", "Hopper", "0815", "")])
        .await;
    let scan = async |body: Value| {
        let answer = provider
            .office
            .call(Method::POST, "/api/v1/scans", &body.to_string())
            .await;
        (answer.status.as_u16(), json_of(&answer))
    };
    assert_eq!(
        scan(json!({ "connection": provider.connection })).await.0,
        409
    );
    assert_eq!(scan(json!({})).await.1["jobs"].as_array().unwrap().len(), 1);
    for odd in [
        json!({ "name": "x", "kind": "scim-in", "schedule": "every 60" }),
        json!({ "name": "x", "kind": "scim-in", "address": "https://id.example.org" }),
        json!({ "name": "x", "kind": "scim-in", "secret": "mine" }),
    ] {
        let answer = provider
            .office
            .call(Method::POST, "/api/v1/connections", &odd.to_string())
            .await;
        assert_eq!(answer.status, 422, "{odd}");
    }
    let path = format!("/api/v1/connections/{}", provider.connection);
    let kind = provider.office.call(
        Method::PATCH,
        &path,
        r#"{"kind":"usp","address":"https://x.org"}"#,
    );
    assert_eq!(kind.await.status, 422);
    let token = provider
        .office
        .call(Method::PUT, &format!("{path}/authorization"), "")
        .await;
    let told = json_of(&token);
    assert_eq!(told["address"], "https://phones.example.org/scim/v2");
    let provider = Provider {
        token: told["token"].as_str().unwrap().to_owned(),
        ..provider
    };
    provider.get("/Users").await;
}
