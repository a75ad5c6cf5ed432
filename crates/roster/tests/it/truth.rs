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
    /// What each rule joined, and could have.
    pub(crate) by_rule: BTreeMap<Rule, OfRule>,
    /// Every wrong join and missed pair, in words.
    pub(crate) report: String,
}

/// How good one rule is.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct OfRule {
    /// Joins that it made.
    pub(crate) made: usize,
    /// Of them, joins of two persons.
    pub(crate) wrong: usize,
    /// Pairs that can be known and that share the rule's value.
    pub(crate) knowable: usize,
    /// Of them, pairs in two entries.
    pub(crate) missed: usize,
}

impl OfRule {
    pub(crate) fn precision(self) -> f64 {
        share(self.made - self.wrong, self.made)
    }

    pub(crate) fn recall(self) -> f64 {
        share(self.knowable - self.missed, self.knowable)
    }
}

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "rule               joins   wrong  precision  knowable  missed    recall"
        )?;
        for (rule, of) in &self.by_rule {
            writeln!(
                f,
                "{:<16}{:>8}{:>8}{:>11.6}{:>10}{:>8}{:>10.6}",
                rule.name(),
                of.made,
                of.wrong,
                of.precision(),
                of.knowable,
                of.missed,
                of.recall()
            )?;
        }
        writeln!(
            f,
            "{:<16}{:>8}{:>8}{:>11.6}{:>10}{:>8}{:>10.6}  (in pairs of records)",
            "all",
            self.joined,
            self.wrong,
            self.precision(),
            self.knowable,
            self.missed,
            self.recall()
        )?;
        write!(f, "{}", self.report)
    }
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
    if whole == 0 {
        return 1.0;
    }
    exact(part) / exact(whole)
}

/// Measures the joins of an office. `directory` is the truth about its LDAP directory, if it has one.
pub(crate) async fn measure(office: &Office, directory: &[TruthRecord]) -> Quality {
    let judged = judged(office, directory).await;
    let by_id: HashMap<RecordId, &Judged> = judged.iter().map(|j| (j.stored.id, j)).collect();
    let mut quality = Quality::default();
    for one in &judged {
        let Some(join) = &one.stored.join else {
            continue;
        };
        let of = quality.by_rule.entry(join.rule).or_default();
        of.made += 1;
        of.wrong += usize::from(by_id[&join.with].truth.person != one.truth.person);
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
        let missed = a.stored.entry != b.stored.entry;
        for rule in KNOWING.into_iter().filter(|rule| shares(*rule, a, b)) {
            let of = quality.by_rule.entry(rule).or_default();
            of.knowable += 1;
            of.missed += usize::from(missed);
        }
        if a.stored.entry != b.stored.entry {
            quality.missed += 1;
            quality.say("missed", a, b);
        }
    }
    quality
}

/// The rules that know people again without a person's help.
const KNOWING: [Rule; 4] = [Rule::CrossReference, Rule::Number, Rule::Login, Rule::Email];

/// Whether two records have the value that a rule goes by.
fn shares(rule: Rule, a: &Judged, b: &Judged) -> bool {
    let (a, b) = (&a.stored.record, &b.stored.record);
    let same = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
    match rule {
        Rule::CrossReference => same(&a.mbg_user_name, &b.mbg_user_name),
        Rule::Number => {
            let number = model::values::number_key;
            same(&number(&a.directory_number), &number(&b.directory_number)) && a.pbx == b.pbx
        }
        Rule::Login => [&a.login, &a.client_service_account].iter().any(|one| {
            [&b.login, &b.client_service_account]
                .iter()
                .any(|two| same(one, two))
        }),
        Rule::Email => same(&a.email, &b.email),
        Rule::Decision | Rule::Name => false,
    }
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
