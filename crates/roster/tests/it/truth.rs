//! What joining made of the sandbox's people, held against the truth about them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use model::{EntryId, RecordId, Rule};
use sandbox::people::{Oddity, TruthRecord};
use store::{connections, records::Stored};

use crate::harness::Office;

/// The truth about one record beside what joining made of it.
struct Judged {
    stored: Stored,
    truth: TruthRecord,
}

/// How good the joins are, counted in pairs of records.
#[derive(Debug, Default)]
pub(crate) struct Quality {
    /// Pairs in one entry.
    pub(crate) joined: usize,
    /// Of them, pairs that are two persons.
    pub(crate) wrong: usize,
    /// Pairs that the rules can know.
    pub(crate) knowable: usize,
    /// Of them, pairs in two entries.
    pub(crate) missed: usize,
    /// Joins by rule.
    pub(crate) by_rule: BTreeMap<Rule, usize>,
    /// Every wrong join and missed pair, in words.
    pub(crate) report: String,
}

impl Quality {
    pub(crate) fn precision(&self) -> f64 {
        share(self.joined - self.wrong, self.joined)
    }

    pub(crate) fn recall(&self) -> f64 {
        share(self.knowable - self.missed, self.knowable)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let exact = |count| f64::from(u32::try_from(count).unwrap());
    exact(part) / exact(whole)
}

/// Measures the joins of an office. `directory` is the truth about its LDAP directory, if it has one.
pub(crate) async fn measure(office: &Office, directory: &[TruthRecord]) -> Quality {
    let judged = judged(office, directory).await;
    let rule_of: HashMap<RecordId, Rule> = judged
        .iter()
        .filter_map(|j| Some((j.stored.id, j.stored.join.as_ref()?.rule)))
        .collect();
    let mut quality = Quality::default();
    for rule in rule_of.values() {
        *quality.by_rule.entry(*rule).or_default() += 1;
    }
    let mut by_entry: BTreeMap<EntryId, Vec<&Judged>> = BTreeMap::new();
    let mut by_group: BTreeMap<u64, Vec<&Judged>> = BTreeMap::new();
    for one in &judged {
        by_entry
            .entry(one.stored.entry.unwrap())
            .or_default()
            .push(one);
        by_group.entry(one.truth.group).or_default().push(one);
    }
    for (a, b) in by_entry.values().flat_map(|entry| pairs(entry)) {
        quality.joined += 1;
        if a.truth.person != b.truth.person {
            quality.wrong += 1;
            quality.say("wrong", a, b);
        }
    }
    for (a, b) in by_group.values().flat_map(|group| pairs(group)) {
        quality.knowable += 1;
        if a.stored.entry != b.stored.entry {
            quality.missed += 1;
            quality.say("missed", a, b);
        }
    }
    quality
}

impl Quality {
    fn say(&mut self, what: &str, a: &Judged, b: &Judged) {
        let told = |j: &Judged| {
            let r = &j.stored.record;
            let name = format!("{} {} {}", r.first_name, r.last_name, r.display_name);
            let name: String = name.chars().take(60).collect();
            format!(
                "{} {} ({:?}, {name:?}, {} {}, {}, {}, {}, by {:?})",
                j.truth.component,
                r.source_id,
                j.truth.oddity,
                r.directory_number,
                r.pbx,
                r.login,
                r.mbg_user_name,
                r.email,
                j.stored.join.as_ref().map(|join| join.rule),
            )
        };
        writeln!(self.report, "{what}: {} + {}", told(a), told(b)).unwrap();
    }
}

fn pairs<'a>(of: &'a [&'a Judged]) -> impl Iterator<Item = (&'a Judged, &'a Judged)> {
    let later = move |i: usize| of[i + 1..].iter().map(move |b| (of[i], *b));
    (0..of.len()).flat_map(later)
}

async fn judged(office: &Office, directory: &[TruthRecord]) -> Vec<Judged> {
    let known = office.sandbox.control().truth().records();
    let truth: HashMap<(&str, String), TruthRecord> = known
        .chain(directory.iter().cloned())
        .map(|truth| ((truth.component, truth.source_id.clone()), truth))
        .collect();
    let connections = connections::list(&office.store).await.unwrap();
    let kinds: HashMap<_, _> = connections.iter().map(|c| (c.id, c.kind.name())).collect();
    let judge = |stored: Stored| {
        let kind = kinds[&stored.connection];
        let key = if kind == "ldap" {
            stored.record.login.clone()
        } else {
            stored.record.source_id.clone()
        };
        let truth = truth[&(kind, key)].clone();
        Judged { stored, truth }
    };
    office.records().await.into_iter().map(judge).collect()
}

/// The ids that one component gives the people who are odd in this way.
pub(crate) fn ids_of(office: &Office, component: &str, oddity: Oddity) -> Vec<String> {
    let truth = office.sandbox.control().truth();
    truth
        .records()
        .filter(|t| t.component == component && t.oddity == oddity)
        .map(|t| t.source_id)
        .collect()
}
