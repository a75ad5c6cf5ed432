//! The people of the sandbox: person *i* of a seed is computed from `(seed, i)` alone, so ten and a million people are made
//! alike and none is held. What a component shows of a person is left to [`crate::component`].

mod chance;
mod ldif;
mod login;
mod lookup;
mod names;
mod number;
mod oddity;
mod person;
mod truth;

pub(crate) use chance::{draw, mix};
pub use ldif::{Directory, ldif};
pub(crate) use lookup::{accounts_of_login, devices_numbered};
pub use oddity::{BLOCK, Oddity, Presence};
pub use person::Person;
pub use truth::{Truth, TruthRecord};

/// Everybody of one sandbox: a seed and a count. Person `i` is the same in every population of that seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// Where all names, numbers and oddities come from.
    pub seed: u64,
    /// How many people there are, indexed `0..people`.
    pub people: u64,
}

impl Population {
    /// A population of `people` people.
    pub fn new(seed: u64, people: u64) -> Self {
        Self { seed, people }
    }

    /// Person `index`, whether or not the population reaches that far.
    pub fn person(&self, index: u64) -> Person {
        Person::new(self.seed, index)
    }

    /// What is unusual about person `index`, and where they have records: without making them.
    pub fn standing(&self, index: u64) -> (Oddity, Presence) {
        let slot = oddity::at_slot(oddity::slot_of(self.seed, index));
        (slot.oddity, slot.presence)
    }

    /// Everybody, one at a time.
    pub fn iter(&self) -> impl Iterator<Item = Person> + use<> {
        let everybody = *self;
        (0..everybody.people).map(move |index| everybody.person(index))
    }

    /// Who is who: which record belongs to which person.
    pub fn truth(&self) -> Truth {
        Truth::new(*self)
    }

    /// How many people show up where `wanted` says so. Counted from the plan, without making anybody.
    pub(crate) fn count(&self, wanted: impl Fn(Oddity, Presence) -> u64) -> u64 {
        let whole: u64 = (0..BLOCK)
            .map(oddity::at_slot)
            .map(|s| wanted(s.oddity, s.presence))
            .sum();
        let rest = self.people - self.people % BLOCK..self.people;
        whole * (self.people / BLOCK)
            + rest
                .map(|i| oddity::at_slot(oddity::slot_of(self.seed, i)))
                .map(|s| wanted(s.oddity, s.presence))
                .sum::<u64>()
    }
}
