//! `cargo xtask bench`: runs measurements, each beside its reference, and writes what came of them.

mod figure;
mod reference;

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::step;
use figure::Figure;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only the measurement of this name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// How much of it: `small` to see that it works, `full` for figures to report
    #[arg(long, value_enum, default_value = "small")]
    size: Size,
}

/// How much to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// Seconds.
    Small,
    /// What the figures are reported with.
    Full,
}

impl Size {
    /// Rows of a bulk measurement.
    fn rows(self) -> u32 {
        match self {
            Self::Small => 20_000,
            Self::Full => 100_000,
        }
    }

    /// How long a web server is under load.
    fn load(self) -> Duration {
        match self {
            Self::Small => Duration::from_secs(2),
            Self::Full => Duration::from_secs(15),
        }
    }
}

type Measure = fn(Size) -> Result<Vec<Figure>>;

/// Every measurement by its name.
const ALL: [(&str, Measure); 2] = [
    ("bare-insert", reference::bare_insert),
    ("nginx-static", reference::nginx_static),
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return in_release(arguments);
    }
    let wanted: Vec<_> = ALL
        .iter()
        .filter(|(name, _)| arguments.only.as_deref().is_none_or(|only| only == *name))
        .collect();
    let names = ALL.map(|(name, _)| name).join(", ");
    ensure!(
        !wanted.is_empty(),
        "there is no measurement of that name\n  hint: there are {names}"
    );
    println!("load of this machine before: {}", figure::machine_load()?);
    let mut figures = Vec::new();
    for (name, measure) in wanted {
        let measured = measure(arguments.size).with_context(|| format!("cannot measure {name}"))?;
        for figure in &measured {
            println!("{figure}");
        }
        figures.extend(measured);
    }
    write(&figures)
}

/// Unoptimised figures would mislead on both sides: the same command once more, optimised.
fn in_release(arguments: &Arguments) -> Result<()> {
    let size = arguments
        .size
        .to_possible_value()
        .context("every size has a name")?;
    let mut command = step::cargo([
        "run",
        "--release",
        "--quiet",
        "--package",
        "xtask",
        "--",
        "bench",
    ]);
    command.arg("--size").arg(size.get_name());
    if let Some(only) = &arguments.only {
        command.arg("--only").arg(only);
    }
    step::run(command)
}

fn write(figures: &[Figure]) -> Result<()> {
    let folder = step::root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let path = folder.join("results.json");
    fs::write(&path, serde_json::to_string_pretty(figures)? + "\n")?;
    println!("written to {}", path.strip_prefix(step::root())?.display());
    Ok(())
}
