//! The one binary: roles of a running installation, and the verbs of its command line.

mod args;
mod children;
mod demo;
mod doctor;
mod lock;
mod machine;
mod redirect_role;
mod sandbox_role;
mod say;
mod serve;
mod settings;
mod shutdown;
mod verbs;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Secrets are in this process's memory: it must not be written to disk when it dies.
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nothing else installs a provider");
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives threads");
    let ended = runtime.block_on(run(args));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(code) => code,
        Err(error) => say::enough(&error).unwrap_or_else(|| {
            eprintln!("{}", told(&error));
            ExitCode::from(1)
        }),
    }
}

async fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Demo(wanted) => demo::run(wanted).await?,
        Command::Serve(role) => serve::run(&role.settings, serve::Role::Everything).await?,
        Command::Work(role) => serve::run(&role.settings, serve::Role::WorkersAlone).await?,
        Command::Redirect(role) => redirect_role::run(role).await?,
        Command::Sandbox(wanted) => sandbox_role::run(wanted).await?,
        Command::Openapi => say::say(web::openapi())?,
        Command::Doctor(wanted) => return doctor::run(wanted).await,
        Command::Verb(verb) => return verbs::run(verb).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// An error with its causes, one per line.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str("\n  because: ");
        text.push_str(&cause.to_string());
    }
    text
}
