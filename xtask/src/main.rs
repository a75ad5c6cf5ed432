//! The repository's own commands: `cargo xtask test`, `bench` and `walks`. What they run lives in the modules.

mod bench;
mod install;
mod step;
mod test;
mod walks;

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
    /// Walks through the pages in a real browser
    Walks,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Walks => walks::run(),
    }
}
