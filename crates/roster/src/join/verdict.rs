//! What a rule says about two groups that share a value, and which of many groups fit each other.

use std::collections::HashSet;

use model::{NoteKind, Rule};

use super::{
    bucket::is_gateway,
    card::{Card, Place},
    names::differ,
    union::Groups,
};

/// What a rule says about two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are one person.
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

/// What is needed to judge.
pub(super) struct Judge<'a> {
    pub(super) cards: &'a [Card],
    pub(super) places: &'a [Place],
    /// Pairs that a person keeps apart, the smaller card first.
    pub(super) apart: HashSet<(u32, u32)>,
}

impl Judge<'_> {
    /// What `rule` says about the groups of two cards that share a value under it.
    pub(super) fn verdict(&self, groups: &Groups, rule: Rule, a: u32, b: u32) -> Verdict {
        let pairs = || {
            let theirs = groups.members(b);
            groups
                .members(a)
                .flat_map(move |x| theirs.clone().map(move |y| (x, y)))
        };
        let is_apart = |(x, y): (u32, u32)| self.apart.contains(&(x.min(y), x.max(y)));
        if !self.apart.is_empty() && pairs().any(is_apart) {
            return Verdict::Apart;
        }
        let pairs = || pairs().map(|(x, y)| (&self.cards[x as usize], &self.cards[y as usize]));
        let doubtful = !self.is_certain(rule, a, b)
            && (disagree(pairs().filter_map(logins_agree))
                || disagree(pairs().filter_map(names_agree)));
        let collisions = pairs().filter(|(x, y)| x.place == y.place);
        let worst = collisions
            .map(|(x, y)| self.collision(rule, x, y))
            .max_by_key(|verdict| *verdict == Verdict::Collide);
        match worst {
            // An address that people of other names use too is a shared one.
            Some(Verdict::Collide) if doubtful && rule == Rule::Email => Verdict::Apart,
            Some(verdict) => verdict,
            None if doubtful => Verdict::Propose,
            None => Verdict::Join,
        }
    }

    /// Whether names and logins cannot speak against a join: a person made it, or one record names the other.
    fn is_certain(&self, rule: Rule, a: u32, b: u32) -> bool {
        let on_gateway = |i: u32| is_gateway(&self.cards[i as usize], self.places);
        match rule {
            Rule::Decision => true,
            Rule::CrossReference => on_gateway(a) != on_gateway(b),
            Rule::Number | Rule::Login | Rule::Email | Rule::Name => false,
        }
    }

    fn collision(&self, rule: Rule, x: &Card, y: &Card) -> Verdict {
        if rule == Rule::Login && is_gateway(x, self.places) && x.number != y.number {
            Verdict::SecondLine
        } else if x.enabled && y.enabled {
            Verdict::Collide
        } else {
            // A leaver's record that was left behind does not stand in the successor's way.
            Verdict::Apart
        }
    }

    /// Whether two groups could be one person: nobody keeps them apart, and no connection has a record of both.
    pub(super) fn could_be_one(&self, groups: &Groups, a: u32, b: u32) -> bool {
        let place = |i: u32| self.cards[i as usize].place;
        !groups.members(a).any(|x| {
            groups
                .members(b)
                .any(|y| place(x) == place(y) || self.apart.contains(&(x.min(y), x.max(y))))
        })
    }

    /// Whether any record of a card's group is active.
    pub(super) fn is_active(&self, groups: &Groups, card: u32) -> bool {
        groups.members(card).any(|i| self.cards[i as usize].enabled)
    }

    /// What is to be said about two groups that share a value and are not joined.
    pub(super) fn remark(
        &self,
        groups: &Groups,
        rule: Rule,
        (a, b): (u32, u32),
        verdict: Verdict,
    ) -> Option<(NoteKind, String)> {
        let what = subject(rule);
        Some(match verdict {
            Verdict::Apart => return None,
            // The groups were fit for each other and a third one stood between them.
            Verdict::Join => (
                NoteKind::Conflict,
                format!("another person's record has {what} too"),
            ),
            Verdict::Collide => (NoteKind::Conflict, self.collide_text(groups, what, (a, b))),
            Verdict::Propose => (
                NoteKind::Proposal,
                format!("another entry has {what}, but name or login differ"),
            ),
            Verdict::SecondLine => (
                NoteKind::SecondLine,
                "a second phone of one person on the same gateway".to_owned(),
            ),
        })
    }

    fn collide_text(&self, groups: &Groups, what: &str, (a, b): (u32, u32)) -> String {
        let place = |i: u32| self.cards[i as usize].place;
        let name = |place: u16| &self.places[usize::from(place)].name;
        if place(a) == place(b) {
            return format!("two records of {} have {what}", name(place(a)));
        }
        let theirs: Vec<u16> = groups.members(b).map(place).collect();
        let both = groups.members(a).map(place).find(|p| theirs.contains(p));
        let both = both.map_or("one connection", |place| name(place).as_str());
        format!("another entry has {what}, but each has a record of {both}")
    }
}

