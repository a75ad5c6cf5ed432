//! Postfix: a real mail server for `example.org`, which takes mail from whoever signs in, over STARTTLS or with TLS from the first
//! byte, refuses some recipients, delivers to Dovecot's mailboxes, and returns what has none.

use std::{
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
};

use crate::{
    Certificate, Dovecot,
    folder::{Account, Folder},
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(20);
/// Where Debian has the programs that Postfix is made of.
const PROGRAMS: &str = "/usr/lib/postfix/sbin";
/// The folders of its queue, for its own account alone.
const QUEUE: [&str; 11] = [
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
    "saved", "trace",
];

/// A running mail server.
#[derive(Debug)]
pub struct Postfix {
    _process: Process,
    ports: [Port; 2],
    folder: Folder,
}

impl Postfix {
    /// Refused for good.
    pub const GONE: &str = "gone@example.org";
    /// Refused for the time being.
    pub const FULL: &str = "full@example.org";

    /// Starts a server that delivers to these mailboxes and takes mail for any name of `example.org`.
    pub async fn start(dovecot: &Dovecot, mailboxes: &[&str]) -> Result<Self> {
        let master = Path::new(PROGRAMS).join("master");
        if !master.is_file() {
            tool::find("postfix", "postfix")?;
            bail!("Postfix has no program {}", master.display());
        }
        let own = Account::below_root("postfix")?.context(
            "Postfix's master program runs as root only\n  hint: run the tests as root, in a container for example",
        )?;
        let folder = Folder::new("postfix", None)?;
        folder.let_through()?;
        let certificate = Certificate::for_loopback()?;
        folder.write("ca.pem", certificate.ca_pem)?;
        folder.write("cert.pem", certificate.pem)?;
        folder.write("key.pem", certificate.key_pem)?;
        lay_queue(&folder, own)?;
        let ports = [Port::free()?, Port::free()?];
        folder.make("etc")?;
        folder.write("etc/main.cf", settings(&folder, dovecot, mailboxes)?)?;
        folder.write(
            "etc/master.cf",
            services(ports.each_ref().map(|p| p.number)),
        )?;
        let mut command = Command::new(master);
        // In the foreground; it reads its settings before it gives its rights away.
        command.arg("-d").arg("-c").arg(folder.join("etc"));
        let mut process = Process::start(command, folder.path(), End::Terminate)?;
        let number = ports[0].number;
        let ready = async || greets(number).await.unwrap_or(false);
        process
            .ready("Postfix's greeting", READY_LIMIT, ready)
            .await
            .with_context(|| log(&folder))?;
        Ok(Self {
            _process: process,
            ports,
            folder,
        })
    }

    /// Its port on `localhost` that takes nothing before STARTTLS, and then SASL PLAIN or LOGIN.
    pub const fn port(&self) -> u16 {
        self.ports[0].number
    }

    /// Its port with TLS from the first byte, and SASL LOGIN alone.
    pub const fn tls_port(&self) -> u16 {
        self.ports[1].number
    }

    /// The authority that signed its certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        log(&self.folder)
    }
}

fn log(folder: &Folder) -> String {
    std::fs::read_to_string(folder.join("maillog")).unwrap_or_default()
}

/// Makes what `postfix check` would make.
fn lay_queue(folder: &Folder, own: Account) -> Result<()> {
    let make = |name: &str, mode: u32| {
        let path = folder.make(name)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
        anyhow::Ok(path)
    };
    make("spool", 0o755)?;
    make("spool/pid", 0o755)?;
    own.owns(&make("data", 0o700)?)?;
    for part in QUEUE {
        own.owns(&make(&format!("spool/{part}"), 0o700)?)?;
    }
    for (part, mode) in [("public", 0o710), ("maildrop", 0o730)] {
        own.owns(&make(&format!("spool/{part}"), mode)?)?;
    }
    Ok(())
}

fn settings(folder: &Folder, dovecot: &Dovecot, mailboxes: &[&str]) -> Result<String> {
    let here = folder.path().display();
    let mail = dovecot.mail();
    let owner = mail.metadata()?;
    let (uid, gid) = (owner.uid(), owner.gid());
    let known: Vec<String> = mailboxes
        .iter()
        .map(|name| format!("{{{name}={name}/}}"))
        .collect();
    let (mail, known, auth) = (mail.display(), known.join(" "), dovecot.auth_socket());
    let (auth, gone, full) = (auth.display(), Postfix::GONE, Postfix::FULL);
    Ok(format!(
        "compatibility_level = 3.6
queue_directory = {here}/spool
data_directory = {here}/data
command_directory = /usr/sbin
daemon_directory = {PROGRAMS}
maillog_file_prefixes = {here}
maillog_file = {here}/maillog
myhostname = mx.example.org
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = error:5.4.4 only example.org is served here
virtual_mailbox_domains = example.org
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {known} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
smtpd_tls_cert_file = {here}/cert.pem
smtpd_tls_key_file = {here}/key.pem
smtpd_tls_received_header = yes
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_sasl_auth_enable = yes
smtpd_sasl_authenticated_header = yes
smtpd_recipient_restrictions =
  check_recipient_access inline:{{ {{ {gone} = 550 5.1.1 no such user here }} {{ {full} = 452 4.2.2 mailbox full }} }},
  permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
alias_maps =
alias_database =
biff = no
"
    ))
}

fn services([start_tls, tls]: [u16; 2]) -> String {
    format!(
        "127.0.0.1:{start_tls} inet n - n - 20 smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:{tls} inet n - n - 20 smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_mechanism_filter=login
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
"
    )
}

async fn greets(port: u16) -> Result<bool> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line.starts_with("220"))
}
