//! A limit on wrong passwords per name: ten a minute, so that nobody guesses and nobody is locked out for long.

use std::{collections::HashMap, sync::Mutex};

use model::{Timestamp, text::fold};

const ATTEMPTS_MAX: u32 = 10;
const WINDOW_S: i64 = 60;
/// More names than this are nobody's honest mistakes: the oldest windows go first.
const NAMES_MAX: usize = 10_000;

/// Counts wrong passwords.
#[derive(Debug, Default)]
pub struct Attempts {
    windows: Mutex<HashMap<String, (Timestamp, u32)>>,
}

impl Attempts {
    /// Whether one more try is allowed for this name; counts it.
    pub fn allow(&self, name: &str, now: Timestamp) -> bool {
        let mut windows = self
            .windows
            .lock()
            .expect("nothing panics while holding it");
        let name = fold(name);
        if windows.len() >= NAMES_MAX && !windows.contains_key(&name) {
            windows.retain(|_, (since, _)| now.seconds_since(*since) < WINDOW_S);
            let mut times: Vec<_> = windows.values().map(|(since, _)| *since).collect();
            times.sort_unstable();
            // The older half at once, so that this is seldom done.
            let surplus = times.len().saturating_sub(NAMES_MAX / 2);
            if let Some(last) = surplus.checked_sub(1).map(|at| times[at]) {
                let mut surplus = surplus;
                windows.retain(|_, (since, _)| {
                    let goes = *since <= last && surplus > 0;
                    surplus -= usize::from(goes);
                    !goes
                });
            }
        }
        let window = windows.entry(name).or_insert((now, 0));
        if now.seconds_since(window.0) >= WINDOW_S {
            *window = (now, 0);
        }
        window.1 += 1;
        window.1 <= ATTEMPTS_MAX
    }

    /// Forgets a name's wrong tries after a right one.
    pub fn forget(&self, name: &str) {
        self.windows
            .lock()
            .expect("nothing panics while holding it")
            .remove(&fold(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_within_a_minute_waits_and_only_for_that_name() {
        let attempts = Attempts::default();
        let now = Timestamp(0);
        assert!((0..10).all(|_| attempts.allow("Ada", now)));
        assert!(!attempts.allow("ada", now));
        assert!(attempts.allow("grace", now));
        assert!(attempts.allow("ada", now.plus_s(60)));
    }

    #[test]
    fn names_beyond_the_limit_push_the_oldest_out_and_no_others() {
        let attempts = Attempts::default();
        attempts.allow("oldest", Timestamp(0));
        for n in 0..NAMES_MAX * 2 {
            attempts.allow(&format!("nobody {n}"), Timestamp(1));
        }
        let last = Timestamp(2);
        assert!((0..10).all(|_| attempts.allow("ada", last)));
        for n in 0..NAMES_MAX / 2 - 1 {
            attempts.allow(&format!("somebody {n}"), last);
        }
        let kept = attempts.windows.lock().unwrap();
        assert!(kept.len() <= NAMES_MAX, "{}", kept.len());
        assert!(!kept.contains_key("oldest"));
        drop(kept);
        assert!(!attempts.allow("ada", last));
    }
}
