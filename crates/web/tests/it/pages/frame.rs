//! What holds for every page: it is there, it is safe to show, and what goes wrong is a page too.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::harness::{Office, rows, three};

/// What the server answers with every page.
const HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("content-type", "text/html; charset=utf-8"),
];

#[tokio::test]
async fn every_page_shows_its_data_under_a_strict_policy() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    let job = office.import_everybody(&profile, "1").await;
    let users = office.page("/users").await;
    let user = format!("/users/{}", rows(&users)[0]);
    let pages = [
        ("/", "head-office"),
        ("/import", "Lovelace"),
        ("/import/1", "Why it is one person"),
        ("/jobs", "Import of users"),
        (&job, "Import of users"),
        ("/users", "Lovelace"),
        ("/users/import-csv", "Allow overwrite import"),
        (&user, "What happened"),
        ("/profiles", "Office softphone"),
        ("/profiles/new", "New profile"),
        (&format!("/profiles/{profile}"), "pbx.example.org"),
    ];
    for (path, text) in pages {
        let answer = office.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert!(answer.body.contains(text), "{path} does not show {text}");
        for (name, value) in HEADERS {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "script-src 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
    }
}

#[tokio::test]
async fn assets_are_open_and_kept_for_ever() {
    let office = Office::unopened().await;
    let answer = office.get(console::assets::url("console.js")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("cache-control").contains("immutable"));
    let none = office.get("/assets/console.js").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_is_said_on_a_page() {
    let office = Office::open().await;
    let missing = "018f0000-0000-7000-8000-000000000001";
    for path in [
        "/nowhere".to_owned(),
        "/import/4711".to_owned(),
        format!("/users/{missing}"),
        format!("/jobs/{missing}"),
        format!("/jobs/{missing}/events"),
        format!("/plans/{missing}"),
        format!("/profiles/{missing}"),
    ] {
        let answer = office.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            answer.body.contains("Nothing here"),
            "{path}: {}",
            answer.body
        );
    }
    let api = office.get("/api/v1/nowhere").await;
    assert_eq!(api.status, StatusCode::NOT_FOUND);
    assert_eq!(api.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_an_address_that_leads_nowhere() {
    let office = Office::open().await.stranger();
    let answer = office.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!answer.body.contains("Manage"), "{}", answer.body);
}

#[tokio::test]
async fn an_address_or_form_that_cannot_be_read_is_answered_with_a_page() {
    let office = Office::open().await;
    let wrong = [
        office.get("/users/not-an-id").await,
        office.get("/import?from=many").await,
        office.get("/import?sort=shoe-size").await,
        office.post("/import/plans", &[("id", "seven")]).await,
        office
            .post("/import/plans", &[("all", "1"), ("profile", "x")])
            .await,
        office.post("/sign-in", &[("name", "grace")]).await,
        office.post("/users", &[]).await,
    ];
    for answer in wrong {
        assert!(answer.status.is_client_error());
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.body.contains("What to do") || answer.body.contains("Not understood"));
    }
    for path in [
        "/users/not-an-id",
        "/jobs/x",
        "/plans/0",
        "/profiles/nothing",
        "/import/seven",
        "/mail-templates/klingon",
        "/connections/1/settings",
    ] {
        let answer = office.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        for text in ["Nothing here", "there is no page at this address"] {
            assert!(answer.body.contains(text), "{path}: {}", answer.body);
        }
    }
    for path in ["/users/not-an-id", "/profiles/new?from=x"] {
        let answer = office.get(path).await;
        for words in ["UUID", "pars", "deserialize"] {
            assert!(!answer.body.contains(words), "{path}: {}", answer.body);
        }
    }
    let api = office.get("/api/v1/users/not-an-id").await;
    assert_eq!(api.status, StatusCode::BAD_REQUEST);
    assert!(!api.body.contains("UUID") && api.body.contains("“id” in the address"));
    let request = office.request(Method::DELETE, "/users");
    let answer = office.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET,HEAD");
    assert!(answer.body.contains("Not understood"));
}
