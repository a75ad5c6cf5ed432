//! How often somebody may try what does not work: so many times at once and then again as time passes, for each network (or other key), with
//! one budget over all of them. Memory is bounded, and who has not failed is never refused.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use crate::Visitor;

/// Networks, or other keys, that are remembered; beyond them the ones that failed longest ago are forgotten.
const REMEMBERED: usize = 10_000;

/// So many failures at once, and one more after each interval.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    burst: u32,
    every_ms: i64,
}

/// The failures of all visitors. A generic cell rate: of each network only the time is kept at which all of its failures
/// are forgotten.
#[derive(Debug)]
pub struct Tries<K = Visitor> {
    each: Allowance,
    all: Allowance,
    failed: Mutex<Failed<K>>,
}

#[derive(Debug)]
struct Failed<K> {
    forgotten_at: HashMap<K, i64>,
    all_forgotten_at: i64,
}

impl Allowance {
    /// As often as anybody likes.
    pub const UNLIMITED: Self = Self::new(1, 0);

    /// So many at once, and one more after each so many milliseconds.
    pub const fn new(burst: u32, every_ms: i64) -> Self {
        Self { burst, every_ms }
    }

    /// How long a debt that is used up whole takes to be forgotten.
    const fn whole_ms(self) -> i64 {
        self.every_ms * self.burst as i64
    }

    /// Whether one more failure fits in.
    const fn has_room(self, forgotten_at: i64, now: i64) -> bool {
        forgotten_at - now <= self.whole_ms() - self.every_ms
    }
}

impl<K: Eq + Hash> Tries<K> {
    /// Nobody has failed yet. What each network may, and what all of them may together.
    pub fn new([each, all]: [Allowance; 2]) -> Self {
        Self {
            each,
            all,
            failed: Mutex::new(Failed {
                forgotten_at: HashMap::new(),
                all_forgotten_at: 0,
            }),
        }
    }

    /// Whether this visitor may try at `now` (milliseconds). Where the budget of all is used up, those may who have not failed lately.
    pub fn may(&self, visitor: &K, now: i64) -> bool {
        let failed = self.failed.lock().expect("nothing panics while holding it");
        self.has_room(&failed, visitor, now)
    }

    /// Whether this visitor may try, and counts the try as failed at once: others that run beside it cannot use the same room.
    /// One that did not fail is given back.
    pub fn take(&self, visitor: K, now: i64) -> bool {
        let mut failed = self.failed.lock().expect("nothing panics while holding it");
        let may = self.has_room(&failed, &visitor, now);
        if may {
            self.note(&mut failed, visitor, now);
        }
        may
    }

    /// A try that was taken did not fail.
    pub fn give_back(&self, visitor: &K) {
        let mut failed = self.failed.lock().expect("nothing panics while holding it");
        failed.all_forgotten_at -= self.all.every_ms;
        if let Some(own) = failed.forgotten_at.get_mut(visitor) {
            *own -= self.each.every_ms;
        }
    }

    /// All of a visitor's failures are forgotten.
    pub fn forget(&self, visitor: &K) {
        let mut failed = self.failed.lock().expect("nothing panics while holding it");
        failed.forgotten_at.remove(visitor);
    }

    fn has_room(&self, failed: &Failed<K>, visitor: &K, now: i64) -> bool {
        let Some(own) = failed.forgotten_at.get(visitor).filter(|at| **at > now) else {
            return true;
        };
        self.each.has_room(*own, now) && self.all.has_room(failed.all_forgotten_at, now)
    }

    /// Notes that a try failed.
    pub fn failed(&self, visitor: K, now: i64) {
        let mut failed = self.failed.lock().expect("nothing panics while holding it");
        self.note(&mut failed, visitor, now);
    }

    fn note(&self, failed: &mut Failed<K>, visitor: K, now: i64) {
        let all = failed.all_forgotten_at.max(now) + self.all.every_ms;
        failed.all_forgotten_at = all.min(now + self.all.whole_ms());
        if failed.forgotten_at.len() >= REMEMBERED && !failed.forgotten_at.contains_key(&visitor) {
            failed.forget(now);
        }
        let own = failed.forgotten_at.entry(visitor).or_insert(now);
        *own = ((*own).max(now) + self.each.every_ms).min(now + self.each.whole_ms());
    }
}

impl<K: Eq + Hash> Failed<K> {
    /// Makes room: what is over goes first, then the half that is over soonest.
    fn forget(&mut self, now: i64) {
        self.forgotten_at.retain(|_, at| *at > now);
        if self.forgotten_at.len() < REMEMBERED {
            return;
        }
        let mut times: Vec<i64> = self.forgotten_at.values().copied().collect();
        let (_, middle, _) = times.select_nth_unstable(REMEMBERED / 2);
        let middle = *middle;
        let mut surplus = REMEMBERED / 2;
        self.forgotten_at.retain(|_, at| {
            let goes = *at <= middle && surplus > 0;
            surplus -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn from(network: u32) -> Visitor {
        Visitor::of(IpAddr::V4(Ipv4Addr::from_bits(network << 8)))
    }

    fn tries() -> Tries {
        Tries::new([Allowance::new(3, 60_000), Allowance::new(100, 1_000)])
    }

    #[test]
    fn a_network_may_fail_so_often_and_again_as_time_passes() {
        let tries = tries();
        for _ in 0..3 {
            assert!(tries.may(&from(1), NOW));
            tries.failed(from(1), NOW);
        }
        assert!(!tries.may(&from(1), NOW));
        assert!(tries.may(&from(2), NOW), "others are not locked out");
        assert!(!tries.may(&from(1), NOW + 59_999));
        assert!(tries.may(&from(1), NOW + 60_000));
        tries.failed(from(1), NOW + 60_000);
        assert!(!tries.may(&from(1), NOW + 60_000));
        assert!(tries.may(&from(1), NOW + 600_000));
    }

    #[test]
    fn tries_that_run_beside_each_other_share_the_room() {
        let tries = tries();
        let taken: Vec<_> = (0..5).map(|_| tries.take(from(1), NOW)).collect();
        assert_eq!(taken, [true, true, true, false, false]);
        tries.give_back(&from(1));
        assert!(tries.take(from(1), NOW), "one of them was right");
        assert!(!tries.take(from(1), NOW));
    }

    #[test]
    fn a_budget_that_is_used_up_locks_nobody_out_who_has_not_failed() {
        let tries = tries();
        for network in 0..100 {
            tries.failed(from(network), NOW);
        }
        assert!(
            !tries.may(&from(7), NOW),
            "it failed once, and many others did"
        );
        assert!(tries.may(&from(1_000), NOW));
        assert!(tries.may(&from(7), NOW + 1_000));
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_remembered() {
        let tries = tries();
        for _ in 0..3 {
            tries.failed(from(7), NOW);
        }
        for network in 100..100 + 30_000 {
            tries.failed(from(network), NOW + i64::from(network));
        }
        let kept = tries.failed.lock().unwrap().forgotten_at.len();
        assert!(kept <= REMEMBERED, "{kept}");
        assert!(!tries.may(&from(7), NOW + 30_000));
    }
}
