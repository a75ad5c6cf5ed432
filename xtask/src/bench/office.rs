//! A running installation under measurement: one `rollcall serve`, what is asked of it, and what that costs.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use peers::Program;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::step;

const READY_LIMIT: Duration = Duration::from_mins(1);
/// How often jobs are looked at: each look costs the server a little too.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// No job of a measurement takes longer.
const JOBS_LIMIT: Duration = Duration::from_hours(1);

/// The server of an installation, and who asks it.
pub(crate) struct Office {
    server: Program,
    http: Client,
    url: String,
    token: String,
    database: PathBuf,
}

/// What something has cost the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// Seconds of processor time.
    pub(crate) cpu_s: f64,
    /// Seconds on the clock.
    pub(crate) wall_s: f64,
    /// The most memory that the server had so far, megabytes.
    pub(crate) peak_mb: f64,
}

/// What an administrator looks at.
const LOOKED_AT: [&str; 6] = [
    "/summary",
    "/entries?limit=50",
    "/users?limit=50",
    "/users?limit=50&q=ann",
    "/jobs?limit=20",
    "/outbox?limit=50",
];

impl Office {
    /// Starts the server of the installation in `folder`, which a demo has set up.
    pub(crate) async fn open(folder: &Path, token: &str, url: &str) -> Result<Self> {
        let settings = folder.join("server.toml");
        let arguments = [
            "serve".as_ref(),
            "--settings".as_ref(),
            settings.as_os_str(),
        ];
        let office = Self {
            server: Program::start(step::built("rollcall")?, arguments)?,
            http: Client::builder().no_proxy().build()?,
            url: url.to_owned(),
            token: token.to_owned(),
            database: folder.join("server/rollcall.db"),
        };
        let ready = format!("{url}/readyz");
        let answers = async || {
            let answer = office.http.get(&ready).send().await;
            answer.ok().filter(|a| a.status().is_success()).map(drop)
        };
        peers::wait_for("the server's start", READY_LIMIT, answers)
            .await
            .with_context(|| office.server.stderr())?;
        Ok(office)
    }

    /// Ends the server in good order, so that its data folder can be copied.
    pub(crate) async fn close(mut self) -> Result<()> {
        let code = self.server.terminate(READY_LIMIT).await?;
        ensure!(code == Some(0), "the server ended with {code:?}");
        Ok(())
    }

    /// Its database, to be read beside it.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What a request signs in with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Asks the REST API; an answer without content is null.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let url = format!("{}/api/v1{path}", self.url);
        let mut request = self.http.request(method, &url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status}\n{text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{path} does not answer JSON"))
    }

    /// Asks for something to be done.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    /// Waits until every job is over; all of them must have done something.
    pub(crate) async fn settled(&self) -> Result<()> {
        let start = Instant::now();
        loop {
            let jobs = self.get("/jobs?limit=20").await?;
            let jobs = jobs.as_array().context("jobs are a list")?;
            let is =
                |job: &Value, states: &[&str]| states.iter().any(|state| job["state"] == *state);
            let failed = jobs.iter().find(|job| is(job, &["failed"]));
            ensure!(failed.is_none(), "a job failed: {failed:?}");
            if !jobs.iter().any(|job| is(job, &["queued", "running"])) {
                return Ok(());
            }
            ensure!(start.elapsed() < JOBS_LIMIT, "jobs still run: {jobs:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Everybody's import with the first profile, deployed too or not: what planning and what carrying it out costs.
    pub(crate) async fn import(&self, deploy: bool) -> Result<(Spent, Spent)> {
        let profiles = self.get("/profiles").await?;
        let profile = &profiles[0]["id"];
        let wanted = json!({"selection": {"all": true}, "profile": profile, "deploy": deploy});
        let (plan, planning) = self.measured(self.post("/import-plans", &wanted)).await?;
        let agreed = async {
            self.post("/imports", &json!({"plan": plan["id"]})).await?;
            self.settled().await
        };
        let ((), doing) = self.measured(agreed).await?;
        Ok((planning, doing))
    }

    /// How long the slowest answer takes that a person waits for who looks around while something happens.
    pub(crate) async fn looked_at<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<(T, Duration)> {
        let mut slowest = Duration::ZERO;
        let looking = async {
            loop {
                for path in LOOKED_AT {
                    let start = Instant::now();
                    self.get(path).await?;
                    slowest = slowest.max(start.elapsed());
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        };
        let done = tokio::select! {
            done = work => done?,
            failed = looking => return failed,
        };
        Ok((done, slowest))
    }

    /// What the server spends while something happens.
    pub(crate) async fn measured<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<(T, Spent)> {
        let pid = self.server.pid().context("the server runs")?;
        let (start, before) = (Instant::now(), peers::usage(pid)?);
        let done = work.await.with_context(|| self.server.stderr())?;
        let after = peers::usage(pid)?;
        let peak = u32::try_from(after.rss_peak_bytes >> 10).context("less memory than that")?;
        let spent = Spent {
            cpu_s: after.cpu_s() - before.cpu_s(),
            wall_s: start.elapsed().as_secs_f64(),
            peak_mb: f64::from(peak) / 1024.0,
        };
        Ok((done, spent))
    }
}

impl Spent {
    /// One after the other.
    pub(crate) fn and(self, then: Self) -> Self {
        Self {
            cpu_s: self.cpu_s + then.cpu_s,
            wall_s: self.wall_s + then.wall_s,
            peak_mb: self.peak_mb.max(then.peak_mb),
        }
    }
}
