//! What measurements stand on: an installation whose components hold so many records, scanned once. Each measurement gets
//! a copy of its data folder with a server of its own.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result};
use peers::{OpenLdap, Program, SizeLimit};
use sandbox::people::{self, Population};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::office::{Office, Spent};
use crate::step;

const READY_LIMIT: Duration = Duration::from_mins(2);
const SEED: u64 = 1;
/// Records that 250 people of the sandbox have on its three components.
const RECORDS_OF_A_BLOCK: u64 = 620;
const BLOCK: u64 = 250;

/// A scanned installation, its server ended.
pub(crate) struct Ground {
    folder: TempDir,
    token: String,
    url: String,
    sandbox: Program,
    _directory: Option<OpenLdap>,
    /// What the first scan and joining have cost.
    pub(crate) scan: Spent,
    /// Records on all connections.
    pub(crate) records: i64,
    /// Entries that they make.
    pub(crate) entries: i64,
}

/// A copy of the ground with a running server; the folder goes when it is dropped.
pub(crate) struct Copy {
    pub(crate) office: Office,
    _folder: TempDir,
}

impl Ground {
    /// Sets an installation up and scans about so many records on the sandbox's three components, and `listed` more in an
    /// OpenLDAP where that is not 0.
    pub(crate) async fn lay(records: u64, listed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (token, url) = set_up(folder.path()).await?;
        let people = records.div_ceil(RECORDS_OF_A_BLOCK) * BLOCK;
        let sandbox = start_sandbox(folder.path(), people).await?;
        let office = Office::open(folder.path(), &token, &url).await?;
        let directory = match listed {
            0 => None,
            listed => Some(connect_directory(&office, people, listed).await?),
        };
        let scanned = async {
            office.post("/scans", &json!({})).await?;
            office.settled().await
        };
        let ((), scan) = office.measured(scanned).await?;
        let connections = office.get("/connections").await?;
        let connections = connections.as_array().context("connections are a list")?;
        let records = connections
            .iter()
            .filter_map(|c| c["records"].as_i64())
            .sum();
        let entries = office.get("/summary").await?["entries"]
            .as_i64()
            .context("entries are counted")?;
        office.close().await?;
        Ok(Self {
            folder,
            token,
            url,
            sandbox,
            _directory: directory,
            scan,
            records,
            entries,
        })
    }

    /// A server on a copy.
    pub(crate) async fn copy(&self) -> Result<Copy> {
        self.copied(str::to_owned).await
    }

    /// The same, whose mail goes to this address.
    pub(crate) async fn copy_with_mail_to(&self, mail: SocketAddr) -> Result<Copy> {
        let redirected = |settings: &str| {
            let (before, own) = settings.split_once("[mail]").unwrap_or((settings, ""));
            let lines = own.lines().map(|line| match line.split(" =").next() {
                Some("host") => format!("host = \"{}\"", mail.ip()),
                Some("port") => format!("port = {}", mail.port()),
                _ => line.to_owned(),
            });
            let lines = lines.collect::<Vec<_>>().join("\n");
            format!("{before}[mail]{lines}\n")
        };
        self.copied(redirected).await
    }

    async fn copied(&self, settled: impl Fn(&str) -> String) -> Result<Copy> {
        let folder = tempfile::tempdir()?;
        for part in ["server", "keys"] {
            fs::create_dir(folder.path().join(part))?;
            for file in fs::read_dir(self.folder.path().join(part))? {
                let file = file?;
                fs::copy(file.path(), folder.path().join(part).join(file.file_name()))?;
            }
        }
        let settings = "server.toml";
        let written = fs::read_to_string(self.folder.path().join(settings))?;
        fs::write(folder.path().join(settings), settled(&written))?;
        Ok(Copy {
            office: Office::open(folder.path(), &self.token, &self.url).await?,
            _folder: folder,
        })
    }

    /// Changes the name of one in so many people at one of the components.
    pub(crate) async fn change_one_in(&mut self, share: u64) -> Result<i64> {
        let says = self.sandbox.ready_line(READY_LIMIT).await?;
        let control = says["control"]
            .as_str()
            .context("there is a control address")?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let truth = format!("{control}/sandbox/truth");
        let mut after = Some(0);
        let (mut met, mut changed) = (0_u64, 0);
        while let Some(at) = after {
            let page: Value = http
                .get(format!("{truth}?after={at}"))
                .send()
                .await?
                .json()
                .await?;
            after = page["next"].as_u64();
            for record in page["items"].as_array().context("the truth is a list")? {
                met += 1;
                if !met.is_multiple_of(share) {
                    continue;
                }
                let (component, id) = (&record["component"], &record["source_id"]);
                let (component, id) = component
                    .as_str()
                    .zip(id.as_str())
                    .context("a record has a name")?;
                let url = format!("{control}/sandbox/records/{component}/{id}");
                let fields = json!({"email": format!("changed{met}@example.org")});
                http.patch(url)
                    .json(&fields)
                    .send()
                    .await?
                    .error_for_status()?;
                changed += 1;
            }
        }
        Ok(changed)
    }
}

/// Has a demo of one person set everything up, and ends it: its parts are then run alone. The redirect server stays
/// ended, so mails wait in the outbox. Answers token and address.
async fn set_up(folder: &Path) -> Result<(String, String)> {
    let path = folder
        .to_str()
        .context("a temporary folder's name is text")?;
    let arguments = [
        "demo",
        "--people",
        "1",
        "--listen",
        "127.0.0.1:0",
        "--no-open",
        "--json",
        "--data",
        path,
    ];
    let mut demo = Program::start(step::built("rollcall")?, arguments)?;
    let says = demo.ready_line(READY_LIMIT).await?;
    demo.terminate(READY_LIMIT).await?;
    let text = |name: &str| says[name].as_str().map(str::to_owned);
    text("token")
        .zip(text("admin"))
        .context("a demo says its token and address")
}

/// Starts the sandbox where the installation's connections lead.
async fn start_sandbox(folder: &Path, people: u64) -> Result<Program> {
    let kept = fs::read_to_string(folder.join("keys/demo.json"))?;
    let kept: Value = serde_json::from_str(&kept)?;
    let listen: SocketAddr = serde_json::from_value(kept["sandbox"].clone())?;
    let (people, seed, listen) = (people.to_string(), SEED.to_string(), listen.to_string());
    let arguments = [
        "sandbox", "--people", &people, "--seed", &seed, "--listen", &listen,
    ];
    let mut sandbox = Program::start(step::built("rollcall")?, arguments)?;
    sandbox.ready_line(READY_LIMIT).await?;
    Ok(sandbox)
}

/// An OpenLDAP with half sandbox people, half others, as a fourth connection.
async fn connect_directory(office: &Office, people: u64, entries: u64) -> Result<OpenLdap> {
    let directory = people::ldif(&Population::new(SEED, people), entries);
    // The peer brings the tree above its people itself.
    let people = directory
        .ldif
        .find("dn: uid=")
        .context("a directory has people")?;
    let ldap = OpenLdap::start(&directory.ldif[people..], SizeLimit::UnlimitedByPaging).await?;
    let wanted = json!({
        "name": "directory", "kind": "ldap", "address": ldap.url(), "account": OpenLdap::BIND_DN,
        "secret": OpenLdap::PASSWORD, "options": {"base": OpenLdap::PEOPLE},
    });
    office.post("/connections", &wanted).await?;
    Ok(ldap)
}
