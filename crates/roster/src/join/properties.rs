//! What holds of joining whatever the records are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{ComponentKind, ConnectionId, EntryId, NoteKind, Record, RecordId, Rule};
use proptest::{collection::vec, prelude::*, sample::select};
use uuid::Uuid;

use super::{Card, Grouping, Place, group, keep};

fn places() -> Vec<Place> {
    use ComponentKind::{ClientService, Ldap, Mbg, Usp};
    let place = |(i, (kind, default_pbx)): (u128, (ComponentKind, &str))| Place {
        id: ConnectionId(Uuid::from_u128(i)),
        name: format!("place-{i}"),
        kind,
        default_pbx: default_pbx.to_owned(),
    };
    let kinds = [
        (Usp, ""),
        (Mbg, ""),
        (ClientService, "B"),
        (Ldap, ""),
        (Mbg, "A"),
    ];
    (0..).zip(kinds).map(place).collect()
}

/// A record of a world so small that everything collides.
fn a_record() -> impl Strategy<Value = (u16, Record)> {
    let names = vec!["", "Ada Lovelace", "A. Lovelace", "Grace Hopper"];
    (
        0..5_u16,
        select(names),
        select(vec!["", "1", "2#", "2*"]),
        select(vec!["", "A", "B"]),
        select(vec!["", "x", "y"]),
        select(vec!["", "x", "y"]),
        select(vec!["", "x-1", "y-1", "x-2*"]),
        (
            select(vec!["", "m@x.org", "n@x.org"]),
            prop::bool::weighted(0.8),
        ),
    )
        .prop_map(
            |(place, name, number, pbx, login, account, user_name, (email, enabled))| {
                let record = Record {
                    display_name: name.into(),
                    directory_number: number.into(),
                    pbx: pbx.into(),
                    login: login.into(),
                    client_service_account: account.into(),
                    mbg_user_name: user_name.into(),
                    email: email.into(),
                    enabled,
                    ..Record::default()
                };
                (place, record)
            },
        )
}

/// Records with ids of their own, and a person's decisions about some of them.
fn a_world() -> impl Strategy<Value = (Vec<Card>, Vec<(RecordId, RecordId, bool)>)> {
    let decision = (0..24_i64, 0..24_i64, any::<bool>());
    (vec(a_record(), 0..24), vec(decision, 0..4)).prop_map(|(records, decisions)| {
        let places = places();
        let card = |(id, (place, record)): (i64, (u16, Record))| {
            let record = Record {
                source_id: format!("s{id}"),
                ..record
            };
            Card::of(RecordId(id), place, &places[usize::from(place)], &record)
        };
        let decisions = decisions.into_iter().filter(|(a, b, _)| a != b);
        (
            (0..).zip(records).map(card).collect(),
            decisions
                .map(|(a, b, together)| (RecordId(a), RecordId(b), together))
                .collect(),
        )
    })
}

type Told = BTreeSet<(RecordId, RecordId, NoteKind, Rule, String)>;

/// A grouping in terms of records: the groups, and every remark.
fn told(cards: &[Card], grouping: &Grouping) -> (BTreeSet<BTreeSet<RecordId>>, Told) {
    let mut groups: BTreeMap<u32, BTreeSet<RecordId>> = BTreeMap::new();
    for (card, root) in cards.iter().zip(&grouping.root) {
        groups.entry(*root).or_default().insert(card.id);
    }
    let id = |i: u32| cards[i as usize].id;
    let remarks = grouping.remarks.iter().flat_map(|(at, remarks)| {
        remarks
            .iter()
            .map(|r| (id(*at), id(r.other), r.kind, r.rule, r.text.clone()))
    });
    (groups.into_values().collect(), remarks.collect())
}

/// Gives every card the entry that it gets, as the order `Join` does.
fn give_entries(cards: &mut [Card], grouping: &Grouping, next: &mut i64) {
    let kept = keep(cards, grouping, &HashSet::new());
    let mut entry = kept.entry;
    for root in kept.unnamed {
        entry.insert(root, EntryId(*next));
        *next += 1;
    }
    for (card, root) in cards.iter_mut().zip(&grouping.root) {
        card.entry = Some(entry[root]);
    }
}

