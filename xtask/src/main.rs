//! The repository's own commands: `cargo xtask test`, `bench`, `faults`, `swarm`, `quality` and `walks`. What they run lives in the modules.

mod bench;
mod faults;
mod install;
mod python;
mod quality;
mod step;
mod swarm;
mod test;
mod walks;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The repository's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs the real programs that the tests need where it may, names them where it may not, and runs every test
    Test,
    /// Measures, beside a reference in the same run, and writes target/bench/results.json
    Bench(bench::Arguments),
    /// Kills the server amid an import-and-deploy, and counts everybody afterwards
    Faults(faults::Arguments),
    /// Has fifty real Linphones set themselves up at once
    Swarm(swarm::Arguments),
    /// Shows how well joining knows people again: precision and recall of every rule, at 10,000 and 100,000 people
    Quality,
    /// Walks through the pages in a real browser
    Walks,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Faults(arguments) => faults::run(&arguments),
        Command::Swarm(arguments) => swarm::run(&arguments),
        Command::Quality => quality::run(),
        Command::Walks => walks::run(),
    };
    // The words alone: what a step printed stands right above and says more than a backtrace of this program.
    done.map_or_else(
        |error| {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
