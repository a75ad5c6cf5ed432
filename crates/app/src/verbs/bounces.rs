//! `rollcall bounces`: delivery status notifications from elsewhere.

use std::{
    io::{Read, stdin},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Subcommand;

use super::{To, call::Server, print};
use crate::say::say;

#[derive(Debug, Subcommand)]
pub(crate) enum Bounces {
    /// Hands in a delivery status notification (RFC 3464): the whole mail, as it came
    Add {
        /// The file with the mail; standard input without
        file: Option<PathBuf>,
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb.
pub(super) async fn run(verb: Bounces) -> anyhow::Result<ExitCode> {
    let Bounces::Add { file, to } = verb;
    let mail = if let Some(file) = file {
        std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?
    } else {
        let mut mail = Vec::new();
        stdin().read_to_end(&mut mail)?;
        mail
    };
    let answer = Server::of(&to)?
        .hand_in("/bounces", "message/rfc822", mail)
        .await?;
    if !to.json && answer["deployment"].is_null() {
        say("it changes nothing: it tells of no failure, or is about none of our mails")?;
        return Ok(ExitCode::SUCCESS);
    }
    print::one(&answer, to.json)
}
