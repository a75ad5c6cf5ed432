//! `rollcall mail-templates`: the mobile client deployment e-mail.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::{To, call::Server, list, print, show};

/// Whose template.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The language: en, de, fr, es, it, nl, pt or ar
    language: String,
    /// The id of the profile whose users get it; without, everybody's
    #[arg(long)]
    profile: Option<String>,
}

impl Whose {
    fn at(&self, what: &str) -> String {
        let profile = self.profile.as_ref().map(|id| format!("?profile={id}"));
        let profile = profile.unwrap_or_default();
        format!("/mail-templates/{}{what}{profile}", self.language)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailTemplates {
    /// Lists them
    List {
        #[command(flatten)]
        to: To,
    },
    /// Shows one as mails are written from it
    Show {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        to: To,
    },
    /// Changes what is named of one
    Change {
        #[command(flatten)]
        whose: Whose,
        /// The subject
        #[arg(long)]
        subject: Option<String>,
        /// A file with the plain text
        #[arg(long)]
        text_file: Option<PathBuf>,
        /// A file with the HTML document
        #[arg(long)]
        html_file: Option<PathBuf>,
        #[command(flatten)]
        to: To,
    },
    /// Goes back to what ships with the program, or of a profile's to everybody's
    Reset {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        to: To,
    },
    /// Tells who changed it, the newest first
    History {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        to: To,
    },
    /// Makes one as it was in one of its versions
    Restore {
        #[command(flatten)]
        whose: Whose,
        /// The version, as in its history
        #[arg(long)]
        number: i64,
        #[command(flatten)]
        to: To,
    },
    /// Sends one as it stands to an address, with a link that leads nowhere
    Test {
        #[command(flatten)]
        whose: Whose,
        /// The address
        #[arg(long = "to")]
        address: String,
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb.
pub(super) async fn run(verb: MailTemplates) -> anyhow::Result<ExitCode> {
    match verb {
        MailTemplates::List { to } => {
            let columns = ["language", "profile", "own", "version", "at", "actor"];
            list(&to, "/mail-templates", &columns).await
        }
        MailTemplates::Show { whose, to } => show(&to, &whose.at("")).await,
        MailTemplates::Change {
            whose,
            subject,
            text_file,
            html_file,
            to,
        } => {
            let path = whose.at("");
            let now = Server::of(&to)?.call(Method::GET, &path, None).await?;
            let mut wanted = json!({ "version": now["version"] });
            for (part, file) in [("text", text_file), ("html", html_file)] {
                wanted[part] = match file {
                    Some(file) => fs::read_to_string(&file)
                        .with_context(|| format!("cannot read {}", file.display()))?
                        .into(),
                    None => now[part].clone(),
                };
            }
            wanted["subject"] = subject.map_or_else(|| now["subject"].clone(), Value::String);
            tell(Method::PUT, &path, Some(wanted), &to).await
        }
        MailTemplates::Reset { whose, to } => tell(Method::DELETE, &whose.at(""), None, &to).await,
        MailTemplates::History { whose, to } => {
            let columns = ["version", "at", "actor", "reset", "subject"];
            list(&to, &whose.at("/versions"), &columns).await
        }
        MailTemplates::Restore { whose, number, to } => {
            let wanted = json!({ "version": number });
            let path = whose.at("/restorations");
            tell(Method::POST, &path, Some(wanted), &to).await
        }
        MailTemplates::Test { whose, address, to } => {
            let wanted = json!({ "to": address });
            tell(Method::POST, &whose.at("/tests"), Some(wanted), &to).await
        }
    }
}

async fn tell(
    method: Method,
    path: &str,
    wanted: Option<Value>,
    to: &To,
) -> anyhow::Result<ExitCode> {
    let answer = Server::of(to)?.call(method, path, wanted).await?;
    print::one(&answer, to.json)
}
