//! Profiles over the API: copies, histories, dry runs, replacements.

use serde_json::{Value, json};

use super::described::Program;
use crate::harness::three;

/// A program with two users of one profile, one of whom has a phone; the profile's id.
async fn in_use() -> (Program, String) {
    let program = Program::open().await;
    program.office.found(&three()).await;
    let profile = program.office.profile("Office").await;
    program.office.import_everybody(&profile, "0").await;
    let users = program.get("/users", "").await;
    let user = users["items"][0]["id"].as_str().unwrap();
    program.office.phone_of(user).await;
    (program, profile)
}

fn wanted(interval: u32, more: &Value) -> Value {
    let settings = json!({"sip_domain": "pbx.example.org", "link_mode": "direct", "register_interval_s": interval});
    let mut wanted = json!({"name": "Office", "settings": settings});
    for (key, value) in more.as_object().unwrap() {
        wanted[key] = value.clone();
    }
    wanted
}

#[tokio::test]
async fn a_dry_run_of_a_change_tells_differences_and_who_gets_out_of_date() {
    let (program, id) = in_use().await;
    let put = "PUT /profiles/{id}";
    let dry = wanted(120, &json!({"dry_run": true}));
    let told = program.ask(put, &[&id], "", Some(dry), 200).await;
    let difference =
        json!({"setting": "register_interval_s", "from": "600 seconds", "to": "120 seconds"});
    assert_eq!(told["changes"], json!([difference]));
    assert_eq!(
        (&told["out_of_date"], &told["version"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(program.get_one("/profiles/{id}", &id).await["version"], 1);
    let saved = program
        .ask(
            put,
            &[&id],
            "",
            Some(wanted(120, &json!({"version": 1}))),
            200,
        )
        .await;
    assert_eq!((&saved["version"], &saved["users"]), (&json!(2), &json!(2)));
    let late = wanted(240, &json!({"version": 1}));
    program.ask(put, &[&id], "", Some(late), 409).await;
    let same = program
        .ask(put, &[&id], "", Some(wanted(120, &json!({}))), 200)
        .await;
    assert_eq!(same["version"], 2, "nothing differs, nothing happens");
}

#[tokio::test]
async fn versions_are_told_with_their_differences_and_can_be_gone_back_to() {
    let (program, id) = in_use().await;
    let put = "PUT /profiles/{id}";
    for interval in [120, 240] {
        let change = wanted(interval, &json!({}));
        program.ask(put, &[&id], "", Some(change), 200).await;
    }
    let versions = "GET /profiles/{id}/versions";
    let all = program.ask(versions, &[&id], "", None, 200).await;
    let numbers: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["version"].clone())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(all["items"][0]["changes"][0]["from"], "120 seconds");
    assert_eq!(all["items"][2]["changes"], json!([]));
    let page = program.ask(versions, &[&id], "?limit=2", None, 200).await;
    assert_eq!(
        (&page["next"], &page["items"][1]["changes"][0]["from"]),
        (&json!(2), &json!("600 seconds"))
    );
    let rest = program
        .ask(versions, &[&id], "?limit=2&before=2", None, 200)
        .await;
    assert_eq!(
        (&rest["next"], &rest["items"][0]["version"]),
        (&Value::Null, &json!(1))
    );
    let restore = "POST /profiles/{id}/restorations";
    let back = |dry_run: bool| Some(json!({"version": 1, "dry_run": dry_run}));
    let told = program.ask(restore, &[&id], "", back(true), 200).await;
    assert_eq!(told["version"], 3);
    let restored = program.ask(restore, &[&id], "", back(false), 200).await;
    assert_eq!(
        (
            &restored["version"],
            &restored["settings"]["register_interval_s"]
        ),
        (&json!(4), &json!(600))
    );
    let none = Some(json!({"version": 99}));
    program.ask(restore, &[&id], "", none, 404).await;
}

#[tokio::test]
async fn a_copy_has_the_settings_and_nobody() {
    let (program, id) = in_use().await;
    let copy = "POST /profiles/{id}/copies";
    let made = program
        .ask(copy, &[&id], "", Some(json!({"name": "Home"})), 201)
        .await;
    let original = program.get_one("/profiles/{id}", &id).await;
    assert_eq!(
        (&made["settings"], &made["users"]),
        (&original["settings"], &json!(0))
    );
    let twice = program
        .ask(copy, &[&id], "", Some(json!({"name": "home"})), 422)
        .await;
    assert_eq!(twice["rows"][0]["field"], "name");
}

#[tokio::test]
async fn a_used_profile_goes_only_with_a_replacement_and_its_users_get_it() {
    let (program, id) = in_use().await;
    let remove = "DELETE /profiles/{id}";
    program
        .ask(remove, &[&id], "?dry_run=true", None, 409)
        .await;
    let home = program.office.profile("Home").await;
    let with = format!("?replacement={home}");
    let told = program
        .ask(remove, &[&id], &format!("{with}&dry_run=true"), None, 200)
        .await;
    assert_eq!(told, json!({"users": 2, "out_of_date": 1}));
    program
        .ask(remove, &[&id], &format!("?replacement={id}"), None, 422)
        .await;
    program.ask(remove, &[&id], &with, None, 204).await;
    program.ask(remove, &[&id], "", None, 404).await;
    assert_eq!(program.get_one("/profiles/{id}", &home).await["users"], 2);
    let users = program
        .get("/users", &format!("?filter=profile%3D{home}"))
        .await;
    assert_eq!(users["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_plan_as_proposed_says_for_how_many_and_carries_it_out() {
    let program = Program::open().await;
    let mut people = three();
    people[0].profile_proposal = "Home".to_owned();
    people[1].profile_proposal = "Attic".to_owned();
    program.office.found(&people).await;
    let (home, work) = (
        program.office.profile("Home").await,
        program.office.profile("Work").await,
    );
    let entries = program.get("/entries", "?q=lovelace").await;
    assert_eq!(entries["items"][0]["profile_proposal"], "Home");
    let wanted = json!({"selection": {"all": true}, "profile": work, "as_proposed": true});
    let plan = program.post("/import-plans", wanted, 201).await;
    assert_eq!(
        (&plan["as_proposed"], &plan["unknown_proposals"]),
        (&json!(1), &json!(1))
    );
    let id = plan["id"].as_str().unwrap();
    let rows = program.get_one("/import-plans/{id}/items", id).await;
    let of = |n: usize| {
        (
            &rows["items"][n]["profile"],
            &rows["items"][n]["unknown_proposal"],
        )
    };
    assert_eq!(of(0), (&json!(home), &Value::Null));
    assert_eq!(of(1), (&json!(work), &json!("Attic")));
    program
        .post("/imports", json!({"plan": plan["id"]}), 202)
        .await;
    program.office.work().await;
    for (profile, name) in [(&home, "Lovelace"), (&work, "Hopper")] {
        let users = program
            .get("/users", &format!("?filter=profile%3D{profile}"))
            .await;
        assert_eq!(users["items"][0]["last_name"], name);
    }
}

#[tokio::test]
async fn a_row_whose_proposed_profile_was_removed_since_the_plan_fails_with_the_reason() {
    let program = Program::open().await;
    let mut people = three();
    people[0].profile_proposal = "Home".to_owned();
    program.office.found(&people).await;
    let home = program.office.profile("Home").await;
    let wanted = json!({"selection": {"all": true}, "profile": null, "as_proposed": true});
    let plan = program.post("/import-plans", wanted, 201).await;
    program
        .ask("DELETE /profiles/{id}", &[&home], "", None, 204)
        .await;
    let job = program
        .post("/imports", json!({"plan": plan["id"]}), 202)
        .await;
    program.office.work().await;
    let job = job["job"].as_str().unwrap().to_owned();
    let failed = program
        .ask("GET /jobs/{id}/items", &[&job], "?state=failed", None, 200)
        .await;
    let failed = failed.as_array().unwrap();
    let reasons: Vec<_> = failed.iter().map(|item| item["code"].clone()).collect();
    assert_eq!(reasons, ["no-profile"]);
}
