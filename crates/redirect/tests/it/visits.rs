//! What origins are told about visits of their links, and what metrics tell.

use std::time::Duration;

use publication::{TicketHash, Visit, VisitKind, Visits};
use reqwest::Method;

use crate::office::{NOW, Office, SignedCall, key, link, on_both};

const HOUR: i64 = 60 * 60 * 1000;

async fn told(office: &Office, after: i64) -> Visits {
    let call = office.call(Method::GET, &format!("/v1/visits?after={after}"), vec![]);
    let answer = office.send(&call).await;
    assert_eq!(answer.status(), 200);
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// Waits until so many are told.
async fn told_so_many(office: &Office, after: i64, count: usize) -> Visits {
    peers::wait_for("the visits", Duration::from_secs(10), async || {
        let told = told(office, after).await;
        (told.visits.len() >= count).then_some(told)
    })
    .await
    .unwrap()
}

async fn visits_go_back_as_hash_kind_and_hour(office: Office) {
    office.publishes(vec![link("a", 1), link("b", 1)]).await;
    for _ in 0..50 {
        office.browser_gets("/d/a").await;
    }
    office.browser_gets("/d/unknown").await;
    office.app_gets("/d/b").await;
    let first = told_so_many(&office, 0, 1).await;
    let hour = NOW - NOW % HOUR;
    let seen = Visit {
        ticket: TicketHash::of("a"),
        kind: VisitKind::Seen,
        hour,
    };
    assert_eq!(first.visits, [seen], "fifty visits of one hour are one");
    office.asks(Method::POST, "/d/a/opening", false).await;
    office.set_clock(NOW + HOUR);
    office.browser_gets("/d/a").await;
    let more = told_so_many(&office, first.next, 2).await;
    let mut more: Vec<_> = more.visits.iter().map(|v| (v.kind, v.hour)).collect();
    more.sort_by_key(|(_, hour)| *hour);
    assert_eq!(
        more,
        [(VisitKind::Opened, hour), (VisitKind::Seen, hour + HOUR)]
    );
    assert_eq!(
        told(&office, 1_000_000).await.visits.len(),
        3,
        "another store was here before"
    );
}

async fn visits_are_told_to_the_link_s_own_origin_only(office: Office) {
    office.registers("branch", 2).await;
    office.publishes(vec![link("a", 1)]).await;
    office.browser_gets("/d/a").await;
    told_so_many(&office, 0, 1).await;
    let call = office.call(Method::GET, "/v1/visits?after=0", vec![]);
    let theirs = SignedCall {
        key: key(2),
        origin: "branch".parse().unwrap(),
        ..call
    };
    let answer = office.send(&theirs).await.text().await.unwrap();
    assert_eq!(answer, r#"{"visits":[],"next":0}"#);
    let unsigned = office.browser_gets("/v1/visits?after=0").await;
    assert_eq!(unsigned.status(), 401);
    let call = office.call(Method::GET, "/v1/visits?after=0", vec![]);
    let other = office
        .send_instead(&call, &Method::GET, "/v1/visits?after=1", b"")
        .await;
    assert_eq!(other.status(), 401);
}

on_both! {
    visits_go_back_as_hash_kind_and_hour,
    visits_are_told_to_the_link_s_own_origin_only,
}

#[tokio::test]
async fn several_servers_that_share_a_store_stand_for_one() {
    let shared = crate::office::shared().await;
    let first = Office::with(crate::office::ORIGIN, &shared).await;
    let second = first.beside();
    first.publishes(vec![link("a", 1)]).await;
    assert_eq!(second.app_gets("/d/a").await.status(), 302);
    second.browser_gets("/d/a").await;
    told_so_many(&first, 0, 1).await;
    second.send(&second.ending("a")).await;
    assert_eq!(
        first.app_gets("/d/a").await.status(),
        410,
        "at once, everywhere"
    );
}

#[tokio::test]
async fn metrics_count_and_name_nobody() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let settings = format!("metrics = \"{address}\"\n");
    let office = Office::with(crate::office::ORIGIN, &settings).await;
    office.publishes(vec![link("ticket-1", 1)]).await;
    office.browser_gets("/d/ticket-1").await;
    office.app_gets("/d/ticket-1").await;
    office.browser_gets("/d/ticket-2").await;
    let url = format!("http://{address}/metrics");
    let text = office.browser.get(url).send().await.unwrap();
    let text = text.text().await.unwrap();
    for counted in [
        "pages_shown_total 1",
        "apps_sent_on_total 1",
        "links_refused_total 1",
    ] {
        assert!(text.contains(counted), "{text}");
    }
    assert!(!text.contains("ticket") && !text.contains("hq") && !text.contains("127."));
    assert_eq!(office.browser_gets("/metrics").await.status(), 404);
}
