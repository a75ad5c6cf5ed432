//! The verbs of the command line: the same as the pages', sent to a running server.

mod bounces;
mod brand;
mod call;
mod connections;
mod entered;
mod files;
mod follow;
mod kinds;
mod mail_templates;
mod many;
mod outbox;
mod print;
mod profiles;
mod wave;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use bounces::Bounces;
use brand::Brand;
use call::Server;
use connections::Connections;
use mail_templates::MailTemplates;
use many::Many;
use outbox::Outbox;
use profiles::Profiles;
use wave::Spread;

/// Which server, and how to answer.
#[derive(Debug, Args)]
pub(crate) struct To {
    /// The server's address
    #[arg(long, env = "ROLLCALL_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// File with an API token; `ROLLCALL_TOKEN` holds one itself
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Which rows.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("which").args(["all", "id"]).required(true)))]
pub(crate) struct Rows {
    /// Everything that the search and filter find
    #[arg(long)]
    all: bool,
    /// Words that stand in a row
    #[arg(long, default_value = "")]
    search: String,
    /// Words that all have to be true: of entries such as `state=new&pbx=HQ-1`, of users such as `state=sent&age_days=7`
    #[arg(long, default_value = "")]
    filter: String,
    /// Single rows
    #[arg(long, num_args = 1..)]
    id: Vec<String>,
    /// Rows to leave out of `--all`
    #[arg(long, num_args = 1..)]
    except: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Connections to components
    #[command(subcommand)]
    Connections(Connections),
    /// Deployment profiles
    #[command(subcommand)]
    Profiles(Profiles),
    /// The mobile client deployment e-mail
    #[command(subcommand)]
    MailTemplates(MailTemplates),
    /// How the public pages look
    #[command(subcommand)]
    Brand(Brand),
    /// The deployment mails
    #[command(subcommand)]
    Outbox(Outbox),
    /// Mails that came back
    #[command(subcommand)]
    Bounces(Bounces),
    /// Reads all records of one connection, or of all
    Scan {
        /// The connection's id
        #[arg(long)]
        connection: Option<String>,
        #[command(flatten)]
        to: To,
    },
    /// The integrated view
    #[command(subcommand)]
    Entries(Things),
    /// Makes users of entries, or takes an import back
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Import {
        #[command(subcommand)]
        verb: Option<Imports>,
        #[command(flatten)]
        rows: Rows,
        /// The profile's id; without, *Do not deploy*
        #[arg(long)]
        profile: Option<String>,
        /// A profile that a component proposes for a person goes before that one
        #[arg(long)]
        as_proposed: bool,
        /// Deploy at once
        #[arg(long)]
        deploy: bool,
        #[command(flatten)]
        spread: Box<Spread>,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// The people we manage
    #[command(subcommand)]
    Users(People),
    /// Offers users a configuration
    Deploy {
        #[command(flatten)]
        rows: Rows,
        /// Give the present configuration to those who have one at their next fetch, and mail the others alone
        #[arg(long, conflicts_with = "remind")]
        auto: bool,
        /// Mail those alone who got a mail at least so many days ago and never fetched
        #[arg(long, value_name = "DAYS")]
        remind: Option<u16>,
        #[command(flatten)]
        spread: Box<Spread>,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Brings users in line with their source: their records are read again first
    Sync {
        #[command(flatten)]
        rows: Rows,
        /// Leave the devices and links of people whose user id changed as they are
        #[arg(long)]
        no_reset: bool,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// What the server is doing
    #[command(subcommand)]
    Jobs(Jobs),
    /// The key to register at the redirect server
    PublicationKey {
        #[command(flatten)]
        to: To,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Imports {
    /// Takes an import back: its users are removed and their links withdrawn
    Undo {
        /// The import's job
        job: String,
        /// Also people whose phone has its configuration
        #[arg(long)]
        deployed: bool,
        #[command(flatten)]
        to: To,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Things {
    /// Lists them, a page at a time
    List {
        /// Words that stand in a row
        #[arg(long, default_value = "")]
        search: String,
        /// Words that all have to be true, such as `state=new&pbx=HQ-1`
        #[arg(long, default_value = "")]
        filter: String,
        /// `name`, `number`, `email` or `state`; of entries also `first`, `pbx`, `mbg` and `account`; with a leading `-` descending
        #[arg(long, default_value = "name", allow_hyphen_values = true)]
        sort: String,
        /// The `next` of the page before
        #[arg(long)]
        after: Option<String>,
        /// Rows
        #[arg(long, default_value_t = 50)]
        limit: u32,
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
}

#[derive(Debug, Subcommand)]
pub(crate) enum People {
    #[command(flatten)]
    Things(Things),
    /// Makes a user by hand; it needs a last name, an e-mail address and, with a profile, a SIP account
    Add {
        #[command(flatten)]
        fields: Box<entered::Fields>,
        /// Deploy at once
        #[arg(long)]
        deploy: bool,
        #[command(flatten)]
        to: To,
    },
    /// Shows the mail and the configuration that a user would get now, secrets masked
    Preview {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    #[command(flatten)]
    Many(Many),
    /// Changes a user; of one that came from a component only what is ours
    Change {
        /// Its id
        id: String,
        #[command(flatten)]
        fields: Box<entered::Fields>,
        #[command(flatten)]
        to: To,
    },
    /// Makes users of a CSV or XLSX file, or changes them
    ImportCsv {
        /// The file
        file: PathBuf,
        /// The profile's id for everybody, or `none`: *Do not deploy*; without, the one that each row names
        #[arg(long)]
        profile: Option<String>,
        /// Import the good rows where others have faults
        #[arg(long)]
        partial: bool,
        /// Rows with an ID of this system change the user that they name
        #[arg(long)]
        overwrite: bool,
        /// An empty cell clears what is there; passwords and PINs only where the cell says `<blank>`
        #[arg(long)]
        clear: bool,
        /// What a heading means that is not known: `Their column=our_column`, or `Their column=ignore`; as often as needed. It is
        /// remembered for the next file with the same header, after a look as well
        #[arg(long, value_name = "THEIRS=OURS")]
        map: Vec<String>,
        /// Write the rows with faults to this file
        #[arg(long)]
        faulty: Option<PathBuf>,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Writes an empty file with the headings to standard output
    Template {
        /// As a workbook, with a sheet that explains the columns
        #[arg(long)]
        xlsx: bool,
        #[command(flatten)]
        to: To,
    },
    /// Writes users as CSV to standard output
    Export {
        /// As a workbook
        #[arg(long)]
        xlsx: bool,
        /// Words that stand in a row
        #[arg(long, default_value = "")]
        search: String,
        /// Words that all have to be true, such as `state=deployed`
        #[arg(long, default_value = "")]
        filter: String,
        /// Columns by name, separated by commas
        #[arg(long, default_value = "")]
        columns: String,
        #[command(flatten)]
        to: To,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Lists them, newest first
    List {
        #[command(flatten)]
        to: To,
    },
    /// Shows one with its failed rows
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    /// Does once more what failed in one
    Retry {
        /// Its id
        id: String,
        /// Show the plan and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        to: To,
    },
    /// Has a deployment wait until it is resumed
    Pause {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    /// Has a paused deployment go on
    Resume {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
    /// Gives a deployment that is spread over time another pace
    Spread {
        /// Its id
        id: String,
        #[command(flatten)]
        spread: Box<Spread>,
        #[command(flatten)]
        to: To,
    },
    /// Asks one to end
    Cancel {
        /// Its id
        id: String,
        #[command(flatten)]
        to: To,
    },
}

/// Runs one verb; the exit code says how it ended.
pub(crate) async fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Connections(verb) => connections::run(verb).await,
        Verb::Profiles(verb) => profiles::run(verb).await,
        Verb::MailTemplates(verb) => mail_templates::run(verb).await,
        Verb::Brand(verb) => brand::run(verb).await,
        Verb::Outbox(verb) => outbox::run(verb).await,
        Verb::Bounces(verb) => bounces::run(verb).await,
        Verb::Scan { connection, to } => {
            let server = Server::of(&to)?;
            let wanted = json!({ "connection": connection });
            let ordered = server.call(Method::POST, "/scans", Some(wanted)).await?;
            let jobs = ordered["jobs"].as_array().cloned().unwrap_or_default();
            follow::all(&server, &jobs, to.json).await
        }
        Verb::Entries(verb) => things("/entries", verb).await,
        Verb::Users(People::Things(verb)) => things("/users", verb).await,
        Verb::Users(verb) => files::run(verb).await,
        Verb::Import {
            verb: Some(Imports::Undo { job, deployed, to }),
            ..
        } => {
            let server = Server::of(&to)?;
            let path = format!("/imports/{job}?deployed={deployed}");
            let ordered = server.call(Method::DELETE, &path, None).await?;
            follow::all(&server, &[ordered["job"].clone()], to.json).await
        }
        Verb::Import {
            verb: None,
            rows,
            profile,
            as_proposed,
            deploy,
            spread,
            dry_run,
            to,
        } => {
            let server = Server::of(&to)?;
            let wanted = json!({ "selection": selection(&rows, true)?, "profile": profile, "as_proposed": as_proposed, "deploy": deploy });
            let plan = server
                .call(Method::POST, "/import-plans", Some(wanted))
                .await?;
            if dry_run {
                return print::one(&plan, to.json);
            }
            let job = server
                .call(
                    Method::POST,
                    "/imports",
                    Some(json!({ "plan": plan["id"], "wave": spread.wanted() })),
                )
                .await?;
            follow::all(&server, &[job["job"].clone()], to.json).await
        }
        Verb::Deploy {
            rows,
            auto,
            remind,
            spread,
            dry_run,
            to,
        } => {
            let mut wanted = json!({ "selection": selection(&rows, false)?, "dry_run": dry_run });
            if let Some(days) = remind {
                wanted["mode"] = "remind".into();
                wanted["days"] = days.into();
            } else if auto {
                wanted["mode"] = "auto".into();
            }
            let Some(wave) = spread.wanted() else {
                return ordered(&to, "/deployments", wanted, dry_run).await;
            };
            // It may take days: nobody waits for its end here.
            wanted["wave"] = wave;
            let server = Server::of(&to)?;
            let answer = server
                .call(Method::POST, "/deployments", Some(wanted))
                .await?;
            if dry_run {
                return print::one(&answer, to.json);
            }
            let job = answer["job"].as_str().unwrap_or_default();
            show(&to, &format!("/jobs/{job}")).await
        }
        Verb::Sync {
            rows,
            no_reset,
            dry_run,
            to,
        } => {
            let wanted = json!({ "selection": selection(&rows, false)?, "dry_run": dry_run, "reset": !no_reset });
            ordered(&to, "/syncs", wanted, dry_run).await
        }
        Verb::Jobs(verb) => jobs(verb).await,
        Verb::PublicationKey { to } => show(&to, "/publication-key").await,
    }
}

/// Sends an order and follows its job, or shows the plan.
async fn ordered(to: &To, path: &str, wanted: Value, dry_run: bool) -> anyhow::Result<ExitCode> {
    let server = Server::of(to)?;
    let answer = server.call(Method::POST, path, Some(wanted)).await?;
    if dry_run {
        return print::one(&answer, to.json);
    }
    follow::all(&server, &[answer["job"].clone()], to.json).await
}

/// A selection as the API takes it; entries have numbers for ids, users have texts.
fn selection(rows: &Rows, numbers: bool) -> anyhow::Result<Value> {
    let ids = |texts: &[String]| -> anyhow::Result<Vec<Value>> {
        texts
            .iter()
            .map(|text| {
                if numbers {
                    let id: i64 = text
                        .parse()
                        .with_context(|| format!("“{text}” is no entry's id"))?;
                    Ok(json!(id))
                } else {
                    Ok(json!(text))
                }
            })
            .collect()
    };
    if rows.all {
        let query = json!({ "q": rows.search, "filter": rows.filter });
        return Ok(json!({ "all": true, "query": query, "except": ids(&rows.except)? }));
    }
    Ok(json!({ "ids": ids(&rows.id)? }))
}

async fn show(to: &To, path: &str) -> anyhow::Result<ExitCode> {
    let answer = Server::of(to)?.call(Method::GET, path, None).await?;
    print::one(&answer, to.json)
}

async fn list(to: &To, path: &str, columns: &[&str]) -> anyhow::Result<ExitCode> {
    let answer = Server::of(to)?.call(Method::GET, path, None).await?;
    print::many(&answer, columns, to.json)
}

async fn things(path: &str, verb: Things) -> anyhow::Result<ExitCode> {
    match verb {
        Things::Show { id, to } => show(&to, &format!("{path}/{id}")).await,
        Things::List {
            search,
            filter,
            sort,
            after,
            limit,
            to,
        } => {
            let mut address = url::Url::parse("http://any")?;
            let limit = limit.to_string();
            address.query_pairs_mut().extend_pairs([
                ("q", &search),
                ("filter", &filter),
                ("sort", &sort),
                ("limit", &limit),
            ]);
            if let Some(after) = &after {
                address.query_pairs_mut().append_pair("after", after);
            }
            let path = format!("{path}?{}", address.query().unwrap_or_default());
            let columns = [
                "id",
                "last_name",
                "first_name",
                "directory_number",
                "email",
                "state",
            ];
            list(&to, &path, &columns).await
        }
    }
}

async fn jobs(verb: Jobs) -> anyhow::Result<ExitCode> {
    match verb {
        Jobs::List { to } => {
            list(
                &to,
                "/jobs",
                &["id", "kind", "state", "done", "total", "failed", "error"],
            )
            .await
        }
        Jobs::Show { id, to } => {
            let server = Server::of(&to)?;
            let job = server
                .call(Method::GET, &format!("/jobs/{id}"), None)
                .await?;
            let failed = server
                .call(Method::GET, &format!("/jobs/{id}/items"), None)
                .await?;
            print::one(&job, to.json)?;
            print::many(&failed, &["label", "reason", "hint"], to.json)
        }
        Jobs::Retry { id, dry_run, to } => {
            let path = format!("/jobs/{id}/retries?dry_run={dry_run}");
            ordered(&to, &path, json!({}), dry_run).await
        }
        Jobs::Pause { id, to } => say(&to, Method::PUT, &format!("/jobs/{id}/pause"), None).await,
        Jobs::Resume { id, to } => {
            say(&to, Method::DELETE, &format!("/jobs/{id}/pause"), None).await
        }
        Jobs::Spread { id, spread, to } => {
            let wave = spread.wanted().context("say how many people --per-hour")?;
            say(&to, Method::PUT, &format!("/jobs/{id}/wave"), Some(wave)).await
        }
        Jobs::Cancel { id, to } => say(&to, Method::DELETE, &format!("/jobs/{id}"), None).await,
    }
}

/// Sends a word that has no answer.
async fn say(to: &To, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<ExitCode> {
    Server::of(to)?.call(method, path, body).await?;
    Ok(ExitCode::SUCCESS)
}
