//! Kamailio: a real registrar over UDP and TCP that knows its subscribers by HA1 alone, for any SIP domain.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    folder::Folder,
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(20);
const REGISTER_LIMIT: Duration = Duration::from_secs(15);
const SCHEMA: &str = "/usr/share/kamailio/db_sqlite";
const MODULES: [&str; 17] = [
    "db_sqlite",
    "tm",
    "sl",
    "rr",
    "pv",
    "maxfwd",
    "textops",
    "siputils",
    "xlog",
    "kex",
    "usrloc",
    "registrar",
    "auth",
    "auth_db",
    "ctl",
    "jsonrpcs",
    "xhttp",
];

/// A running registrar.
#[derive(Debug)]
pub struct Kamailio {
    process: Process,
    port: Port,
    folder: Folder,
}

/// One contact that a client registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The contact's SIP URI.
    pub address: String,
    /// What the client calls itself; empty when it does not say.
    pub user_agent: String,
    /// Seconds until it ends.
    pub expires_s: i64,
}

impl Kamailio {
    /// Starts a registrar without subscribers.
    pub async fn start() -> Result<Self> {
        let kamailio = tool::find("kamailio", "kamailio")?;
        let folder = Folder::new("kamailio", None)?;
        let port = Port::free()?;
        make_database(&folder).await?;
        let settings = folder.write("kamailio.cfg", settings(&folder, port.number)?)?;
        let mut command = folder.command(&kamailio);
        command
            .args(["-DD", "-E", "-m", "64", "-M", "8", "-f"])
            .arg(settings)
            .arg("-Y")
            .arg(folder.path());
        let mut process = Process::start(command, folder.path(), End::Terminate)?;
        let number = port.number;
        let ready = async || rpc(number, "core.version", json!([])).await.is_ok();
        process
            .ready("Kamailio's first answer", READY_LIMIT, ready)
            .await?;
        Ok(Self {
            process,
            port,
            folder,
        })
    }

    /// `127.0.0.1:PORT` for SIP over UDP and over TCP.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    /// Where JSON-RPC answers (`ul.lookup`, `ul.dump`), over HTTP.
    pub fn rpc_url(&self) -> String {
        format!("http://{}/RPC", self.address())
    }

    /// The SQLite file with the table `subscriber`.
    pub fn database(&self) -> PathBuf {
        self.folder.join("kamailio.db")
    }

    /// Adds a subscriber or gives it another secret, see [`ha1`]. It counts from the next request on.
    pub async fn set_subscriber(&self, user: &str, domain: &str, ha1: &str) -> Result<()> {
        self.set_subscribers([(user, domain, ha1)]).await
    }

    /// The same for many at once: user, domain, HA1.
    pub async fn set_subscribers<'a>(
        &self,
        all: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Result<()> {
        let rows: Vec<String> = all.into_iter().map(subscriber_sql).collect();
        let rows = rows.concat();
        sqlite(
            &self.database(),
            &format!(".timeout 5000\nBEGIN IMMEDIATE;\n{rows}COMMIT;\n"),
        )
        .await
    }

    /// Waits, bounded, until `user` has a contact, and answers its contacts.
    pub async fn wait_registered(&self, user: &str) -> Result<Vec<Contact>> {
        let what = format!("the registration of `{user}` at Kamailio");
        let found = crate::wait_for(&what, REGISTER_LIMIT, async || {
            self.contacts(user)
                .await
                .ok()
                .filter(|contacts| !contacts.is_empty())
        });
        found
            .await
            .with_context(|| format!("Kamailio saw of it:\n{}", self.seen_of(user).join("\n")))
    }

    /// The contacts that `user` has now.
    pub async fn contacts(&self, user: &str) -> Result<Vec<Contact>> {
        let answer = rpc(self.port.number, "ul.lookup", json!(["location", user])).await?;
        let list = answer.pointer("/result/Contacts").and_then(Value::as_array);
        Ok(list
            .into_iter()
            .flatten()
            .filter_map(|item| contact(item.get("Contact")?))
            .collect())
    }

    /// Every REGISTER of `user` that was accepted so far, as logged; contacts that ended since stay in this list.
    pub fn registrations(&self, user: &str) -> Vec<String> {
        let mut lines = self.seen_of(user);
        lines.retain(|line| line.contains("REGISTERED"));
        lines
    }

    fn seen_of(&self, user: &str) -> Vec<String> {
        let output = self.process.output();
        let (name, address) = (format!("user={user} "), format!("from=sip:{user}@"));
        let seen = output
            .lines()
            .filter(|line| line.contains(&name) || line.contains(&address));
        seen.map(str::to_owned).collect()
    }
}

