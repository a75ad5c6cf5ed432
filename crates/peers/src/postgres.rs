//! PostgreSQL: a throw-away cluster, a fresh database for every caller. The result of `initdb` is kept between runs.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::sync::OnceCell;

use crate::{
    Certificate,
    folder::{Account, Folder},
    port::Port,
    process::{End, Process},
    tool,
};

const PACKAGE: &str = "postgresql";
const PASSWORD: &str = "labpw";
const READY_LIMIT: Duration = Duration::from_secs(30);
/// A test's data need not outlive a power cut.
const SETTINGS: [&str; 13] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "min_wal_size=32MB",
    "max_wal_size=1GB",
    "logging_collector=off",
    "autovacuum_naptime=5s",
    "ssl=on",
    "ssl_cert_file=../cert.pem",
    "ssl_key_file=../key.pem",
];

/// A running cluster.
#[derive(Debug)]
pub struct Postgres {
    _process: Process,
    port: Port,
    databases: AtomicU32,
    ca_pem: String,
    _folder: Folder,
}

impl Postgres {
    /// The cluster of this test process, started at the first call. It ends with the process.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::start).await
    }

    /// Starts a cluster of its own.
    pub async fn start() -> Result<Self> {
        let server = tool::find("postgres", PACKAGE)?;
        let template = template(&server).await?;
        let folder = Folder::new("postgres", Account::below_root("postgres")?)?;
        copy(&template, &folder).await?;
        let certificate = Certificate::for_loopback()?;
        folder.write("cert.pem", &certificate.pem)?;
        folder.write("key.pem", &certificate.key_pem)?;
        let port = Port::free()?;
        let mut command = folder.command(&server);
        command
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-p")
            .arg(port.number.to_string())
            .arg("-k")
            .arg(folder.path());
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        let mut process = Process::start(command, folder.path(), End::Quit)?;
        let state = folder.join("data/postmaster.pid");
        process
            .ready("PostgreSQL's start", READY_LIMIT, async || {
                says_ready(&state)
            })
            .await?;
        Ok(Self {
            _process: process,
            port,
            databases: AtomicU32::new(0),
            ca_pem: certificate.ca_pem,
            _folder: folder,
        })
    }

    /// Makes an empty database and answers its URL, `postgres://lab:…@127.0.0.1:PORT/NAME`.
    pub async fn database(&self) -> Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        psql(&self.url("postgres"), &format!("CREATE DATABASE {name}")).await?;
        Ok(self.url(&name))
    }

    /// Whether something in a database of [`Postgres::database`] waits for what another transaction holds.
    pub async fn waits(&self, url: &str) -> Result<bool> {
        let text = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
        Ok(psql(url, text).await?.trim() == "t")
    }

    /// How many transactions wrote the rows of a table as they stand now.
    pub async fn writers(&self, url: &str, table: &str) -> Result<u32> {
        let text = format!("SELECT COUNT(DISTINCT xmin::text) FROM {table}");
        Ok(psql(url, &text).await?.trim().parse()?)
    }

    /// The authority that signed the server's certificate for 127.0.0.1 and `localhost`, PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://lab:{PASSWORD}@127.0.0.1:{}/{database}",
            self.port.number
        )
    }
}

/// Runs SQL with the real `psql` against a database and answers what it prints, unaligned and without headings.
pub(crate) async fn psql(url: &str, sql: &str) -> Result<String> {
    let mut command = Command::new(tool::find("psql", "postgresql-client")?);
    command.args([
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        url,
        "-f",
        "-",
    ]);
    tool::run(command, sql).await
}

/// PostgreSQL writes where it stands into the eighth line of this file.
fn says_ready(state: &Path) -> bool {
    std::fs::read_to_string(state).is_ok_and(|text| {
        text.lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
    })
}

/// The folder of a fresh cluster that every start copies, made once per machine, account and server version.
async fn template(server: &Path) -> Result<PathBuf> {
    // The path names the server's major version, which is what the files depend on.
    let version = server
        .to_string_lossy()
        .replace(|sign: char| !sign.is_ascii_alphanumeric(), "-");
    let account = rustix::process::geteuid().as_raw();
    let template = std::env::temp_dir().join(format!("rollcall-template{version}-{account}"));
    let lock = File::create(template.with_added_extension("lock"))?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    if !template.is_dir() {
        make_template(&template).await?;
    }
    lock.unlock()?;
    Ok(template)
}

async fn make_template(template: &Path) -> Result<()> {
    let folder = Folder::new("initdb", Account::below_root("postgres")?)?;
    let password = folder.write("password", PASSWORD)?;
    let mut command = folder.command(&tool::find("initdb", PACKAGE)?);
    command
        .arg("-D")
        .arg(folder.join("data"))
        .arg("--pwfile")
        .arg(password);
    command.args([
        "-U",
        "lab",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--wal-segsize=1",
        "-N",
    ]);
    tool::run(command, "")
        .await
        .context("cannot make a PostgreSQL cluster")?;
    // A third of the files that every start has to copy.
    let mut command = folder.command(&tool::find("postgres", PACKAGE)?);
    command
        .args(["--single", "-D"])
        .arg(folder.join("data"))
        .arg("postgres");
    tool::run(
        command,
        "UPDATE pg_database SET datistemplate = false;\nDROP DATABASE template0;\n",
    )
    .await?;
    // Renamed in one step: a template that exists is complete.
    std::fs::rename(folder.join("data"), template).context("cannot keep the PostgreSQL template")
}

/// `cp -a` keeps the owner, and shares blocks where the file system can.
async fn copy(template: &Path, folder: &Folder) -> Result<()> {
    let mut command = Command::new("cp");
    command
        .args(["-a", "--reflink=auto"])
        .arg(template)
        .arg(folder.join("data"));
    tool::run(command, "")
        .await
        .context("cannot copy the PostgreSQL template")?;
    Ok(())
}
