//! What the API answers when all is well, each answer held against the description.

use axum::http::Method;
use model::ComponentKind;
use serde_json::{Value, json};
use tokio_stream::StreamExt;

use super::described::Program;
use crate::harness::{three, told};

impl Program {
    /// A program at an office in which three people were found; Katherine has no address.
    async fn with_three() -> (Self, String) {
        let program = Self::open().await;
        program.office.found(&three()).await;
        let profile = program.office.profile("Office").await;
        (program, profile)
    }

    /// Everybody with an address imported and deployed; the job.
    async fn imported(&self, profile: &str) -> String {
        let plan = self.plan(profile).await;
        let ordered = self
            .post("/imports", json!({"plan": plan["id"]}), 202)
            .await;
        self.office.work().await;
        text(&ordered["job"])
    }

    async fn plan(&self, profile: &str) -> Value {
        let wanted = json!({"selection": {"all": true}, "profile": profile, "deploy": true});
        self.post("/import-plans", wanted, 201).await
    }

    /// Every page of a list that answers a cursor, two rows each; the ids.
    async fn paged(&self, list: &str) -> Vec<Value> {
        let mut query = "?limit=2".to_owned();
        let mut ids = Vec::new();
        loop {
            let page = self.get(list, &query).await;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            ids.extend(items.iter().map(|item| item["id"].clone()));
            let Some(next) = page["next"].as_str() else {
                return ids;
            };
            query = format!("?limit=2&after={next}");
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["last_name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn entries_are_listed_searched_sorted_and_paged() {
    let (program, _) = Program::with_three().await;
    let page = program.get("/entries", "").await;
    assert_eq!(names(&page), ["Hopper", "Johnson", "Lovelace"]);
    assert_eq!(
        (page["total"].as_i64(), &page["total_is"]),
        (Some(3), &json!("exact"))
    );
    assert_eq!(page["next"], Value::Null);
    let down = program.get("/entries", "?sort=-name").await;
    assert_eq!(names(&down), ["Lovelace", "Johnson", "Hopper"]);
    assert_eq!(
        names(&program.get("/entries", "?q=ada").await),
        ["Lovelace"]
    );
    let incomplete = program.get("/entries", "?filter=state%3Dincomplete").await;
    assert_eq!(names(&incomplete), ["Johnson"]);
    let paged = program.paged("/entries").await;
    let whole: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["id"].clone())
        .collect();
    assert_eq!(paged, whole);
    let second = program
        .get(
            "/entries",
            &format!(
                "?limit=2&after={}",
                text(&program.get("/entries", "?limit=2").await["next"])
            ),
        )
        .await;
    let back = program
        .get(
            "/entries",
            &format!("?limit=2&before={}", text(&second["previous"])),
        )
        .await;
    assert_eq!(names(&back), ["Hopper", "Johnson"]);
}

#[tokio::test]
async fn an_entry_is_explained_and_a_person_links_and_unlinks_its_records() {
    let program = Program::open().await;
    let office = &program.office;
    let (usp, mbg) = (
        office.connect("usp", ComponentKind::Usp).await,
        office.connect("mbg", ComponentKind::Mbg).await,
    );
    office
        .told(usp, &[told("Ada", "Lovelace", "4711", "ada@example.org")])
        .await;
    office
        .told(mbg, &[told("Ada", "King", "0815", "king@example.org")])
        .await;
    office.join().await;
    let page = program.get("/entries", "").await;
    assert_eq!(names(&page), ["King", "Lovelace"]);
    let [king, lovelace] = [0, 1].map(|n| text(&page["items"][n]["id"]));
    let record = text(&program.get_one("/entries/{id}", &king).await["records"][0]["id"]);

    let link = "PUT /entries/{id}/joins/{record}";
    program
        .ask(link, &[&lovelace, &record], "", None, 204)
        .await;
    office.work().await;
    let page = program.get("/entries", "").await;
    assert_eq!(page["total"], 1, "{page}");
    let joined = text(&page["items"][0]["id"]);
    let explained = program.get_one("/entries/{id}", &joined).await;
    assert_eq!(explained["records"].as_array().unwrap().len(), 2);
    assert_eq!(explained["joins"][0]["rule"], "decision", "{explained}");

    let unlink = "DELETE /entries/{id}/joins/{record}";
    program
        .ask(unlink, &[&joined, &record], "", None, 204)
        .await;
    office.work().await;
    assert_eq!(program.get("/entries", "").await["total"], 2);
    program.ask(link, &[&joined, "999999"], "", None, 404).await;
}

#[tokio::test]
async fn an_import_is_planned_looked_at_and_carried_out_once() {
    let (program, profile) = Program::with_three().await;
    let plan = program.plan(&profile).await;
    assert_eq!((&plan["create"], &plan["deploy"]), (&json!(2), &json!(2)));
    assert_eq!(plan["skip"][0]["code"], "incomplete-email");
    let id = text(&plan["id"]);
    assert_eq!(program.get_one("/import-plans/{id}", &id).await, plan);

    let items = "GET /import-plans/{id}/items";
    let first = program.ask(items, &[&id], "?limit=2", None, 200).await;
    let after = format!("?limit=2&after={}", first["next"]);
    let rest = program.ask(items, &[&id], &after, None, 200).await;
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&rest)), (2, 1));
    assert_eq!(rest["next"], Value::Null);
    let skipped = program.ask(items, &[&id], "?action=skip", None, 200).await;
    assert_eq!(count(&skipped), 1);
    program.ask(items, &[&id], "?action=fly", None, 400).await;

    let entry = text(&first["items"][0]["entry"]);
    let preview = "GET /import-plans/{id}/preview/{entry}";
    let shown = program.ask(preview, &[&id, &entry], "", None, 200).await;
    assert!(shown["to"].as_str().unwrap().contains("example.org"));
    program.ask(preview, &[&id, "999999"], "", None, 404).await;

    let agreed = json!({"plan": id});
    let job = program.post("/imports", agreed.clone(), 202).await;
    assert_eq!(program.post("/imports", agreed.clone(), 202).await, job);
    program.office.work().await;
    assert_eq!(program.post("/imports", agreed, 202).await, job);
    assert_eq!(program.get("/users", "").await["total"], 2);
    let seen = program.get_one("/import-plans/{id}", &id).await;
    assert_eq!(seen["job"], job["job"]);
}

