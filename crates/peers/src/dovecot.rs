//! Dovecot: a real IMAP server with STARTTLS and with TLS from the first byte, a mailbox for any name, all with one password; it
//! checks names for Postfix too.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
};

use crate::{
    Certificate,
    folder::{Account, Folder},
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(20);

/// A running IMAP server.
#[derive(Debug)]
pub struct Dovecot {
    _process: Process,
    ports: [Port; 2],
    folder: Folder,
}

impl Dovecot {
    /// Every mailbox's password.
    pub const PASSWORD: &str = "read-päss word\"\\";
    /// A folder that every mailbox has beside its INBOX.
    pub const FOLDER: &str = "Erledigt & gezählt";

    /// Starts a server without mail.
    pub async fn start() -> Result<Self> {
        let dovecot = tool::find("dovecot", "dovecot-imapd")?;
        let folder = Folder::new("dovecot", Account::below_root("nobody")?)?;
        let ports = [Port::free()?, Port::free()?];
        let certificate = Certificate::for_loopback()?;
        folder.write("ca.pem", certificate.ca_pem)?;
        folder.write("cert.pem", certificate.pem)?;
        folder.write("key.pem", certificate.key_pem)?;
        folder.write("users", format!("*:{{PLAIN}}{}\n", Self::PASSWORD))?;
        for part in ["run", "mail"] {
            folder.make(part)?;
        }
        // Postfix, which runs under accounts of its own, asks here who may send.
        folder.let_through()?;
        let [user, group] = [
            account(&folder, "-un").await?,
            account(&folder, "-gn").await?,
        ];
        let numbers = ports.each_ref().map(|port| port.number);
        let settings = settings(&folder, numbers, &user, &group);
        let settings = folder.write("dovecot.conf", settings)?;
        let mut command = folder.command(&dovecot);
        command.arg("-F").arg("-c").arg(settings);
        let mut process = Process::start(command, folder.path(), End::Terminate)?;
        let number = ports[0].number;
        let ready = async || greets(number).await.unwrap_or(false);
        process
            .ready("Dovecot's greeting", READY_LIMIT, ready)
            .await?;
        Ok(Self {
            _process: process,
            ports,
            folder,
        })
    }

    /// Its port on `localhost` that begins without TLS and offers STARTTLS.
    pub const fn port(&self) -> u16 {
        self.ports[0].number
    }

    /// Its port with TLS from the first byte.
    pub const fn tls_port(&self) -> u16 {
        self.ports[1].number
    }

    /// The authority that signed its certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Where programs on this machine ask whether a name and a password are right.
    pub(crate) fn auth_socket(&self) -> PathBuf {
        self.folder.join("auth")
    }

    /// The folder with a Maildir for each name.
    pub(crate) fn mail(&self) -> PathBuf {
        self.folder.join("mail")
    }

    /// Puts a mail into somebody's inbox.
    pub fn deliver(&self, user: &str, name: &str, mail: &str) -> Result<()> {
        for part in ["", "/cur", "/new", "/tmp"] {
            self.folder.make(&format!("mail/{user}{part}"))?;
        }
        // Put together aside and moved in, as Maildir wants it.
        let made = self
            .folder
            .write(&format!("mail/{user}/tmp/{name}"), mail)?;
        fs::rename(made, self.folder.join(&format!("mail/{user}/new/{name}")))?;
        Ok(())
    }

    /// Gives somebody's mails another UIDVALIDITY, as a server does that was restored or moved.
    pub fn change_uid_validity(&self, user: &str) -> Result<()> {
        let inbox = format!("mail/{user}");
        for file in fs::read_dir(self.folder.join(&inbox))? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name == "dovecot-uidlist" {
                let list = fs::read_to_string(file.path())?;
                let (before, rest) = list.split_once(" V").context("a list has a validity")?;
                let (validity, rest) = rest.split_once(' ').context("and more")?;
                let other = validity.parse::<u32>()? - 1;
                self.folder.write(
                    &format!("{inbox}/{name}"),
                    format!("{before} V{other} {rest}"),
                )?;
            } else if name.starts_with("dovecot.index") {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    /// The mails of somebody's inbox, each with whether it was marked as seen.
    pub fn inbox(&self, user: &str) -> Result<Vec<(String, bool)>> {
        self.listed(&format!("mail/{user}"))
    }

    /// The mails that were moved to [`Dovecot::FOLDER`].
    pub fn moved(&self, user: &str) -> Result<Vec<(String, bool)>> {
        self.listed(&format!("mail/{user}/.Erledigt &- gez&AOQ-hlt"))
    }

    fn listed(&self, folder: &str) -> Result<Vec<(String, bool)>> {
        let mut mails = Vec::new();
        for part in ["new", "cur"] {
            let folder = self.folder.join(&format!("{folder}/{part}"));
            let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
            for file in files {
                let file = file?;
                let name = file.file_name().to_string_lossy().into_owned();
                let (_, flags) = name.split_once(":2,").unwrap_or(("", ""));
                let mail = fs::read(file.path())?;
                let is_seen = flags.contains('S');
                mails.push((String::from_utf8_lossy(&mail).into_owned(), is_seen));
            }
        }
        Ok(mails)
    }
}

/// The name of the account, or of its group, that the server runs under.
async fn account(folder: &Folder, which: &str) -> Result<String> {
    let mut command = folder.command(&tool::find("id", "coreutils")?);
    command.arg(which);
    Ok(tool::run(command, "").await?.trim().to_owned())
}

/// As its manual says for an account without rights: nothing changes its root or its user. Whoever signs in wrongly again and again does
/// not wait longer each time.
fn settings(folder: &Folder, [plain, tls]: [u16; 2], user: &str, group: &str) -> String {
    let here = folder.path().display();
    let other = Dovecot::FOLDER;
    format!(
        r#"base_dir = {here}/run
state_dir = {here}/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{here}/cert.pem
ssl_key = <{here}/key.pem
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{here}/mail/%u
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = username_format=* {here}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={here}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service auth {{
  unix_listener {here}/auth {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox "{other}" {{
    auto = create
  }}
}}
"#
    )
}

async fn greets(port: u16) -> Result<bool> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line.starts_with("* OK"))
}
