//! Configuration > Connections: what the page and the API let whom do, and what they say.

use axum::http::{Method, StatusCode};
use model::{ComponentKind, ConnectionId, Timestamp};
use store::connections::{self, Grant};

use crate::harness::{Office, START, three};

async fn granted(office: &Office, id: ConnectionId, expires_at: Timestamp) {
    let tx = office.store.begin().await.unwrap();
    let grant = Grant {
        at: START,
        token_id: "a41f09c2d7e84b6f".to_owned(),
        expires_at: Some(expires_at),
    };
    connections::grant(&tx, id, &grant, None).await.unwrap();
    tx.commit().await.unwrap();
}

/// A remote border gateway that nobody answers at.
async fn remote(office: &Office) -> String {
    let form = [
        ("kind", "mbg"),
        ("access", "remote"),
        ("name", "edge"),
        ("address", "http://127.0.0.1:1"),
        ("signature", "HMAC-SHA256"),
        ("schedule", "every"),
        ("minutes", "90"),
    ];
    office.post("/connections", &form).await.leads_to()
}

#[tokio::test]
async fn an_ordinary_administrator_may_look_and_not_touch() {
    let office = Office::open().await;
    let id = office.connect("edge-1", ComponentKind::Mbg).await;
    let office = office.ordinary().await;
    let page = office.page(&format!("/connections/{id}")).await;
    for button in ["Pause", "Remove the connection", "/settings"] {
        assert!(!page.contains(button), "{button}");
    }
    assert!(!office.page("/connections").await.contains("New connection"));
    let forms = [
        "",
        "/settings",
        "/pause",
        "/remove",
        "/authorization",
        "/departures",
    ];
    for form in forms {
        let path = if form.is_empty() {
            "/connections".to_owned()
        } else {
            format!("/connections/{id}{form}")
        };
        let answer = office
            .post(&path, &[("count", "1"), ("paused", "1"), ("kind", "usp")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            answer.body.contains("ask a primary administrator"),
            "{path}"
        );
    }
    for page in [
        "/connections/new".to_owned(),
        format!("/connections/{id}/settings"),
    ] {
        assert_eq!(
            office.get(&page).await.status,
            StatusCode::FORBIDDEN,
            "{page}"
        );
    }
    let new = r#"{"name":"x","kind":"usp","address":"https://usp.example.org","secret":"s"}"#;
    let one = format!("/api/v1/connections/{id}");
    let calls = [
        (Method::POST, "/api/v1/connections".to_owned(), new),
        (Method::PATCH, one.clone(), r#"{"paused":true}"#),
        (Method::DELETE, one.clone(), ""),
        (Method::PUT, format!("{one}/authorization"), ""),
        (Method::POST, format!("{one}/departures"), r#"{"count":1}"#),
    ];
    for (method, path, body) in calls {
        let answer = office.call(method.clone(), &path, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(
            answer
                .body
                .contains("\"hint\":\"ask a primary administrator\""),
            "{method} {path}"
        );
    }
    assert_eq!(office.get(&one).await.status, StatusCode::OK);
    assert!(!connections::get(&office.store, id).await.unwrap().paused);
}

#[tokio::test]
async fn each_kind_is_asked_for_what_it_needs() {
    let office = Office::open().await;
    let kinds = office.page("/connections/new").await;
    for (kind, access, asked) in [
        ("usp", "local", "Token"),
        ("mbg", "local", "Local key"),
        ("mbg", "remote", "Save and send authorization request"),
        ("client-service", "local", "Client secret"),
        ("ldap", "local", "Bind DN"),
    ] {
        let path = format!("/connections/new?kind={kind}&#38;access={access}");
        assert!(
            kinds.contains(&path) || kinds.contains(&path.replace("&#38;", "&amp;")),
            "{path}"
        );
        let form = office
            .page(&format!("/connections/new?kind={kind}&access={access}"))
            .await;
        assert!(form.contains(asked), "{kind} {access}");
        assert_eq!(
            form.contains("name=\"secret\""),
            (kind, access) != ("mbg", "remote"),
            "{kind} {access}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_comes_back_without_the_secret() {
    let office = Office::open().await;
    let form = [
        ("kind", "usp"),
        ("access", "local"),
        ("name", "head-office"),
        ("address", "http://usp.example.org"),
        ("secret", "hunter2"),
        ("schedule", "daily"),
        ("time", "25:00"),
    ];
    let answer = office.post("/connections", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "would send secrets in the open",
        "takes a time (UTC) like 03:00",
        "value=\"head-office\"",
        "value=\"25:00\"",
    ] {
        assert!(answer.body.contains(said), "{said}");
    }
    assert!(!answer.body.contains("hunter2"));
    let form = [("kind", "usp"), ("access", "local"), ("page_size", "many")];
    let answer = office.post("/connections", &form).await;
    assert!(
        answer
            .body
            .contains("Must be a whole number from 1 to 1000")
    );
    assert!(answer.body.contains("<details class=\"card more\" open"));
}

#[tokio::test]
async fn a_connection_is_added_changed_paused_and_removed() {
    let office = Office::open().await;
    let form = [
        ("kind", "usp"),
        ("access", "local"),
        ("name", "head-office"),
        ("address", "https://usp.example.org"),
        ("secret", "hunter2"),
        ("schedule", "every"),
        ("minutes", "90"),
        ("page_size", "250"),
    ];
    let path = office.post("/connections", &form).await.leads_to();
    let page = office.page(&path).await;
    for shown in [
        "every 90 minutes",
        "next in 90 minutes",
        "Records per page",
        "250",
        "never read",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let twice = office.post("/connections", &form).await;
    assert!(twice.body.contains("Is in use already"));
    let settings = office.page(&format!("{path}/settings")).await;
    assert!(settings.contains("value=\"250\"") && !settings.contains("hunter2"));
    let change = [
        ("name", "main-office"),
        ("address", "https://usp.example.org"),
        ("secret", ""),
        ("schedule", "hand"),
    ];
    office
        .post(&format!("{path}/settings"), &change)
        .await
        .leads_to();
    office
        .post(&format!("{path}/pause"), &[("paused", "1")])
        .await
        .leads_to();
    let page = office.page(&path).await;
    for shown in ["main-office", "paused", "when somebody asks", "Resume"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("no credential"), "the secret was kept");
    office.post(&format!("{path}/remove"), &[]).await.leads_to();
    assert_eq!(office.get(&path).await.status, StatusCode::NOT_FOUND);
    let audit = office.page("/api/v1/audit").await;
    for action in [
        "connection.added",
        "connection.changed",
        "connection.paused",
        "connection.removed",
    ] {
        assert!(audit.contains(action), "{action}");
    }
    assert!(!audit.contains("hunter2"));
}

#[tokio::test]
async fn the_same_verbs_stand_in_the_api() {
    let office = Office::open().await;
    let new = r#"{"name":"people","kind":"ldap","address":"ldaps://ldap.example.org","options":{"base":"dc=x"},"schedule":"daily 03:00"}"#;
    let made = office.call(Method::POST, "/api/v1/connections", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let id = made.body.split('"').nth(3).unwrap();
    let path = format!("/api/v1/connections/{id}");
    let odd = office
        .call(Method::PATCH, &path, r#"{"options":{"bases":"dc=y"}}"#)
        .await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(odd.body.contains("\"field\":\"bases\""), "{}", odd.body);
    let changed = office
        .call(
            Method::PATCH,
            &path,
            r#"{"options":{"base":"dc=y"},"paused":true}"#,
        )
        .await;
    for shown in [
        "\"base\":\"dc=y\"",
        "\"paused\":true",
        "\"schedule\":\"daily 03:00\"",
        "\"next_scan_at\":\"2026-01-01T03:00:00Z\"",
    ] {
        assert!(changed.body.contains(shown), "{shown} in {}", changed.body);
    }
    let nothing_held = office.get(&format!("{path}/departures")).await;
    assert_eq!(nothing_held.status, StatusCode::NOT_FOUND);
    assert_eq!(
        office.call(Method::DELETE, &path, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(office.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_remote_gateway_whose_web_service_is_not_started_is_kept_and_says_so() {
    let office = Office::open().await;
    let path = remote(&office).await;
    let page = office.page(&path).await;
    for said in [
        "its web service is not started",
        "not authorized",
        "Send authorization request",
        "HMAC-SHA256",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let list = office.page("/connections").await;
    assert!(list.contains("its web service is not started") && list.contains("127.0.0.1:1"));
}

#[tokio::test]
async fn the_first_page_warns_of_authorizations_that_end_soon() {
    let office = Office::open().await;
    let path = remote(&office).await;
    let id: ConnectionId = path.rsplit('/').next().unwrap().parse().unwrap();
    for (days, said, tone) in [
        (31, "", ""),
        (30, "expires in 30 days", "notice info"),
        (7, "expires in 7 days", "notice warn"),
        (1, "expires in 1 day", "notice bad"),
        (-1, "has expired", "notice bad"),
    ] {
        granted(&office, id, START.plus_days(days)).await;
        let today = office.page("/").await;
        assert_eq!(
            today.contains("The authorization of edge"),
            !said.is_empty(),
            "{days} days"
        );
        assert!(today.contains(said) && today.contains(tone), "{days} days");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_changes_nothing() {
    let office = Office::open().await;
    let told = "/oauth/callback?state=guessed&oauth_token=t&oauth_verifier=v";
    let answer = office.get(told).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("nobody waits for this authorization"));
    let stranger = office.stranger().get(told).await;
    assert_eq!(stranger.leads_to(), "/sign-in");
}

#[tokio::test]
async fn a_held_scan_is_confirmed_on_its_page() {
    let office = Office::open().await;
    let id = office.connect("edge-1", ComponentKind::Mbg).await;
    office.told(id, &three()).await;
    let tx = office.store.begin().await.unwrap();
    connections::start_scan(&tx, id).await.unwrap();
    let why = ("held: 3 of 3 records would be gone", "confirm it");
    connections::end_scan(&tx, id, Some(why)).await.unwrap();
    connections::hold(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/connections/{id}");
    let page = office.page(&path).await;
    for said in [
        "Are they really gone?",
        "Ada Lovelace",
        "name=\"count\" value=\"3\"",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let other = office
        .post(&format!("{path}/departures"), &[("count", "2")])
        .await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    office
        .post(&format!("{path}/departures"), &[("count", "3")])
        .await
        .leads_to();
    let after = connections::get(&office.store, id).await.unwrap().scan;
    assert_eq!((after.records, after.error.as_str()), (0, ""));
}
