//! How a deployment is spread over time, as pages ask for it and say it.

use console::{
    FieldErrors, When,
    wave::{WaveFields, WavePanel},
};
use delivery::Forecast;
use model::{
    Fault, JobId, Order, Timestamp,
    wave::{Day, Hours, Wave},
};
use serde::Deserialize;
use store::jobs::Job;

use super::when::when;
use crate::{App, Problem, retry};

/// How a deployment is to be spread, as a plain form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WaveForm {
    per_hour: String,
    stop_percent: String,
    /// `1`: in working hours alone.
    hours: String,
    /// Names of days, between commas.
    days: String,
    from: String,
    to: String,
    zone: String,
}

impl WaveForm {
    /// How it is spread; none: it goes at once.
    ///
    /// # Errors
    /// What cannot be, field by field, as the form names them.
    fn parse(&self) -> Result<Option<Wave>, Vec<Fault>> {
        let mut faults = vec![];
        let per_hour = number("per_hour", &self.per_hour, &mut faults);
        let stop_percent = number("stop_percent", &self.stop_percent, &mut faults);
        let in_hours = self.hours == "1";
        if !faults.is_empty() {
            return Err(faults);
        }
        let Some(per_hour) = per_hour else {
            return if in_hours || stop_percent.is_some() {
                Err(vec![Fault::new("per_hour", PACE)])
            } else {
                Ok(None)
            };
        };
        let trimmed = |text: &str| text.trim().to_owned();
        let hours = in_hours.then(|| Hours {
            from: trimmed(&self.from),
            to: trimmed(&self.to),
            zone: trimmed(&self.zone),
            days: self.days.split(',').filter_map(Day::parse).collect(),
        });
        let wave = Wave {
            per_hour,
            hours,
            stop_percent,
        };
        let faults = wave.faults();
        if faults.is_empty() {
            Ok(Some(wave))
        } else {
            Err(faults)
        }
    }

    /// How a plan's mails are spread; none: they go at once.
    ///
    /// # Errors
    /// The plan's form with what was typed, each fault beside its field.
    pub(crate) fn of_plan(&self) -> Result<Option<Wave>, Box<WaveFields>> {
        self.parse().map_err(|faults| self.again(faults))
    }

    /// Another pace of a deployment that is spread.
    ///
    /// # Errors
    /// The job's form with what was typed, each fault beside its field.
    pub(crate) fn of_job(&self) -> Result<Wave, Box<WaveFields>> {
        let faults = match self.parse() {
            Ok(Some(wave)) => return Ok(wave),
            Ok(None) => vec![Fault::new("per_hour", PACE)],
            Err(faults) => faults,
        };
        Err(Box::new(WaveFields {
            form: "pace",
            is_needed: true,
            ..*self.again(faults)
        }))
    }

    /// A plan's form with what was typed.
    fn again(&self, faults: Vec<Fault>) -> Box<WaveFields> {
        let mut errors = FieldErrors::default();
        for Fault { field, message } in faults {
            let field = field.strip_prefix("hours.").unwrap_or(&field);
            errors.add(format!("wave-{}", field.replace('_', "-")), message);
        }
        // Days that nobody offered are none to choose from.
        let is_week = self.days.split(',').all(|day| Day::parse(day).is_some());
        let days = if is_week {
            self.days.clone()
        } else {
            written(&Day::working())
        };
        Box::new(WaveFields {
            per_hour: self.per_hour.clone(),
            stop_percent: self.stop_percent.clone(),
            in_hours: self.hours == "1",
            choices: choices(&days),
            days,
            from: self.from.clone(),
            to: self.to.clone(),
            zone: self.zone.clone(),
            errors,
            ..fields()
        })
    }
}

/// What is missing where people are to be spread at no pace.
const PACE: &str = "says how many people an hour, where it is spread";

/// A whole number that may be left out.
fn number<T: std::str::FromStr>(field: &str, text: &str, faults: &mut Vec<Fault>) -> Option<T> {
    let text = text.trim();
    let read = (!text.is_empty()).then(|| text.parse::<T>()).transpose();
    read.unwrap_or_else(|_| {
        faults.push(Fault::new(field, "must be a whole number"));
        None
    })
}

/// The job that a plan does again what failed in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Again {
    again: Option<JobId>,
}

impl Again {
    /// The form of a plan whose mails can be spread: as that job's were.
    pub(crate) async fn fields(&self, app: &App) -> Result<WaveFields, Problem> {
        let job = match self.again {
            Some(job) => Some(store::jobs::get(&app.store, job).await?),
            None => None,
        };
        let wave = job.and_then(|job| retry::wave_of(job.order));
        Ok(wave.map_or_else(fields, |wave| WaveFields {
            form: "run",
            is_needed: false,
            ..fields_of(&wave)
        }))
    }
}