/// Whether there are values to compare and no two of them agree. One agreement is enough: a person or a cross
/// reference may have brought records of other names into a group.
fn disagree(mut agreements: impl Iterator<Item = bool>) -> bool {
    match agreements.next() {
        None | Some(true) => false,
        Some(false) => !agreements.any(|agree| agree),
    }
}

fn logins_agree((x, y): (&Card, &Card)) -> Option<bool> {
    (x.login.is_some() && y.login.is_some()).then(|| x.login == y.login)
}

fn names_agree((x, y): (&Card, &Card)) -> Option<bool> {
    (!x.name.is_empty() && !y.name.is_empty()).then(|| !differ(&x.name, &y.name))
}

const fn subject(rule: Rule) -> &'static str {
    match rule {
        Rule::Decision => "the same person by an administrator's decision",
        Rule::CrossReference => "the same gateway account",
        Rule::Number => "the same number",
        Rule::Login => "the same login",
        Rule::Email => "the same e-mail address",
        Rule::Name => "a similar name",
    }
}

/// The verdicts about every pair of a few groups, numbered from 0.
pub(super) struct Verdicts {
    count: usize,
    pairs: Vec<(usize, usize, Verdict)>,
}

impl Verdicts {
    pub(super) fn of(count: usize, verdict: impl Fn(usize, usize) -> Verdict) -> Self {
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        Self {
            count,
            pairs: pairs.map(|(a, b)| (a, b, verdict(a, b))).collect(),
        }
    }

    /// Every pair, the smaller number first.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, usize, Verdict)> + '_ {
        self.pairs.iter().copied()
    }

    /// The sets of groups that all join each other. A set in which some pair does not is left as it was, unless
    /// only people who left, or further phones, stand in the way.
    pub(super) fn fitting(&self, active: &[bool]) -> Vec<Vec<usize>> {
        let mut fitting = Vec::new();
        for set in self.connected(&(0..self.count).collect::<Vec<_>>()) {
            if self.fit(&set) {
                fitting.push(set);
                continue;
            }
            let staying: Vec<usize> = set.into_iter().filter(|i| active[*i]).collect();
            for set in self.connected(&staying) {
                fitting.extend(self.without_second_lines(set));
            }
        }
        fitting
    }

    /// The parts of `among` that hang together by joins, single ones left out.
    fn connected(&self, among: &[usize]) -> Vec<Vec<usize>> {
        let mut part: Vec<usize> = (0..self.count).collect();
        for (a, b, verdict) in self.all() {
            if verdict == Verdict::Join && among.contains(&a) && among.contains(&b) {
                let (from, to) = (part[a].max(part[b]), part[a].min(part[b]));
                part.iter_mut()
                    .filter(|p| **p == from)
                    .for_each(|p| *p = to);
            }
        }
        among
            .iter()
            .map(|first| {
                let same = among.iter().filter(|i| part[**i] == *first);
                same.copied().collect::<Vec<_>>()
            })
            .filter(|set| set.len() > 1)
            .collect()
    }

    /// The pairs within a set that do not join.
    fn misfits<'a>(&'a self, set: &'a [usize]) -> impl Iterator<Item = (usize, usize, Verdict)> {
        self.all().filter(|(a, b, verdict)| {
            *verdict != Verdict::Join && set.contains(a) && set.contains(b)
        })
    }

    fn fit(&self, set: &[usize]) -> bool {
        self.misfits(set).next().is_none()
    }

    /// Of several phones on one gateway the first is joined; none where anything else does not fit.
    fn without_second_lines(&self, set: Vec<usize>) -> Option<Vec<usize>> {
        let only_lines = self
            .misfits(&set)
            .all(|(_, _, verdict)| verdict == Verdict::SecondLine);
        let mut kept: Vec<usize> = Vec::new();
        for group in set {
            kept.push(group);
            if !self.fit(&kept) {
                kept.pop();
            }
        }
        (only_lines && kept.len() > 1).then_some(kept)
    }
}
