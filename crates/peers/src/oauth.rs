//! OAuth 1.0a as other people understand it: a provider judged by `oauthlib`, and a client made of `requests-oauthlib`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    folder::Folder,
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(30);

/// A provider with the paths of a border gateway: every signature is checked by `oauthlib`, and everybody is authorized.
#[derive(Debug)]
pub struct OauthProvider {
    process: Process,
    port: Port,
    _folder: Folder,
}

impl OauthProvider {
    /// What its window would give.
    pub const VERIFIER: &str = "verifier of the window";

    /// Starts one.
    pub async fn start() -> Result<Self> {
        let folder = Folder::new("oauth", None)?;
        let port = Port::free()?;
        let number = port.number;
        let mut command = folder.command(&tool::find_python("python")?);
        command.arg(script("provider.py")).arg(number.to_string());
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        let ready = async || TcpStream::connect(("127.0.0.1", number)).await.is_ok();
        process
            .ready("the provider's start", READY_LIMIT, ready)
            .await?;
        Ok(Self {
            process,
            port,
            _folder: folder,
        })
    }

    /// Its base address, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number)
    }

    /// What it has said so far: why it refused something.
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Takes the whole way to a token at the border gateway at `url` with `requests-oauthlib` and uses it: what was answered
/// at each step. `method` is `HMAC-SHA1` or `HMAC-SHA256`.
pub async fn oauth_client(url: &str, user: &str, password: &str, method: &str) -> Result<Value> {
    let mut command = std::process::Command::new(tool::find_python("python")?);
    command
        .arg(script("client.py"))
        .args([url, user, password, method])
        .env("OAUTHLIB_INSECURE_TRANSPORT", "1")
        .env("NO_PROXY", "*");
    let said = tool::run(command, "").await?;
    serde_json::from_str(&said).with_context(|| format!("it did not answer as expected: {said}"))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("oauth")
        .join(name)
}
