//! *Auto deploy*, reminders, what is out of date, and who is stuck where, over the API.

use serde_json::{Value, json};

use super::described::Program;
use crate::harness::three;

const DEPLOY: &str = "POST /deployments";

/// A program with two users, one of whom has a phone.
async fn two_users() -> (Program, String) {
    let program = Program::open().await;
    program.office.found(&three()).await;
    let profile = program.office.profile("Office").await;
    program.office.import_everybody(&profile, "0").await;
    let users = program.get("/users", "").await;
    let user = users["items"][0]["id"].as_str().unwrap();
    program.office.phone_of(user).await;
    (program, profile)
}

fn everybody(more: &Value) -> Value {
    let mut wanted = json!({"selection": {"all": true}, "dry_run": true});
    for (key, value) in more.as_object().unwrap() {
        wanted[key] = value.clone();
    }
    wanted
}

#[tokio::test]
async fn auto_deploy_plans_phones_and_people_without_one_apart() {
    let (program, _) = two_users().await;
    let wanted = everybody(&json!({"mode": "auto"}));
    let plan = program.ask(DEPLOY, &[], "", Some(wanted), 201).await;
    assert_eq!(plan["update"], 1, "{plan}");
    assert_eq!(plan["total"], 2, "{plan}");
    let others = plan["not_deployed"].as_array().unwrap().len();
    assert_eq!((&plan["deploy"], others), (&json!(1), 0), "{plan}");
}

#[tokio::test]
async fn days_are_of_a_reminder_and_within_a_year() {
    let (program, _) = two_users().await;
    for wrong in [
        json!({"days": 7}),
        json!({"mode": "auto", "days": 7}),
        json!({"mode": "remind", "days": 0}),
        json!({"mode": "remind", "days": 366}),
    ] {
        let refused = program
            .ask(DEPLOY, &[], "", Some(everybody(&wrong)), 400)
            .await;
        assert!(
            refused["title"].as_str().unwrap().contains("days"),
            "{refused}"
        );
    }
    let wanted = everybody(&json!({"mode": "remind", "days": 3}));
    let plan = program.ask(DEPLOY, &[], "", Some(wanted), 201).await;
    assert_eq!(plan["deploy"], 0, "nobody was mailed: {plan}");
}

#[tokio::test]
async fn a_changed_profile_is_told_as_out_of_date_where_it_is_looked_for() {
    let (program, id) = two_users().await;
    let settings =
        json!({"sip_domain": "pbx.example.org", "link_mode": "direct", "register_interval_s": 120});
    let wanted = json!({"name": "Office", "settings": settings});
    program
        .ask("PUT /profiles/{id}", &[&id], "", Some(wanted), 200)
        .await;
    let late = program
        .get("/users", "?filter=configuration%3Dout-of-date")
        .await;
    assert_eq!(
        (&late["total"], &late["items"][0]["out_of_date"]),
        (&json!(1), &json!(true))
    );
    let summary = program.get("/summary", "").await;
    assert_eq!(summary["stuck"]["out_of_date"], 1, "{summary}");
}
