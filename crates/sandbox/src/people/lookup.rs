//! The way back: from a number or a login to the few people who may have it, without looking at everybody.

use super::{BLOCK, Oddity, Population, login, number, oddity};

/// Positions (a person's index times two, plus the line) of the devices that may have `number`.
pub(crate) fn devices_numbered(seed: u64, people: u64, number: &str) -> Vec<u64> {
    let holders = number::candidates(number);
    let heirs = holders.iter().filter_map(|index| heir(seed, *index));
    let anybody: Vec<u64> = heirs.chain(holders.iter().copied()).collect();
    anybody
        .into_iter()
        .filter(|index| *index < people)
        .flat_map(|index| [index * 2, index * 2 + 1])
        .collect()
}

/// People who may have an account of that login: its owner, and whoever the owner's login was given to by mistake.
pub(crate) fn accounts_of_login(population: Population, login: &str) -> Vec<u64> {
    let owner = match login::owner(login) {
        Some(Ok(index)) => Some(index),
        Some(Err(block)) => short_login_of_block(population.seed, block),
        None => None,
    };
    let owner = owner.filter(|index| *index < population.people);
    owner
        .into_iter()
        .flat_map(|index| [Some(index), heir(population.seed, index)])
        .flatten()
        .filter(|i| *i < population.people)
        .collect()
}

/// Who follows this person in the plan and has something of theirs.
fn heir(seed: u64, index: u64) -> Option<u64> {
    let next = oddity::slot_of(seed, index) + 1;
    (next < BLOCK && oddity::at_slot(next).follows).then(|| oddity::index_at(seed, index, next))
}

fn short_login_of_block(seed: u64, block: u64) -> Option<u64> {
    let slot = (0..BLOCK).find(|slot| oddity::at_slot(*slot).oddity == Oddity::ShortLogin)?;
    Some(oddity::index_at(seed, block * BLOCK, slot))
}
