//! The command line against a running demo: every verb, what it prints, and how it exits.

use std::{fs, process::Stdio};

use serde_json::Value;
use tokio::process::Command;

use crate::office::Office;

/// How one call ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// The JSON documents that were printed, one a line.
    fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }
}

impl Office {
    /// Runs `rollcall` as an administrator at a terminal does.
    async fn says(&self, words: &[&str]) -> Said {
        self.says_with(self.text("token"), words).await
    }

    async fn says_with(&self, token: &str, words: &[&str]) -> Said {
        self.says_reading(Stdio::null(), token, words).await
    }

    async fn says_reading(&self, input: Stdio, token: &str, words: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(words)
            .env("ROLLCALL_SERVER", self.text("admin"))
            .env("ROLLCALL_TOKEN", token)
            .stdin(input)
            .output()
            .await
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// The id of the demo's profile of this name.
    async fn profile(&self, name: &str) -> String {
        let profiles = self.says(&["profiles", "list", "--json"]).await.json();
        let found = profiles
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["name"] == name);
        id(found.unwrap())
    }
}

fn id(value: &Value) -> String {
    match &value["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_by_the_command_line() {
    let office = Office::open(20).await;
    let listed = office.says(&["connections", "list", "--json"]).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let usp = id(listed
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["kind"] == "usp")
        .unwrap());
    let tested = office.says(&["connections", "test", &usp, "--json"]).await;
    assert!(tested.json()["records"].as_i64() > Some(0));
    let table = office.says(&["connections", "list"]).await;
    assert!(table.out.contains(&usp) && table.out.lines().count() == 3);

    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "bind-password\n").unwrap();
    let add = [
        "connections",
        "add",
        "directory",
        "--kind",
        "ldap",
        "--address",
        "ldap://127.0.0.1:1",
        "--account",
        "cn=reader,dc=example,dc=org",
        "--secret-file",
        secret.to_str().unwrap(),
        "--options",
        r#"{"base": "dc=example,dc=org"}"#,
        "--json",
    ];
    let made = id(&office.says(&add).await.json());
    let down = office.says(&["connections", "test", &made]).await;
    assert_eq!(down.code, 1, "{down:?}");
    assert!(
        down.err.contains("because:") && down.err.contains("hint:"),
        "{}",
        down.err
    );
    assert!(!down.err.contains("bind-password"));
    let twice = office.says(&add).await;
    assert_eq!(twice.code, 1);
    assert!(twice.err.contains("name: "), "{}", twice.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_kept_by_the_command_line() {
    let office = Office::open(5).await;
    let settings = r#"{"sip_domain": "pbx.example.org", "client": "baresip"}"#;
    let add = ["profiles", "add", "Desk", "--settings", settings, "--json"];
    let made = id(&office.says(&add).await.json());
    assert_eq!(office.profile("Desk").await, made);
    let shown = office
        .says(&["profiles", "show", &made, "--json"])
        .await
        .json();
    assert_eq!(shown["settings"]["client"], "baresip");
    let told = office.says(&["profiles", "settings"]).await;
    let push = told.out.lines().find(|line| line.starts_with("push\t"));
    assert!(
        push.unwrap().ends_with("ignored by baresip, zoiper"),
        "{}",
        told.out
    );
    let other = r#"{"register_interval_s": 120}"#;
    let change = ["profiles", "change", &made, "--settings", other, "--json"];
    let changed = office.says(&change).await.json();
    assert_eq!(changed["settings"]["register_interval_s"], 120);
    assert_eq!(changed["settings"]["client"], "baresip");
    let other = r#"{"register_interval_s": 240}"#;
    let dry = [
        "profiles",
        "change",
        &made,
        "--settings",
        other,
        "--dry-run",
    ];
    let told = office.says(&dry).await;
    assert!(
        told.out
            .contains("register_interval_s: 120 seconds → 240 seconds"),
        "{}",
        told.out
    );
    let history = office.says(&["profiles", "history", &made]).await;
    let newest = history.out.lines().next().unwrap();
    assert!(
        newest.starts_with("2\t") && newest.ends_with("600 seconds → 120 seconds"),
        "{newest}"
    );
    let restored = office
        .says(&["profiles", "restore", &made, "1", "--json"])
        .await
        .json();
    assert_eq!(
        (
            &restored["version"],
            &restored["settings"]["register_interval_s"]
        ),
        (&3.into(), &600.into())
    );
    let copied = id(&office
        .says(&["profiles", "copy", &made, "Desk 2", "--json"])
        .await
        .json());
    let gone = [
        "profiles",
        "remove",
        &copied,
        "--replacement",
        &made,
        "--dry-run",
        "--json",
    ];
    assert_eq!(office.says(&gone).await.json()["users"], 0);
    assert_eq!(office.says(&["profiles", "remove", &copied]).await.code, 0);
    assert_eq!(office.says(&["profiles", "remove", &made]).await.code, 0);
    let gone = office.says(&["profiles", "show", &made]).await;
    assert_eq!(gone.code, 1);
    assert!(
        gone.err.contains("there is no such profile"),
        "{}",
        gone.err
    );
    let bad = r#"{"sip_domain": "no domain!"}"#;
    let refused = office
        .says(&["profiles", "add", "Bad", "--settings", bad])
        .await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("sip_domain: "), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_scanned_imported_and_deployed_by_the_command_line() {
    let office = Office::open(40).await;
    let scanned = office.says(&["scan", "--json"]).await;
    assert_eq!(scanned.code, 0, "{scanned:?}");
    assert!(scanned.lines().iter().all(|job| job["state"] == "done"));

    let list = [
        "entries",
        "list",
        "--filter",
        "state=new",
        "--limit",
        "500",
        "--json",
    ];
    let entries = office.says(&list).await.json()["items"]
        .as_array()
        .unwrap()
        .clone();
    assert!(entries.len() > 20);
    let page = office.says(&["entries", "list", "--limit", "2"]).await;
    assert_eq!(page.out.lines().count(), 2);
    let next = page.err.trim().strip_prefix("more: --after ").unwrap();
    let other = office
        .says(&["entries", "list", "--limit", "2", "--after", next])
        .await;
    assert_ne!(page.out, other.out);
    let first = id(&entries[0]);
    let shown = office
        .says(&["entries", "show", &first, "--json"])
        .await
        .json();
    assert_eq!(id(&shown), first);

    let profile = office.profile("Office softphone").await;
    let import = ["import", "--all", "--except", &first, "--profile", &profile];
    let dry = office
        .says(&[&import[..], &["--dry-run", "--json"]].concat())
        .await
        .json();
    assert!(dry["create"].as_i64() > Some(10));
    assert_eq!(
        office.get("/users").await["total"],
        0,
        "a dry run changes nothing"
    );
    let done = office.says(&[&import[..], &["--json"]].concat()).await;
    assert_eq!((done.code, &done.lines()[0]["state"]), (0, &"done".into()));
    let users = office
        .says(&["users", "list", "--limit", "500", "--json"])
        .await
        .json();
    assert_eq!(users["total"], dry["create"]);

    let sync = ["sync", "--all", "--dry-run", "--json"];
    let plan = office.says(&sync).await.json();
    assert_eq!(
        (&plan["total"], &plan["unchanged"]),
        (&users["total"], &users["total"]),
        "{plan}"
    );
    let synced = office.says(&["sync", "--all", "--json"]).await;
    assert_eq!(
        (synced.code, &synced.lines()[0]["done"]),
        (0, &users["total"]),
        "{synced:?}"
    );

    let deploy = ["deploy", "--all", "--dry-run", "--json"];
    let plan = office.says(&deploy).await.json();
    assert!(plan["deploy"].as_i64() > Some(0));
    let deployed = office.says(&["deploy", "--all", "--json"]).await;
    assert_eq!(deployed.code, 0, "{deployed:?}");
    office.settled().await;
    assert_eq!(
        i64::try_from(office.letters().await.len()).unwrap(),
        plan["deploy"].as_i64().unwrap()
    );
    let user = id(&users["items"][0]);
    let shown = office.says(&["users", "show", &user]).await;
    assert!(shown.out.contains(&user), "{shown:?}");

    let jobs = office.says(&["jobs", "list", "--json"]).await.json();
    let job = id(&jobs[0]);
    let shown = office.says(&["jobs", "show", &job]).await;
    assert!(shown.out.contains(&job), "{shown:?}");
    let over = office.says(&["jobs", "cancel", &job]).await;
    assert_eq!(
        over.code, 1,
        "a job that is over cannot be cancelled: {over:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_spread_paused_and_resumed_by_the_command_line() {
    let office = Office::open(20).await;
    let profile = office.profile("Office softphone").await;
    let import = ["import", "--all", "--profile", &profile, "--json"];
    assert_eq!(office.says(&import).await.code, 0);
    let spread = ["deploy", "--all", "--per-hour", "1", "--json"];
    let hours = ["--hours", "09:00-17:00", "--zone", "Europe/Nowhere"];
    let refused = office.says(&[&spread[..], &hours].concat()).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("hours.zone: "), "{}", refused.err);
    let alone = office
        .says(&["deploy", "--all", "--stop-percent", "5"])
        .await;
    assert_eq!(alone.code, 2, "it belongs to --per-hour: {alone:?}");

    let days = [
        "--hours",
        "00:00-24:00",
        "--zone",
        "Europe/Berlin",
        "--days",
    ];
    let week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday";
    let every_day = [&spread[..], &days, &[week, "--stop-percent", "5"]].concat();
    let job = office.says(&every_day).await.json();
    assert_eq!(job["wave"]["hours"]["days"].as_array().unwrap().len(), 7);
    assert_eq!(job["wave"]["stop_percent"], 5);
    let job = id(&job);
    assert_eq!(office.says(&["jobs", "pause", &job]).await.code, 0);
    let shown = async || {
        let shown = office.says(&["jobs", "show", &job, "--json"]).await;
        shown.lines().remove(0)
    };
    assert!(shown().await["paused"].is_string());
    let quick = ["jobs", "spread", &job, "--per-hour", "72000"];
    assert_eq!(office.says(&quick).await.code, 0);
    assert_eq!(office.says(&["jobs", "resume", &job]).await.code, 0);
    office.settled().await;
    let over = shown().await;
    assert_eq!(over["done"], over["total"], "{over}");
    let number = |name: &str| usize::try_from(over[name].as_u64().unwrap()).unwrap();
    let letters = office.letters().await.len();
    assert_eq!(letters, number("done") - number("failed"), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_entered_changed_and_deployed_by_the_command_line() {
    let office = Office::open(3).await;
    let profile = office.profile("Office softphone").await;
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "entered-by-hand\n").unwrap();
    let add = [
        "users",
        "add",
        "--last-name",
        "Lovelace",
        "--email",
        "ada@example.org",
        "--profile",
        &profile,
        "--json",
    ];
    let refused = office.says(&add).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("sip_user: is missing"),
        "{}",
        refused.err
    );
    let account = [
        "--sip-user",
        "ada",
        "--sip-password-file",
        password.to_str().unwrap(),
        "--deploy",
    ];
    let added = office.says(&[&add[..], &account[..]].concat()).await;
    assert_eq!(added.code, 0, "{added:?}");
    let lines = added.lines();
    assert_eq!(
        (&lines[0]["last_name"], &lines[1]["state"]),
        (&"Lovelace".into(), &"done".into())
    );
    office.settled().await;
    assert_eq!(office.letters().await.len(), 1);
    let user = id(&lines[0]);
    let change = [
        "users",
        "change",
        &user,
        "--first-name",
        "Ada",
        "--profile",
        "none",
        "--json",
    ];
    let changed = office.says(&change).await.json();
    assert_eq!(
        (&changed["first_name"], &changed["profile"]),
        (&"Ada".into(), &Value::Null)
    );
    assert!(!format!("{added:?}").contains("entered-by-hand"));

    office.says(&["import", "--all"]).await;
    let list = ["users", "list", "--filter", "state=imported", "--json"];
    let people = office.says(&list).await.json();
    let sourced = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["entry"].is_i64());
    let sourced = id(sourced.unwrap());
    let refused = office
        .says(&["users", "change", &sourced, "--last-name", "King"])
        .await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("rollcall sync"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_language_and_users_themselves_go_by_the_command_line() {
    let office = Office::open(20).await;
    let profile = office.profile("Office softphone").await;
    office.says(&["import", "--all"]).await;
    let total = office.get("/users").await["total"].clone();
    let set = ["users", "set-profile", &profile, "--all", "--json"];
    let dry = office
        .says(&[&set[..], &["--dry-run"]].concat())
        .await
        .json();
    assert_eq!(dry["update"], total);
    assert_eq!(office.says(&set).await.lines()[0]["state"], "done");
    let language = office
        .says(&["users", "set-language", "de", "--all", "--json"])
        .await;
    assert_eq!(language.lines()[0]["done"], total);
    let users = office.get("/users?limit=1").await;
    assert_eq!(
        (
            &users["items"][0]["profile"],
            &users["items"][0]["language"]
        ),
        (&profile.as_str().into(), &"de".into())
    );
    let user = id(&users["items"][0]);
    let preview = office.says(&["users", "preview", &user]).await;
    assert!(preview.out.contains("content_type"), "{preview:?}");
    for (verb, is_suspended) in [("suspend", total.clone()), ("resume", 0.into())] {
        let done = office.says(&["users", verb, "--all", "--json"]).await;
        assert_eq!(done.lines()[0]["done"], total, "{verb}");
        let suspended = office.get("/users?filter=state%3Dsuspended").await;
        assert_eq!(suspended["total"], is_suspended, "{verb}");
    }
    let again = ["users", "resume", "--all", "--dry-run", "--json"];
    let nobody = office.says(&again).await.json();
    assert_eq!(
        (&nobody["update"], &nobody["skip"][0]["code"]),
        (&0.into(), &"not-suspended".into())
    );
    let deleted = office.says(&["users", "delete", "--all", "--json"]).await;
    assert_eq!(
        (deleted.code, &deleted.lines()[0]["state"]),
        (0, &"done".into())
    );
    assert_eq!(office.get("/users").await["total"], 0);
    let retried = office
        .says(&["jobs", "retry", &id(&deleted.lines()[0])])
        .await;
    assert_eq!(retried.code, 1, "nothing failed: {retried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_in_part_exits_3_and_lists_the_failed_rows() {
    let office = Office::open(40).await;
    let profile = office.profile("Office softphone").await;
    let import = ["import", "--all", "--profile", &profile, "--json"];
    assert_eq!(office.says(&import).await.code, 0);
    // The gateway loses one of the accounts before it is asked for its password.
    let plan = office
        .says(&["deploy", "--all", "--dry-run", "--json"])
        .await
        .json();
    let lost = office.lose_an_account().await;
    let deployed = office.says(&["deploy", "--all"]).await;
    assert_eq!(deployed.code, 3, "{deployed:?}");
    assert!(
        deployed.out.contains(&lost),
        "{lost} is listed: {}",
        deployed.out
    );
    office.settled().await;
    let sent = i64::try_from(office.letters().await.len()).unwrap();
    assert_eq!(
        sent,
        plan["deploy"].as_i64().unwrap() - 1,
        "the others get theirs"
    );
    let jobs = office.says(&["jobs", "list", "--json"]).await.json();
    let partly = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["kind"] == "deploy");
    let shown = office.says(&["jobs", "show", &id(partly.unwrap())]).await;
    assert!(shown.out.contains(&lost), "{shown:?}");
}

impl Office {
    /// Removes a deployable person's device from the gateway; the last name.
    async fn lose_an_account(&self) -> String {
        let users = self.get("/users?limit=500").await;
        let gateway = self.says["components"].as_array().unwrap().iter();
        let gateway = gateway.clone().find(|c| c["kind"] == "mbg").unwrap();
        for user in users["items"].as_array().unwrap() {
            let entry = self.get(&format!("/entries/{}", user["entry"])).await;
            let device = entry["records"].as_array().unwrap().iter().find(|record| {
                record["kind"] == "mbg"
                    && record["sip_user"].as_str().is_some_and(|u| !u.is_empty())
            });
            if let Some(device) = device {
                let url = format!(
                    "{}/sandbox/records/mbg/{}",
                    gateway["url"].as_str().unwrap(),
                    device["source_id"].as_str().unwrap()
                );
                let gone = self.http.delete(url).send().await.unwrap();
                assert_eq!(gone.status(), 204);
                return user["last_name"].as_str().unwrap().to_owned();
            }
        }
        panic!("nobody has an account")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_file_are_imported_exported_changed_and_deployed_without_any_component() {
    let office = Office::open(3).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    let path = file.to_str().unwrap();
    let head = "Last name;E-mail;Directory number;PBX SIP user name;PBX SIP password;Profile";
    let good = "Lovelace;ada@example.org;4711;4711;hunter2;Office softphone";
    fs::write(
        &file,
        format!("{head}\n{good}\nHopper;nowhere;4712;4712;hunter3;\n"),
    )
    .unwrap();
    let import = ["users", "import-csv", path, "--json"];
    let refused = office.says(&import).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .err
            .contains("there is a fault in 1 row of the file"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("hunter"), "{}", refused.err);
    let row = "left out: line 3: E-mail needs an @";
    assert!(refused.err.contains(row), "{}", refused.err);
    let plan = office
        .says(&["users", "import-csv", path, "--dry-run"])
        .await;
    assert_eq!(plan.code, 1, "as the import itself: {plan:?}");
    for line in [
        "create             1",
        "skip               1: ",
        "columns            column last_name, heading Last name",
    ] {
        assert!(plan.out.contains(line), "{line}: {}", plan.out);
    }
    assert!(!plan.out.contains(['{', '[']), "{}", plan.out);
    let faulty = folder.path().join("faulty.csv");
    let words = [
        &import[..],
        &["--partial", "--faulty", faulty.to_str().unwrap()],
    ]
    .concat();
    let done = office.says(&words).await;
    assert_eq!(
        (done.code, &done.lines()[0]["done"]),
        (0, &1.into()),
        "{done:?}"
    );
    let faulty = fs::read_to_string(faulty).unwrap();
    assert!(faulty.contains("E-mail needs an @"), "{faulty}");
    assert!(!faulty.contains("hunter"), "{faulty}");

    let exported = office
        .says(&["users", "export", "--search", "lovelace"])
        .await;
    assert_eq!(exported.out.lines().count(), 2, "{exported:?}");
    assert!(!exported.out.contains("hunter"));
    fs::write(&file, &exported.out).unwrap();
    let again = [&import[..], &["--overwrite", "--dry-run"]].concat();
    let plan = office.says(&again).await.json();
    assert_eq!(
        (&plan["unchanged"], &plan["total"]),
        (&1.into(), &1.into()),
        "{plan}"
    );
    let template = office.says(&["users", "template"]).await;
    assert!(
        template.out.contains("ID,Profile,First name"),
        "{template:?}"
    );
    fs::write(&file, "Nachname,E-mail,Shoe\nByron,b@example.org,38\n").unwrap();
    let look = [&import[..], &["--dry-run"]].concat();
    let unknown = office.says(&look).await;
    assert!(unknown.err.contains("Last name or ID"), "{unknown:?}");
    let mapped = [&look[..], &["--map", "Nachname=last_name"]].concat();
    let plan = office.says(&mapped).await.json();
    assert_eq!(
        (&plan["create"], &plan["mapping"]),
        (&1.into(), &"given".into()),
        "{plan}"
    );
    let plan = office.says(&look).await.json();
    assert_eq!(plan["mapping"], "remembered", "{plan}");

    let deployed = office
        .says(&["deploy", "--all", "--search", "lovelace"])
        .await;
    assert_eq!(deployed.code, 0, "{deployed:?}");
    office.settled().await;
    let letters = office.letters().await;
    assert!(
        letters
            .iter()
            .any(|l| l["to"].to_string().contains("ada@example.org")),
        "{letters:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_exits_2_and_what_does_not_work_exits_1() {
    let office = Office::open(3).await;
    for words in [
        &["import"][..],
        &["import", "--all", "--id", "1"],
        &["connections", "add", "x"],
        &["entries", "lst"],
    ] {
        let said = office.says(words).await;
        assert_eq!(said.code, 2, "{said:?}");
        assert!(
            said.out.is_empty() && said.err.contains("Usage"),
            "{said:?}"
        );
    }
    let stranger = office.says_with("wrong", &["entries", "list"]).await;
    assert_eq!(stranger.code, 1);
    assert!(stranger.err.contains("API token"), "{}", stranger.err);
    let nowhere = ["entries", "list", "--server", "http://127.0.0.1:1"];
    let nobody = office.says(&nowhere).await;
    assert_eq!(nobody.code, 1);
    assert!(
        nobody.err.contains("cannot reach the server"),
        "{}",
        nobody.err
    );
    let missing = office
        .says(&["users", "show", "00000000-0000-7000-8000-000000000000"])
        .await;
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("hint: "), "{}", missing.err);
    assert_eq!(office.says(&["--version"]).await.code, 0);
}

#[tokio::test]
async fn who_has_read_enough_ends_a_command_without_a_word() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.arg("openapi").stderr(Stdio::piped());
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    let ended = running.wait_with_output().await.unwrap();
    let words = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), words.as_str()), (Some(141), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn origins_of_the_redirect_server_are_added_listed_and_removed() {
    let office = Office::open(3).await;
    let file = office.program.folder().join("data/redirect.toml");
    let settings = ["--settings", file.to_str().unwrap()];
    let origins = async |words: &[&str]| {
        let said = [&["redirect", "origins"], words, &settings[..]].concat();
        office.says(&said).await
    };
    let key = office.says(&["publication-key", "--json"]).await.json();
    let listed = origins(&["list"]).await;
    assert!(listed.out.contains("demo  ") && listed.out.contains(key["key"].as_str().unwrap()));
    let add = [
        "add",
        "branch",
        "--url",
        "https://branch.example.org",
        "--key",
    ];
    let added = origins(&[&add[..], &[key["key"].as_str().unwrap()]].concat()).await;
    assert_eq!(
        (added.code, added.out.trim()),
        (0, "added branch"),
        "{added:?}"
    );
    assert!(
        origins(&["list"])
            .await
            .out
            .contains("branch  https://branch.example.org")
    );
    assert_eq!(origins(&["remove", "branch"]).await.code, 0);
    assert!(!origins(&["list"]).await.out.contains("branch"));
    let again = origins(&["remove", "branch"]).await;
    assert_eq!(again.code, 1);
    assert!(again.err.contains("there is no origin branch"), "{again:?}");
    let bad = origins(&[&add[..], &["no key"]].concat()).await;
    assert_eq!(bad.code, 1, "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_texts_and_the_outbox_are_kept_by_the_command_line() {
    let office = Office::open(5).await;
    let all = office.says(&["mail-templates", "list", "--json"]).await;
    assert_eq!(all.json().as_array().unwrap().len(), 8);
    let changed = office
        .says(&[
            "mail-templates",
            "change",
            "nl",
            "--subject",
            "Hallo",
            "--json",
        ])
        .await;
    assert_eq!(
        (&changed.json()["version"], &changed.json()["subject"]),
        (&Value::from(1), &Value::from("Hallo"))
    );
    let refused = office
        .says(&["mail-templates", "change", "nl", "--subject", "{{ pin }}"])
        .await;
    assert_eq!(refused.code, 1);
    let back = office
        .says(&["mail-templates", "reset", "nl", "--json"])
        .await;
    assert_eq!(back.json()["origin"], "shipped");
    let history = office
        .says(&["mail-templates", "history", "nl", "--json"])
        .await;
    assert_eq!(history.json()["items"].as_array().unwrap().len(), 2);
    let restored = office
        .says(&["mail-templates", "restore", "nl", "--number", "1", "--json"])
        .await;
    assert_eq!(restored.json()["subject"], "Hallo");
    let sent = office
        .says(&[
            "mail-templates",
            "test",
            "nl",
            "--to",
            "me@example.org",
            "--json",
        ])
        .await;
    assert!(sent.json()["job"].is_string());

    assert_eq!(office.says(&["outbox", "pause"]).await.code, 0);
    let list = office
        .says(&["outbox", "list", "--state", "waiting", "--json"])
        .await;
    assert!(list.json()["paused_since"].is_string());
    assert_eq!(office.says(&["outbox", "resume"]).await.code, 0);
    let retried = office.says(&["outbox", "retry", "--all", "--json"]).await;
    assert_eq!(retried.json()["retried"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bounces_are_handed_in_by_the_command_line() {
    let office = Office::open(20).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dsn.eml");
    let mail = "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--B--\r\n";
    fs::write(&file, mail).unwrap();
    let path = file.to_str().unwrap();
    let from_file = office.says(&["bounces", "add", path]).await;
    assert_eq!(from_file.code, 0, "{from_file:?}");
    assert!(
        from_file.out.contains("it changes nothing"),
        "{from_file:?}"
    );
    let input = Stdio::from(fs::File::open(&file).unwrap());
    let words = ["bounces", "add", "--json"];
    let piped = office
        .says_reading(input, office.text("token"), &words)
        .await;
    assert_eq!(piped.json()["deployment"], Value::Null);
    fs::write(&file, "Subject: Away\r\n\r\nUntil Monday").unwrap();
    let other = office.says(&["bounces", "add", path]).await;
    assert_eq!(other.code, 1, "{other:?}");
    assert!(
        other.err.contains("RFC 3464") && other.err.contains("hint:"),
        "{other:?}"
    );
    let gone = office.says(&["bounces", "add", "/nowhere/dsn.eml"]).await;
    assert!(
        gone.err.contains("cannot read /nowhere/dsn.eml"),
        "{gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brand_is_set_by_the_command_line() {
    let office = Office::open(10).await;
    let shipped = office.says(&["brand", "show", "--json"]).await.json();
    assert_eq!(shipped["origin"], "shipped");
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.png");
    let logo = logo.to_str().unwrap();
    fs::write(logo, b"<svg onload='alert(1)'/>").unwrap();
    let words = ["brand", "set", "--name", "Example", "--logo", logo];
    let refused = office.says(&words).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    let why = "logo: must be a PNG, and this is an SVG; save the picture as a PNG";
    assert!(refused.err.contains(why), "{refused:?}");
    fs::write(logo, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01").unwrap();
    let set = office.says(&words).await;
    assert_eq!(set.code, 0, "{set:?}");
    assert!(set.out.contains("a PNG") && set.out.contains("Example"));
    // What is not named stays; empty takes away.
    let words = [
        "brand",
        "set",
        "--dark",
        "#E1BEE7",
        "--help-text",
        "Call 100.",
        "--json",
    ];
    let more = office.says(&words).await.json();
    assert_eq!(
        (more["name"].as_str(), more["light"].as_str()),
        (Some("Example"), Some("#e1bee7"))
    );
    assert!(more["logo"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    let words = ["brand", "set", "--no-logo", "--name", "", "--json"];
    let less = office.says(&words).await.json();
    assert_eq!((&less["name"], &less["logo"]), (&Value::Null, &Value::Null));
    assert_eq!(less["help"], "Call 100.");
    assert_eq!(
        office.says(&["brand", "set"]).await.code,
        2,
        "nothing is named"
    );
    let back = office.says(&["brand", "reset", "--json"]).await.json();
    assert_eq!(
        (&back["origin"], &back["help"]),
        (&Value::from("shipped"), &Value::Null)
    );
}
