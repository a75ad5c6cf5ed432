//! Times as people read them: how long ago when that is short, else date and time in UTC.

use console::When;
use model::Timestamp;

/// A moment seen from `now`.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> When {
    let seconds = now.seconds_since(at);
    let text = match seconds {
        -86_399..=-7200 => format!("in {} hours", -seconds / 3600),
        -7199..=-3600 => "in an hour".to_owned(),
        -3599..=-120 => format!("in {} minutes", -seconds / 60),
        -119..=-60 => "in a minute".to_owned(),
        -59..0 => "in a moment".to_owned(),
        0..60 => "just now".to_owned(),
        60..120 => "a minute ago".to_owned(),
        120..3600 => format!("{} minutes ago", seconds / 60),
        3600..7200 => "an hour ago".to_owned(),
        7200..86_400 => format!("{} hours ago", seconds / 3600),
        _ => moment(at),
    };
    When::new(text, at.to_string())
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// How long something took.
pub(crate) fn took(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_said_as_such() {
        let now = Timestamp(1_767_225_600_000);
        assert_eq!(when(now.plus_s(-5), now).text, "just now");
        assert_eq!(when(now.plus_s(30), now).text, "in a moment");
        assert_eq!(when(now.plus_s(1_800), now).text, "in 30 minutes");
        assert_eq!(when(now.plus_s(3_600), now).text, "in an hour");
        assert_eq!(when(now.plus_days(1), now).text, "2026-01-02 00:00");
        assert_eq!(when(now.plus_s(-360), now).text, "6 minutes ago");
        assert_eq!(when(now.plus_days(-2), now).text, "2025-12-30 00:00");
        assert_eq!(took(75), "1 min 15 s");
    }
}
