//! The grouping itself: rules in their order, each on whole buckets of records with one value, so that the
//! outcome does not depend on the order in which records came.

use std::collections::{HashMap, HashSet};

use model::{ComponentKind, NoteKind, Rule};

use super::{
    card::{Card, Key, Place},
    names::differ,
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

/// Groups cards, which are put into their canonical order first. `decisions` are pairs of records that a
/// person put together (`true`) or keeps apart.
pub fn group(
    cards: &mut [Card],
    places: &[Place],
    decisions: &[(model::RecordId, model::RecordId, bool)],
) -> Grouping {
    cards.sort_by_key(|card| (places[usize::from(card.place)].kind, card.order));
    let mut work = Work::new(cards, places, decisions);
    for rule in Rule::ALL {
        for bucket in work.buckets(rule) {
            work.resolve(rule, &bucket);
        }
    }
    work.finish()
}

struct Work<'a> {
    cards: &'a [Card],
    places: &'a [Place],
    /// Union-find: the parent of each card.
    parent: Vec<u32>,
    /// The members of a group as a ring, so that merging two groups swaps two links.
    ring: Vec<u32>,
    edge: Vec<Option<Edge>>,
    remarks: HashMap<u32, Vec<Remark>>,
    together: Vec<(u32, u32)>,
    apart: HashSet<(u32, u32)>,
}

/// What a rule says about two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Join,
    /// Names or logins differ: a person decides.
    Propose,
    /// Two active records of one connection would be one person.
    Collide,
    /// A further phone of one person on one gateway.
    SecondLine,
    /// A person said so, or a record that is not active stands in the way.
    Apart,
}

impl<'a> Work<'a> {
    fn new(
        cards: &'a [Card],
        places: &'a [Place],
        decisions: &[(model::RecordId, model::RecordId, bool)],
    ) -> Self {
        let count = u32::try_from(cards.len()).expect("records are counted in 32 bits");
        let index: HashMap<_, _> = if decisions.is_empty() {
            HashMap::new()
        } else {
            cards
                .iter()
                .zip(0..)
                .map(|(card, i)| (card.id, i))
                .collect()
        };
        let mut together = Vec::new();
        let mut apart = HashSet::new();
        for (a, b, joined) in decisions {
            if let (Some(&a), Some(&b)) = (index.get(a), index.get(b)) {
                if *joined {
                    together.push((a.min(b), a.max(b)));
                } else {
                    apart.insert((a.min(b), a.max(b)));
                }
            }
        }
        together.sort_unstable();
        Self {
            cards,
            places,
            parent: (0..count).collect(),
            ring: (0..count).collect(),
            edge: vec![None; cards.len()],
            remarks: HashMap::new(),
            together,
            apart,
        }
    }

