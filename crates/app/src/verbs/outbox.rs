//! `rollcall outbox`: the deployment mails.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;

use super::{To, call::Server, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// Lists mails, the newest first
    List {
        /// Only these: waiting, retrying, sending, sent, failed or cancelled
        #[arg(long, default_value = "")]
        state: String,
        /// Words that stand in a user's row
        #[arg(long, default_value = "")]
        search: String,
        #[command(flatten)]
        to: To,
    },
    /// Tries mails again at once that were refused for the time being
    Retry {
        /// All of them
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Single mails
        #[arg(long, num_args = 1.., required_unless_present = "all")]
        id: Vec<String>,
        #[command(flatten)]
        to: To,
    },
    /// Pauses all sending
    Pause {
        #[command(flatten)]
        to: To,
    },
    /// Goes on sending
    Resume {
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb.
pub(super) async fn run(verb: Outbox) -> anyhow::Result<ExitCode> {
    match verb {
        Outbox::List { state, search, to } => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("state", &state)
                .append_pair("q", &search)
                .finish();
            let columns = ["id", "name", "state", "due_at", "attempts", "reply"];
            let answer = Server::of(&to)?
                .call(Method::GET, &format!("/outbox?{query}"), None)
                .await?;
            if let Some(since) = answer["paused_since"].as_str() {
                eprintln!("sending is paused since {since}: `rollcall outbox resume` goes on");
            }
            print::many(&answer, &columns, to.json)
        }
        Outbox::Retry { all, id, to } => {
            let wanted = if all { json!({}) } else { json!({ "ids": id }) };
            let server = Server::of(&to)?;
            let answer = server
                .call(Method::POST, "/outbox/retries", Some(wanted))
                .await?;
            print::one(&answer, to.json)
        }
        Outbox::Pause { to } => set(Method::PUT, &to).await,
        Outbox::Resume { to } => set(Method::DELETE, &to).await,
    }
}

async fn set(method: Method, to: &To) -> anyhow::Result<ExitCode> {
    Server::of(to)?.call(method, "/outbox/pause", None).await?;
    Ok(ExitCode::SUCCESS)
}
