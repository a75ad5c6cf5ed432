//! What people and apps get for a link.

use publication::Link;
use reqwest::{Method, Response};

use crate::office::{DAY, NOW, ORIGIN, Office, link, on_both};

/// All of an answer but the time of day.
async fn whole(answer: Response) -> (u16, Vec<(String, Vec<u8>)>, Vec<u8>) {
    let status = answer.status().as_u16();
    let headers = answer.headers().iter().filter(|(name, _)| *name != "date");
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    (status, headers, answer.bytes().await.unwrap().to_vec())
}

fn location(answer: &Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}

async fn an_app_is_sent_on_and_a_browser_sees_the_landing_page(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;

    let app = office.app_gets("/d/ticket-1").await;
    assert_eq!(
        (app.status().as_u16(), location(&app)),
        (302, format!("{ORIGIN}/p/ticket-1").as_str())
    );
    assert_eq!(app.headers()["cache-control"], "no-store");
    assert_eq!(app.headers()["referrer-policy"], "no-referrer");

    let script = office.asks(Method::POST, "/d/ticket-1", false).await;
    assert_eq!(
        (script.status().as_u16(), location(&script)),
        (307, format!("{ORIGIN}/p/ticket-1").as_str())
    );

    let page = office.browser_gets("/d/ticket-1").await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("/d/ticket-1/opening")
            && page.contains(&format!("{}/d/ticket-1", office.address))
    );
}

async fn the_button_leads_into_the_app(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    let answer = office
        .asks(Method::POST, "/d/ticket-1/opening", false)
        .await;
    let in_app = format!("linphone-config:{}/d/ticket-1", office.address);
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (303, in_app.as_str())
    );
}

async fn every_refusal_looks_the_same(office: Office) {
    let expired = Link {
        expires: NOW - 1,
        ..link("expired", 1)
    };
    let ended = Link {
        ended: true,
        ..link("ended", 1)
    };
    office
        .publishes(vec![expired, ended, link("revoked", 1)])
        .await;
    office.send(&office.ending("revoked")).await;

    let long = format!("/d/{}", "x".repeat(2_000));
    let paths = [
        "/d/unknown",
        "/d/expired",
        "/d/ended",
        "/d/revoked",
        "/d/",
        "/d/%FF%00",
        "/d/a/b/c",
        "/d/unknown/opening",
        "/d/%2e%2e%2f",
        "/d/<script>",
        long.as_str(),
    ];
    for (method, is_app) in [
        (Method::GET, false),
        (Method::GET, true),
        (Method::HEAD, false),
        (Method::POST, false),
    ] {
        let model = whole(office.asks(method.clone(), "/d/unknown", is_app).await).await;
        assert_eq!(model.0, 410);
        for path in paths {
            let answer = whole(office.asks(method.clone(), path, is_app).await).await;
            assert_eq!(answer, model, "{method} {path}");
        }
    }
    let opening = whole(office.asks(Method::POST, "/d/ended/opening", false).await).await;
    assert_eq!(
        opening,
        whole(office.asks(Method::POST, "/d/unknown", false).await).await
    );
}

async fn looking_uses_nothing_up(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    let first = whole(office.browser_gets("/d/ticket-1").await).await;
    for _ in 0..50 {
        assert_eq!(whole(office.browser_gets("/d/ticket-1").await).await, first);
    }
    let head = whole(office.asks(Method::HEAD, "/d/ticket-1", false).await).await;
    assert_eq!((head.0, &head.1, head.2.len()), (first.0, &first.1, 0));
    assert_eq!(office.app_gets("/d/ticket-1").await.status(), 302);
    assert_eq!(
        office
            .asks(Method::HEAD, "/d/ticket-1", true)
            .await
            .status(),
        302
    );
}

async fn a_link_ends_when_its_time_is_over(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    office.set_clock(NOW + 7 * DAY - 1);
    assert_eq!(office.app_gets("/d/ticket-1").await.status(), 302);
    office.set_clock(NOW + 7 * DAY);
    assert_eq!(office.app_gets("/d/ticket-1").await.status(), 410);
}

async fn other_addresses_and_methods_are_answered_in_words(office: Office) {
    for (method, path, status) in [
        (Method::GET, "/", 200),
        (Method::GET, "/healthz", 200),
        (Method::GET, "/readyz", 200),
        (Method::GET, "/favicon.ico", 404),
        (Method::PUT, "/d/ticket-1", 405),
        (Method::GET, "/v1/links", 405),
        (Method::POST, "/", 405),
    ] {
        let answer = office.asks(method.clone(), path, false).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(
            answer.headers()["cache-control"],
            "no-store",
            "{method} {path}"
        );
        assert_eq!(
            answer.headers().contains_key("allow"),
            status == 405,
            "{method} {path}"
        );
        assert!(!answer.text().await.unwrap().is_empty(), "{method} {path}");
    }
}

async fn an_endless_head_is_not_read(office: Office) {
    let path = format!("/d/{}", "x".repeat(40_000));
    let answer = office.asks(Method::GET, &path, false).await;
    assert!(
        matches!(answer.status().as_u16(), 414 | 431),
        "{}",
        answer.status()
    );
}

on_both! {
    an_app_is_sent_on_and_a_browser_sees_the_landing_page,
    the_button_leads_into_the_app,
    every_refusal_looks_the_same,
    looking_uses_nothing_up,
    a_link_ends_when_its_time_is_over,
    other_addresses_and_methods_are_answered_in_words,
    an_endless_head_is_not_read,
}
