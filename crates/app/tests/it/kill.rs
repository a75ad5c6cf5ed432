//! `kill -9` in the middle of an import-and-deploy: nobody is lost, nobody is mailed twice.

use std::{collections::BTreeMap, fs, time::Duration};

use peers::Program;
use reqwest::Client;
use serde_json::{Value, json};

use crate::office::Office;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");

struct Installation {
    http: Client,
    server: Program,
    address: String,
    token: String,
    mail: String,
    _others: (Program, Program),
}

impl Installation {
    /// The parts of a demo that was set up and ended, each as a process of its own.
    async fn open(people: u32) -> (Self, Program) {
        let mut office = Office::open(people).await;
        office
            .program
            .terminate(Duration::from_secs(20))
            .await
            .unwrap();
        let data = office.program.folder().join("data");
        let kept: Value =
            serde_json::from_str(&fs::read_to_string(data.join("keys/demo.json")).unwrap())
                .unwrap();
        let path = |name: &str| data.join(name).to_str().unwrap().to_owned();
        let (count, listen) = (people.to_string(), kept["sandbox"].as_str().unwrap());
        let sandbox = [
            "sandbox",
            "--people",
            &count,
            "--listen",
            listen,
            "--data",
            &path("mail"),
        ];
        let mut sandbox = Program::start(PROGRAM, sandbox).unwrap();
        let says = sandbox.ready_line(Duration::from_mins(1)).await.unwrap();
        let redirect =
            Program::start(PROGRAM, ["redirect", "--settings", &path("redirect.toml")]).unwrap();
        let server =
            Program::start(PROGRAM, ["serve", "--settings", &path("server.toml")]).unwrap();
        let installation = Self {
            http: Client::builder().no_proxy().build().unwrap(),
            server,
            address: format!("http://{}", kept["server"].as_str().unwrap()),
            token: kept["token"].as_str().unwrap().to_owned(),
            mail: says["mail"].as_str().unwrap().to_owned(),
            _others: (sandbox, redirect),
        };
        (installation, office.program)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v1{path}", self.address);
        self.http
            .post(url)
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The summary, once the server answers and it is as wanted.
    async fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let url = format!("{}/api/v1/summary", self.address);
        peers::wait_for(what, Duration::from_mins(2), async || {
            let answer = self
                .http
                .get(&url)
                .bearer_auth(&self.token)
                .send()
                .await
                .ok()?;
            let summary: Value = answer.json().await.ok()?;
            is_so(&summary).then_some(summary)
        })
        .await
        .unwrap()
    }
}

fn sent(summary: &Value) -> i64 {
    let mails = summary["outbox"].as_array().into_iter().flatten();
    mails
        .filter(|mail| mail["state"] == "sent")
        .filter_map(|mail| mail["count"].as_i64())
        .sum()
}

fn settled(summary: &Value) -> bool {
    let mut mails = summary["outbox"].as_array().into_iter().flatten();
    summary["jobs"] == 0
        && !mails.any(|mail| mail["state"] == "waiting" || mail["state"] == "sending")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nobody_and_sends_no_second_message() {
    let (mut office, _folder) = Installation::open(300).await;
    office
        .wait("the server", |summary| {
            summary["entries"].as_i64() > Some(0)
        })
        .await;
    let url = format!("{}/api/v1/profiles", office.address);
    let profiles: Value = office
        .http
        .get(url)
        .bearer_auth(&office.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let wanted = json!({"selection": {"all": true}, "profile": profiles[0]["id"], "deploy": true});
    let plan = office.post("/import-plans", wanted).await;
    office.post("/imports", json!({"plan": plan["id"]})).await;

    // Once at once, once when people are there, and three times among the mails.
    for kill in [-1, 0, 20, 80, 140] {
        let reached = |summary: &Value| match kill {
            -1 => true,
            0 => summary["users"].as_i64() > Some(0),
            mails => sent(summary) >= mails || settled(summary),
        };
        office.wait("the moment to kill", reached).await;
        office.server.kill_9().unwrap();
        office.server.restart().unwrap();
    }
    let summary = office
        .wait("everything to be done", |summary| {
            settled(summary) && sent(summary) > 0
        })
        .await;
    assert_eq!(
        summary["users"], plan["create"],
        "everybody is imported once: {summary}"
    );

    let url = format!("{}/api/messages?limit=1000", office.mail);
    let page: Value = office
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let mut copies: BTreeMap<String, u32> = BTreeMap::new();
    for letter in page["items"].as_array().unwrap() {
        *copies
            .entry(letter["message_id"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let accepted = sent(&summary);
    assert_eq!(
        copies.len() as u64,
        accepted.unsigned_abs(),
        "one Message-ID for everybody who was mailed"
    );
    let refused: i64 = summary["outbox"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["state"] == "bounced")
        .filter_map(|m| m["count"].as_i64())
        .sum();
    assert_eq!(
        accepted + refused,
        plan["deploy"].as_i64().unwrap(),
        "{summary}"
    );
    // Between the end of DATA and our commit the same message can be accepted again: at most one per connection and kill.
    let repeats: u32 = copies.values().map(|count| count - 1).sum();
    assert!(repeats <= 5 * 4, "{repeats} repeats");
    println!("{accepted} mails, {repeats} repeats of a Message-ID");
}
