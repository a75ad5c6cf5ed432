//! A deployment that is spread over time, with the real server: kills, pauses and another pace; each person gets one mail.

use std::{collections::BTreeSet, path::Path, time::Duration};

use peers::{Installation, SmtpSink};
use serde_json::{Value, json};

const ARRIVES: Duration = Duration::from_secs(20);

/// The deployment, as the API tells it.
async fn deployment(office: &Installation) -> Value {
    let jobs = office.api.get("/jobs").await.unwrap();
    let jobs = jobs.as_array().unwrap().iter();
    let mut deployments = jobs.filter(|job| job["kind"] == "deploy");
    let id = deployments.next().unwrap()["id"].as_str().unwrap();
    assert!(deployments.next().is_none(), "there is one alone");
    office.api.get(&format!("/jobs/{id}")).await.unwrap()
}

/// Lets the workers look at everything that is due: what is ordered now is done last.
async fn looked_around(office: &Installation) {
    office.wait("the server", |_| true).await.unwrap();
    office.scan().await.unwrap();
    let is_over = |summary: &Value| summary["jobs"] == 1;
    office.wait("the end of the scan", is_over).await.unwrap();
}

fn killed(office: &mut Installation) {
    office.server.kill_9().unwrap();
    office.server.restart().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_outlives_kills_and_pauses_and_gives_everybody_one_mail() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sink = SmtpSink::start(&[]).await.unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rollcall"));
    let mut office = Installation::open(program, 60, sink.address())
        .await
        .unwrap();
    office.scan().await.unwrap();
    office.settled().await.unwrap();
    let profiles = office.api.get("/profiles").await.unwrap();
    let wanted = json!({"selection": {"all": true}, "profile": profiles[0]["id"], "deploy": true});
    let plan = office.api.post("/import-plans", wanted).await.unwrap();
    let people = usize::try_from(plan["deploy"].as_u64().unwrap()).unwrap();
    assert!(people >= 40, "{plan}");

    // One goes at once, the next in three minutes.
    let agreed = json!({"plan": plan["id"], "wave": {"per_hour": 20, "stop_percent": 10}});
    office.api.post("/imports", agreed).await.unwrap();
    sink.wait_accepted(1, ARRIVES).await.unwrap();
    killed(&mut office);
    looked_around(&office).await;
    let job = deployment(&office).await;
    assert_eq!((&job["done"], &job["state"]), (&json!(1), &json!("queued")));
    assert_eq!(job["wave"]["per_hour"], 20, "{job}");
    assert!(job["wave"]["next_at"].as_str() < job["wave"]["ends_at"].as_str());

    let at = format!("/jobs/{}", job["id"].as_str().unwrap());
    office
        .api
        .put(&format!("{at}/pause"), Value::Null)
        .await
        .unwrap();
    let quick = json!({"per_hour": 72_000});
    office.api.put(&format!("{at}/wave"), quick).await.unwrap();
    killed(&mut office);
    looked_around(&office).await;
    let job = deployment(&office).await;
    assert_eq!((&job["done"], job["paused"].is_string()), (&json!(1), true));

    office.api.delete(&format!("{at}/pause")).await.unwrap();
    // Amid the rest.
    sink.wait_accepted(people / 3, ARRIVES).await.unwrap();
    killed(&mut office);
    office.settled().await.unwrap();
    let job = deployment(&office).await;
    assert_eq!((&job["done"], &job["failed"]), (&json!(people), &json!(0)));
    sink.wait_accepted(people, ARRIVES).await.unwrap();
    let ids: BTreeSet<String> = sink.message_ids().unwrap().into_iter().collect();
    let ids = ids.iter().filter(|id| !id.is_empty()).count();
    assert_eq!(ids, people, "one message for each");
}
