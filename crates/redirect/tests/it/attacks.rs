//! What somebody may try with a link, and does not get.

use reqwest::{Method, Response};

use crate::office::{ORIGIN, Office, link, on_both};

fn location(answer: &Response) -> String {
    let place = answer.headers().get("location");
    place.map_or(String::new(), |place| place.to_str().unwrap().to_owned())
}

async fn every_parameter_is_no_open_redirect(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    let elsewhere = "https://evil.example.net/";
    let names = [
        "url",
        "next",
        "to",
        "redirect",
        "redirect_uri",
        "return",
        "continue",
        "origin",
        "host",
        "target",
        "location",
    ];
    for name in names {
        for value in [
            elsewhere,
            "//evil.example.net",
            "https:%2F%2Fevil.example.net",
        ] {
            for path in [
                "/d/ticket-1",
                "/d/ticket-1/opening",
                "/d/unknown",
                "/c",
                "/c/hq",
                "/",
            ] {
                let path = format!("{path}?{name}={value}");
                for (method, is_app) in [
                    (Method::GET, true),
                    (Method::GET, false),
                    (Method::POST, false),
                ] {
                    let answer = office.asks(method.clone(), &path, is_app).await;
                    assert!(!location(&answer).contains("evil"), "{method} {path}");
                    assert!(
                        !answer.text().await.unwrap().contains("evil"),
                        "{method} {path}"
                    );
                }
            }
        }
    }
    for path in [
        "//evil.example.net/d/ticket-1",
        "/d//evil.example.net",
        "/d/%2F%2Fevil.example.net",
        "/d/ticket-1/https://evil.example.net",
        "/c/evil.example.net",
    ] {
        let answer = office.app_gets(path).await;
        assert!(matches!(answer.status().as_u16(), 404 | 410), "{path}");
        assert_eq!(location(&answer), "", "{path}");
    }
}

async fn a_host_header_changes_nothing(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    for name in [
        "host",
        "x-forwarded-host",
        "forwarded",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-proto",
    ] {
        let ask = async |method: Method, path: &str, mark: bool| {
            let url = format!("{}{path}", office.address);
            let mut request = office
                .browser
                .request(method, url)
                .header(name, "evil.example.net");
            if mark {
                request = request.header("x-linphone-provisioning", "1");
            }
            request.send().await.unwrap()
        };
        let app = ask(Method::GET, "/d/ticket-1", true).await;
        assert_eq!(location(&app), format!("{ORIGIN}/p/ticket-1"), "{name}");
        let button = ask(Method::POST, "/d/ticket-1/opening", false).await;
        assert_eq!(
            location(&button),
            format!("linphone-config:{}/d/ticket-1", office.address),
            "{name}"
        );
        let page = ask(Method::GET, "/d/ticket-1", false)
            .await
            .text()
            .await
            .unwrap();
        assert!(
            !page.contains("evil") && page.contains(&office.address),
            "{name}"
        );
    }
}

async fn a_page_in_a_frame_is_refused_by_its_own_policy(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    for path in ["/d/ticket-1", "/d/unknown", "/c/hq", "/", "/nowhere"] {
        let answer = office.browser_gets(path).await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}"
        );
    }
}

async fn a_crawler_a_prefetch_and_broken_off_fetches_use_nothing_up(office: Office) {
    let tickets: Vec<_> = (0..4).map(|i| format!("ticket-{i}")).collect();
    office
        .publishes(tickets.iter().map(|ticket| link(ticket, 1)).collect())
        .await;
    let mut crawl = tokio::task::JoinSet::new();
    for ticket in tickets.iter().cycle().take(200) {
        let url = format!("{}/d/{ticket}", office.address);
        let prefetch = office
            .browser
            .get(&url)
            .header("sec-purpose", "prefetch")
            .header("purpose", "prefetch");
        let head = office.browser.head(&url);
        // Read no further than the head: the answer's body breaks off.
        crawl.spawn(async move { drop(prefetch.send().await.unwrap()) });
        crawl.spawn(async move { drop(head.send().await.unwrap()) });
    }
    while let Some(done) = crawl.join_next().await {
        done.unwrap();
    }
    for ticket in tickets {
        assert_eq!(office.app_gets(&format!("/d/{ticket}")).await.status(), 302);
    }
}

async fn oversized_malformed_and_replayed_tickets_are_one_refusal(office: Office) {
    office.publishes(vec![link("ticket-1", 1)]).await;
    office.send(&office.ending("ticket-1")).await;
    let model = office
        .browser_gets("/d/unknown")
        .await
        .text()
        .await
        .unwrap();
    let long = "x".repeat(8_000);
    for ticket in [
        "ticket-1",
        "",
        "%00",
        "%ff%fe",
        "ticket-1%20",
        "ticket-1%0d%0aSet-Cookie:%20a=b",
        "TICKET-1",
        "ticket-1/",
        "..%2fticket-1",
        &long,
    ] {
        let answer = office.browser_gets(&format!("/d/{ticket}")).await;
        assert_eq!(answer.status(), 410, "{ticket}");
        assert!(!answer.headers().contains_key("set-cookie"));
        assert_eq!(answer.text().await.unwrap(), model, "{ticket}");
    }
}

async fn a_page_speaks_the_link_s_language_or_the_visitor_s(office: Office) {
    let german = publication::Link {
        language: "de-AT".parse().unwrap(),
        ..link("german", 1)
    };
    let unknown = publication::Link {
        language: "ja".parse().unwrap(),
        ..link("unknown-language", 1)
    };
    office.publishes(vec![german, unknown]).await;
    let lang = async |path: &str| {
        let url = format!("{}{path}", office.address);
        let request = office
            .browser
            .get(url)
            .header("accept-language", "fr-CH, ar;q=0.9");
        let page = request.send().await.unwrap().text().await.unwrap();
        page.split("lang=\"").nth(1).unwrap()[..2].to_owned()
    };
    assert_eq!(lang("/d/german").await, "de");
    assert_eq!(lang("/d/unknown-language").await, "fr");
    assert_eq!(lang("/d/nothing").await, "fr");
    assert_eq!(lang("/c/hq").await, "fr");
}

on_both! {
    every_parameter_is_no_open_redirect,
    a_host_header_changes_nothing,
    a_page_in_a_frame_is_refused_by_its_own_policy,
    a_crawler_a_prefetch_and_broken_off_fetches_use_nothing_up,
    oversized_malformed_and_replayed_tickets_are_one_refusal,
    a_page_speaks_the_link_s_language_or_the_visitor_s,
}
