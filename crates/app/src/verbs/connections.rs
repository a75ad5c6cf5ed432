//! `connections`: the verbs of the page Configuration > Connections.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};
use model::ComponentKind;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{To, call::Server, kinds::kinds, list, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Connections {
    /// Lists them
    List {
        #[command(flatten)]
        to: To,
    },
    /// Shows one
    Show(One),
    /// Adds one; primary administrators only
    #[command(after_help = kinds())]
    Add {
        /// Its name
        name: String,
        /// What it leads to
        #[arg(long, value_parser = ComponentKind::ALL.map(ComponentKind::name))]
        kind: String,
        /// `https://host`, `ldaps://host`; none where the component comes to us
        #[arg(long, default_value = "")]
        address: String,
        #[command(flatten)]
        more: More,
        #[command(flatten)]
        to: To,
    },
    /// Changes one; another host, port or scheme drops its credential. Primary administrators only
    #[command(after_help = kinds())]
    Change {
        /// Its id
        id: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        /// Where it leads now
        #[arg(long)]
        address: Option<String>,
        #[command(flatten)]
        more: More,
        #[command(flatten)]
        to: To,
    },
    /// Reads one page, to see whether it works
    Test(One),
    /// Starts or renews its authorization: prints the address of the window, or the token that is to be shown; primary administrators only
    Authorize(One),
    /// Leaves it alone: it is scanned only when asked for by its id; primary administrators only
    Pause(One),
    /// Ends that; primary administrators only
    Resume(One),
    /// Confirms that the records which a held scan did not see are really gone; primary administrators only
    ConfirmGone {
        /// Its id
        id: String,
        /// The number of records, as `connections show` tells it
        #[arg(long)]
        count: i64,
        #[command(flatten)]
        to: To,
    },
    /// Removes it; users that came from it stay. Primary administrators only
    Remove(One),
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// Its id
    id: String,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Args)]
pub(crate) struct More {
    /// The public part of its credential, where its kind has one
    #[arg(long)]
    account: Option<String>,
    /// File with the secret part of its credential
    #[arg(long)]
    secret_file: Option<PathBuf>,
    /// The PBX of records that name none
    #[arg(long)]
    default_pbx: Option<String>,
    /// Options of its kind, as JSON
    #[arg(long)]
    options: Option<String>,
    /// When it is scanned by itself: `every 60` (minutes), `daily 03:00` (UTC), or empty
    #[arg(long)]
    schedule: Option<String>,
    /// Shows ten records as they would be read, and saves nothing
    #[arg(long, conflicts_with = "schedule")]
    preview: bool,
}

impl More {
    /// What was given, as the API takes it.
    fn fields(self) -> anyhow::Result<Map<String, Value>> {
        let secret = match &self.secret_file {
            Some(file) => Some(
                std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?,
            ),
            None => None,
        };
        let options: Option<Value> = match &self.options {
            Some(text) => Some(serde_json::from_str(text).context("--options is no JSON")?),
            None => None,
        };
        let texts = [
            ("account", self.account),
            ("secret", secret.map(|text| text.trim().to_owned())),
            ("default_pbx", self.default_pbx),
            ("schedule", self.schedule),
        ];
        let mut fields: Map<String, Value> = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
            .collect();
        fields.extend(options.map(|options| ("options".to_owned(), options)));
        Ok(fields)
    }
}

pub(super) async fn run(verb: Connections) -> anyhow::Result<ExitCode> {
    match verb {
        Connections::List { to } => {
            let columns = [
                "id",
                "name",
                "kind",
                "address",
                "token_id",
                "expires_in_days",
                "records",
                "error",
            ];
            list(&to, "/connections", &columns).await
        }
        Connections::Show(one) => {
            let path = format!("/connections/{}", one.id);
            let server = Server::of(&one.to)?;
            let mut shown = server.call(Method::GET, &path, None).await?;
            if shown["held"] == true {
                shown["departures"] = server
                    .call(Method::GET, &format!("{path}/departures"), None)
                    .await?;
            }
            print::one(&shown, one.to.json)
        }
        Connections::Add {
            name,
            kind,
            address,
            more,
            to,
        } => {
            let preview = more.preview;
            let mut new = more.fields()?;
            new.extend([
                ("name".to_owned(), json!(name)),
                ("kind".to_owned(), json!(kind)),
                ("address".to_owned(), json!(address)),
            ]);
            if preview {
                return show_preview(&to, new).await;
            }
            call(&to, Method::POST, "/connections", Some(new.into())).await
        }
        Connections::Change {
            id,
            name,
            address,
            more,
            to,
        } => {
            let texts = [("name", name), ("address", address)];
            change(&id, texts, more, &to).await
        }
        Connections::Test(one) => {
            call(
                &one.to,
                Method::POST,
                &format!("/connections/{}/test", one.id),
                None,
            )
            .await
        }
        Connections::Authorize(one) => {
            let path = format!("/connections/{}/authorization", one.id);
            call(&one.to, Method::PUT, &path, None).await
        }
        Connections::Pause(one) => pause(&one, true).await,
        Connections::Resume(one) => pause(&one, false).await,
        Connections::ConfirmGone { id, count, to } => {
            let path = format!("/connections/{id}/departures");
            done(&to, Method::POST, &path, Some(json!({ "count": count }))).await
        }
        Connections::Remove(one) => {
            done(
                &one.to,
                Method::DELETE,
                &format!("/connections/{}", one.id),
                None,
            )
            .await
        }
    }
}

async fn pause(one: &One, paused: bool) -> anyhow::Result<ExitCode> {
    let path = format!("/connections/{}", one.id);
    call(
        &one.to,
        Method::PATCH,
        &path,
        Some(json!({ "paused": paused })),
    )
    .await
}

async fn change(
    id: &str,
    texts: [(&str, Option<String>); 2],
    more: More,
    to: &To,
) -> anyhow::Result<ExitCode> {
    let preview = more.preview;
    let mut change = more.fields()?;
    let texts = texts.into_iter();
    let given = texts.filter_map(|(field, text)| Some((field.to_owned(), Value::from(text?))));
    change.extend(given);
    if preview {
        change.insert("connection".to_owned(), json!(id));
        return show_preview(to, change).await;
    }
    let path = format!("/connections/{id}");
    call(to, Method::PATCH, &path, Some(change.into())).await
}

async fn show_preview(to: &To, wanted: Map<String, Value>) -> anyhow::Result<ExitCode> {
    let server = Server::of(to)?;
    let found = server
        .call(Method::POST, "/connections/preview", Some(wanted.into()))
        .await?;
    if to.json {
        return print::one(&found, true);
    }
    for unread in found["skipped"].as_array().into_iter().flatten() {
        eprintln!(
            "record {} cannot be read: {}",
            unread["position"], unread["reason"]
        );
    }
    if let Some(why) = found["incomplete"].as_str().filter(|why| !why.is_empty()) {
        eprintln!("{why}");
    }
    let columns = [
        "source_id",
        "first_name",
        "last_name",
        "login",
        "directory_number",
        "email",
        "department",
        "enabled",
        "faults",
    ];
    print::many(&found["records"], &columns, false)
}

/// Calls, and shows what was answered.
async fn call(
    to: &To,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<ExitCode> {
    let answer = Server::of(to)?.call(method, path, body).await?;
    print::one(&answer, to.json)
}

/// Calls what answers nothing.
async fn done(
    to: &To,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<ExitCode> {
    Server::of(to)?.call(method, path, body).await?;
    Ok(ExitCode::SUCCESS)
}
