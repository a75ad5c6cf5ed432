//! Bulk verbs and deletion as a program meets them.

use serde_json::{Value, json};

use super::described::Program;
use crate::harness::three;

async fn imported() -> (Program, String) {
    let program = Program::open().await;
    program.office.found(&three()).await;
    let profile = program.office.profile("Office").await;
    program.office.import_everybody(&profile, "0").await;
    (program, profile)
}

#[tokio::test]
async fn profiles_and_languages_are_given_to_many_by_a_plan_or_at_once() {
    let (program, profile) = imported().await;
    let everybody = json!({"all": true});
    let dry = json!({"selection": everybody, "profile": null, "dry_run": true});
    let plan = program.post("/profile-changes", dry, 201).await;
    assert_eq!((&plan["update"], &plan["total"]), (&json!(2), &json!(2)));
    let agreed = json!({"plan": plan["id"]});
    let job = program.post("/profile-changes", agreed.clone(), 202).await;
    assert_eq!(
        program.post("/profile-changes", agreed.clone(), 202).await,
        job
    );
    program.post("/deletions", agreed, 409).await;
    program.office.work().await;
    let users = program.get("/users", "").await;
    assert!(
        users["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["profile"].is_null())
    );
    let back = json!({"selection": everybody, "profile": profile});
    program.post("/profile-changes", back, 202).await;
    program.office.work().await;
    let german = json!({"selection": everybody, "language": "de"});
    program.post("/language-changes", german, 202).await;
    program.office.work().await;
    let users = program.get("/users", "").await;
    assert!(
        users["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["language"] == "de")
    );
    let odd = json!({"selection": everybody, "language": "no tag!"});
    assert_eq!(
        program.post("/language-changes", odd, 422).await["rows"][0]["field"],
        "language"
    );
}

#[tokio::test]
async fn users_are_deleted_one_by_one_or_many_and_a_retry_needs_something_that_failed() {
    let (program, _) = imported().await;
    let users = program.get("/users", "").await;
    let first = users["items"][0]["id"].as_str().unwrap().to_owned();
    let preview = program.get_one("/users/{id}/preview", &first).await;
    assert!(
        preview["configuration"]
            .as_str()
            .unwrap()
            .contains("sip:set-"),
        "{preview}"
    );
    let one = "DELETE /users/{id}";
    program.ask(one, &[&first], "", None, 204).await;
    program.ask(one, &[&first], "", None, 404).await;
    let job = program
        .post("/deletions", json!({"selection": {"all": true}}), 202)
        .await;
    let id = job["job"].as_str().unwrap().to_owned();
    let retry = "POST /jobs/{id}/retries";
    let early = program.ask(retry, &[&id], "", None, 409).await;
    assert_eq!(early["title"], "the job still runs");
    program.office.work().await;
    assert_eq!(program.get("/users", "").await["total"], 0);
    program.ask(retry, &[&id], "?dry_run=true", None, 422).await;
    let jobs = program.get("/jobs", "").await;
    let join = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["kind"] == "join")
        .unwrap();
    let join: &Value = &join["id"];
    program
        .ask(retry, &[join.as_str().unwrap()], "", None, 409)
        .await;
}
