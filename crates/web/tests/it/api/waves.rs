//! Deployments that are spread over time, over the API.

use serde_json::{Value, json};

use super::described::Program;
use crate::harness::{admin, three};

const PAUSE: &str = "PUT /jobs/{id}/pause";
const RESUME: &str = "DELETE /jobs/{id}/pause";
const SPREAD: &str = "PUT /jobs/{id}/wave";

fn working_hours() -> Value {
    json!({
        "per_hour": 40,
        "hours": {"from": "09:00", "to": "17:00", "zone": "Europe/Berlin", "days": ["monday", "friday"]},
        "stop_percent": 10,
    })
}

/// A program with a deployment that is spread, and its job.
async fn spread() -> (Program, String) {
    let program = Program::open().await;
    program.office.found(&three()).await;
    let profile = program.office.profile("Office").await;
    program.office.import_everybody(&profile, "0").await;
    let wanted = json!({"selection": {"all": true}, "wave": working_hours()});
    let ordered = program.post("/deployments", wanted, 202).await;
    (program, ordered["job"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_job_tells_its_wave_and_when_it_goes_on() {
    let (program, job) = spread().await;
    let told = program.get_one("/jobs/{id}", &job).await;
    assert_eq!(told["wave"]["per_hour"], 40, "{told}");
    assert_eq!(told["wave"]["hours"], working_hours()["hours"]);
    let (next, end) = (&told["wave"]["next_at"], &told["wave"]["ends_at"]);
    assert!(next.as_str() <= end.as_str() && next.is_string(), "{told}");
    assert_eq!(told["paused"], Value::Null);
}

#[tokio::test]
async fn a_day_that_is_none_is_refused_in_words() {
    let program = Program::open().await;
    let mut wave = working_hours();
    wave["hours"]["days"] = json!(["sunnday"]);
    let wanted = json!({"selection": {"all": true}, "wave": wave});
    let refused = program.post("/deployments", wanted, 422).await;
    let told = refused.to_string();
    assert!(
        told.contains("“sunnday” is no day: write monday to sunday"),
        "{told}"
    );
}

#[tokio::test]
async fn an_import_spreads_its_deployment() {
    let program = Program::open().await;
    program.office.found(&three()).await;
    let profile = program.office.profile("Office").await;
    let wanted = json!({"selection": {"all": true}, "profile": profile, "deploy": true});
    let plan = program.post("/import-plans", wanted, 201).await;
    let agreed = json!({"plan": plan["id"], "wave": {"per_hour": 7}});
    program.post("/imports", agreed, 202).await;
    program.office.work().await;
    let jobs = program.get("/jobs", "").await;
    let jobs = jobs.as_array().unwrap();
    let deployment = jobs.iter().find(|job| job["kind"] == "deploy").unwrap();
    let id = deployment["id"].as_str().unwrap();
    let told = program.get_one("/jobs/{id}", id).await;
    assert_eq!(told["wave"]["per_hour"], 7, "{told}");
}

#[tokio::test]
async fn a_files_import_has_nothing_to_spread() {
    let program = Program::open().await;
    let options = import::csv::Options {
        profile: import::csv::Which::FromCsv,
        overwrite: false,
        clear: false,
        partial: false,
    };
    let file = b"Surname;E-mail\nLovelace;ada@example.org\n";
    let store = &program.office.store;
    let plan = import::csv::plan(store, options, &file[..], &admin())
        .await
        .unwrap()
        .id;
    let agreed = json!({"plan": plan, "wave": {"per_hour": 7}});
    let refused = program.post("/imports", agreed, 422).await;
    assert_eq!(refused["rows"][0]["field"], "wave", "{refused}");
    program.post("/imports", json!({"plan": plan}), 202).await;
}

#[tokio::test]
async fn it_is_paused_resumed_and_given_another_pace() {
    let (program, job) = spread().await;
    let id = [job.as_str()];
    for _ in 0..2 {
        program.ask(PAUSE, &id, "", None, 204).await;
    }
    let told = program.get_one("/jobs/{id}", &job).await;
    assert!(
        told["paused"].as_str().unwrap().starts_with("by "),
        "{told}"
    );
    assert_eq!(told["wave"]["next_at"], Value::Null);
    let quicker = json!({"per_hour": 600});
    program.ask(SPREAD, &id, "", Some(quicker), 204).await;
    for _ in 0..2 {
        program.ask(RESUME, &id, "", None, 204).await;
    }
    let told = program.get_one("/jobs/{id}", &job).await;
    assert_eq!(told["paused"], Value::Null);
    assert_eq!(told["wave"]["per_hour"], 600);
    assert_eq!(told["wave"]["hours"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_is_named_by_its_field() {
    let (program, job) = spread().await;
    let mut wrong = working_hours();
    wrong["per_hour"] = json!(0);
    wrong["hours"]["zone"] = json!("Europe/Nowhere");
    let wanted = json!({"selection": {"all": true}, "wave": wrong.clone()});
    let refused = program.post("/deployments", wanted, 422).await;
    let again = program.ask(SPREAD, &[&job], "", Some(wrong), 422).await;
    for refused in [refused, again] {
        let rows = refused["rows"].as_array().unwrap().iter();
        let fields: Vec<_> = rows.map(|row| row["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["per_hour", "hours.zone"], "{refused}");
    }
}

#[tokio::test]
async fn only_a_deployment_that_is_not_over_is_paused_and_only_one_that_is_spread_gets_another_pace()
 {
    let (program, job) = spread().await;
    program
        .ask("DELETE /jobs/{id}", &[&job], "", None, 202)
        .await;
    for call in [PAUSE, RESUME] {
        program.ask(call, &[&job], "", None, 404).await;
    }
    let wanted = json!({"selection": {"all": true}});
    let at_once = program.post("/deployments", wanted, 202).await;
    let at_once = at_once["job"].as_str().unwrap();
    let pace = Some(json!({"per_hour": 600}));
    program.ask(SPREAD, &[at_once], "", pace, 404).await;
}
