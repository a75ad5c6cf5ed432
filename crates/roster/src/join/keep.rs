//! Which entry each group keeps, so that entries have the same id from scan to scan.

use std::collections::{HashMap, HashSet};

use model::EntryId;

use super::{card::Card, group::Grouping};

/// What each group is called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The entry of each group that keeps one, by the group's root.
    pub(crate) entry: HashMap<u32, EntryId>,
    /// The roots of the groups that need a new one, in the order of their earliest record.
    pub(crate) unnamed: Vec<u32>,
}

/// The entries of which a group could keep another one: only where it matters who has a user.
pub(crate) fn contested(cards: &[Card], grouping: &Grouping) -> Vec<EntryId> {
    let mut first: HashMap<u32, EntryId> = HashMap::new();
    let mut contested = Vec::new();
    for (card, root) in cards.iter().zip(&grouping.root) {
        let Some(entry) = card.entry else { continue };
        let known = *first.entry(*root).or_insert(entry);
        if known != entry {
            contested.extend([known, entry]);
        }
    }
    contested.sort_unstable();
    contested.dedup();
    contested
}

/// Decides which group keeps which entry. An entry belongs to the group of its earliest record. A group that several
/// belong to keeps the one whose user was imported, else the earliest: so a user follows its person. An entry that
/// is left over goes to the earliest group that has a record of it and nothing else.
pub(crate) fn keep(cards: &[Card], grouping: &Grouping, imported: &HashSet<EntryId>) -> Kept {
    let mut by_age: Vec<u32> = (0..).take(cards.len()).collect();
    by_age.sort_unstable_by_key(|i| cards[*i as usize].id);
    let root = |i: u32| grouping.root[i as usize];
    let mut owned = HashSet::new();
    let mut entry: HashMap<u32, EntryId> = HashMap::new();
    for &i in &by_age {
        let Some(own) = cards[i as usize].entry.filter(|own| owned.insert(*own)) else {
            continue;
        };
        let kept = entry.entry(root(i)).or_insert(own);
        if imported.contains(&own) && !imported.contains(kept) {
            *kept = own;
        }
    }
    let mut taken: HashSet<EntryId> = entry.values().copied().collect();
    for &i in &by_age {
        if let Some(own) = cards[i as usize].entry
            && !entry.contains_key(&root(i))
            && taken.insert(own)
        {
            entry.insert(root(i), own);
        }
    }
    let mut asked = HashSet::new();
    let unnamed = by_age
        .into_iter()
        .map(root)
        .filter(|root| !entry.contains_key(root) && asked.insert(*root))
        .collect();
    Kept { entry, unnamed }
}

#[cfg(test)]
mod tests {
    use model::{ComponentKind, ConnectionId, Record, RecordId};

    use super::*;
    use crate::join::Place;

    fn card(id: i64, entry: Option<i64>) -> Card {
        let place = Place {
            id: ConnectionId(uuid::Uuid::nil()),
            name: "usp".into(),
            kind: ComponentKind::Usp,
            default_pbx: String::new(),
        };
        let mut card = Card::of(RecordId(id), 0, &place, &Record::new(id.to_string()));
        card.entry = entry.map(EntryId);
        card
    }

    fn grouped<const N: usize>(root: [u32; N]) -> Grouping {
        Grouping {
            root: root.to_vec(),
            edge: vec![None; N],
            remarks: HashMap::new(),
        }
    }

    #[test]
    fn a_merged_group_keeps_the_entry_of_its_earliest_record_and_a_split_one_gets_a_new_id() {
        let cards = [
            card(3, Some(30)),
            card(1, Some(10)),
            card(2, Some(10)),
            card(9, None),
        ];
        let grouping = grouped([0, 0, 2, 3]);
        let kept = keep(&cards, &grouping, &HashSet::new());
        assert_eq!(kept.entry, HashMap::from([(0, EntryId(10))]));
        assert_eq!(kept.unnamed, [2, 3]);
        assert_eq!(contested(&cards, &grouping), [EntryId(10), EntryId(30)]);
    }

    #[test]
    fn an_imported_user_follows_its_person_into_a_merged_entry() {
        let cards = [card(1, Some(10)), card(2, Some(20))];
        let imported = HashSet::from([EntryId(20)]);
        let kept = keep(&cards, &grouped([0, 0]), &imported);
        assert_eq!(kept.entry[&0], EntryId(20));
    }

    #[test]
    fn an_imported_user_stays_with_the_earliest_record_of_its_entry() {
        // Entry 20 breaks up: its later record merges into entry 10, its earliest stays alone.
        let cards = [card(1, Some(10)), card(2, Some(20)), card(3, Some(20))];
        let imported = HashSet::from([EntryId(20)]);
        let kept = keep(&cards, &grouped([0, 1, 0]), &imported);
        assert_eq!(
            kept.entry,
            HashMap::from([(0, EntryId(10)), (1, EntryId(20))])
        );
    }

    #[test]
    fn what_is_left_of_a_merged_entry_keeps_its_id() {
        let cards = [card(1, Some(10)), card(2, Some(20)), card(3, Some(20))];
        let kept = keep(&cards, &grouped([0, 0, 2]), &HashSet::new());
        assert_eq!(
            kept.entry,
            HashMap::from([(0, EntryId(10)), (2, EntryId(20))])
        );
    }
}
