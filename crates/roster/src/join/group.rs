//! The grouping itself: rules in their order, each on whole buckets of records with one value, so that the
//! outcome does not depend on the order in which records came.

use std::collections::HashMap;

use model::{NoteKind, RecordId, Rule};

use super::{
    bucket::buckets,
    card::{Card, Place},
    similar::{Alike, similar},
    union::Groups,
    verdict::{Judge, Verdict, Verdicts},
};

/// The join that tied a card to its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// By which rule.
    pub rule: Rule,
    /// With which card.
    pub with: u32,
}

/// Something to be said at a card's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind.
    pub kind: NoteKind,
    /// By which rule it came up.
    pub rule: Rule,
    /// The card whose entry is the other side.
    pub other: u32,
    /// Why, for a person.
    pub text: String,
}

/// Which cards are one person.
#[derive(Debug)]
pub struct Grouping {
    /// For every card the smallest card of its group.
    pub root: Vec<u32>,
    /// For every card but one of each group, the join that tied it.
    pub edge: Vec<Option<Edge>>,
    /// Remarks by card.
    pub remarks: HashMap<u32, Vec<Remark>>,
}

/// A value that more people share than this is nobody's mark; comparing them would cost the square of their number.
const SHARED_MAX: usize = 64;

/// Groups cards, which are put into their canonical order first. `decisions` are pairs of records that a
/// person put together (`true`) or keeps apart.
pub fn group(
    cards: &mut [Card],
    places: &[Place],
    decisions: &[(RecordId, RecordId, bool)],
) -> Grouping {
    cards.sort_unstable_by_key(|card| (places[usize::from(card.place)].kind, card.order));
    let (together, apart) = decided(cards, decisions);
    let mut work = Work {
        judge: Judge {
            cards,
            places,
            apart: apart.into_iter().collect(),
        },
        groups: Groups::new(cards.len()),
        remarks: HashMap::new(),
    };
    for (a, b) in together {
        work.resolve(Rule::Decision, &[a, b]);
    }
    for rule in Rule::ALL {
        for bucket in buckets(rule, cards, places) {
            work.resolve(rule, &bucket);
        }
    }
    work.resemble();
    work.finish()
}

type Pairs = Vec<(u32, u32)>;

/// The decisions about cards that are there: pairs to be together and pairs to be apart, each in canonical order.
fn decided(cards: &[Card], decisions: &[(RecordId, RecordId, bool)]) -> (Pairs, Pairs) {
    if decisions.is_empty() {
        return Default::default();
    }
    let index: HashMap<RecordId, u32> = cards.iter().map(|card| card.id).zip(0..).collect();
    let mut pairs: Vec<_> = decisions
        .iter()
        .filter_map(|(a, b, together)| {
            let (a, b) = (*index.get(a)?, *index.get(b)?);
            Some((*together, (a.min(b), a.max(b))))
        })
        .collect();
    pairs.sort_unstable();
    let (together, apart): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|(together, _)| *together);
    let pairs = |of: Vec<(bool, (u32, u32))>| of.into_iter().map(|(_, pair)| pair).collect();
    (pairs(together), pairs(apart))
}

struct Work<'a> {
    judge: Judge<'a>,
    groups: Groups,
    remarks: HashMap<u32, Vec<Remark>>,
}

