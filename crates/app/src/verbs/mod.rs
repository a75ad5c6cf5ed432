//! The verbs of the command line: the same as the pages', sent to a running server.

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {}

/// Runs one verb; the exit code says how it ended.
pub(crate) async fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {}
}
