//! `cargo xtask faults`: kills the server again and again amid a scan and an import-and-deploy, and counts everybody.

use std::hash::{BuildHasher, RandomState};

use anyhow::{Context, Result};
use clap::Args;
use peers::Kills;

use crate::step;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Kills amid the import-and-deploy, a quarter of them amid sending; a fifth as many more amid scanning
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// People at the components
    #[arg(long, default_value_t = 2_000)]
    people: u32,
    /// The moments of an earlier run; new ones without
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Five digits are enough to type once more.
    let any = || RandomState::new().hash_one(0) % 100_000;
    let seed = arguments.seed.unwrap_or_else(any);
    println!("\n--> {} kills, seed {seed}", arguments.kills);
    let kills = Kills {
        people: arguments.people,
        import: arguments.kills,
        scan: arguments.kills.div_ceil(5),
        seed,
    };
    let report = step::with_program(async |program| kills.run(program).await)
        .with_context(|| format!("seed {seed}"))?;
    println!("{report}");
    Ok(())
}