    fn card(&self, i: u32) -> &'a Card {
        &self.cards[i as usize]
    }

    fn root(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            let up = self.parent[self.parent[i as usize] as usize];
            self.parent[i as usize] = up;
            i = up;
        }
        i
    }

    fn members(&self, of: u32) -> Vec<u32> {
        let mut members = vec![of];
        let mut next = self.ring[of as usize];
        while next != of {
            members.push(next);
            next = self.ring[next as usize];
        }
        members
    }

    fn merge(&mut self, a: u32, b: u32, rule: Rule, with: (u32, u32)) {
        let (a, b) = (self.root(a), self.root(b));
        let (keep, give) = (a.min(b), a.max(b));
        if keep == give {
            return;
        }
        // Every card of a group but one has an edge; the tree is turned so that `from` is that one.
        let (to, from) = with;
        self.reroot(from);
        self.edge[from as usize] = Some(Edge { rule, with: to });
        self.parent[give as usize] = keep;
        self.ring.swap(a as usize, b as usize);
    }

    /// Turns the edges of a card's group so that they lead to this card, which has none then.
    fn reroot(&mut self, card: u32) {
        let mut at = card;
        let mut incoming = None;
        while let Some(edge) = self.edge[at as usize].take() {
            self.edge[at as usize] = incoming;
            incoming = Some(Edge {
                rule: edge.rule,
                with: at,
            });
            at = edge.with;
        }
        self.edge[at as usize] = incoming;
    }

    /// The records that share a value under a rule: each bucket in canonical order, buckets by their first.
    fn buckets(&self, rule: Rule) -> Vec<Vec<u32>> {
        if rule == Rule::Decision {
            return self.together.iter().map(|(a, b)| vec![*a, *b]).collect();
        }
        let mut keyed: Vec<(Key, u32)> = Vec::new();
        let single_pbx = if rule == Rule::Number {
            self.single_pbx()
        } else {
            HashMap::new()
        };
        for (card, i) in self.cards.iter().zip(0..) {
            match rule {
                Rule::CrossReference => keyed.push((card.cross_reference, i)),
                Rule::Number => keyed.push((number_on_pbx(card, &single_pbx), i)),
                Rule::Login => keyed.extend([(card.login, i), (card.account, i)]),
                Rule::Email => keyed.push((card.email, i)),
                Rule::Decision => {}
            }
        }
        keyed.retain(|(key, _)| key.is_some());
        keyed.sort_unstable();
        keyed.dedup();
        let mut buckets: Vec<Vec<u32>> = keyed
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|bucket| bucket.len() > 1)
            .map(|bucket| bucket.iter().map(|(_, i)| *i).collect())
            .collect();
        if rule == Rule::Email {
            buckets.retain(|bucket| self.unique_on_every_side(bucket));
        }
        buckets.sort_unstable();
        buckets
    }

    /// Numbers that exist on exactly one PBX, with it.
    fn single_pbx(&self) -> HashMap<Key, Option<Key>> {
        let mut pbx: HashMap<Key, Option<Key>> = HashMap::new();
        for card in self
            .cards
            .iter()
            .filter(|c| c.number.is_some() && c.pbx.is_some())
        {
            pbx.entry(card.number)
                .and_modify(|known| {
                    if *known != Some(card.pbx) {
                        *known = None;
                    }
                })
                .or_insert(Some(card.pbx));
        }
        pbx
    }

    /// A shared mailbox is on several records of one connection: it says nothing about who is who.
    fn unique_on_every_side(&self, bucket: &[u32]) -> bool {
        let mut sides = HashSet::new();
        bucket.iter().all(|i| sides.insert(self.card(*i).place))
    }

    fn resolve(&mut self, rule: Rule, bucket: &[u32]) {
        let mut groups: Vec<(u32, u32)> = Vec::new();
        for &card in bucket {
            let root = self.root(card);
            if !groups.iter().any(|(known, _)| *known == root) {
                groups.push((root, card));
            }
        }
        // A value that very many people share is nobody's mark; it would cost the square of their number.
        if groups.len() < 2 || groups.len() > 64 {
            return;
        }
        let verdicts: Vec<(usize, usize, Verdict)> = (0..groups.len())
            .flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b)))
            .map(|(a, b)| (a, b, self.verdict(rule, groups[a].1, groups[b].1)))
            .collect();
        let joined = cliques(groups.len(), &verdicts);
        for set in &joined {
            for pair in set.windows(2) {
                let (a, b) = (groups[pair[0]].1, groups[pair[1]].1);
                self.merge(a, b, rule, (a, b));
            }
        }
        for (a, b, verdict) in verdicts {
            let (a, b) = (groups[a].1, groups[b].1);
            if self.root(a) != self.root(b) {
                self.remark(rule, a, b, verdict);
            }
        }
    }

    fn verdict(&self, rule: Rule, a: u32, b: u32) -> Verdict {
        let (a, b) = (self.members(a), self.members(b));
        let pairs = || a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
        if pairs().any(|(x, y)| self.apart.contains(&(x.min(y), x.max(y)))) {
            return Verdict::Apart;
        }
        let mut verdict = Verdict::Join;
        for (x, y) in pairs() {
            let (x, y) = (self.card(x), self.card(y));
            if x.place == y.place {
                return self.collision(rule, x, y);
            }
            let weak = matches!(rule, Rule::Number | Rule::Login | Rule::Email);
            if weak && (differ(&x.name, &y.name) || both_differ(x.login, y.login)) {
                verdict = Verdict::Propose;
            }
        }
        verdict
    }

    fn collision(&self, rule: Rule, x: &Card, y: &Card) -> Verdict {
        let gateway = self.places[usize::from(x.place)].kind == ComponentKind::Mbg;
        if gateway && rule == Rule::Login && x.number != y.number {
            return Verdict::SecondLine;
        }
        // A leaver's record that was left behind does not stand in the successor's way.
        if x.enabled && y.enabled {
            Verdict::Collide
        } else {
            Verdict::Apart
        }
    }

    fn remark(&mut self, rule: Rule, a: u32, b: u32, verdict: Verdict) {
        let what = subject(rule);
        let (kind, text) = match verdict {
            Verdict::Apart => return,
            // The groups were fit for each other and a third one stood between them.
            Verdict::Join => (
                NoteKind::Conflict,
                format!("another person's record has {what} too"),
            ),
            Verdict::Collide => {
                let place = self.colliding_place(a, b);
                (
                    NoteKind::Conflict,
                    format!("two records of {place} have {what}"),
                )
            }
            Verdict::Propose => (
                NoteKind::Proposal,
                format!("another entry has {what}, but name or login differ"),
            ),
            Verdict::SecondLine => (
                NoteKind::SecondLine,
                "a second phone of one person on the same gateway".to_owned(),
            ),
        };
        let (later, earlier) = (a.max(b), a.min(b));
        let sides = if kind == NoteKind::SecondLine {
            vec![(later, earlier)]
        } else {
            vec![(a, b), (b, a)]
        };
        for (at, other) in sides {
            let remarks = self.remarks.entry(at).or_default();
            let remark = Remark {
                kind,
                rule,
                other,
                text: text.clone(),
            };
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
    }

    fn colliding_place(&self, a: u32, b: u32) -> String {
        let theirs: Vec<_> = self
            .members(b)
            .into_iter()
            .map(|i| self.card(i).place)
            .collect();
        let shared = self
            .members(a)
            .into_iter()
            .map(|i| self.card(i).place)
            .find(|p| theirs.contains(p));
        shared.map_or_else(String::new, |place| {
            self.places[usize::from(place)].name.clone()
        })
    }

    fn finish(mut self) -> Grouping {
        let count = u32::try_from(self.cards.len()).expect("records are counted in 32 bits");
        let root: Vec<u32> = (0..count).map(|i| self.root(i)).collect();
        // What a weaker rule joined after all needs no remark.
        for (at, remarks) in &mut self.remarks {
            remarks.retain(|remark| root[*at as usize] != root[remark.other as usize]);
        }
        Grouping {
            root,
            edge: self.edge,
            remarks: self.remarks,
        }
    }
}

