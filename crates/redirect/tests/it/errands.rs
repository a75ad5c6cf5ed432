//! What the server asks of an origin for somebody: new links, typed codes, and configurations in link mode `relay`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response as Answer};
use publication::{FreshTicket, Link};
use reqwest::{Method, Response};
use tokio::net::TcpListener;

use crate::office::{Office, link};

const DEVICE: &str = "0123456789abcdefghijklmnopqrstuvwxyz-_ABCDE";
const RIGHT: &str = "ABCD-EFGH-JKMN";

/// An origin that notes how it was asked and answers by the path.
#[derive(Clone, Default)]
struct Origin(Arc<Mutex<Vec<(String, HeaderMap)>>>);

impl Origin {
    /// Starts it; its address.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        address
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.0.lock().unwrap();
        asked.iter().map(|(path, _)| path.clone()).collect()
    }

    fn header(&self, name: &str) -> String {
        let asked = self.0.lock().unwrap();
        let value = asked.last().unwrap().1.get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }
}

async fn answer(State(origin): State<Origin>, request: Request) -> Answer {
    let path = request.uri().path().to_owned();
    let asked = format!("{} {path}", request.method());
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), 1_000)
        .await
        .unwrap();
    let has_it = headers
        .get("if-none-match")
        .is_some_and(|tag| tag == "\"1\"");
    origin.0.lock().unwrap().push((asked, headers));
    match path.as_str() {
        "/c" if body == format!("code={RIGHT}") => axum::Json(FreshTicket {
            ticket: "fresh".to_owned(),
            link: link("fresh", 1),
        })
        .into_response(),
        "/c" => StatusCode::GONE.into_response(),
        _ if path.contains("gone") => {
            (StatusCode::GONE, [("content-type", "text/plain")], "gone").into_response()
        }
        _ if has_it => (StatusCode::NOT_MODIFIED, [("etag", "\"1\"")]).into_response(),
        _ if path.starts_with("/p/") || path.starts_with("/x/") => (
            [
                ("content-type", "application/xml"),
                ("etag", "\"1\""),
                ("x-secret", "no"),
            ],
            "<config/>",
        )
            .into_response(),
        _ => StatusCode::OK.into_response(),
    }
}

async fn types(office: &Office, path: &str, code: &str) -> Response {
    let url = format!("{}{path}", office.address);
    let request = office.browser.post(url).form(&[("code", code)]);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_new_link_is_asked_for_at_the_origin_and_the_caller_is_told_nothing() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    let ended = Link {
        ended: true,
        ..link("ended", 1)
    };
    office.publishes(vec![ended]).await;
    let refusal = office.browser_gets("/d/ended").await.text().await.unwrap();
    assert!(refusal.contains("action=\"?renewal\""));
    let mut answers = Vec::new();
    for path in ["/d/ended/renewal", "/d/unknown/renewal", "/d/ended?renewal"] {
        let answer = office.asks(Method::POST, path, false).await;
        assert_eq!(answer.status(), 200, "{path}");
        answers.push(answer.text().await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    peers::wait_for(
        "both wishes",
        std::time::Duration::from_secs(10),
        async || (origin.asked().len() == 2).then_some(()),
    )
    .await
    .unwrap();
    assert_eq!(
        origin.asked(),
        ["POST /d/ended/renewal", "POST /d/ended/renewal"]
    );
    assert_eq!(
        origin.header("x-forwarded-for"),
        "127.0.0.0",
        "the network, not the address"
    );
}

#[tokio::test]
async fn who_asks_for_many_new_links_is_told_to_wait_and_others_are_not() {
    let office = Office::with("http://127.0.0.1:9", "trusted_proxies = [\"127.0.0.1\"]\n").await;
    let asks = async |from: &str| {
        let url = format!("{}/d/unknown/renewal", office.address);
        let request = office.browser.post(url).header("x-forwarded-for", from);
        request.send().await.unwrap().status().as_u16()
    };
    for _ in 0..5 {
        assert_eq!(asks("198.51.100.7").await, 200);
    }
    assert_eq!(
        asks("198.51.100.8").await,
        429,
        "a neighbour in the same network"
    );
    assert_eq!(asks("203.0.113.7").await, 200);
}

#[tokio::test]
async fn a_typed_code_leads_to_a_fresh_link_that_works_at_once() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    for path in ["/c", "/c/hq"] {
        let page = office.browser_gets(path).await;
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.text().await.unwrap().contains("name=\"code\""));
        let led = types(&office, path, RIGHT).await;
        assert_eq!(led.status(), 303, "{path}");
        let place = led.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(place, format!("{}/d/fresh", office.address));
        assert_eq!(office.app_gets("/d/fresh").await.status(), 302);
    }
    assert_eq!(office.browser_gets("/c/elsewhere").await.status(), 404);
    office.registers("branch", 2).await;
    assert_eq!(
        office.browser_gets("/c").await.status(),
        404,
        "which one is not known"
    );
    assert_eq!(office.browser_gets("/c/hq").await.status(), 200);
}