/// What a registrar knows of a password: the hexadecimal MD5 of `user:domain:password` (RFC 7616, 3.4.2).
pub fn ha1(user: &str, domain: &str, password: &str) -> String {
    let digest = Md5::digest(format!("{user}:{domain}:{password}"));
    digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn subscriber_sql((user, domain, ha1): (&str, &str, &str)) -> String {
    let [user, domain, ha1] = [user, domain, ha1].map(|text| text.replace('\'', "''"));
    format!(
        "DELETE FROM subscriber WHERE username = '{user}' AND domain = '{domain}';\n\
         INSERT INTO subscriber(username, domain, password, ha1, ha1b) VALUES('{user}', '{domain}', '', '{ha1}', '');\n"
    )
}

fn contact(item: &Value) -> Option<Contact> {
    let text = |key: &str| {
        item.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let expires_s = item
        .get("Expires")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let user_agent = text("User-Agent");
    Some(Contact {
        address: item.get("Address")?.as_str()?.to_owned(),
        user_agent,
        expires_s,
    })
}

async fn make_database(folder: &Folder) -> Result<()> {
    let read = |file: &str| {
        let path = format!("{SCHEMA}/{file}-create.sql");
        std::fs::read_to_string(path)
            .context("hint: the Debian package `kamailio-sqlite-modules` has Kamailio's schema")
    };
    sqlite(
        &folder.join("kamailio.db"),
        &format!("{}{}", read("standard")?, read("auth_db")?),
    )
    .await
}

/// Runs SQL in a file with the real `sqlite3`.
pub(crate) async fn sqlite(file: &Path, sql: &str) -> Result<()> {
    let mut command = Command::new(tool::find("sqlite3", "sqlite3")?);
    command.arg("-bail").arg(file);
    tool::run(command, sql).await?;
    Ok(())
}

/// The folder of Kamailio's modules lies below the machine's architecture.
fn modules() -> Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").context("cannot look for Kamailio's modules")?;
    let mut found = folders.filter_map(|folder| Some(folder.ok()?.path().join("kamailio/modules")));
    let sqlite = found.find(|path| path.join("db_sqlite.so").is_file());
    sqlite.context("Kamailio has no SQLite module\n  hint: it is in the Debian package `kamailio-sqlite-modules`")
}

fn settings(folder: &Folder, port: u16) -> Result<String> {
    let modules_path = modules()?;
    let modules = MODULES
        .map(|name| format!("loadmodule \"{name}.so\"\n"))
        .concat();
    let (here, modules_path) = (folder.path().display(), modules_path.display());
    Ok(format!(
        r#"#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
dns_try_naptr=no
use_dns_cache=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
tcp_accept_no_cl=yes
mpath="{modules_path}/"
{modules}
modparam("usrloc", "db_mode", 0)
modparam("registrar", "default_expires", 600)
modparam("registrar", "min_expires", 30)
modparam("auth_db", "db_url", "sqlite:///{here}/kamailio.db")
modparam("auth_db", "calculate_ha1", no)
modparam("auth_db", "password_column", "ha1")
modparam("auth_db", "version_table", 0)
modparam("auth_db", "use_domain", 1)
modparam("auth", "nonce_expire", 300)
modparam("ctl", "binrpc", "unix:{here}/ctl")
modparam("jsonrpcs", "transport", 1)
{ROUTES}"#
    ))
}

/// Whose address is registered is compared by hand: the check of `auth_check` itself (flag 1) takes the user of the
/// address as it is written, where a `#` must stand as `%23` (RFC 3261, section 25.1), and refuses its own owner.
const ROUTES: &str = r#"
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (!is_method("REGISTER")) { sl_send_reply("405", "Method Not Allowed"); exit; }
    if (!auth_check("$fd", "subscriber", "0")) {
        xlog("L_NOTICE", "CHALLENGED from=$fu ua=$ua rc=$retcode\n");
        auth_challenge("$fd", "0");
        exit;
    }
    if ($(tU{s.unescape.user}) != $au) { sl_send_reply("403", "Not Your Address"); exit; }
    consume_credentials();
    if (!save("location")) { sl_reply_error(); exit; }
    xlog("L_NOTICE", "REGISTERED user=$au from=$fu contact=$ct ua=$ua expires=$hdr(Expires) via=$proto\n");
}
event_route[xhttp:request] { jsonrpc_dispatch(); }
"#;

/// One JSON-RPC call over HTTP/1.0 on the SIP port.
async fn rpc(port: u16, method: &str, params: Value) -> Result<Value> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let request = format!(
        "POST /RPC HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let call = async {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
        connection.write_all(request.as_bytes()).await?;
        read_answer(&mut connection).await
    };
    let text = tokio::time::timeout(Duration::from_secs(5), call)
        .await
        .context("Kamailio does not answer")??;
    Ok(serde_json::from_str(&text)?)
}

/// Reads one HTTP answer; Kamailio keeps the connection open, so the length decides.
async fn read_answer(connection: &mut TcpStream) -> Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "));
            let length: usize = length
                .context("an answer without a length")?
                .trim()
                .parse()?;
            if body.len() >= length {
                return Ok(body[..length].to_owned());
            }
        }
        ensure!(
            connection.read_buf(&mut bytes).await? > 0,
            "Kamailio closed the connection"
        );
    }
}
