//! An installation of our own program: sandbox, redirect server and server as processes of their own, set up once by
//! a demo, each to be ended and started again by itself.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{Api, Program, api::is_settled};

const READY_LIMIT: Duration = Duration::from_mins(2);
/// People of the demo that sets up; the sandbox has more once it is started by itself.
const SET_UP_PEOPLE: &str = "10";

/// A running installation.
#[derive(Debug)]
pub struct Installation {
    /// `rollcall serve`.
    pub server: Program,
    /// Its API.
    pub api: Api,
    /// `rollcall redirect`.
    pub redirect: Program,
    /// Where people reach it.
    pub redirect_address: String,
    _sandbox: Program,
    /// Ended; its folder holds everybody's data.
    demo: Program,
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
            redirect_address: format!("http://{}", part("redirect")?),
            redirect: with("redirect", "redirect.toml")?,
            server: with("serve", "server.toml")?,
            api: Api::new(format!("http://{}", part("server")?), part("token")?)?,
            _sandbox: sandbox,
            demo,
        };
        installation.wait("the server", |_| true).await?;
        Ok(installation)
    }

    /// The folder that holds everybody's settings and data.
    pub fn data(&self) -> PathBuf {
        self.demo.folder().join("data")
    }

    /// Waits, bounded, until the server answers a summary that is as wanted; it may be starting meanwhile.
    pub async fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
        let seen = self.api.wait(what, is_so).await;
        seen.with_context(|| self.server.stderr())
    }

    /// Waits until nothing is left to do: no open job, no mail on its way.
    pub async fn settled(&self) -> Result<Value> {
        self.wait("the end of all work", is_settled).await
    }

    /// Orders a scan of everything.
    pub async fn scan(&self) -> Result<()> {
        self.api.post("/scans", json!({})).await.map(drop)
    }
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