#[tokio::test]
async fn a_plan_that_is_a_day_old_answers_410() {
    let (program, profile) = Program::with_three().await;
    let plan = program.plan(&profile).await;
    let kept = program.office.clock.clone();
    kept.advance_s(24 * 3600 + 1);
    let problem = program
        .post("/imports", json!({"plan": plan["id"]}), 410)
        .await;
    assert_eq!(problem["hint"], "make a new plan");
}

#[tokio::test]
async fn users_are_listed_paged_and_told_with_their_timeline() {
    let (program, profile) = Program::with_three().await;
    program.imported(&profile).await;
    let page = program.get("/users", "?sort=number").await;
    assert_eq!(names(&page), ["Hopper", "Lovelace"]);
    assert_eq!(program.paged("/users").await.len(), 2);
    let queued = program.get("/users", "?filter=state%3Dqueued").await;
    assert_eq!(queued["total"], 2);
    let id = text(&page["items"][0]["id"]);
    let user = program.get_one("/users/{id}", &id).await;
    assert_eq!(user["last_name"], "Hopper");
    let timeline = "GET /users/{id}/timeline";
    let lines = program.ask(timeline, &[&id], "", None, 200).await;
    let kinds: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["kind"])
        .collect();
    assert_eq!(kinds, ["deployment-ordered", "imported"]);
    let before = format!("?before={}", lines[0]["seq"]);
    let older = program.ask(timeline, &[&id], &before, None, 200).await;
    assert_eq!(older[0]["kind"], "imported");
}

