//! The vocabulary of the stories: a demo of the program, its administrator, its mail.

use std::time::Duration;

use peers::Program;
use reqwest::Client;
use serde_json::{Value, json};

/// Waits until a summary tells that nothing is left to do: no open job, no mail on its way.
pub(crate) async fn settled(summary: impl AsyncFn() -> Value) -> Value {
    peers::wait_for("the office to settle", Duration::from_mins(2), async || {
        let summary = summary().await;
        let moving =
            |mail: &Value| ["waiting", "sending"].contains(&mail["state"].as_str().unwrap());
        let open = summary["outbox"].as_array().unwrap().iter().any(moving);
        (summary["jobs"] == 0 && !open).then_some(summary)
    })
    .await
    .unwrap()
}

pub(crate) struct Office {
    pub(crate) program: Program,
    pub(crate) says: Value,
    pub(crate) http: Client,
}

impl Office {
    /// Starts a demo with so many people and waits until it is ready.
    pub(crate) async fn open(people: u32) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let count = people.to_string();
        let args = [
            "demo",
            "--people",
            &count,
            "--listen",
            "127.0.0.1:0",
            "--no-open",
            "--json",
            "--data",
            "data",
        ];
        let program = env!("CARGO_BIN_EXE_rollcall");
        let mut program = Program::start_with(program, args, [("RUST_LOG", "warn")]).unwrap();
        let says = program.ready_line(Duration::from_mins(2)).await.unwrap();
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            program,
            says,
            http,
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.says[name].as_str().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.text("admin"));
        self.http
            .get(url)
            .bearer_auth(self.text("token"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v1{path}", self.text("admin"));
        let answer = self
            .http
            .post(url)
            .bearer_auth(self.text("token"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let value: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {value}");
        value
    }

    /// Waits until nothing is left to do.
    pub(crate) async fn settled(&self) -> Value {
        settled(async || self.get("/summary").await).await
    }

    /// Plans and carries out an import-and-deploy of everybody with this profile.
    pub(crate) async fn deploy_everybody(&self, profile: &str) -> Value {
        let wanted = json!({"selection": {"all": true}, "profile": profile, "deploy": true});
        let plan = self.post("/import-plans", wanted).await;
        self.post("/imports", json!({"plan": plan["id"]})).await;
        plan
    }

    /// Every caught mail.
    pub(crate) async fn letters(&self) -> Vec<Value> {
        let url = format!("{}/api/messages?limit=1000", self.text("mail"));
        let page: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        page["items"].as_array().unwrap().clone()
    }

    /// The set-side passwords that the pretend gateway made: user name and password.
    pub(crate) async fn gateway_passwords(&self) -> Vec<(String, String)> {
        let gateway = self.says["components"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["kind"] == "mbg")
            .unwrap();
        let url = format!("{}/sandbox/credentials", gateway["url"].as_str().unwrap());
        let page: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| (text(&i["setUserName"]), text(&i["password"])))
            .collect()
    }
}