fn number_on_pbx(card: &Card, single_pbx: &HashMap<Key, Option<Key>>) -> Key {
    let pbx = if card.pbx.is_some() {
        card.pbx
    } else {
        single_pbx
            .get(&card.number)
            .copied()
            .flatten()
            .unwrap_or(Key::NONE)
    };
    if card.number.is_some() && pbx.is_some() {
        card.number.with(pbx)
    } else {
        Key::NONE
    }
}

fn both_differ(a: Key, b: Key) -> bool {
    a.is_some() && b.is_some() && a != b
}

const fn subject(rule: Rule) -> &'static str {
    match rule {
        Rule::Decision => "the same person by an administrator's decision",
        Rule::CrossReference => "the same gateway account",
        Rule::Number => "the same number",
        Rule::Login => "the same login",
        Rule::Email => "the same e-mail address",
    }
}

/// The sets of groups that all join each other; a set in which some pair does not is left as it was.
fn cliques(count: usize, verdicts: &[(usize, usize, Verdict)]) -> Vec<Vec<usize>> {
    let mut set: Vec<usize> = (0..count).collect();
    for &(a, b, verdict) in verdicts {
        if verdict == Verdict::Join {
            let (from, to) = (set[a].max(set[b]), set[a].min(set[b]));
            set.iter_mut().filter(|s| **s == from).for_each(|s| *s = to);
        }
    }
    let mut sets: Vec<Vec<usize>> = (0..count)
        .map(|first| (0..count).filter(|i| set[*i] == first).collect::<Vec<_>>())
        .filter(|set| set.len() > 1)
        .collect();
    sets.retain(|members| {
        verdicts.iter().all(|(a, b, verdict)| {
            *verdict == Verdict::Join || !(members.contains(a) && members.contains(b))
        })
    });
    sets
}