#[tokio::test]
async fn users_are_deployed_by_a_plan_or_at_once() {
    let (program, profile) = Program::with_three().await;
    program.imported(&profile).await;
    let everybody = json!({"all": true});
    let dry = json!({"selection": everybody, "dry_run": true});
    let plan = program.post("/deployments", dry, 201).await;
    assert_eq!(plan["deploy"], 2);
    let agreed = json!({"plan": plan["id"]});
    let job = program.post("/deployments", agreed.clone(), 202).await;
    assert_eq!(program.post("/deployments", agreed, 202).await, job);
    let at_once = json!({"selection": everybody});
    let other = program.post("/deployments", at_once, 202).await;
    assert_ne!(other, job);
    let import = program.plan(&profile).await;
    program
        .post("/deployments", json!({"plan": import["id"]}), 409)
        .await;
    program
        .post("/imports", json!({"plan": plan["id"]}), 409)
        .await;
    let both = json!({"plan": plan["id"], "selection": everybody});
    program.post("/deployments", both, 400).await;
}

#[tokio::test]
async fn profiles_are_added_changed_and_removed_unless_somebody_has_them() {
    let (program, profile) = Program::with_three().await;
    let wanted = json!({"name": "Desk", "settings": {"sip_domain": "pbx.example.org", "client": "baresip", "link_mode": "direct"}});
    let made = program.post("/profiles", wanted.clone(), 201).await;
    let id = text(&made["id"]);
    assert_eq!(program.get_one("/profiles/{id}", &id).await, made);
    assert_eq!(
        program.get("/profiles", "").await.as_array().unwrap().len(),
        2
    );
    let again = program.post("/profiles", wanted, 422).await;
    assert_eq!(again["rows"][0]["field"], "name");
    let change = "PUT /profiles/{id}";
    let renamed = json!({"name": "Desks", "settings": {"sip_domain": "pbx.example.org", "link_mode": "direct"}});
    let changed = program.ask(change, &[&id], "", Some(renamed), 200).await;
    assert_eq!(
        (&changed["name"], &changed["version"]),
        (&json!("Desks"), &json!(2))
    );
    let bad = json!({"name": "Desks", "settings": {"sip_domain": "no domain!"}});
    program.ask(change, &[&id], "", Some(bad), 422).await;
    let remove = "DELETE /profiles/{id}";
    program.ask(remove, &[&id], "", None, 204).await;
    program.ask(remove, &[&id], "", None, 404).await;
    program.imported(&profile).await;
    let used = program.ask(remove, &[&profile], "", None, 409).await;
    assert_eq!(used["title"], "2 users have this profile");
}

