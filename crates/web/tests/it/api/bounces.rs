//! Delivery status notifications handed in over the API.

use axum::{
    body::Body,
    http::{Method, header},
};
use serde_json::{Value, json};

use super::described::Program;

#[tokio::test]
async fn a_notification_is_handed_in_whole_and_only_by_who_may() {
    let program = Program::open().await;
    program.office.with_mails().await;
    let claimed = store::outbox::claim(&program.office.store, "w", 9)
        .await
        .unwrap();
    let tx = program.office.store.begin().await.unwrap();
    let id = claimed[0].deployment;
    let tried = store::outbox::Tried {
        deployment: id,
        recipient: "ada@example.org".to_owned(),
        ending: store::outbox::Ending::Sent,
        reply: "ok".to_owned(),
    };
    store::outbox::settle(&tx, "w", &[tried]).await.unwrap();
    tx.commit().await.unwrap();
    let sent = store::deployments::get(&program.office.store, id)
        .await
        .unwrap();
    let mail = format!(
        "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{}>\r\n\r\n--B--\r\n",
        sent.message_id
    );
    let hand = async |body: &str| {
        let request = program
            .office
            .request(Method::POST, "/api/v1/bounces")
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "message/rfc822");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = program.office.ask(request).await;
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        (answer.status.as_u16(), told)
    };
    let (status, told) = hand(&mail).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        (&told["deployment"], &told["words"]),
        (&json!(id), &json!("5.1.1"))
    );
    let (_, again) = hand(&mail).await;
    assert_eq!(
        (&again["deployment"], &again["is_new"], &told["is_new"]),
        (&told["deployment"], &json!(false), &json!(true)),
        "what was found, and that it is no news"
    );
    let (status, refused) = hand("Subject: hi\r\n\r\nhello").await;
    assert_eq!(status, 422);
    assert!(refused["title"].as_str().unwrap().contains("RFC 3464"));
    let failed = program.get("/outbox", "?state=failed").await;
    assert_eq!(failed["items"][0]["reply"], "5.1.1");
    let user = told["user"].as_str().unwrap();
    let page = program.office.page(&format!("/users/{user}")).await;
    assert!(page.contains("5.1.1"), "{page}");
}