proptest! {
    #[test]
    fn the_same_records_in_any_order_give_the_same_grouping_and_remarks(
        (cards, decisions) in a_world(), order in any::<prop::sample::Index>(),
    ) {
        let (mut one, mut other) = (cards.clone(), cards);
        other.reverse();
        let turn = if other.is_empty() { 0 } else { order.index(other.len()) };
        other.rotate_left(turn);
        let first = group(&mut one, &places(), &decisions);
        let again = group(&mut other, &places(), &decisions);
        prop_assert_eq!(told(&one, &first), told(&other, &again));
        let ids = |cards: &[Card]| cards.iter().map(|c| c.id).collect::<Vec<_>>();
        prop_assert_eq!(ids(&one), ids(&other));
        prop_assert_eq!(first.edge, again.edge, "the joins are the same too");
    }

    #[test]
    fn any_number_of_incremental_scans_gives_the_same_grouping(
        (cards, decisions) in a_world(), scans in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut whole = cards.clone();
        let at_once = group(&mut whole, &places(), &decisions);
        let mut ends: Vec<usize> = scans.iter().map(|s| s.index(cards.len() + 1)).collect();
        ends.push(cards.len());
        ends.sort_unstable();
        let (mut known, mut next): (Vec<Card>, i64) = (vec![], 1);
        let mut last = None;
        for end in ends {
            let seen = known.len();
            known.extend(cards[seen..end.max(seen)].iter().cloned());
            let grouping = group(&mut known, &places(), &decisions);
            give_entries(&mut known, &grouping, &mut next);
            last = Some(grouping);
        }
        let last = last.expect("there is always a last scan");
        prop_assert_eq!(told(&whole, &at_once), told(&known, &last));
        let mut entries: BTreeMap<EntryId, BTreeSet<RecordId>> = BTreeMap::new();
        for card in &known {
            entries.entry(card.entry.expect("was given one")).or_default().insert(card.id);
        }
        let by_entry: BTreeSet<_> = entries.into_values().collect();
        prop_assert_eq!(by_entry, told(&whole, &at_once).0, "entries are the groups");
    }

    #[test]
    fn joining_again_moves_no_entry((cards, decisions) in a_world()) {
        let (mut known, mut next) = (cards, 1);
        let grouping = group(&mut known, &places(), &decisions);
        give_entries(&mut known, &grouping, &mut next);
        let before: Vec<_> = known.iter().map(|c| (c.id, c.entry)).collect();
        let grouping = group(&mut known, &places(), &decisions);
        let taken = next;
        give_entries(&mut known, &grouping, &mut next);
        prop_assert_eq!(before, known.iter().map(|c| (c.id, c.entry)).collect::<Vec<_>>());
        prop_assert_eq!(taken, next);
    }

    #[test]
    fn no_group_has_two_records_of_one_connection((mut cards, decisions) in a_world()) {
        let grouping = group(&mut cards, &places(), &decisions);
        let mut seen = HashSet::new();
        for (card, root) in cards.iter().zip(&grouping.root) {
            prop_assert!(seen.insert((*root, card.place)));
        }
    }

    #[test]
    fn the_joins_of_a_group_are_a_tree((mut cards, decisions) in a_world()) {
        let grouping = group(&mut cards, &places(), &decisions);
        let groups: BTreeSet<u32> = grouping.root.iter().copied().collect();
        let edges = grouping.edge.iter().flatten().count();
        prop_assert_eq!(edges, cards.len() - groups.len());
        // As many edges as needed and no circle: following them ends at the one card without.
        for start in 0..cards.len() {
            let (mut at, mut steps) = (start, 0);
            while let Some(edge) = grouping.edge[at] {
                prop_assert_eq!(grouping.root[edge.with as usize], grouping.root[start]);
                (at, steps) = (edge.with as usize, steps + 1);
                prop_assert!(steps <= cards.len());
            }
        }
    }

    #[test]
    fn what_a_person_keeps_apart_stays_apart((mut cards, decisions) in a_world()) {
        let grouping = group(&mut cards, &places(), &decisions);
        let root = |id| cards.iter().zip(&grouping.root).find(|(c, _)| c.id == id).map(|(_, r)| *r);
        // The same pair may have been decided both ways in this world; in the database the last word counts.
        for (a, b, together) in &decisions {
            if !together && let (Some(a), Some(b)) = (root(*a), root(*b)) {
                prop_assert_ne!(a, b);
            }
        }
    }

    #[test]
    fn what_a_person_links_is_joined_if_it_can_be((mut cards, decisions) in a_world()) {
        let Some(link) = decisions.iter().find(|d| d.2) else { return Ok(()) };
        let grouping = group(&mut cards, &places(), &[*link]);
        let find = |id| cards.iter().zip(&grouping.root).find(|(c, _)| c.id == id);
        if let (Some((a, root_a)), Some((b, root_b))) = (find(link.0), find(link.1)) {
            prop_assert_eq!(root_a == root_b, a.place != b.place);
        }
    }
}
