//! What has an end, and clocks that should agree.

use model::Timestamp;

use super::finding::Finding;

/// It is time to look, so many days before the end.
const SOON_DAYS: i64 = 30;
/// It counts as ended, so many days before the end: nobody comes in time any more.
const LATE_DAYS: i64 = 1;
const DAY_S: i64 = 86_400;
/// Seconds that clocks may differ by without anybody looking.
const DIFFER_S: u64 = 60;

/// Something that is good until `ends`.
pub(super) fn ending(check: &str, ends: Timestamp, now: Timestamp, fix: &str) -> Finding {
    let left_s = ends.seconds_since(now);
    let days = left_s / DAY_S;
    if left_s <= 0 {
        return Finding::fail(check, format!("it ended on {ends}"), fix);
    }
    let seen = match days {
        0 => format!("it ends within a day, on {ends}"),
        1 => format!("it ends in 1 day, on {ends}"),
        days => format!("it ends in {days} days, on {ends}"),
    };
    if left_s <= LATE_DAYS * DAY_S {
        Finding::fail(check, seen, fix)
    } else if left_s <= SOON_DAYS * DAY_S {
        Finding::warn(check, seen, fix)
    } else {
        Finding::ok(check, seen)
    }
}

/// Somebody else's clock beside ours; calls are refused where they differ by more than `most_ms`.
pub(super) fn clock(whose: &str, theirs: Timestamp, ours: Timestamp, most_ms: i64) -> Finding {
    let check = format!("clock of the {whose}");
    let apart_s = theirs.seconds_since(ours).unsigned_abs();
    let seen = format!("{apart_s} s from ours, which says {ours}");
    let fix = "set the clocks of both machines by the same time server";
    if theirs.0.abs_diff(ours.0) > most_ms.unsigned_abs() {
        Finding::fail(&check, seen, fix)
    } else if apart_s > DIFFER_S {
        Finding::warn(&check, seen, fix)
    } else {
        Finding::ok(&check, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    #[test]
    fn an_end_is_told_a_month_before_and_fails_on_its_last_day() {
        for (left_s, state, seen) in [
            (31 * DAY_S, State::Ok, "it ends in 31 days"),
            (30 * DAY_S, State::Warn, "it ends in 30 days"),
            (DAY_S + 1, State::Warn, "it ends in 1 day, on"),
            (DAY_S, State::Fail, "it ends in 1 day, on"),
            (60, State::Fail, "it ends within a day"),
            (0, State::Fail, "it ended on 2026-01-01T00:00:00Z"),
        ] {
            let found = ending("x", NOW.plus_s(left_s), NOW, "renew it");
            assert_eq!(found.state, state, "{left_s}");
            assert!(found.seen.starts_with(seen), "{}", found.seen);
        }
    }

    #[test]
    fn clocks_fail_only_beyond_what_calls_may_differ_by() {
        let at = |seconds| clock("x", NOW.plus_s(seconds), NOW, 600_000).state;
        assert_eq!([at(60), at(-60)], [State::Ok; 2]);
        assert_eq!([at(61), at(-600)], [State::Warn; 2]);
        assert_eq!([at(601), at(-601)], [State::Fail; 2]);
    }
}
