//! SCIM 2.0 (RFC 7644) as other people understand it: `scim2-server`, a service that keeps its users in memory, and `scim2 test`,
//! which judges a service.

use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;

use crate::{
    folder::Folder,
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(30);

/// A running service without users.
#[derive(Debug)]
pub struct ScimServer {
    _process: Process,
    port: Port,
    _folder: Folder,
}

impl ScimServer {
    /// The bearer token that it takes.
    pub const TOKEN: &str = "labscimtoken";

    /// Starts one.
    pub async fn start() -> Result<Self> {
        let server = tool::find_python("scim2-server")?;
        let folder = Folder::new("scim", None)?;
        let port = Port::free()?;
        let number = port.number;
        let mut command = folder.command(&server);
        command
            .args(["--port", &number.to_string()])
            .args(["--bearer-token", Self::TOKEN]);
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        let ready = async || TcpStream::connect(("127.0.0.1", number)).await.is_ok();
        process
            .ready("scim2-server's start", READY_LIMIT, ready)
            .await?;
        Ok(Self {
            _process: process,
            port,
            _folder: folder,
        })
    }

    /// Its base address, `http://127.0.0.1:PORT/v2`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port.number)
    }
}

/// Has `scim2 test` judge the service at `url`: what it said about each of its checks, a line each.
///
/// # Errors
/// Its words about what the service does otherwise than the standard says.
pub async fn scim_judge(url: &str, token: &str) -> Result<String> {
    let mut command = std::process::Command::new(tool::find_python("scim2")?);
    command
        .args(["--url", url, "test", "--verbose"])
        .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {token}"))
        .env("NO_PROXY", "*");
    tool::run(command, "").await
}