#[tokio::test]
async fn every_setting_of_a_profile_is_described_with_its_default_and_who_ignores_it() {
    let program = Program::open().await;
    let told = program.get("/profile-settings", "").await;
    let one = |name: &str| {
        let all = told.as_array().unwrap();
        all.iter()
            .find(|setting| setting["setting"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(one("devices")["range"], json!([1, 20]));
    assert_eq!(one("srtp")["default"], "optional");
    assert_eq!(one("push")["ignored_by"][0]["client"], "baresip");
    assert_eq!(one("help")["in_document"], false);
    let redirect = json!({"name": "Home", "settings": {"sip_domain": "pbx.example.org"}});
    let refused = program.post("/profiles", redirect, 422).await;
    assert_eq!(refused["rows"][0]["field"], "link_mode");
}

#[tokio::test]
async fn connections_are_added_listed_tested_and_scanned() {
    let program = Program::open().await;
    let wanted = json!({"name": "head office", "kind": "usp", "address": "http://127.0.0.1:9", "secret": "hunter2"});
    let made = program.post("/connections", wanted.clone(), 201).await;
    let listed = program.get("/connections", "").await;
    assert_eq!(
        (&listed[0]["id"], &listed[0]["name"]),
        (&made["id"], &json!("head office"))
    );
    assert!(!listed.to_string().contains("hunter2"), "{listed}");
    let again = program.post("/connections", wanted, 422).await;
    assert_eq!(again["rows"][0]["field"], "name");
    let test = "POST /connections/{id}/test";
    let id = text(&made["id"]);
    let refused = program.ask(test, &[&id], "", None, 502).await;
    assert_ne!(refused["detail"], "", "{refused}");
    let one = program.post("/scans", json!({"connection": id}), 202).await;
    let all = program.post("/scans", json!({}), 202).await;
    assert_eq!(one, all, "a scan that waits already is not ordered twice");
}

#[tokio::test]
async fn jobs_are_listed_shown_and_cancelled() {
    let (program, profile) = Program::with_three().await;
    let import = program.imported(&profile).await;
    let jobs = program.get("/jobs", "").await;
    let kinds: Vec<_> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|j| text(&j["kind"]))
        .collect();
    assert_eq!(
        kinds.len(),
        4,
        "join, import, deploy, credential: {kinds:?}"
    );
    let newest = text(&jobs[0]["id"]);
    let older = program
        .get("/jobs", &format!("?limit=1&before={newest}"))
        .await;
    assert_eq!(older[0], jobs[1]);
    let job = program.get_one("/jobs/{id}", &import).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("done"), &json!(2)));
    let deploy = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|j| j["kind"] == "deploy")
        .unwrap();
    let deploy = text(&deploy["id"]);
    let items = "GET /jobs/{id}/items";
    let open = program
        .ask(items, &[&deploy], "?state=open", None, 200)
        .await;
    assert_eq!(open.as_array().unwrap().len(), 2);
    let after = format!("?state=open&limit=1&after={}", text(&open[0]["subject"]));
    assert_eq!(
        program.ask(items, &[&deploy], &after, None, 200).await[0],
        open[1]
    );
    assert_eq!(
        program.ask(items, &[&deploy], "", None, 200).await,
        json!([])
    );
    let cancel = "DELETE /jobs/{id}";
    program.ask(cancel, &[&deploy], "", None, 202).await;
    // A worker takes it once more, so that its people are no longer queued.
    assert_eq!(
        program.get_one("/jobs/{id}", &deploy).await["state"],
        "queued"
    );
    program.ask(cancel, &[&import], "", None, 404).await;
}

#[tokio::test]
async fn a_jobs_events_tell_its_end_and_end() {
    let (program, profile) = Program::with_three().await;
    let import = program.imported(&profile).await;
    let path = format!("/api/v1/jobs/{import}/events");
    let mut body = program.office.listen(&path).await.into_data_stream();
    let mut told = String::new();
    while let Some(part) = body.next().await {
        told.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
    }
    assert!(told.starts_with("event: done\ndata: {"), "{told}");
    assert!(told.contains(&import), "{told}");
    let nobody = "/jobs/00000000-0000-7000-8000-000000000000/events";
    assert_eq!(program.send(&Method::GET, nobody, None).await.status, 404);
}

#[tokio::test]
async fn the_office_is_summed_up_audited_and_known_by_its_key() {
    let (program, profile) = Program::with_three().await;
    program.imported(&profile).await;
    let summary = program.get("/summary", "").await;
    assert_eq!(
        (&summary["entries"], &summary["users"]),
        (&json!(3), &json!(2))
    );
    let audit = program.get("/audit", "?limit=3").await;
    assert_eq!(audit.as_array().unwrap().len(), 3);
    let before = format!("?limit=1&before={}", audit[0]["seq"]);
    assert_eq!(program.get("/audit", &before).await[0], audit[1]);
    let key = program.get("/publication-key", "").await;
    assert_eq!(key, program.get("/publication-key", "").await);
    assert_ne!(key["key"], "");
}
