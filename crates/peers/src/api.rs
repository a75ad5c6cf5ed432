//! The REST API of our own program, as an administrator's script calls it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::Value;

/// How long work of a few thousand people may take on a busy machine.
const WORK_LIMIT: Duration = Duration::from_mins(20);

/// An administrator's token at a server. Needs a TLS provider of the process.
#[derive(Debug)]
pub struct Api {
    address: String,
    token: String,
    /// For other requests: it follows nothing by itself.
    pub http: Client,
}

impl Api {
    /// At the server with this address.
    pub fn new(address: String, token: String) -> Result<Self> {
        let http = Client::builder().no_proxy().redirect(Policy::none());
        Ok(Self {
            address,
            token,
            http: http.build()?,
        })
    }

    /// The server's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Answers `GET /api/v1{path}`.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Answers `POST /api/v1{path}`.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Answers `PUT /api/v1{path}`.
    pub async fn put(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Answers `DELETE /api/v1{path}`.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let url = format!("{}/api/v1{path}", self.address);
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path} answered {status}: {body}");
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        serde_json::from_str(&body).with_context(|| format!("{path} answered no JSON"))
    }

    /// Every item of a list, page after page.
    pub async fn all(&self, list: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut path = format!("{list}?limit=500");
        loop {
            let page = self.get(&path).await?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(next) = page["next"].as_str() else {
                return Ok(items);
            };
            path = format!("{list}?limit=500&after={next}");
        }
    }

    /// Waits, bounded, until the server answers a summary that is as wanted; it may be starting meanwhile.
    pub async fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
        crate::wait_for(what, WORK_LIMIT, async || {
            self.get("/summary").await.ok().filter(&is_so)
        })
        .await
    }

    /// Waits until nothing is left to do: no open job, no mail on its way.
    pub async fn settled(&self) -> Result<Value> {
        self.wait("the end of all work", is_settled).await
    }
}

/// Whether a summary tells of no open job and no mail on its way.
pub(crate) fn is_settled(summary: &Value) -> bool {
    summary["jobs"] == 0 && mails(summary, &["waiting", "sending"]) == 0
}

/// How many mails stand in these states.
pub(crate) fn mails(summary: &Value, states: &[&str]) -> i64 {
    let all = summary["outbox"].as_array().into_iter().flatten();
    all.filter(|mail| {
        mail["state"]
            .as_str()
            .is_some_and(|state| states.contains(&state))
    })
    .filter_map(|mail| mail["count"].as_i64())
    .sum()
}
