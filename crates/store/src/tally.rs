//! What was counted at one revision of the view, kept while that revision lasts: a million rows are counted once
//! and not for every page. Every process counts for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use crate::{ListQuery, entries::Counts};

/// So many totals of one revision are kept.
const TOTALS_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    revision: i64,
    counts: Option<Counts>,
    totals: HashMap<String, i64>,
}

impl Tally {
    /// What is kept of a revision; what was kept of another is forgotten.
    fn of(&self, revision: i64) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().expect("nothing panics while holding it");
        if kept.revision != revision {
            *kept = Kept {
                revision,
                ..Kept::default()
            };
        }
        kept
    }

    pub(crate) fn known_counts(&self, revision: i64) -> Option<Counts> {
        self.of(revision).counts.clone()
    }

    pub(crate) fn keep_counts(&self, revision: i64, counts: &Counts) {
        self.of(revision).counts = Some(counts.clone());
    }

    pub(crate) fn known_total(&self, revision: i64, query: &ListQuery) -> Option<i64> {
        self.of(revision).totals.get(&name(query)).copied()
    }

    pub(crate) fn keep_total(&self, revision: i64, query: &ListQuery, count: i64) {
        let mut kept = self.of(revision);
        if kept.totals.len() >= TOTALS_MAX {
            kept.totals.clear();
        }
        kept.totals.insert(name(query), count);
    }
}

/// What a total depends on.
fn name(query: &ListQuery) -> String {
    format!("{:?} {:?}", query.words, query.filter)
}
