//! Linphone's console client: a real softphone that is given one provisioning URL and does the rest by itself.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};

use crate::{
    folder::Folder,
    process::{End, Process},
    tool,
};

/// Until the registration is decided.
const LIMIT: Duration = Duration::from_secs(20);
/// From the end of provisioning until it begins to register, where it has an account.
const BEGIN_LIMIT: Duration = Duration::from_secs(3);
/// Settings of the machine, not of the account: loopback and free ports, so that many can run at once.
const MACHINE: &str = "sip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\nbind_address=127.0.0.1\n";

/// A Linphone with its own home; running, and registered, until [`Linphone::quit`] or drop. Dropping ends it without
/// taking its contact back.
#[derive(Debug)]
pub struct Linphone {
    process: Option<Process>,
    folder: Folder,
    log: String,
}

impl Linphone {
    /// Starts a new Linphone that knows nothing but `config_url` and, where given, the authority to trust (a PEM
    /// file), and waits, bounded, until it registered or gave up. `https` needs a host name, not a bare address.
    pub async fn provision(config_url: &str, ca: Option<&Path>) -> Result<Self> {
        let folder = Folder::new("linphone", None)?;
        // Without these it fetches nothing and does not say so.
        std::fs::create_dir_all(folder.join("home/.local/share/linphone"))?;
        std::fs::create_dir_all(folder.join("home/.config/linphone"))?;
        let ca = ca
            .map(|path| format!("root_ca={}\n", path.display()))
            .unwrap_or_default();
        folder.write(
            "rc",
            format!("[misc]\nconfig-uri={config_url}\n[sip]\n{MACHINE}{ca}"),
        )?;
        let mut linphone = Self {
            process: None,
            folder,
            log: String::new(),
        };
        linphone.start().await?;
        Ok(linphone)
    }

    /// Ends it in good order and starts it once more with what it kept: the way a phone comes back the next morning.
    pub async fn start_again(&mut self) -> Result<()> {
        self.quit().await?;
        self.start().await
    }

    /// Ends it in good order: it takes its contact back and writes its settings.
    pub async fn quit(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        if let Some(mut input) = process.input() {
            // It may have ended by itself.
            let _ = input.write_all(b"quit\n");
        }
        crate::wait_for("Linphone's end", LIMIT, async || process.ended()).await?;
        self.read_log();
        Ok(())
    }

    /// How far it came, for messages: what it was answered, and the state of its account.
    pub(crate) fn stand(&mut self) -> String {
        self.read_log();
        format!("{:?}, {:?}", self.http_status_lines(), self.final_state())
    }

    /// Whether a configuration was fetched: an answer of status 200.
    pub fn fetched(&self) -> bool {
        self.http_status_lines()
            .iter()
            .any(|line| line.split(' ').nth(1) == Some("200"))
    }

    /// The status lines of the HTTP answers since the last start, such as `HTTP/1.1 200 OK`.
    pub fn http_status_lines(&self) -> Vec<&str> {
        self.log
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("HTTP/1.") && line.len() > 9)
            .collect()
    }

    /// Whether it was registered at any time since the last start.
    pub fn registered(&self) -> bool {
        self.states().any(|state| state == "Ok")
    }

    /// The last state of its account: `Ok`, `Failed`, `Progress`, `Cleared`; `None` without an account.
    pub fn final_state(&self) -> Option<&str> {
        self.states().last()
    }

    /// Its settings file as it stands now; complete after [`Linphone::quit`].
    pub fn rc(&self) -> Result<String> {
        std::fs::read_to_string(self.rc_path()).context("Linphone has no settings file")
    }

    /// All that it logged since the last start, for messages of failed tests. Holds links.
    pub fn log(&self) -> &str {
        &self.log
    }

    fn rc_path(&self) -> PathBuf {
        self.folder.join("rc")
    }

    fn states(&self) -> impl Iterator<Item = &str> {
        self.log.lines().filter_map(|line| {
            line.split_once("] to [LinphoneRegistration")?
                .1
                .split(']')
                .next()
        })
    }

    async fn start(&mut self) -> Result<()> {
        let log = self.folder.write("log", "")?;
        let mut command = self
            .folder
            .command(&tool::find("linphonec", "linphone-cli")?);
        command
            .arg("-c")
            .arg(self.rc_path())
            .args(["-S", "-d", "6", "-l"])
            .arg(log);
        command
            .env("HOME", self.folder.join("home"))
            .env("TMPDIR", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        self.process = Some(Process::start_with_input(
            command,
            self.folder.path(),
            End::Kill,
            Stdio::piped(),
        )?);
        self.decided(LIMIT, |phone| phone.provisioning_over() || phone.settled())
            .await;
        self.decided(BEGIN_LIMIT, |phone| phone.final_state().is_some())
            .await;
        if self.final_state().is_some() {
            self.decided(LIMIT, Self::settled).await;
        }
        Ok(())
    }

    /// Reads its log until `done` says yes, it ended, or the time is over: what it came to stands in the log.
    async fn decided(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) {
        let seen = crate::wait_for("Linphone's registration", limit, async || {
            let ended = self
                .process
                .as_mut()
                .is_none_or(|process| process.ended().is_some());
            self.read_log();
            (ended || done(self)).then_some(())
        });
        let _ = seen.await;
    }

    fn settled(&self) -> bool {
        matches!(self.final_state(), Some("Ok" | "Failed"))
    }

    /// It opens its SIP ports once it has, or has not, got its configuration.
    fn provisioning_over(&self) -> bool {
        self.log.contains("Creating listening point")
    }

    fn read_log(&mut self) {
        if let Ok(bytes) = std::fs::read(self.folder.join("log")) {
            self.log = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}