impl Work<'_> {
    /// Joins the groups whose cards share a value, as far as they fit each other; says what does not fit.
    fn resolve(&mut self, rule: Rule, bucket: &[u32]) {
        let Some(cards) = self.one_of_each_group(bucket) else {
            return;
        };
        let verdicts = Verdicts::of(cards.len(), |a, b| {
            self.judge.verdict(&self.groups, rule, cards[a], cards[b])
        });
        let active: Vec<bool> = cards
            .iter()
            .map(|card| self.judge.is_active(&self.groups, *card))
            .collect();
        for set in verdicts.fitting(&active) {
            for pair in set.windows(2) {
                self.groups.join(rule, cards[pair[0]], cards[pair[1]]);
            }
        }
        for (a, b, verdict) in verdicts.all() {
            let pair = (cards[a], cards[b]);
            if self.groups.root(pair.0) == self.groups.root(pair.1) {
                continue;
            }
            if verdict != Verdict::Join {
                self.remark(rule, pair, verdict);
            } else if active[a] && active[b] {
                // Fit for each other, but a third one stood between them, or joined one of them.
                let verdict = self.judge.verdict(&self.groups, rule, pair.0, pair.1);
                self.remark(rule, pair, verdict);
            }
        }
    }

    /// The first card of each group in a bucket; none where there is nothing to join.
    fn one_of_each_group(&mut self, bucket: &[u32]) -> Option<Vec<u32>> {
        let mut roots = Vec::new();
        let mut firsts = Vec::new();
        for &card in bucket {
            let root = self.groups.root(card);
            if !roots.contains(&root) {
                roots.push(root);
                firsts.push(card);
            }
            if firsts.len() > SHARED_MAX {
                return None;
            }
        }
        (firsts.len() > 1).then_some(firsts)
    }

    /// Proposes who is similar, where no rule said anything about the two.
    fn resemble(&mut self) {
        let places = self.judge.places.len();
        let full = |groups: &Groups, card: u32| groups.members(card).count() >= places;
        let pairs = similar(self.judge.cards, &mut self.groups, full);
        for (a, b, alike) in pairs {
            if !self.judge.could_be_one(&self.groups, a, b) || self.is_remarked(a, b) {
                continue;
            }
            let text = match alike {
                Alike::Department => "another entry has a similar name in the same department",
                Alike::Tail => "another entry has a similar name and the same end of its number",
            };
            for (at, other) in [(a, b), (b, a)] {
                self.remarks.entry(at).or_default().push(Remark {
                    kind: NoteKind::Proposal,
                    rule: Rule::Name,
                    other,
                    text: text.to_owned(),
                });
            }
        }
    }

    /// Whether something was said at one group about the other.
    fn is_remarked(&mut self, a: u32, b: u32) -> bool {
        let root = self.groups.root(b);
        let members: Vec<u32> = self.groups.members(a).collect();
        let others: Vec<u32> = members
            .iter()
            .filter_map(|member| self.remarks.get(member))
            .flatten()
            .map(|remark| remark.other)
            .collect();
        others
            .into_iter()
            .any(|other| self.groups.root(other) == root)
    }

    fn remark(&mut self, rule: Rule, (a, b): (u32, u32), verdict: Verdict) {
        let Some((kind, text)) = self.judge.remark(&self.groups, rule, (a, b), verdict) else {
            return;
        };
        let sides = if verdict == Verdict::SecondLine {
            let (first, second) = self.first_and_second_line(a, b);
            vec![(second, first)]
        } else {
            vec![(a, b), (b, a)]
        };
        for (at, other) in sides {
            let remark = Remark {
                kind,
                rule,
                other,
                text: text.clone(),
            };
            let remarks = self.remarks.entry(at).or_default();
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
    }

    /// The first line is the one that more is known about.
    fn first_and_second_line(&self, a: u32, b: u32) -> (u32, u32) {
        let known = |card| self.groups.members(card).count();
        if known(a) < known(b) { (b, a) } else { (a, b) }
    }

    fn finish(self) -> Grouping {
        let (root, edge) = self.groups.finish();
        let mut remarks = self.remarks;
        // What a weaker rule joined after all needs no remark, and an entry is named once.
        remarks.retain(|at, remarks| {
            remarks.retain(|remark| root[*at as usize] != root[remark.other as usize]);
            remarks.dedup_by_key(|r| (r.kind, r.rule, root[r.other as usize], r.text.clone()));
            !remarks.is_empty()
        });
        Grouping {
            root,
            edge,
            remarks,
        }
    }
}
