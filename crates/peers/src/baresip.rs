//! baresip: a real softphone without a screen that registers the accounts it is given.

use std::{process::Command, time::Duration};

use anyhow::Result;

use crate::{
    folder::Folder,
    process::{End, Process},
    tool,
};

const LIMIT: Duration = Duration::from_secs(12);
/// Everything but registering is left out: no sound card, no keyboard.
const MODULES: &str = "\
poll_method      epoll
sip_listen       127.0.0.1:0
audio_source     ausine,440
module_path      /usr/lib/baresip/modules
module           ausine.so
module           aufile.so
module           g711.so
module_tmp       uuid.so
module_tmp       account.so
module_app       menu.so
";

/// A running baresip and how its registration went. It stays registered until the handle is dropped, and ends
/// without taking its contact back.
#[derive(Debug)]
pub struct Baresip {
    registered: bool,
    process: Process,
    _folder: Folder,
}

impl Baresip {
    /// Starts baresip with the text of its `accounts` file, one account per line, and waits, bounded, until the
    /// registrar accepted or refused one.
    pub async fn register(accounts: &str) -> Result<Self> {
        let baresip = tool::find("baresip", "baresip-core")?;
        let folder = Folder::new("baresip", None)?;
        let here = folder.path().display();
        folder.write(
            "config",
            format!(
                "{MODULES}audio_player aufile,{here}/out.wav\naudio_alert aufile,{here}/alert.wav\n"
            ),
        )?;
        folder.write("accounts", format!("{}\n", accounts.trim_end()))?;
        folder.write("contacts", "")?;
        // Line by line: into a file it would say nothing before its end.
        let mut command: Command = folder.command(&tool::find("stdbuf", "coreutils")?);
        command
            .arg("-oL")
            .arg(&baresip)
            .arg("-4")
            .arg("-f")
            .arg(folder.path())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path());
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        let registered =
            crate::wait_for("an answer of the registrar to baresip", LIMIT, async || {
                let ended = process.ended().is_some();
                outcome(&process.output()).or(ended.then_some(false))
            });
        let registered = registered.await.unwrap_or(false);
        Ok(Self {
            registered,
            process,
            _folder: folder,
        })
    }

    /// Whether the registrar answered `200 OK`.
    pub fn registered(&self) -> bool {
        self.registered
    }

    /// All that baresip said, for messages of failed tests.
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// `Some` once baresip tells of the final answer to REGISTER; it answers a challenge by itself.
fn outcome(output: &str) -> Option<bool> {
    if output.contains("200 OK") {
        return Some(true);
    }
    // As in `reg: sip:4711@pbx.example.org: 401 Unauthorized (…)`, or why it got no answer.
    output.contains("reg: sip").then_some(false)
}
