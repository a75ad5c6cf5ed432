//! Which records share a value under a rule. What follows from that is left to the grouping.

use std::collections::{HashMap, HashSet};

use model::Rule;

use super::card::{Card, Key, Place};

/// The records that share a value under a rule, in canonical order; buckets by their first record.
pub(super) fn buckets(rule: Rule, cards: &[Card], places: &[Place]) -> Vec<Vec<u32>> {
    let mut keyed = keyed(rule, cards);
    keyed.retain(|(key, _)| key.is_some());
    keyed.sort_unstable();
    keyed.dedup();
    let mut buckets: Vec<Vec<u32>> = keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|bucket| bucket.len() > 1)
        .map(|bucket| bucket.iter().map(|(_, i)| *i).collect())
        .collect();
    match rule {
        Rule::CrossReference => buckets.retain(|bucket| is_reference(bucket, cards, places)),
        Rule::Email => buckets.retain(|bucket| is_unique_on_every_side(bucket, cards)),
        Rule::Decision | Rule::Number | Rule::Login | Rule::Name => {}
    }
    buckets.sort_unstable();
    buckets
}

fn keyed(rule: Rule, cards: &[Card]) -> Vec<(Key, u32)> {
    let numbered = cards.iter().zip(0..);
    match rule {
        Rule::Decision | Rule::Name => vec![],
        Rule::CrossReference => numbered.map(|(c, i)| (c.cross_reference, i)).collect(),
        Rule::Number => {
            let pbx = single_pbx(cards);
            numbered.map(|(c, i)| (on_pbx(c, &pbx), i)).collect()
        }
        Rule::Login => numbered
            .flat_map(|(c, i)| [(c.login, i), (c.account, i)])
            .collect(),
        Rule::Email => numbered.map(|(c, i)| (c.email, i)).collect(),
    }
}

/// A reference has two ends: an account on a border gateway or registrar, and a record elsewhere that names it.
fn is_reference(bucket: &[u32], cards: &[Card], places: &[Place]) -> bool {
    let on_gateway = |i: &u32| is_gateway(&cards[*i as usize], places);
    bucket.iter().any(on_gateway) && !bucket.iter().all(on_gateway)
}

/// Whether a record is an account on a border gateway or registrar.
pub(super) fn is_gateway(card: &Card, places: &[Place]) -> bool {
    places[usize::from(card.place)].kind.keeps_accounts()
}

/// A shared mailbox is on several records of one connection: it says nothing about who is who.
fn is_unique_on_every_side(bucket: &[u32], cards: &[Card]) -> bool {
    let mut sides = HashSet::new();
    bucket
        .iter()
        .all(|i| sides.insert(cards[*i as usize].place))
}

/// For each number of a record that names no PBX the only one that it exists on; [`Key::NONE`] where it exists on
/// several.
fn single_pbx(cards: &[Card]) -> HashMap<Key, Key> {
    let numbered = |on_pbx: bool| {
        let wanted = move |c: &&Card| c.number.is_some() && c.pbx.is_some() == on_pbx;
        cards.iter().filter(wanted)
    };
    let asked: HashSet<Key> = numbered(false).map(|card| card.number).collect();
    let mut single = HashMap::new();
    for card in numbered(true).filter(|card| asked.contains(&card.number)) {
        let pbx = single.entry(card.number).or_insert(card.pbx);
        if *pbx != card.pbx {
            *pbx = Key::NONE;
        }
    }
    single
}

fn on_pbx(card: &Card, single: &HashMap<Key, Key>) -> Key {
    let pbx = if card.pbx.is_some() {
        card.pbx
    } else {
        single.get(&card.number).copied().unwrap_or_default()
    };
    if card.number.is_some() && pbx.is_some() {
        card.number.with(pbx)
    } else {
        Key::NONE
    }
}
