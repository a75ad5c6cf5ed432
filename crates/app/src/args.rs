//! The command line: roles here, verbs in `verbs`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand};

/// Rolls softphone clients out to people.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, about, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Everything on this machine, ready to click: pretend components, server, redirect server, mail catcher
    Demo(Demo),
    /// The server: pages, API, configuration endpoint, workers
    Serve(Role),
    /// Workers alone, beside servers on the same PostgreSQL
    Work(Role),
    /// The public redirect server
    Redirect(Redirect),
    /// The pretend components and the mail catcher alone
    Sandbox(Sandbox),
    /// Looks whether everything that an installation needs is there, and says what to do where not; changes nothing
    Doctor(Doctor),
    /// Prints the description of the REST API
    Openapi,
    #[command(flatten)]
    Verb(crate::verbs::Verb),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// How many people
    #[arg(long, default_value_t = 500)]
    pub(crate) people: u64,
    /// Which people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder to keep everything in; a fresh temporary one without
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Address of the server; the others take the ports after it, or free ones
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Print one line of JSON when ready
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Role {
    /// The settings file
    #[arg(long, env = "ROLLCALL_SETTINGS", default_value = "rollcall.toml")]
    pub(crate) settings: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) role: Role,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Redirect {
    /// The settings file
    #[arg(
        long,
        env = "ROLLCALL_REDIRECT_SETTINGS",
        default_value = "redirect.toml",
        global = true
    )]
    pub(crate) settings: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Option<RedirectCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RedirectCommand {
    /// The servers whose links this redirect server knows
    #[command(subcommand)]
    Origins(Origins),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Origins {
    /// Registers a server, or replaces its address and key
    Add {
        /// Its name, as in that server's settings
        name: String,
        /// Its address, where phones reach it
        #[arg(long)]
        url: String,
        /// Its public key, from `rollcall publication-key`
        #[arg(long)]
        key: String,
    },
    /// Lists them
    List,
    /// Removes one; its links stop working
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Sandbox {
    /// How many people
    #[arg(long, default_value_t = 500)]
    pub(crate) people: u64,
    /// Which people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Address to listen on; the components take this port and the ones after it, port 0 takes free ones
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Folder for caught mail; in memory without
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
}
