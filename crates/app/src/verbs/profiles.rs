//! `rollcall profiles`: deployment profiles.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::{To, call::Server, list, print, show};

#[derive(Debug, Subcommand)]
pub(crate) enum Profiles {
    /// Lists them
    List {
        #[command(flatten)]
        to: To,
    },
    /// Shows one
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    /// Tells what can be set: name, default, unit, choices, and the clients that ignore it
    Settings {
        #[command(flatten)]
        to: To,
    },
    /// Adds one
    Add {
        /// Its name
        name: String,
        /// Its settings as JSON; what is left out has its default
        #[arg(long)]
        settings: String,
        #[command(flatten)]
        to: To,
    },
    /// Changes settings of one, or its name
    Change {
        /// Its id
        id: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// The settings to change, as JSON; what is left out stays
        #[arg(long, default_value = "{}")]
        settings: String,
        /// Show what that changes, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Adds one with the settings of another one
    Copy {
        /// The other one's id
        id: String,
        /// Its name
        name: String,
        #[command(flatten)]
        to: To,
    },
    /// Tells who changed what, the newest first
    History {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    /// Makes one as it was in one of its versions
    Restore {
        /// Its id
        id: String,
        /// The version, as in its history
        number: i64,
        /// Show what that changes, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Removes one that nobody has, or whose users get another one
    Remove {
        /// Its id
        id: String,
        /// The id of the one that its users get
        #[arg(long)]
        replacement: Option<String>,
        /// Show how many that are, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb.
pub(super) async fn run(verb: Profiles) -> anyhow::Result<ExitCode> {
    match verb {
        Profiles::List { to } => list(&to, "/profiles", &["id", "name", "version", "users"]).await,
        Profiles::Show { id, to } => show(&to, &format!("/profiles/{id}")).await,
        Profiles::Settings { to } => settings(&to).await,
        Profiles::Add { name, settings, to } => {
            let wanted = json!({ "name": name, "settings": read(&settings)? });
            let answer = Server::of(&to)?
                .call(Method::POST, "/profiles", Some(wanted))
                .await?;
            print::one(&answer, to.json)
        }
        Profiles::Change {
            id,
            name,
            settings,
            dry_run,
            to,
        } => change(&id, name, &read(&settings)?, dry_run, &to).await,
        Profiles::Copy { id, name, to } => {
            let (path, wanted) = (format!("/profiles/{id}/copies"), json!({ "name": name }));
            let answer = Server::of(&to)?
                .call(Method::POST, &path, Some(wanted))
                .await?;
            print::one(&answer, to.json)
        }
        Profiles::History { id, to } => history(&id, &to).await,
        Profiles::Restore {
            id,
            number,
            dry_run,
            to,
        } => {
            let path = format!("/profiles/{id}/restorations");
            let wanted = json!({ "version": number, "dry_run": dry_run });
            let answer = Server::of(&to)?
                .call(Method::POST, &path, Some(wanted))
                .await?;
            told(answer, &to)
        }
        Profiles::Remove {
            id,
            replacement,
            dry_run,
            to,
        } => {
            let other = replacement.map(|other| format!("&replacement={other}"));
            let other = other.unwrap_or_default();
            let path = format!("/profiles/{id}?dry_run={dry_run}{other}");
            let answer = Server::of(&to)?.call(Method::DELETE, &path, None).await?;
            if dry_run {
                print::one(&answer, to.json)
            } else {
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn read(settings: &str) -> anyhow::Result<Value> {
    let settings: Value = serde_json::from_str(settings).context("--settings is no JSON")?;
    anyhow::ensure!(settings.is_object(), "--settings is no JSON object");
    Ok(settings)
}

/// Lists the settings; who ignores one is named in its line.
async fn settings(to: &To) -> anyhow::Result<ExitCode> {
    let server = Server::of(to)?;
    let mut answer = server.call(Method::GET, "/profile-settings", None).await?;
    if !to.json {
        for setting in answer.as_array_mut().into_iter().flatten() {
            let clients = setting["ignored_by"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let names: Vec<_> = clients
                .iter()
                .filter_map(|by| by["client"].as_str())
                .collect();
            setting["ignored_by"] = if names.is_empty() {
                Value::Null
            } else {
                format!("ignored by {}", names.join(", ")).into()
            };
        }
    }
    let columns = ["setting", "default", "unit", "title", "ignored_by"];
    print::many(&answer, &columns, to.json)
}

/// Reads the profile, changes what is named, and writes it back.
async fn change(
    id: &str,
    name: Option<String>,
    new: &Value,
    dry_run: bool,
    to: &To,
) -> anyhow::Result<ExitCode> {
    let (server, path) = (Server::of(to)?, format!("/profiles/{id}"));
    let mut profile = server.call(Method::GET, &path, None).await?;
    for (key, value) in new.as_object().into_iter().flatten() {
        profile["settings"][key] = value.clone();
    }
    let name = name.map_or_else(|| profile["name"].clone(), Value::String);
    let wanted = json!({
        "name": name,
        "settings": profile["settings"],
        "version": profile["version"],
        "dry_run": dry_run,
    });
    let answer = server.call(Method::PUT, &path, Some(wanted)).await?;
    told(answer, to)
}

/// A profile, what was changed of it in words, and how many people that makes out of date.
fn told(mut answer: Value, to: &To) -> anyhow::Result<ExitCode> {
    if !to.json {
        answer["changes"] = in_words(&answer["changes"]).into();
    }
    print::one(&answer, to.json)
}

async fn history(id: &str, to: &To) -> anyhow::Result<ExitCode> {
    let path = format!("/profiles/{id}/versions");
    let mut answer = Server::of(to)?.call(Method::GET, &path, None).await?;
    if !to.json {
        for version in answer["items"].as_array_mut().into_iter().flatten() {
            version["changes"] = in_words(&version["changes"]).into();
        }
    }
    let columns = ["version", "at", "actor", "changes"];
    print::many(&answer, &columns, to.json)
}

/// Differences as `setting: from → to`.
fn in_words(changes: &Value) -> String {
    let one = |change: &Value| {
        let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {} → {}", text("setting"), text("from"), text("to"))
    };
    let all: Vec<_> = changes.as_array().into_iter().flatten().map(one).collect();
    all.join("; ")
}
