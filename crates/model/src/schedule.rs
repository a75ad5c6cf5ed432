//! When a connection is scanned by itself.

use std::fmt;

use crate::Timestamp;

/// A connection's schedule. Its text, as in the API and the database: empty, `every 60` (minutes) or `daily 03:00` (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Schedule {
    /// Only when somebody asks.
    #[default]
    ByHand,
    /// So many minutes after the one before.
    Every {
        /// 5 to 10,080, a week.
        minutes: u16,
    },
    /// Once a day.
    Daily {
        /// Minutes after midnight, UTC.
        minute: u16,
    },
}

const DAY_MIN: i64 = 24 * 60;

impl Schedule {
    /// The schedule of that text.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        match word {
            "" => Ok(Self::ByHand),
            "every" => match rest.trim().parse() {
                Ok(minutes @ 5..=10_080) => Ok(Self::Every { minutes }),
                _ => Err("`every` takes minutes, from 5 to 10080"),
            },
            "daily" => time_of_day(rest.trim())
                .map(|minute| Self::Daily { minute })
                .ok_or("`daily` takes a time (UTC) like 03:00"),
            _ => Err("a schedule is empty, `every 60` (minutes) or `daily 03:00` (UTC)"),
        }
    }

    /// The first moment after `now` at which a scan is due.
    pub const fn next(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::ByHand => None,
            Self::Every { minutes } => Some(now.plus_s(minutes as i64 * 60)),
            Self::Daily { minute } => {
                let minutes = now.0.div_euclid(60_000);
                let today = minutes - minutes.rem_euclid(DAY_MIN) + minute as i64;
                let due = if today > minutes {
                    today
                } else {
                    today + DAY_MIN
                };
                Some(Timestamp(due * 60_000))
            }
        }
    }
}

fn time_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute): (u16, u16) = (two_digits(hour) && two_digits(minute))
        .then(|| Some((hour.parse().ok()?, minute.parse().ok()?)))
        .flatten()?;
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByHand => Ok(()),
            Self::Every { minutes } => write!(f, "every {minutes}"),
            Self::Daily { minute } => write!(f, "daily {:02}:{:02}", minute / 60, minute % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z
    const MIDNIGHT: Timestamp = Timestamp(1_767_225_600_000);

    #[test]
    fn a_schedule_reads_back_from_its_text() {
        for text in ["", "every 5", "every 10080", "daily 00:00", "daily 23:59"] {
            assert_eq!(Schedule::parse(text).unwrap().to_string(), text);
        }
        for bad in [
            "every",
            "every 4",
            "every 10081",
            "daily",
            "daily 3:00",
            "daily 24:00",
            "daily +1:00",
            "hourly",
        ] {
            assert!(Schedule::parse(bad).is_err(), "{bad} passed");
        }
    }

    #[test]
    fn the_next_scan_is_always_later() {
        let daily = Schedule::Daily { minute: 180 };
        assert_eq!(daily.next(MIDNIGHT), Some(MIDNIGHT.plus_s(3 * 3600)));
        assert_eq!(
            daily.next(MIDNIGHT.plus_s(3 * 3600)),
            Some(MIDNIGHT.plus_s(27 * 3600))
        );
        let every = Schedule::Every { minutes: 60 };
        assert_eq!(every.next(MIDNIGHT.plus_s(7)), Some(MIDNIGHT.plus_s(3607)));
        assert_eq!(Schedule::ByHand.next(MIDNIGHT), None);
    }
}
