//! `users …` about many at once: each is planned, then carried out.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Rows, To, ordered, selection};

#[derive(Debug, Subcommand)]
pub(crate) enum Many {
    /// Gives users a profile, for many at once
    SetProfile {
        /// The profile's id, or `none` for *Do not deploy*
        profile: String,
        #[command(flatten)]
        rows: Rows,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Gives users a language, for many at once
    SetLanguage {
        /// The language, such as `de`; empty: the component's, else the profile's
        language: String,
        #[command(flatten)]
        rows: Rows,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Withdraws users' access for the time being: their links end, and their phones lose the account or are refused
    Suspend {
        #[command(flatten)]
        rows: Rows,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Gives suspended users their access back; links that ended stay ended
    Resume {
        #[command(flatten)]
        rows: Rows,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Deletes users: their links and devices are withdrawn
    Delete {
        #[command(flatten)]
        rows: Rows,
        /// Also people whose phone has its configuration
        #[arg(long)]
        deployed: bool,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb.
pub(super) async fn run(verb: Many) -> anyhow::Result<ExitCode> {
    match verb {
        Many::SetProfile {
            profile,
            rows,
            dry_run,
            to,
        } => {
            let profile = (profile != "none").then_some(profile);
            let wanted = json!({ "profile": profile });
            order("/profile-changes", &rows, wanted, dry_run, &to).await
        }
        Many::SetLanguage {
            language,
            rows,
            dry_run,
            to,
        } => {
            order(
                "/language-changes",
                &rows,
                json!({ "language": language }),
                dry_run,
                &to,
            )
            .await
        }
        Many::Suspend { rows, dry_run, to } => {
            order("/suspensions", &rows, json!({}), dry_run, &to).await
        }
        Many::Resume { rows, dry_run, to } => {
            order("/resumptions", &rows, json!({}), dry_run, &to).await
        }
        Many::Delete {
            rows,
            deployed,
            dry_run,
            to,
        } => {
            order(
                "/deletions",
                &rows,
                json!({ "deployed": deployed }),
                dry_run,
                &to,
            )
            .await
        }
    }
}

/// Orders something for many, or shows its plan.
async fn order(
    path: &str,
    rows: &Rows,
    mut wanted: Value,
    dry_run: bool,
    to: &To,
) -> anyhow::Result<ExitCode> {
    wanted["selection"] = selection(rows, false)?;
    wanted["dry_run"] = dry_run.into();
    ordered(to, path, wanted, dry_run).await
}
