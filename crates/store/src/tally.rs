//! What was counted: at one revision of the view, kept while that revision lasts, or lately. A million rows are counted once
//! and not for every page. Every process counts for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use model::{Env, Timestamp, UserState};

use crate::{ListQuery, Result, entries::Counts, funnel::Standing};

/// So many totals of one revision are kept.
const TOTALS_MAX: usize = 1_000;

/// So many are counted whenever somebody asks: it takes some milliseconds.
const FEW: i64 = 50_000;
/// What takes longer is kept so many times as long as that took: of one core no more than a twentieth counts.
const REST: i64 = 20;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    view: Mutex<Kept>,
    /// How far all users have come.
    pub(crate) standing: Lately<Standing>,
    /// How many users there are in each state.
    pub(crate) states: Lately<HashMap<UserState, i64>>,
}

#[derive(Debug, Default)]
struct Kept {
    revision: i64,
    counts: Option<Counts>,
    totals: HashMap<String, i64>,
}

impl Tally {
    /// What is kept of a revision; what was kept of another is forgotten.
    fn of(&self, revision: i64) -> MutexGuard<'_, Kept> {
        let mut kept = self.view.lock().expect("nothing panics while holding it");
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

/// Something that changes all the time, and that many look at: where there are very many of it, all are told what was counted
/// a while ago.
#[derive(Debug)]
pub(crate) struct Lately<T>(Mutex<Option<Counted<T>>>);

#[derive(Debug)]
struct Counted<T> {
    what: T,
    took_ms: i64,
    at: Timestamp,
    until: Timestamp,
}

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Lately<T> {
    /// What was counted lately, else what `count` counts; `of` says how many that are.
    pub(crate) async fn get(
        &self,
        env: &Env,
        of: impl FnOnce(&T) -> i64,
        count: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let began = env.now();
        if let Some(known) = self.known(began) {
            return Ok(known);
        }
        let what = count.await?;
        let counted = (of(&what) > FEW).then(|| Counted::new(&what, began, env.now()));
        *self.0.lock().expect("nothing panics while holding it") = counted;
        Ok(what)
    }

    /// What is kept, while that lasts. Afterwards the first who asks counts; the others have the old number until that is done.
    fn known(&self, now: Timestamp) -> Option<T> {
        let mut kept = self.0.lock().expect("nothing panics while holding it");
        let kept = kept.as_mut()?;
        if (kept.at..kept.until).contains(&now) {
            return Some(kept.what.clone());
        }
        (kept.at, kept.until) = (now, Timestamp(now.0 + kept.took_ms));
        None
    }
}

impl<T: Clone> Counted<T> {
    fn new(what: &T, began: Timestamp, ended: Timestamp) -> Self {
        let took_ms = ended.0 - began.0;
        Self {
            what: what.clone(),
            took_ms,
            at: ended,
            until: Timestamp(ended.0 + took_ms * REST),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::clock::{FixedClock, SystemEntropy};

    use super::*;

    #[tokio::test]
    async fn very_many_are_counted_now_and_then_whoever_asks() {
        const MANY: i64 = FEW + 1;
        let clock = FixedClock::at(Timestamp(0));
        let env = Env::new(clock.clone(), SystemEntropy);
        let lately = Lately::default();
        let count = async |number: i64, seconds: i64| {
            let counting = async {
                clock.advance_s(seconds);
                Ok(number)
            };
            let of = |number: &i64| *number;
            lately.get(&env, of, counting).await.unwrap()
        };
        for number in [1, FEW] {
            assert_eq!(count(number, 9).await, number, "few, whatever it takes");
        }
        assert_eq!(count(MANY, 1).await, MANY, "it takes a second");
        clock.advance_s(19);
        assert_eq!(count(4, 1).await, MANY, "and is kept for twenty");
        clock.advance_s(1);
        assert_eq!(lately.known(env.now()), None, "the first one counts");
        let others = lately.known(env.now());
        assert_eq!(others, Some(MANY), "the others do not wait");
        clock.advance_s(1);
        assert_eq!(
            count(MANY + 1, 1).await,
            MANY + 1,
            "that one never came back"
        );
        clock.advance_s(-3_600);
        assert_eq!(count(6, 0).await, 6, "the clock was set back");
    }
}
