//! `serve` and `work` on a real PostgreSQL, set up as an administrator does it, and a worker that dies.

use std::{fs, path::Path, time::Duration};

use peers::{Postgres, Program};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{
    doctor::doctor,
    first_run::{READY, printed, set_up},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");
/// Longer than the lease of a job, whose worker died.
const WORK: Duration = Duration::from_mins(8);

/// An installation on PostgreSQL whose administrator is signed in.
struct Installation {
    http: Client,
    server: Program,
    worker: Program,
    sandbox: Value,
    address: String,
    cookie: String,
    _sandbox: Program,
    folder: tempfile::TempDir,
}

fn settings(database: &str, smtp: &str) -> String {
    let port = smtp.rsplit_once(':').unwrap().1;
    format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"https://phones.example.org\"\ndata = \"data\"\n\
         key_file = \"keys/rollcall.key\"\ndatabase_url = \"{database}\"\n\n\
         [mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"phones@example.org\"\n"
    )
}

fn role(role: &str, settings: &Path) -> Program {
    let file = settings.to_str().unwrap();
    Program::start(PROGRAM, [role, "--settings", file]).unwrap()
}

impl Installation {
    async fn open(people: u32) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = Postgres::shared().await.unwrap().database().await.unwrap();
        let count = people.to_string();
        let mut sandbox = Program::start(PROGRAM, ["sandbox", "--people", &count]).unwrap();
        let says = sandbox.ready_line(READY).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rollcall.toml");
        fs::write(&file, settings(&database, says["smtp"].as_str().unwrap())).unwrap();
        let mut server = role("serve", &file);
        let (address, token) = printed(&mut server).await;
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let cookie = set_up(&http, &address, &token).await;
        Self {
            worker: role("work", &file),
            http,
            server,
            sandbox: says,
            address,
            cookie,
            _sandbox: sandbox,
            folder,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/api/v1{path}", self.address);
        let mut request = self
            .http
            .request(method, url)
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Connects everything that the sandbox has, and scans it.
    async fn connect_and_scan(&self) {
        for component in self.sandbox["components"].as_array().unwrap() {
            let new = json!({
                "name": component["name"], "kind": component["kind"], "address": component["url"],
                "account": component["account"], "secret": component["secret"],
            });
            self.post("/connections", new).await;
        }
        self.post("/scans", json!({})).await;
        self.idle().await;
    }

    /// Waits until no job is open.
    async fn idle(&self) {
        peers::wait_for("the end of all jobs", WORK, async || {
            (self.get("/summary").await["jobs"] == 0).then_some(())
        })
        .await
        .unwrap();
    }

    /// Adds a profile and agrees to the import and deployment of everybody; the plan.
    async fn deploy_everybody(&self) -> Value {
        let settings = json!({"sip_domain": "pbx.example.org", "link_mode": "direct"});
        let profile = self
            .post("/profiles", json!({"name": "Office", "settings": settings}))
            .await;
        let wanted = json!({"selection": {"all": true}, "profile": profile["id"], "deploy": true});
        let plan = self.post("/import-plans", wanted).await;
        self.post("/imports", json!({"plan": plan["id"]})).await;
        plan
    }

    /// Waits until so many mails arrived; their Message-IDs, each once for every copy.
    async fn mails(&self, count: u64) -> Vec<String> {
        let url = format!(
            "{}/api/messages?limit=500",
            self.sandbox["mail"].as_str().unwrap()
        );
        let page = peers::wait_for("all mails", WORK, async || {
            let answer = self.http.get(&url).send().await.ok()?;
            let page: Value = answer.json().await.ok()?;
            (page["total"].as_u64()? >= count).then_some(page)
        });
        let page = page.await.unwrap();
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|letter| letter["message_id"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_people_are_scanned_imported_and_mailed() {
    let office = Installation::open(40).await;
    office.connect_and_scan().await;
    assert!(office.get("/entries").await["total"].as_i64() > Some(30));
    let plan = office.deploy_everybody().await;
    let count = plan["deploy"].as_u64().unwrap();
    assert!(count > 10, "{plan}");
    let mut ids = office.mails(count).await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, count);
    office.idle().await;
    let summary = office.get("/summary").await;
    assert_eq!(summary["users"], plan["create"]);
    assert_eq!(
        summary["outbox"],
        json!([{"state": "sent", "count": count}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_another_worker_takes_over_from_dead_ones() {
    let mut office = Installation::open(1_200).await;
    office.connect_and_scan().await;
    let plan = office.deploy_everybody().await;
    peers::wait_for("the first users", WORK, async || {
        (office.get("/summary").await["users"].as_i64() > Some(0)).then_some(())
    })
    .await
    .unwrap();
    office.server.kill_9().unwrap();
    office.worker.kill_9().unwrap();
    // Alone, without a server, and without being told what was going on.
    office.worker.restart().unwrap();
    let count = plan["deploy"].as_u64().unwrap();
    let total = async || {
        let url = format!(
            "{}/api/messages?limit=1",
            office.sandbox["mail"].as_str().unwrap()
        );
        let answer = office.http.get(url).send().await.ok()?;
        let page: Value = answer.json().await.ok()?;
        (page["total"].as_u64()? >= count).then_some(())
    };
    let all = peers::wait_for("all mails", WORK, total).await;
    assert!(all.is_ok(), "{all:?}: {}", office.worker.stderr());
    office.server.restart().unwrap();
    let serves = async || {
        let said = office.server.stderr();
        let address = said.split("rollcall serves on ").nth(1)?;
        Some(address.lines().next()?.trim().to_owned())
    };
    office.address = peers::wait_for("the server", READY, serves).await.unwrap();
    office.idle().await;
    let summary = office.get("/summary").await;
    assert_eq!(summary["users"], plan["create"], "{summary}");
    assert_eq!(
        summary["outbox"],
        json!([{"state": "sent", "count": count}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_brand_that_one_server_is_told_is_shown_by_another_within_seconds() {
    let office = Installation::open(1).await;
    let file = office.folder.path().join("rollcall.toml");
    let other = role("serve", &file);
    let serves = async || {
        let said = other.stderr();
        let address = said.split("rollcall serves on ").nth(1)?;
        Some(address.lines().next()?.trim().to_owned())
    };
    let address = peers::wait_for("the other server", READY, serves);
    let page = format!("{}/c", address.await.unwrap());
    let named = json!({"name": "Said at one"});
    office.call(Method::PUT, "/brand", Some(named)).await;
    let shown = async || {
        let page = office.http.get(&page).send().await.ok()?;
        let page = page.text().await.ok()?;
        page.contains("Said at one</bdi></header>").then_some(())
    };
    peers::wait_for("the brand", Duration::from_secs(20), shown)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_doctor_tells_its_version_its_tables_and_its_clock() {
    let office = Installation::open(1).await;
    let settings = fs::read_to_string(office.folder.path().join("rollcall.toml")).unwrap();
    // Nothing beyond this machine is asked.
    let settings = settings.replace("https://phones.example.org", "http://127.0.0.1:1");
    let file = office.folder.path().join("looked.toml");
    fs::write(&file, &settings).unwrap();
    let looked = doctor(&file).await;
    assert_eq!(looked.code, 0, "{}", looked.said);
    for check in [
        "database",
        "tables",
        "sealed secrets",
        "clock of the database",
    ] {
        looked.is_ok(check);
    }
    assert!(looked.of("database").1.starts_with("PostgreSQL "));
    fs::write(&file, settings.replace("lab:", "lab:planted")).unwrap();
    let looked = doctor(&file).await;
    looked.fails("database", "cannot connect", "`database_url`");
    assert!(!looked.said.contains("planted"), "{}", looked.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_redirect_server_is_told_its_database_by_a_file() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let secret = write("database", &format!("{database}\n"));
    let settings = write(
        "redirect.toml",
        "listen = \"127.0.0.1:0\"\npublic_url = \"https://go.example.org\"\ndata = \"redirect\"\n",
    );
    let origins = async |file: &Path| {
        let mut program = tokio::process::Command::new(PROGRAM);
        program
            .args(["redirect", "origins", "list", "--settings"])
            .arg(&settings);
        program.env("ROLLCALL_REDIRECT_DATABASE_URL_FILE", file);
        program.output().await.unwrap()
    };
    let listed = origins(&secret).await;
    assert!(listed.status.success(), "{listed:?}");
    assert!(
        !folder.path().join("redirect").exists(),
        "nothing is kept beside it"
    );
    let missing = origins(&folder.path().join("nowhere")).await;
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(
        !missing.status.success() && told.contains("cannot read"),
        "{told}"
    );
}
