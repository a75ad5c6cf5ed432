//! Ten records of a connection before it is saved: on its form and in the API.

use std::fs;

use axum::http::{Method, StatusCode};
use model::ComponentKind;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::Office;

/// A folder with a file of fifteen people, whose third one has an odd address and whose fourth one has no id.
fn folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let row = |n: u32| match n {
        3 => "E-3;Hopper3;nobody\n".to_owned(),
        4 => ";Hopper4;\n".to_owned(),
        n => format!("E-{n};Hopper{n};h{n}@example.org\n"),
    };
    let rows: String = (1..=15).map(row).collect();
    let file = format!("Staff number;Family;Mail\n{rows}");
    fs::write(folder.path().join("people.csv"), file).unwrap();
    let address = format!("file://{}", folder.path().display());
    (folder, address)
}

const MAP: &str = "source_id = Staff number\nlast_name = Family\nemail = Mail";

async fn ask(office: &Office, body: Value) -> (u16, Value) {
    let path = "/api/v1/connections/preview";
    let answer = office.call(Method::POST, path, &body.to_string()).await;
    (
        answer.status.as_u16(),
        serde_json::from_str(&answer.body).unwrap(),
    )
}

#[tokio::test]
async fn ten_records_are_shown_with_their_faults_and_nothing_is_saved() {
    let office = Office::open().await;
    let (_folder, address) = folder();
    let wanted = json!({ "kind": "csv", "address": address, "options": { "map": MAP } });
    let (status, found) = ask(&office, wanted).await;
    assert_eq!(status, 200, "{found}");
    let records = found["records"].as_array().unwrap();
    assert_eq!(
        (records.len(), &records[0]["last_name"]),
        (9, &json!("Hopper1"))
    );
    assert_eq!(records[2]["faults"][0]["field"], "email");
    assert_eq!(found["skipped"][0]["position"], 4);
    assert!(
        store::connections::list(&office.store)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store::records::present_after(&office.store, 0, 9)
            .await
            .unwrap()
            .is_empty()
    );

    let form = [
        ("kind", "csv"),
        ("access", "local"),
        ("name", "staff"),
        ("address", &address),
        ("map", MAP),
        ("connection", ""),
    ];
    let page = office.post("/connections/preview", &form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for shown in [
        "Hopper1",
        "h10@example.org",
        "Record 4 cannot be read",
        "email",
        "value=\"staff\"",
    ] {
        assert!(page.body.contains(shown), "{shown}");
    }
    assert!(
        store::connections::list(&office.store)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_wrong_map_is_a_fault_of_its_field_and_an_unread_component_is_told() {
    let office = Office::open().await;
    let (_folder, address) = folder();
    let of = |map: &str| json!({ "kind": "csv", "address": address, "options": { "map": map } });
    let (status, problem) = ask(&office, of("nonsense = Mail")).await;
    assert_eq!((status, &problem["rows"][0]["field"]), (422, &json!("map")));
    let (status, problem) = ask(&office, of("email = Fax")).await;
    assert_eq!(status, 502);
    assert!(
        problem["detail"].as_str().unwrap().contains("Fax"),
        "{problem}"
    );
    assert_eq!(ask(&office, json!({ "address": address })).await.0, 422);
    assert_eq!(ask(&office, json!({ "kind": "scim-in" })).await.0, 409);
    let form = [
        ("kind", "csv"),
        ("name", "x"),
        ("address", "file:///nowhere/at/all"),
    ];
    let page = office.post("/connections/preview", &form).await;
    assert!(page.body.contains("cannot read from x"), "{}", page.body);
}

#[tokio::test]
async fn a_kept_secret_is_shown_to_no_other_place() {
    let office = Office::open().await;
    let id = office.connect("people", ComponentKind::Usp).await;
    let (status, problem) = ask(
        &office,
        json!({ "connection": id, "address": "https://127.0.0.1:1" }),
    )
    .await;
    assert_eq!(
        (status, &problem["rows"][0]["field"]),
        (422, &json!("secret"))
    );
    let given = json!({ "connection": id, "address": "https://127.0.0.1:1", "secret": "new" });
    assert_eq!(ask(&office, given).await.0, 502, "nobody answers there");
    let kept = store::connections::get(&office.store, id).await.unwrap();
    assert_eq!(kept.address, "https://component.example.org");
}

#[tokio::test]
async fn an_ordinary_administrator_may_not_look_ahead() {
    let office = Office::open().await.ordinary().await;
    let (_folder, address) = folder();
    assert_eq!(
        ask(&office, json!({ "kind": "csv", "address": address }))
            .await
            .0,
        403
    );
    let answer = office
        .post("/connections/preview", &[("kind", "csv")])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