/// The form of a plan whose mails can be spread, before anything was filled in.
fn fields() -> WaveFields {
    let days = written(&Day::working());
    WaveFields {
        form: "run",
        choices: choices(&days),
        days,
        from: "09:00".to_owned(),
        to: "17:00".to_owned(),
        zone: "UTC".to_owned(),
        ..WaveFields::default()
    }
}

/// The form that changes a wave.
fn fields_of(wave: &Wave) -> WaveFields {
    let percent = wave.stop_percent;
    let fields = WaveFields {
        form: "pace",
        is_needed: true,
        per_hour: wave.per_hour.to_string(),
        stop_percent: percent.map_or_else(String::new, |percent| percent.to_string()),
        ..fields()
    };
    let Some(hours) = &wave.hours else {
        return fields;
    };
    let days = written(&hours.days);
    WaveFields {
        in_hours: true,
        choices: choices(&days),
        days,
        from: hours.from.clone(),
        to: hours.to.clone(),
        zone: hours.zone.clone(),
        ..fields
    }
}

/// Days as a form sends them.
fn written(days: &[Day]) -> String {
    let names: Vec<_> = days.iter().map(|day| day.name()).collect();
    names.join(",")
}

/// The usual weeks, and the one that is there.
fn choices(days: &str) -> Vec<(String, String)> {
    let week = Day::ALL;
    let sunday_first = [&week[6..], &week[..4]].concat();
    let usual = [&week[..5], &week[..6], &sunday_first, &week[..]].map(written);
    let own = Some(days).filter(|days| usual.iter().all(|one| one != days));
    let all = usual.iter().map(String::as_str).chain(own);
    all.map(|days| (days.to_owned(), called(days))).collect()
}

/// What a week is called.
fn called(days: &str) -> String {
    let names: Vec<String> = days.split(',').map(capital).collect();
    let all: Vec<Day> = days.split(',').filter_map(Day::parse).collect();
    let follows = |pair: &[Day]| (pair[0] as usize + 1) % 7 == pair[1] as usize;
    match &names[..] {
        [first, .., last] if all.len() > 2 && all.windows(2).all(follows) => {
            if all.len() == 7 {
                "Every day".to_owned()
            } else {
                format!("{first} to {last}")
            }
        }
        _ => names.join(", "),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// How a deployment goes on that is not over.
pub(crate) async fn panel(
    app: &App,
    job: &Job,
    now: Timestamp,
) -> Result<Option<WavePanel>, Problem> {
    if !matches!(job.order, Order::Deploy { .. }) || job.state.is_over() || job.cancel {
        return Ok(None);
    }
    let forecast = delivery::forecast(&app.store, job).await?;
    let told = |at: Option<Timestamp>| {
        let forecast = forecast.as_ref()?;
        at.map(|at| moment(forecast, at, now))
    };
    Ok(Some(WavePanel {
        words: forecast.as_ref().map_or_else(
            || "All at once, as fast as the mail server takes it".to_owned(),
            |forecast| words(&forecast.wave),
        ),
        paused: job.paused.clone(),
        next: told(forecast.as_ref().and_then(|forecast| forecast.next)),
        end: told(forecast.as_ref().and_then(|forecast| forecast.end)),
        fields: forecast.as_ref().map(|forecast| fields_of(&forecast.wave)),
    }))
}

/// A moment on the clocks of the place whose working hours count.
fn moment(forecast: &Forecast, at: Timestamp, now: Timestamp) -> When {
    let mut shown = when(at, now);
    if let Some(hours) = &forecast.wave.hours
        && let Some(local) = hours.local(at)
    {
        shown.text = format!("{local} ({})", hours.zone);
    }
    shown
}

/// How a deployment is spread, in words.
pub(crate) fn words(wave: &Wave) -> String {
    let people = if wave.per_hour == 1 {
        "person"
    } else {
        "people"
    };
    let mut words = format!("{} {people} an hour", console::Count(wave.per_hour.into()));
    if let Some(hours) = &wave.hours {
        let days = called(&written(&hours.days));
        let more = format!(", {days} {}–{} ({})", hours.from, hours.to, hours.zone);
        words.push_str(&more);
    }
    if let Some(percent) = wave.stop_percent {
        let more = format!(", paused above {percent} % of failures");
        words.push_str(&more);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_have_names() {
        let week = |days: &str| called(days);
        assert_eq!(week(&written(&Day::working())), "Monday to Friday");
        assert_eq!(
            week("sunday,monday,tuesday,wednesday,thursday"),
            "Sunday to Thursday"
        );
        assert_eq!(week(&written(&Day::ALL)), "Every day");
        assert_eq!(week("monday,wednesday,friday"), "Monday, Wednesday, Friday");
        assert_eq!(week("saturday,sunday"), "Saturday, Sunday");
        assert_eq!(
            choices("monday").len(),
            5,
            "the one that is there can be kept"
        );
    }
}
