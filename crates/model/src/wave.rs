//! Waves: a large deployment is spread over time, goes on in working hours alone, and stops where too many fail.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{Fault, Timestamp};

/// The most people an hour that can be asked for: more needs no spreading.
pub const PER_HOUR_MAX: u32 = 1_000_000;
/// The most people at a time.
const BATCH_MAX: u32 = 200;
/// One or two who fail say nothing about the others.
const FAILED_MIN: i64 = 3;
const HOUR_MS: i64 = 3_600_000;
/// So far ahead an end is told.
const DAYS_AHEAD: i64 = 1_000;

/// How a deployment is spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// So many people an hour, 1 to 1,000,000: every minute a part of them.
    pub per_hour: u32,
    /// It goes on within these alone; none: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// It pauses where more than so many of a hundred failed (at least three people), 0 to 99; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_percent: Option<u8>,
}

/// Working hours of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// When they begin, like `09:00`.
    pub from: String,
    /// When they end, like `17:00`; `24:00` is midnight.
    pub to: String,
    /// The time zone by its IANA name, like `Europe/Berlin`.
    pub zone: String,
    /// The days that have them; Monday to Friday where nothing is said.
    #[serde(default = "Day::working")]
    pub days: Vec<Day>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[expect(missing_docs, reason = "each says what it is")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let no_day = || format!("“{name}” is no day: write monday to sunday, in English");
        Self::parse(&name).ok_or_else(no_day)
    }
}

impl Day {
    /// The week, which begins on Monday (ISO 8601).
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Monday to Friday.
    pub fn working() -> Vec<Self> {
        Self::ALL[..5].to_vec()
    }

    /// Its English name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.name() == name)
    }

    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// The last people of a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// When their links were made.
    pub at: Timestamp,
    /// How many they are.
    pub people: i64,
}

impl Wave {
    /// What is wrong, field by field.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(1..=PER_HOUR_MAX).contains(&self.per_hour) {
            let message = format!("must be a whole number from 1 to {PER_HOUR_MAX}");
            faults.push(Fault::new("per_hour", message));
        }
        if self.stop_percent.is_some_and(|percent| percent > 99) {
            let message = "must be a whole number from 0 to 99";
            faults.push(Fault::new("stop_percent", message));
        }
        faults.extend(self.hours.iter().flat_map(Hours::faults));
        faults
    }

    /// How many people go at a time: a minute's part, at least one.
    pub fn batch(&self) -> i64 {
        self.per_hour.div_ceil(60).clamp(1, BATCH_MAX).into()
    }

    /// When the next people go, after the last ones: now or later.
    pub fn next(&self, last: Option<Batch>, now: Timestamp) -> Timestamp {
        let after = |last: Batch| Timestamp(last.at.0 + self.takes_ms(last.people));
        let due = last.map_or(now, after).max(now);
        let windows = self.hours.as_ref().and_then(|hours| hours.windows(due));
        let open = windows.and_then(|mut windows| windows.next());
        open.map_or(due, |(from, _)| from.max(due))
    }

    /// When the last of so many people go, if the first go at `next`; none: too far ahead to say.
    pub fn end(&self, next: Timestamp, people: i64) -> Option<Timestamp> {
        let step = self.takes_ms(self.batch()).max(1);
        let mut batches = people
            .max(1)
            .unsigned_abs()
            .div_ceil(self.batch().unsigned_abs());
        let last_of = |from: Timestamp, batches: u64| {
            let steps = i64::try_from(batches - 1).ok()?;
            Some(Timestamp(from.0.checked_add(steps.checked_mul(step)?)?))
        };
        let Some(hours) = &self.hours else {
            return last_of(next, batches);
        };
        for (from, to) in hours.windows(next)? {
            let from = from.max(next);
            let fit = (to.0 - from.0).unsigned_abs().div_ceil(step.unsigned_abs());
            if batches <= fit {
                return last_of(from, batches);
            }
            batches -= fit;
        }
        None
    }

    /// Whether so many failed, of those whose fate is known, that it stops.
    pub fn stops(&self, known: i64, failed: i64) -> bool {
        let over = |percent: u8| failed >= FAILED_MIN && failed * 100 > known * i64::from(percent);
        self.stop_percent.is_some_and(over)
    }

    /// How much of its time so many people take.
    fn takes_ms(&self, people: i64) -> i64 {
        people * HOUR_MS / i64::from(self.per_hour.max(1))
    }
}

