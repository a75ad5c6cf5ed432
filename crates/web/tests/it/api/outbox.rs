//! The outbox over the API.

use serde_json::json;

use super::described::Program;

#[tokio::test]
async fn mails_are_listed_paused_and_tried_again_over_the_api() {
    let program = Program::open().await;
    program.office.with_mails().await;
    let page = program.get("/outbox", "?limit=1").await;
    assert_eq!(page["items"][0]["state"], "waiting");
    assert_eq!(page["counts"][0], json!({"state": "waiting", "count": 2}));
    let next = page["next"].as_str().unwrap();
    let second = program
        .get("/outbox", &format!("?limit=1&after={next}"))
        .await;
    assert_ne!(second["items"][0]["id"], page["items"][0]["id"]);
    assert_eq!(second["next"], json!(null));
    let found = program.get("/outbox", "?q=lovelace&state=waiting").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let none = program.get("/outbox", "?state=sent").await;
    assert_eq!(none["items"], json!([]));
    program
        .ask("GET /outbox", &[], "?state=lost", None, 400)
        .await;
    let id = found["items"][0]["id"].clone();
    let retried = program
        .post("/outbox/retries", json!({"ids": [id]}), 200)
        .await;
    assert_eq!(retried["retried"], 0, "it was not refused yet");
    let lasts = program.get("/outbox", "").await["refused"].clone();
    assert_eq!(lasts, json!(null));
    let next_at = program.office.store.env().now().plus_s(300);
    let store = &program.office.store;
    let other = [model::DeploymentId::new(store.env())];
    store::outbox::refuse(store, "w", &other, "535 5.7.8 no", next_at)
        .await
        .unwrap();
    let lasts = program.get("/outbox", "").await["refused"].clone();
    assert_eq!(lasts["error"], "535 5.7.8 no");
    assert_eq!(lasts["next_at"], "2026-01-01T00:05:00Z");
    assert!(lasts["hint"].as_str().unwrap().contains("the password"));
    program.ask("PUT /outbox/pause", &[], "", None, 204).await;
    let paused = program.get("/outbox", "").await;
    assert_eq!(paused["paused_since"], "2026-01-01T00:00:00Z");
    program
        .ask("DELETE /outbox/pause", &[], "", None, 204)
        .await;
    assert_eq!(
        program.get("/outbox", "").await["paused_since"],
        json!(null)
    );
}
