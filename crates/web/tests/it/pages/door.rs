//! Who is let in, and what is open before.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::harness::{NAME, Office, PASSWORD};

const ID: &str = "018f0000-0000-7000-8000-000000000001";

/// Every page that only a signed-in administrator may see; `ID` stands for some id.
const PAGES: [&str; 18] = [
    "/",
    "/import",
    "/import/1",
    "/plans/ID",
    "/plans/ID/items",
    "/plans/ID/preview/1",
    "/plans/ID/preview/1/mail",
    "/users/ID/preview/mail",
    "/jobs",
    "/jobs/ID",
    "/jobs/ID/events",
    "/users",
    "/users/ID",
    "/user-plans/ID",
    "/profiles",
    "/profiles/new",
    "/profiles/ID",
    "/api/v1/openapi.json",
];

/// Every form that only a signed-in administrator may send.
const FORMS: [&str; 9] = [
    "/scans",
    "/import/plans",
    "/plans/ID/run",
    "/jobs/ID/cancel",
    "/users/deployments/plan",
    "/user-plans/ID/run",
    "/profiles",
    "/profiles/ID",
    "/profiles/ID/delete",
];

fn sign_in(name: &'static str, password: &'static str) -> [(&'static str, &'static str); 2] {
    [("name", name), ("password", password)]
}

#[tokio::test]
async fn before_it_is_set_up_every_page_leads_to_the_set_up() {
    let office = Office::unopened().await;
    for path in PAGES.into_iter().filter(|path| !path.starts_with("/api/")) {
        let answer = office.get(&path.replace("ID", ID)).await;
        assert_eq!(answer.leads_to(), "/set-up", "{path}");
    }
    let api = office.get("/api/v1/jobs").await;
    assert_eq!(api.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(office.page("/set-up").await.contains("Set-up token"));
}

#[tokio::test]
async fn a_stranger_sees_no_page_but_the_sign_in() {
    let office = Office::open().await.stranger();
    for path in PAGES {
        let answer = office.get(&path.replace("ID", ID)).await;
        if path.starts_with("/api/") {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        } else {
            assert_eq!(answer.leads_to(), "/sign-in", "{path}");
        }
    }
    for path in FORMS {
        let answer = office.post(&path.replace("ID", ID), &[]).await;
        assert_eq!(answer.leads_to(), "/sign-in", "{path}");
    }
    assert!(office.page("/sign-in").await.contains("Password"));
}

#[tokio::test]
async fn the_set_up_token_makes_one_administrator_who_is_signed_in() {
    let office = Office::unopened().await;
    let token = office.setup_token().await;
    let form = |again: &'static str| {
        [
            ("token", token.as_str()),
            ("name", NAME),
            ("password", PASSWORD),
            ("password_again", again),
        ]
    };
    let slip = office.post("/set-up", &form("something else")).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(slip.body.contains("is not the same as the password"));
    assert!(
        slip.body.contains(&token),
        "the token need not be typed twice"
    );
    assert!(!slip.body.contains(PASSWORD));

    let made = office.post("/set-up", &form(PASSWORD)).await;
    assert_eq!(made.leads_to(), "/");
    assert!(made.header("set-cookie").contains("HttpOnly"));

    let second = office.post("/set-up", &form(PASSWORD)).await;
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert_eq!(office.get("/set-up").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn a_wrong_set_up_token_makes_nobody() {
    let office = Office::unopened().await;
    office.setup_token().await;
    let form = [
        ("token", "guessed"),
        ("name", NAME),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let answer = office.post("/set-up", &form).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("is not the set-up token"));
    assert_eq!(office.get("/").await.leads_to(), "/set-up");
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_name() {
    let office = Office::open().await.stranger();
    let answer = office
        .post("/sign-in", &sign_in(NAME, "wrong password"))
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("set-cookie").is_empty());
    assert!(answer.body.contains("do not belong together"));
    assert!(answer.body.contains("value=\"grace\""));
    let unknown = office
        .post("/sign-in", &sign_in("nobody", "wrong password"))
        .await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    assert!(unknown.body.contains("do not belong together"));
}

#[tokio::test]
async fn signing_out_ends_the_session_itself() {
    let office = Office::open().await;
    assert_eq!(office.get("/sign-in").await.leads_to(), "/");
    let out = office.post("/sign-out", &[]).await;
    assert_eq!(out.leads_to(), "/sign-in");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        office.get("/").await.leads_to(),
        "/sign-in",
        "a kept cookie is worth nothing"
    );
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let office = Office::open().await;
    office.page("/").await;
    office.clock.advance_s(13 * 3600);
    assert_eq!(office.get("/").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let office = Office::open().await;
    office.found(&crate::harness::three()).await;
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://evil.example"),
    ] {
        for path in FORMS.into_iter().chain(["/sign-in", "/sign-out"]) {
            let request = office
                .request(Method::POST, &path.replace("ID", ID))
                .header(name, value)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(Body::from("all=1"))
                .unwrap();
            let answer = office.ask(request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {name}");
        }
    }
    office.page("/").await;
}