impl Hours {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let (from, to) = (minute(&self.from), minute(&self.to));
        for (field, read) in [("hours.from", from), ("hours.to", to)] {
            if read.is_none() {
                faults.push(Fault::new(field, "must be a time of the day like 09:00"));
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            faults.push(Fault::new("hours.to", "must be later than the beginning"));
        }
        if TimeZone::get(&self.zone).is_err() {
            let message = "is no time zone; write its IANA name, like Europe/Berlin";
            faults.push(Fault::new("hours.zone", message));
        }
        if self.days.is_empty() {
            faults.push(Fault::new("hours.days", "needs at least one day"));
        }
        faults
    }

    /// A moment on the clocks there, like `2026-01-05 09:00`.
    pub fn local(&self, at: Timestamp) -> Option<String> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone);
        Some(at.strftime("%Y-%m-%d %H:%M").to_string())
    }

    /// The working hours that are not over at `now`, one day after the other; none where they cannot be told.
    fn windows(&self, now: Timestamp) -> Option<impl Iterator<Item = (Timestamp, Timestamp)>> {
        let (from, to) = (minute(&self.from)?, minute(&self.to)?);
        let zone = TimeZone::get(&self.zone).ok()?;
        let local = jiff::Timestamp::from_millisecond(now.0).ok()?;
        let today = local.to_zoned(zone.clone()).date();
        let days = (0..DAYS_AHEAD).map_while(move |n| today.checked_add(n.days()).ok());
        let windows = days
            .filter(|day| self.days.contains(&Day::of(day.weekday())))
            .filter_map(move |day| Some((at(day, from, &zone)?, at(day, to, &zone)?)));
        Some(windows.filter(move |(_, to)| *to > now))
    }
}

/// A minute of a day.
fn at(day: Date, minute: i16, zone: &TimeZone) -> Option<Timestamp> {
    let (day, minute) = match minute {
        MIDNIGHT => (day.tomorrow().ok()?, 0),
        minute => (day, minute),
    };
    let (hour, minute) = (
        i8::try_from(minute / 60).ok()?,
        i8::try_from(minute % 60).ok()?,
    );
    let moment = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Timestamp(moment.timestamp().as_millisecond()))
}

const MIDNIGHT: i16 = 24 * 60;