#[tokio::test]
async fn wrong_codes_are_one_answer_and_lock_nobody_else_out() {
    let origin = Origin::default();
    let settings = "trusted_proxies = [\"127.0.0.1\"]\n";
    let office = Office::with(&origin.start().await, settings).await;
    let long = "x".repeat(5_000);
    let tries = async |from: &str, code: &str| {
        let url = format!("{}/c/hq", office.address);
        let request = office.browser.post(url).header("x-forwarded-for", from);
        let answer = request.form(&[("code", code)]).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let first = tries("198.51.100.7", "0000-0000-0000").await;
    assert_eq!(first.0, 410);
    for code in [
        "",
        "'; DROP TABLE link",
        &long,
        "0000",
        "1",
        "2",
        "3",
        "4",
        "5",
    ] {
        assert_eq!(tries("198.51.100.7", code).await, first, "{code}");
    }
    assert_eq!(
        tries("198.51.100.7", RIGHT).await.0,
        429,
        "even the right one"
    );
    assert_eq!(tries("203.0.113.7", RIGHT).await.0, 303);
    assert!(
        origin.asked().len() < 11,
        "what cannot be a code is not passed on"
    );
}

fn relayed(ticket: &str) -> Link {
    Link {
        relay: true,
        ..link(ticket, 1)
    }
}

#[tokio::test]
async fn in_relay_an_app_s_configuration_is_passed_through() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    office.publishes(vec![relayed("ticket-1")]).await;
    assert_eq!(
        office.browser_gets("/d/ticket-1").await.status(),
        200,
        "people see the page"
    );
    let app = office.app_gets("/d/ticket-1").await;
    assert_eq!(app.status(), 200);
    assert_eq!(app.headers()["content-type"], "application/xml");
    assert_eq!(app.headers()["cache-control"], "no-store");
    assert!(!app.headers().contains_key("x-secret"));
    assert_eq!(app.text().await.unwrap(), "<config/>");
    assert_eq!(origin.header("x-linphone-provisioning"), "1");
    let script = office.asks(Method::POST, "/d/ticket-1", false).await;
    assert_eq!(script.text().await.unwrap(), "<config/>");
    assert_eq!(origin.asked(), ["GET /p/ticket-1", "POST /p/ticket-1"]);

    let device = office.app_gets(&format!("/x/hq/{DEVICE}")).await;
    assert_eq!(device.headers()["etag"], "\"1\"");
    let url = format!("{}/x/hq/{DEVICE}", office.address);
    let again = office.browser.get(url).header("if-none-match", "\"1\"");
    assert_eq!(again.send().await.unwrap().status(), 304);
    let seen = origin.asked().len();
    for odd in [
        "/x/hq/short",
        "/x/nowhere/0123456789abcdefghijklmnopqrstuvwxyz-_ABCDE",
    ] {
        assert_eq!(office.app_gets(odd).await.status(), 410, "{odd}");
    }
    let escape = format!("/x/hq/{}", "%2e%2e%2f".repeat(5));
    assert_eq!(office.app_gets(&escape).await.status(), 410);
    assert_eq!(
        origin.asked().len(),
        seen,
        "nothing of that reached the origin"
    );
}

