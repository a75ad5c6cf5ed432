//! What somebody may try with a link of mode `direct`, which this server itself answers, and does not get.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use model::ClientKind;
use store::devices;

use super::{described::Program, provisioning::offered};
use crate::harness::{Answer, Office};

const PAGE: &str = "/d/aTicket";
const EVIL: &str = "evil.example.net";

/// An office with one link for a Linphone, and whose it is.
async fn with_a_link() -> (Office, String) {
    let program = Program::open().await;
    let user = offered(&program, ClientKind::Linphone, "aTicket").await;
    (program.office.stranger(), user)
}

async fn ask(office: &Office, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = office.request(method, path);
    for (name, value) in headers {
        request.headers_mut().unwrap().remove(*name);
        request = request.header(*name, *value);
    }
    office.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_landing_page_in_a_frame_is_refused_by_its_own_policy() {
    let (office, _) = with_a_link().await;
    for path in [PAGE, "/d/unknown", "/c"] {
        let policy = office.get(path).await;
        let policy = policy.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn a_host_header_changes_no_link() {
    let (office, _) = with_a_link().await;
    let place = office.post(&format!("{PAGE}/opening"), &[]).await;
    let page = office.get(PAGE).await;
    let names = ["host", "x-forwarded-host", "forwarded", "x-original-url"];
    for name in names {
        let evil = [(name, EVIL)];
        let opened = ask(&office, Method::POST, &format!("{PAGE}/opening"), &evil).await;
        assert_eq!(
            opened.header("location"),
            place.header("location"),
            "{name}"
        );
        assert_eq!(
            ask(&office, Method::GET, PAGE, &evil).await.body,
            page.body,
            "{name}"
        );
    }
    let mut all = names.map(|name| (name, EVIL)).to_vec();
    all.push(("x-linphone-provisioning", "1"));
    let document = ask(&office, Method::GET, PAGE, &all).await;
    assert_eq!(document.status, StatusCode::OK);
    assert!(!document.body.contains(EVIL) && document.body.contains("/x/"));
}

#[tokio::test]
async fn every_parameter_is_no_open_redirect() {
    let (office, _) = with_a_link().await;
    for name in [
        "url",
        "next",
        "to",
        "redirect",
        "redirect_uri",
        "return",
        "continue",
        "target",
    ] {
        for value in [format!("https://{EVIL}/"), format!("//{EVIL}")] {
            for path in [
                PAGE,
                "/d/aTicket/opening",
                "/d/unknown",
                "/p/unknown",
                "/x/unknown",
                "/c",
                "/",
            ] {
                let path = format!("{path}?{name}={value}");
                for method in [Method::GET, Method::POST] {
                    let answer = ask(&office, method.clone(), &path, &[]).await;
                    assert!(!answer.header("location").contains(EVIL), "{method} {path}");
                    assert!(!answer.body.contains(EVIL), "{method} {path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn oversized_malformed_and_replayed_tickets_are_one_refusal() {
    let (office, _) = with_a_link().await;
    let mark = [("x-linphone-provisioning", "1")];
    let taken = ask(&office, Method::GET, PAGE, &mark).await;
    assert_eq!(taken.status, StatusCode::OK);
    let model = ask(&office, Method::GET, "/d/unknown", &mark).await;
    assert_eq!(model.status, StatusCode::GONE);
    let long = "x".repeat(8_000);
    for ticket in [
        "aTicket",
        "aticket",
        "%00",
        "%ff%fe",
        "aTicket%20",
        "aTicket%0d%0aSet-Cookie:%20a=b",
        &long,
    ] {
        for place in ["d", "p", "x"] {
            let path = format!("/{place}/{ticket}");
            let answer = ask(&office, Method::GET, &path, &mark).await;
            assert_eq!(
                (answer.status, &answer.body),
                (model.status, &model.body),
                "{path}"
            );
            assert_eq!(answer.headers, model.headers, "{path}");
        }
    }
}

#[tokio::test]
async fn a_head_uses_nothing_up_and_makes_no_device() {
    let (office, user) = with_a_link().await;
    let mark = [("x-linphone-provisioning", "1")];
    for (path, status) in [
        (PAGE, StatusCode::OK),
        ("/p/aTicket", StatusCode::METHOD_NOT_ALLOWED),
        ("/prov/zoiper?t=aTicket", StatusCode::METHOD_NOT_ALLOWED),
        (
            "/prov/acrobits?cloud_username=ticket&cloud_password=aTicket",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ] {
        let answer = ask(&office, Method::HEAD, path, &mark).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let devices = async || {
        devices::of_user(&office.store, user.parse().unwrap())
            .await
            .unwrap()
    };
    assert_eq!(devices().await.len(), 0);
    let fetched = ask(&office, Method::GET, "/p/aTicket", &mark).await;
    assert_eq!((fetched.status, devices().await.len()), (StatusCode::OK, 1));
}
