//! Rule 6: people of similar names in one department, or with the same end of their number, who may be one person.
//! Nothing is joined by it. Names are compared within blocks of a few groups alone, so that the work grows with the
//! number of records and not with its square.

use std::collections::HashSet;

use super::{
    card::{Card, Key},
    names::differ,
    union::Groups,
};

/// A block of more groups than this says nothing about anybody.
const BLOCK_MAX: usize = 64;
/// From here on names are similar (Jaro-Winkler, 1 is equal).
const SIMILAR: f64 = 0.93;
/// Of each word of a name so many letters make a block.
const LETTERS: usize = 4;

/// What two groups have in common besides their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// The department.
    Department,
    /// The end of the number.
    Tail,
}

/// Pairs of groups that may be one person, by their first card in a block; each pair once. `full` says of a group that
/// nothing can be added to it.
pub(super) fn similar(
    cards: &[Card],
    groups: &mut Groups,
    full: impl Fn(&Groups, u32) -> bool,
) -> Vec<(u32, u32, Alike)> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (alike, members) in blocks(cards, groups, full) {
        for (n, a) in members.iter().enumerate() {
            for b in &members[n + 1..] {
                let roots = (groups.root(*a), groups.root(*b));
                if are_similar(&cards[*a as usize].name, &cards[*b as usize].name)
                    && seen.insert((roots.0.min(roots.1), roots.0.max(roots.1)))
                {
                    found.push((*a, *b, alike));
                }
            }
        }
    }
    found
}

/// The blocks of two groups and more, each group by its first card there, in canonical order.
fn blocks(
    cards: &[Card],
    groups: &mut Groups,
    full: impl Fn(&Groups, u32) -> bool,
) -> Vec<(Alike, Vec<u32>)> {
    let mut keyed = Vec::new();
    for (card, i) in cards.iter().zip(0..) {
        let open = card.enabled && !card.name.is_empty() && !full(groups, i);
        if open {
            keyed.extend(keys(card).map(|(key, alike)| (key, i, alike)));
        }
    }
    keyed.sort_unstable_by_key(|(key, i, _)| (*key, *i));
    keyed.dedup_by_key(|(key, i, _)| (*key, *i));
    let mut blocks: Vec<_> = keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|block| block.len() > 1)
        .filter_map(|block| Some((block[0].2, firsts(block, groups)?)))
        .collect();
    blocks.sort_unstable_by(|a, b| a.1.cmp(&b.1));
    blocks
}

fn keys(card: &Card) -> impl Iterator<Item = (Key, Alike)> {
    let words = card.name.split(' ').filter(|word| word.chars().count() > 2);
    words.flat_map(|word| {
        let begins: String = word.chars().take(LETTERS).collect();
        let with = |key: Key, alike: Alike, name: &str| {
            key.is_some()
                .then(|| (Key::of(&[name, &begins]).with(key), alike))
        };
        let department = with(card.department, Alike::Department, "department");
        let tail = with(card.tail, Alike::Tail, "tail");
        [department, tail].into_iter().flatten().collect::<Vec<_>>()
    })
}

/// The first card of each group in a block; none where there are too few or too many.
fn firsts(block: &[(Key, u32, Alike)], groups: &mut Groups) -> Option<Vec<u32>> {
    let (mut roots, mut firsts) = (Vec::new(), Vec::new());
    for (_, card, _) in block {
        let root = groups.root(*card);
        if !roots.contains(&root) {
            roots.push(root);
            firsts.push(*card);
        }
        if firsts.len() > BLOCK_MAX {
            return None;
        }
    }
    (firsts.len() > 1).then_some(firsts)
}

fn are_similar(a: &str, b: &str) -> bool {
    !differ(a, b) || strsim::jaro_winkler(a, b) >= SIMILAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_similar_and_another_name_is_not() {
        assert!(are_similar("johnson katherine", "johnson katharina"));
        assert!(are_similar("ada lovelace", "ada lovelace"));
        assert!(!are_similar("ada lovelace", "grace lovelace"));
        assert!(!are_similar("li wu", "li xu"));
    }
}