/// The minute of the day of `09:30`, up to `24:00`.
fn minute(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i16>().ok())?
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= MIDNIGHT).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().unwrap();
        Timestamp(moment.as_millisecond())
    }

    fn wave(per_hour: u32) -> Wave {
        Wave {
            per_hour,
            hours: None,
            stop_percent: None,
        }
    }

    fn office(per_hour: u32) -> Wave {
        Wave {
            hours: Some(Hours {
                from: "09:00".into(),
                to: "17:00".into(),
                zone: "Europe/Berlin".into(),
                days: Day::working(),
            }),
            ..wave(per_hour)
        }
    }

    #[test]
    fn it_goes_on_in_working_hours_of_their_time_zone() {
        // A Friday in winter: Berlin is an hour ahead.
        for (now, opens) in [
            ("2026-01-02T07:59:59Z", "2026-01-02T08:00:00Z"),
            ("2026-01-02T08:00:00Z", "2026-01-02T08:00:00Z"),
            ("2026-01-02T15:59:59Z", "2026-01-02T15:59:59Z"),
            // The night and the weekend after it.
            ("2026-01-02T16:00:00Z", "2026-01-05T08:00:00Z"),
            ("2026-01-03T10:00:00Z", "2026-01-05T08:00:00Z"),
            ("2026-01-05T22:30:00Z", "2026-01-06T08:00:00Z"),
            // Over the weekend on which summer time begins.
            ("2026-03-27T20:00:00Z", "2026-03-30T07:00:00Z"),
        ] {
            assert_eq!(office(60).next(None, at(now)), at(opens), "{now}");
        }
        let night = at("2026-01-03T03:00:00Z");
        assert_eq!(wave(60).next(None, night), night);
    }

    #[test]
    fn a_day_can_end_at_midnight_and_the_week_on_thursday() {
        let hours = Hours {
            from: "00:00".into(),
            to: "24:00".into(),
            zone: "Asia/Riyadh".into(),
            days: vec![Day::Sunday, Day::Monday, Day::Thursday],
        };
        let wave = Wave {
            hours: Some(hours),
            ..wave(60)
        };
        assert_eq!(wave.faults(), []);
        let late = at("2026-01-01T20:59:00Z");
        assert_eq!(wave.next(None, late), late, "Thursday, 23:59 there");
        let friday = at("2026-01-01T21:00:00Z");
        assert_eq!(wave.next(None, friday), at("2026-01-03T21:00:00Z"));
    }

    #[test]
    fn people_go_at_their_pace() {
        let start = at("2026-01-02T08:00:00Z");
        for (per_hour, batch, wait_ms) in [
            (1, 1, 3_600_000),
            (40, 1, 90_000),
            (60, 1, 60_000),
            (100, 2, 72_000),
            (6_000, 100, 60_000),
            (72_000, 200, 10_000),
        ] {
            let wave = wave(per_hour);
            assert_eq!(wave.batch(), batch, "{per_hour}");
            let last = Batch {
                at: start,
                people: batch,
            };
            let next = Timestamp(start.0 + wait_ms);
            assert_eq!(wave.next(Some(last), start), next, "{per_hour}");
        }
        let last = Batch {
            at: start,
            people: 1,
        };
        let later = start.plus_days(2);
        assert_eq!(
            wave(60).next(Some(last), later),
            later,
            "nothing is caught up"
        );
    }

    #[test]
    fn its_end_counts_working_hours_alone() {
        let start = at("2026-01-02T15:58:00Z");
        assert_eq!(wave(60).end(start, 3), Some(start.plus_s(120)));
        assert_eq!(wave(60).end(start, 0), Some(start));
        // Friday 16:58 and 16:59 in Berlin, then Monday at 09:00.
        assert_eq!(office(60).end(start, 2), Some(start.plus_s(60)));
        assert_eq!(office(60).end(start, 3), Some(at("2026-01-05T08:00:00Z")));
        // 480 a day: the first of Monday's is the 3rd, the 483rd is Tuesday's first.
        assert_eq!(office(60).end(start, 483), Some(at("2026-01-06T08:00:00Z")));
        assert_eq!(office(1).end(start, 1_000_000), None);
    }

    #[test]
    fn it_stops_where_more_than_so_many_of_a_hundred_failed() {
        let careful = Wave {
            stop_percent: Some(5),
            ..wave(60)
        };
        assert!(!careful.stops(100, 5));
        assert!(careful.stops(100, 6));
        assert!(careful.stops(3, 3));
        assert!(!careful.stops(2, 2), "two say nothing");
        assert!(!wave(60).stops(100, 100));
    }

    #[test]
    fn what_cannot_be_is_named_by_its_field() {
        let hours = Hours {
            from: "+9:00".into(),
            to: "24:01".into(),
            zone: "Europe/Nowhere".into(),
            days: vec![],
        };
        let broken = Wave {
            per_hour: 0,
            stop_percent: Some(100),
            hours: Some(hours),
        };
        let fields: Vec<_> = broken.faults().into_iter().map(|f| f.field).collect();
        let expected = [
            "per_hour",
            "stop_percent",
            "hours.from",
            "hours.to",
            "hours.zone",
            "hours.days",
        ];
        assert_eq!(fields, expected);
        assert_eq!(office(60).faults(), []);
        let mut turned = office(60);
        turned.hours.as_mut().unwrap().to = "08:00".into();
        assert_eq!(turned.faults()[0].field, "hours.to");
    }

    #[test]
    fn it_is_kept_as_it_was_said() {
        let text = r#"{"per_hour":40,"hours":{"from":"09:00","to":"17:00","zone":"Europe/Berlin"},"stop_percent":10}"#;
        let read: Wave = serde_json::from_str(text).unwrap();
        assert_eq!(read.hours.as_ref().unwrap().days, Day::working());
        let again = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Wave>(&again).unwrap(), read);
        assert!(serde_json::from_str::<Wave>(r#"{"per_hour":1,"speed":2}"#).is_err());
    }
}