#[tokio::test]
async fn a_relay_whose_origin_is_down_says_so_and_never_answers_an_app_with_200() {
    let office = Office::with("http://127.0.0.1:9", "").await;
    office.publishes(vec![relayed("ticket-1")]).await;
    for path in ["/d/ticket-1".to_owned(), format!("/x/hq/{DEVICE}")] {
        assert_eq!(office.app_gets(&path).await.status(), 503, "{path}");
    }
    assert_eq!(
        office
            .asks(Method::POST, "/d/ticket-1", false)
            .await
            .status(),
        503
    );
    assert_eq!(types(&office, "/c/hq", RIGHT).await.status(), 503);
}

#[tokio::test]
async fn what_the_origin_of_a_relay_refuses_looks_like_what_is_not_known() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    office.publishes(vec![relayed("gone")]).await;
    let asks = async |path: &str| {
        let url = format!("{}{path}", office.address);
        let request = office.browser.get(url).header("accept-language", "de");
        let answer = request.header("x-linphone-provisioning", "1").send().await;
        let answer = answer.unwrap();
        let mut headers = answer.headers().clone();
        headers.remove("date");
        (answer.status(), headers, answer.text().await.unwrap())
    };
    let unknown = asks("/d/unknown").await;
    assert_eq!(unknown.0, 410);
    let device = format!("gone{}", &DEVICE[4..]);
    for path in ["/d/gone", &format!("/x/hq/{device}")] {
        assert_eq!(asks(path).await, unknown, "{path}");
    }
    assert_eq!(origin.asked().len(), 2);
    let button = format!("/x/hq/{device}?renewal");
    assert_eq!(
        office.asks(Method::POST, &button, false).await.status(),
        200
    );
}

#[tokio::test]
async fn a_head_is_passed_on_as_one() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    let path = format!("/x/hq/{DEVICE}");
    office.asks(Method::HEAD, &path, true).await;
    assert_eq!(origin.asked(), [format!("HEAD /x/{DEVICE}")]);
}

#[tokio::test]
async fn who_is_refused_by_an_origin_again_and_again_is_not_passed_on() {
    let origin = Origin::default();
    let settings = "trusted_proxies = [\"127.0.0.1\"]\n";
    let office = Office::with(&origin.start().await, settings).await;
    let asks = async |from: &str, device: &str| {
        let url = format!("{}/x/hq/{device}", office.address);
        let request = office.browser.get(url).header("x-forwarded-for", from);
        request.send().await.unwrap().status().as_u16()
    };
    let gone = format!("gone{}", &DEVICE[4..]);
    for _ in 0..60 {
        assert_eq!(asks("198.51.100.7", &gone).await, 410);
    }
    assert_eq!(asks("198.51.100.7", &gone).await, 429);
    assert_eq!(origin.asked().len(), 60);
    assert_eq!(asks("203.0.113.7", DEVICE).await, 200);
}

#[tokio::test]
async fn codes_that_are_guessed_beside_each_other_share_one_allowance() {
    let origin = Origin::default();
    let office = Office::with(&origin.start().await, "").await;
    let guesses = (0..30).map(|_| {
        let url = format!("{}/c/hq", office.address);
        let request = office.browser.post(url).form(&[("code", "0000-0000-0000")]);
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    });
    let mut refused = 0;
    for guess in guesses.collect::<Vec<_>>() {
        refused += usize::from(guess.await.unwrap() == 410);
    }
    assert_eq!((refused, origin.asked().len()), (10, 10));
}
