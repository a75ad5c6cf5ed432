//! What origins may do, and what nobody may.

use publication::{CLOCK_WINDOW_MS, Link, TargetHost};
use reqwest::Method;
use url::Url;

use crate::office::{NOW, Office, SignedCall, key, link, on_both};

async fn a_batch_is_stored_and_says_what_was_stale(office: Office) {
    let receipt = office.publishes(vec![link("a", 1), link("b", 1)]).await;
    assert_eq!((receipt.accepted, receipt.stale), (2, 0));
    let receipt = office
        .publishes(vec![link("a", 1), link("b", 2), link("c", 1)])
        .await;
    assert_eq!((receipt.accepted, receipt.stale), (2, 1));
}

async fn a_replayed_or_older_batch_changes_nothing(office: Office) {
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

async fn a_wrong_key_origin_host_or_clock_is_refused(office: Office) {
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

async fn an_unknown_origin_and_a_wrong_key_are_one_refusal(office: Office) {
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

async fn another_body_path_or_method_than_was_signed_is_refused(office: Office) {
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

async fn a_call_without_a_signature_is_refused(office: Office) {
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

async fn a_field_about_a_person_is_refused_and_nothing_of_its_batch_is_stored(office: Office) {
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

async fn a_body_beyond_the_limit_is_not_read(office: Office) {
    let call = office.call(Method::PUT, "/v1/links", vec![b' '; 600 * 1024]);
    assert_eq!(office.send(&call).await.status(), 413);
}

async fn a_full_batch_fits(office: Office) {
    let links = (0..publication::LINKS_MAX)
        .map(|i| link(&i.to_string(), i64::MAX))
        .collect();
    assert_eq!(
        office.publishes(links).await.accepted,
        publication::LINKS_MAX
    );
}

async fn an_ending_is_for_good_and_can_be_asked_twice(office: Office) {
    office.publishes(vec![link("a", 1)]).await;
    for _ in 0..2 {
        assert_eq!(office.send(&office.ending("a")).await.status(), 204);
    }
    assert_eq!(office.publishes(vec![link("a", 9)]).await.stale, 1);
    assert_eq!(office.app_gets("/d/a").await.status(), 410);
}

async fn a_publication_with_a_wrong_key_an_old_version_an_old_clock_or_unknown_fields_is_refused(
    office: Office,
) {
    let brand = |version: i64, more: &str| {
        let body = format!(r#"{{"version":{version},"brand":{{"name":"Example"{more}}}}}"#);
        office.call(Method::PUT, "/v1/brand", body.into_bytes())
    };
    let receipt = async |call: &SignedCall| office.send(call).await.text().await.unwrap();
    let first = brand(5, "");
    assert_eq!(receipt(&first).await, r#"{"accepted":1,"stale":0}"#);
    // Replayed, and older.
    assert_eq!(receipt(&first).await, r#"{"accepted":0,"stale":1}"#);
    assert_eq!(receipt(&brand(4, "")).await, r#"{"accepted":0,"stale":1}"#);
    let spoiled = [
        (
            401,
            SignedCall {
                key: key(2),
                ..brand(6, "")
            },
        ),
        (
            401,
            SignedCall {
                signed_at: NOW - CLOCK_WINDOW_MS - 1,
                ..brand(6, "")
            },
        ),
        (422, brand(6, r#","to":"ada@example.org""#)),
        (422, brand(0, "")),
        (422, brand(6, r#","logo":"bm90IGEgcGljdHVyZQ==""#)),
    ];
    for (status, call) in spoiled {
        assert_eq!(office.send(&call).await.status(), status, "{call:?}");
    }
}

async fn a_brand_is_shown_by_its_own_origin_s_links_only(office: Office) {
    office.registers("branch", 2).await;
    let body = br##"{"version":1,"brand":{"name":"Example Works","help":"Call 100.","colours":{"light":"#ffff00","dark":"#000001"}}}"##;
    let call = office.call(Method::PUT, "/v1/brand", body.to_vec());
    assert_eq!(office.send(&call).await.status(), 200);
    office.publishes(vec![link("a", 1)]).await;
    let theirs = office.batch(vec![link("b", 1)]);
    let theirs = SignedCall {
        key: key(2),
        origin: "branch".parse().unwrap(),
        ..theirs
    };
    assert_eq!(office.send(&theirs).await.status(), 200);

    let page = office.browser_gets("/d/a").await.text().await.unwrap();
    assert!(page.contains("Example Works") && page.contains("Call 100."));
    assert!(
        !page.contains("--brand:#ffff00"),
        "a colour that nobody could see is moved"
    );
    let page = office.browser_gets("/d/b").await.text().await.unwrap();
    assert!(!page.contains("Example Works"));
    let refusal = office.browser_gets("/d/c").await.text().await.unwrap();
    assert!(!refusal.contains("Example Works"));
}

async fn an_origin_cannot_bring_more_brands_than_there_is_room_for(office: Office) {
    let brand = |n: u32| {
        let body = format!(r#"{{"version":1,"brand":{{"id":"b{n}"}}}}"#);
        office.call(Method::PUT, "/v1/brand", body.into_bytes())
    };
    for n in 0..20 {
        assert_eq!(office.send(&brand(n)).await.status(), 200);
    }
    assert_eq!(office.send(&brand(20)).await.status(), 422);
    assert_eq!(office.send(&brand(7)).await.status(), 200);
}

on_both! {
    a_batch_is_stored_and_says_what_was_stale,
    a_replayed_or_older_batch_changes_nothing,
    a_wrong_key_origin_host_or_clock_is_refused,
    an_unknown_origin_and_a_wrong_key_are_one_refusal,
    another_body_path_or_method_than_was_signed_is_refused,
    a_call_without_a_signature_is_refused,
    a_field_about_a_person_is_refused_and_nothing_of_its_batch_is_stored,
    a_body_beyond_the_limit_is_not_read,
    a_full_batch_fits,
    an_ending_is_for_good_and_can_be_asked_twice,
    a_publication_with_a_wrong_key_an_old_version_an_old_clock_or_unknown_fields_is_refused,
    a_brand_is_shown_by_its_own_origin_s_links_only,
    an_origin_cannot_bring_more_brands_than_there_is_room_for,
}
