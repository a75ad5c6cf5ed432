//! What origins may do, and what nobody may.

use publication::{CLOCK_WINDOW_MS, Link, TargetHost};
use reqwest::Method;
use url::Url;

use crate::office::{NOW, Office, SignedCall, key, link};

#[tokio::test]
async fn a_batch_is_stored_and_says_what_was_stale() {
    let office = Office::open().await;
    let receipt = office.publishes(vec![link("a", 1), link("b", 1)]).await;
    assert_eq!((receipt.accepted, receipt.stale), (2, 0));
    let receipt = office
        .publishes(vec![link("a", 1), link("b", 2), link("c", 1)])
        .await;
    assert_eq!((receipt.accepted, receipt.stale), (2, 1));
}

#[tokio::test]
async fn a_replayed_or_older_batch_changes_nothing() {
    let office = Office::open().await;
    let first = office.batch(vec![link("a", 1)]);
    assert_eq!(office.send(&first).await.status(), 200);
    office
        .publishes(vec![Link {
            ended: true,
            ..link("a", 2)
        }])
        .await;
    let replayed = office.send(&first).await;
    assert_eq!(
        replayed.text().await.unwrap(),
        r#"{"accepted":0,"stale":1}"#
    );
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}

#[tokio::test]
async fn a_wrong_key_origin_host_or_clock_is_refused() {
    let office = Office::open().await;
    let call = || office.batch(vec![link("a", 1)]);
    let elsewhere = TargetHost::of(&Url::parse("https://go.example.net").unwrap()).unwrap();
    let spoiled: [(&str, SignedCall); 5] = [
        (
            "key",
            SignedCall {
                key: key(2),
                ..call()
            },
        ),
        (
            "origin",
            SignedCall {
                origin: "branch".parse().unwrap(),
                ..call()
            },
        ),
        (
            "host",
            SignedCall {
                target: elsewhere,
                ..call()
            },
        ),
        (
            "early",
            SignedCall {
                signed_at: NOW + CLOCK_WINDOW_MS + 1,
                ..call()
            },
        ),
        (
            "late",
            SignedCall {
                signed_at: NOW - CLOCK_WINDOW_MS - 1,
                ..call()
            },
        ),
    ];
    for (part, call) in spoiled {
        let answer = office.send(&call).await;
        assert_eq!(answer.status(), 401, "{part}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{part}"
        );
    }
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}

#[tokio::test]
async fn an_unknown_origin_and_a_wrong_key_are_one_refusal() {
    let office = Office::open().await;
    let wrong_key = SignedCall {
        key: key(2),
        ..office.batch(vec![])
    };
    let unknown = SignedCall {
        origin: "branch".parse().unwrap(),
        ..office.batch(vec![])
    };
    let texts = [
        office.send(&wrong_key).await.text().await,
        office.send(&unknown).await.text().await,
    ];
    assert_eq!(texts[0].as_ref().unwrap(), texts[1].as_ref().unwrap());
}

#[tokio::test]
async fn another_body_path_or_method_than_was_signed_is_refused() {
    let office = Office::open().await;
    let call = office.batch(vec![link("a", 1)]);
    let other = office.batch(vec![link("b", 1)]).body;
    let path = office.ending("a").path;
    assert_eq!(
        office
            .send_instead(&call, &Method::PUT, "/v1/links", &other)
            .await
            .status(),
        401
    );
    assert_eq!(
        office
            .send_instead(&call, &Method::PUT, "/v1/links?x", &call.body)
            .await
            .status(),
        401
    );
    assert_eq!(
        office
            .send_instead(&call, &Method::DELETE, &path, &call.body)
            .await
            .status(),
        401
    );
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}

#[tokio::test]
async fn a_call_without_a_signature_is_refused() {
    let office = Office::open().await;
    assert_eq!(
        office.asks(Method::PUT, "/v1/links", false).await.status(),
        401
    );
    assert_eq!(
        office
            .asks(Method::DELETE, "/v1/links/x", false)
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn a_field_about_a_person_is_refused_and_nothing_of_its_batch_is_stored() {
    let office = Office::open().await;
    let mut batch = serde_json::json!({ "links": [link("a", 1), link("b", 1)] });
    batch["links"][1]["name"] = "Ada".into();
    let call = office.call(
        Method::PUT,
        "/v1/links",
        serde_json::to_vec(&batch).unwrap(),
    );
    assert_eq!(office.send(&call).await.status(), 422);
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let office = Office::open().await;
    let call = office.call(Method::PUT, "/v1/links", vec![b' '; 600 * 1024]);
    assert_eq!(office.send(&call).await.status(), 413);
}

#[tokio::test]
async fn a_full_batch_fits() {
    let office = Office::open().await;
    let links = (0..publication::LINKS_MAX)
        .map(|i| link(&i.to_string(), i64::MAX))
        .collect();
    assert_eq!(
        office.publishes(links).await.accepted,
        publication::LINKS_MAX
    );
}

#[tokio::test]
async fn an_ending_is_for_good_and_can_be_asked_twice() {
    let office = Office::open().await;
    office.publishes(vec![link("a", 1)]).await;
    for _ in 0..2 {
        assert_eq!(office.send(&office.ending("a")).await.status(), 204);
    }
    assert_eq!(office.publishes(vec![link("a", 9)]).await.stale, 1);
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}
