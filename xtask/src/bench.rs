//! `cargo xtask bench`: runs measurements, each beside its reference, and writes what came of them.

mod bare;
mod configuration;
mod figure;
mod files;
mod ground;
mod import;
mod office;
mod outbox;
mod page;
mod scan;

use std::{fs, process::Command, time::Duration};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::step;
use figure::Figure;
use ground::Ground;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only the measurement of this name
    #[arg(long, value_enum, value_name = "NAME")]
    only: Option<Measurement>,
    /// How much of it
    #[arg(long, value_enum, default_value = "small")]
    size: Size,
}

/// How much to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// 100,000 records on three components: minutes
    Small,
    /// 1,000,000 records, a fifth of them in an OpenLDAP: most of an hour
    Full,
}

impl Size {
    /// Records on the sandbox's components, and in a directory beside them.
    fn records(self) -> (u64, u64) {
        match self {
            Self::Small => (100_000, 0),
            Self::Full => (800_000, 200_000),
        }
    }

    /// Rows of a file of people.
    fn rows(self) -> u64 {
        match self {
            Self::Small => 100_000,
            Self::Full => 1_000_000,
        }
    }

    /// How long a web server is under load.
    fn load(self) -> Duration {
        match self {
            Self::Small => Duration::from_secs(2),
            Self::Full => Duration::from_secs(15),
        }
    }

    /// How much memory the server should need at most while it scans.
    fn memory_mb(self) -> f64 {
        match self {
            Self::Small => 150.0,
            Self::Full => 400.0,
        }
    }
}

/// Every measurement by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// Everything scanned and joined for the first time
    Scan,
    /// The cost of a record among many and among few
    Growth,
    /// Everything scanned again after little changed
    Rescan,
    /// Pages of the integrated view
    Pages,
    /// Everybody imported
    Import,
    /// Everybody imported and deployed, up to the outbox
    Deploy,
    /// A CSV file of people imported, and everybody exported again
    Files,
    /// Configurations by device link
    Configuration,
    /// A few thousand mails handed to a mail server
    Outbox,
}

impl Measurement {
    async fn figures(self, grounds: &mut Grounds) -> Result<Vec<Figure>> {
        match self {
            Self::Scan => scan::first(grounds).await,
            Self::Growth => scan::growth(grounds).await,
            Self::Rescan => scan::again(grounds).await,
            Self::Pages => page::all(grounds).await,
            Self::Import => import::alone(grounds).await,
            Self::Deploy => import::and_deploy(grounds).await,
            Self::Files => files::in_and_out(grounds).await,
            Self::Configuration => configuration::by_device_link(grounds).await,
            Self::Outbox => outbox::emptied().await,
        }
    }
}

/// The scanned installations that measurements share, made when the first one asks.
pub(crate) struct Grounds {
    size: Size,
    main: Option<Ground>,
}

impl Grounds {
    /// The one of the wanted size.
    async fn main(&mut self) -> Result<&Ground> {
        Ok(self.main_mut().await?)
    }

    async fn main_mut(&mut self) -> Result<&mut Ground> {
        if self.main.is_none() {
            let (records, listed) = self.size.records();
            self.main = Some(Ground::lay(records, listed).await?);
        }
        self.main.as_mut().context("it was made just now")
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return in_release(arguments);
    }
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("nothing else installs a provider")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let figures = runtime.block_on(measure(arguments))?;
    write(&figures)
}

async fn measure(arguments: &Arguments) -> Result<Vec<Figure>> {
    let mut grounds = Grounds {
        size: arguments.size,
        main: None,
    };
    let wanted = Measurement::value_variants()
        .iter()
        .filter(|one| arguments.only.is_none_or(|only| only == **one));
    println!("load of this machine before: {}", figure::machine_load()?);
    let mut figures = Vec::new();
    for measurement in wanted {
        let measured = measurement.figures(&mut grounds).await;
        let measured = measured.with_context(|| format!("cannot measure {measurement:?}"))?;
        for figure in &measured {
            println!("{figure}");
        }
        figures.extend(measured);
    }
    println!("load of this machine after: {}", figure::machine_load()?);
    Ok(figures)
}

/// Unoptimised figures would mislead on both sides: program and command are built optimised, together, so that each of
/// their dependencies is built once, and the same command runs once more.
fn in_release(arguments: &Arguments) -> Result<()> {
    step::run(step::cargo([
        "build",
        "--release",
        "--package",
        "rollcall",
        "--package",
        "xtask",
    ]))?;
    let built = step::built("../release/xtask")?;
    let mut command = Command::new(built.canonicalize()?);
    command.arg("bench");
    command.arg("--size").arg(named(&arguments.size)?);
    if let Some(only) = &arguments.only {
        command.arg("--only").arg(named(only)?);
    }
    step::run(command)
}

/// A choice as it is written on the command line.
fn named(choice: &impl ValueEnum) -> Result<String> {
    let value = choice
        .to_possible_value()
        .context("every choice has a name")?;
    Ok(value.get_name().to_owned())
}

fn write(figures: &[Figure]) -> Result<()> {
    let folder = step::root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let path = folder.join("results.json");
    fs::write(&path, serde_json::to_string_pretty(figures)? + "\n")?;
    println!("written to {}", path.strip_prefix(step::root())?.display());
    Ok(())
}
