//! `cargo xtask swarm`: real Linphones of first-time users, all at once, through the real processes to a real registrar.

use anyhow::Result;
use clap::Args;
use peers::Swarm;

use crate::step;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Real Linphones; each takes some 60 MB of memory
    #[arg(long, default_value_t = 50)]
    phones: usize,
    /// Clients beside them that ask as Linphone does
    #[arg(long, default_value_t = 0)]
    others: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let swarm = Swarm {
        phones: arguments.phones,
        others: arguments.others,
    };
    let swarmed = step::with_program(async |program| swarm.run(program).await)?;
    println!("{swarmed}");
    Ok(())
}
