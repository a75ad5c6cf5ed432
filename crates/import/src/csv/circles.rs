//! Addresses that go round: rows that give people of this system each other's address. Nobody means that; a column was sorted without
//! the others, and everybody's credentials would go to somebody else.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use model::UserId;

/// The addresses that rows take from one user and give to another, as hashes.
#[derive(Default)]
pub(super) struct Moves {
    hasher: RandomState,
    /// From a row's old address to its new one, with the row.
    by_old: HashMap<u64, (u64, Place)>,
}

/// A row that changes a user's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its place in the plan.
    pub(super) n: i64,
    /// Its line.
    pub(super) line: u64,
    /// The user that it names.
    pub(super) user: UserId,
}

/// A row of a circle.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InCircle {
    /// The row.
    pub(super) row: Place,
    /// The line of the row whose old address it takes.
    pub(super) takes: u64,
}

impl Moves {
    /// Notes that a row changes a user's address.
    pub(super) fn note(&mut self, row: Place, old: &str, new: &str) {
        let (old, new) = (old.to_lowercase(), new.to_lowercase());
        if !old.is_empty() && old != new {
            let hash = |text: &str| self.hasher.hash_one(text);
            self.by_old.insert(hash(&old), (hash(&new), row));
        }
    }

    /// The rows that go round, in the order of the plan.
    pub(super) fn circles(&self) -> Vec<InCircle> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for begin in self.by_old.keys() {
            let (mut path, mut at) = (Vec::new(), *begin);
            while let Some((next, ..)) = self.by_old.get(&at)
                && seen.insert(at)
            {
                path.push(at);
                at = *next;
            }
            // The way comes back to where it was in this very walk.
            let from = path.iter().position(|passed| *passed == at);
            let round = from.map_or(&[][..], |from| &path[from..]);
            found.extend(round.iter().map(|old| {
                let (new, row) = self.by_old[old];
                InCircle {
                    row,
                    takes: self.by_old[&new].1.line,
                }
            }));
        }
        found.sort_unstable_by_key(|in_circle: &InCircle| in_circle.row.n);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(moves: &[(&str, &str)]) -> Vec<(u64, u64)> {
        let mut all = Moves::default();
        for (n, (old, new)) in (1..).zip(moves) {
            let row = Place {
                n,
                line: u64::try_from(n).unwrap() + 1,
                user: UserId(uuid::Uuid::nil()),
            };
            all.note(row, old, new);
        }
        let circles = all.circles().into_iter();
        circles.map(|found| (found.row.line, found.takes)).collect()
    }

    #[test]
    fn only_rows_that_go_round_are_found() {
        assert_eq!(lines(&[("a", "b"), ("b", "A")]), [(2, 3), (3, 2)]);
        assert_eq!(
            lines(&[("a", "b"), ("b", "c"), ("x", "b"), ("c", "a"), ("y", "z")]),
            [(2, 3), (3, 5), (5, 2)]
        );
        assert_eq!(lines(&[("a", "b"), ("b", "c")]), []);
        assert_eq!(lines(&[("a", "a"), ("", "b")]), []);
    }
}
