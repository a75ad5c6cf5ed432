//! An installation of our own program: sandbox, redirect server and server as processes of their own, set up once by
//! a demo, each to be ended and started again by itself.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::Program;

const READY_LIMIT: Duration = Duration::from_mins(2);
/// How long work of a few thousand people may take on a busy machine.
const WORK_LIMIT: Duration = Duration::from_mins(20);
/// People of the demo that sets up; the sandbox has more once it is started by itself.
const SET_UP_PEOPLE: &str = "10";

/// A running installation.
#[derive(Debug)]
pub struct Installation {
    /// `rollcall serve`.
    pub server: Program,
    address: String,
    token: String,
    http: Client,
    _redirect: Program,
    _sandbox: Program,
    /// Ended; its folder holds everybody's data.
    _demo: Program,
}

impl Installation {
    /// Sets an installation up with the program at `path` and starts its parts; the components hold `people` people
    /// of seed 1, of whom the first ten were scanned. Mail goes to `smtp`.
    pub async fn open(path: &Path, people: u32, smtp: SocketAddr) -> Result<Self> {
        let demo = set_up(path).await?;
        let data = demo.folder().join("data");
        let kept: Value = serde_json::from_str(&fs::read_to_string(data.join("keys/demo.json"))?)?;
        let part = |name: &str| text(&kept, name);
        let settings = data.join("server.toml");
        fs::write(
            &settings,
            with_mail_port(&fs::read_to_string(&settings)?, smtp.port())?,
        )?;
        let count = people.to_string();
        let sandbox = ["sandbox", "--people", &count, "--listen", &part("sandbox")?];
        let mut sandbox = Program::start(path, sandbox)?;
        sandbox.ready_line(READY_LIMIT).await?;
        let with = |role: &str, file: &str| {
            let file = data.join(file);
            Program::start(
                path,
                [role.as_ref(), "--settings".as_ref(), file.as_os_str()],
            )
        };
        let installation = Self {
            _redirect: with("redirect", "redirect.toml")?,
            server: with("serve", "server.toml")?,
            address: format!("http://{}", part("server")?),
            token: part("token")?,
            http: Client::builder().no_proxy().build()?,
            _sandbox: sandbox,
            _demo: demo,
        };
        installation.wait("the server", |_| true).await?;
        Ok(installation)
    }

    /// Answers `GET /api/v1{path}`.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Answers `POST /api/v1{path}`.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
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
        let seen = crate::wait_for(what, WORK_LIMIT, async || {
            self.get("/summary").await.ok().filter(&is_so)
        });
        seen.await.with_context(|| self.server.stderr())
    }

    /// Waits until nothing is left to do: no open job, no mail on its way.
    pub async fn settled(&self) -> Result<Value> {
        self.wait("the end of all work", is_settled).await
    }

    /// Orders a scan of everything.
    pub async fn scan(&self) -> Result<()> {
        self.post("/scans", json!({})).await.map(drop)
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

/// A demo that was started once and ended: administrator, token, connections, profiles, origin.
async fn set_up(path: &Path) -> Result<Program> {
    let args = [
        "demo",
        "--people",
        SET_UP_PEOPLE,
        "--listen",
        "127.0.0.1:0",
        "--no-open",
        "--json",
        "--data",
        "data",
    ];
    let mut demo = Program::start(path, args)?;
    demo.ready_line(READY_LIMIT).await?;
    demo.terminate(READY_LIMIT).await?;
    Ok(demo)
}

fn text(value: &Value, name: &str) -> Result<String> {
    let text = value[name].as_str();
    Ok(text
        .with_context(|| format!("the demo kept no `{name}`"))?
        .to_owned())
}

/// The server's settings with another port below `[mail]`.
fn with_mail_port(settings: &str, port: u16) -> Result<String> {
    let (before, mail) = settings
        .split_once("[mail]")
        .context("the settings name no mail server")?;
    let lines = mail.lines().map(|line| {
        if line.starts_with("port = ") {
            format!("port = {port}\n")
        } else {
            format!("{line}\n")
        }
    });
    Ok(format!("{before}[mail]{}", lines.collect::<String>()))
}
