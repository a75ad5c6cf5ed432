//! How a deployment is spread over time: the fields of its form, and how it stands on its job's page.

use crate::{FieldErrors, When};

/// The fields that say how a deployment is spread.
#[derive(Debug, Clone, Default)]
pub struct WaveFields {
    /// The id of the form that they belong to.
    pub form: &'static str,
    /// Whether it has to be spread.
    pub is_needed: bool,
    /// People an hour.
    pub per_hour: String,
    /// Above what percentage of failures it pauses.
    pub stop_percent: String,
    /// Whether it goes on in working hours alone.
    pub in_hours: bool,
    /// The days of these, as one of the choices' values.
    pub days: String,
    /// Which days can be chosen: values and what they are called.
    pub choices: Vec<(String, String)>,
    /// When working hours begin: `09:00`.
    pub from: String,
    /// When they end.
    pub to: String,
    /// Their time zone.
    pub zone: String,
    /// What is wrong with what was typed, by the ids of the fields; empty before anything was sent.
    pub errors: FieldErrors,
}

/// How a deployment goes on that is not over.
#[derive(Debug, Clone)]
pub struct WavePanel {
    /// How it is spread: `40 people an hour, Monday to Friday 09:00–17:00 (Europe/Berlin)`.
    pub words: String,
    /// Why it is paused.
    pub paused: Option<String>,
    /// When the next mails go.
    pub next: Option<When>,
    /// When the last ones are expected to go.
    pub end: Option<When>,
    /// The form for another pace, where it is spread.
    pub fields: Option<WaveFields>,
}

impl WaveFields {
    /// What the fields are called, by their ids, in the order of the page.
    const LABELS: [(&str, &str); 6] = [
        ("wave-per-hour", "People an hour"),
        (
            "wave-stop-percent",
            "Pause above this percentage of failures",
        ),
        ("wave-days", "Days"),
        ("wave-zone", "Time zone"),
        ("wave-from", "From"),
        ("wave-to", "To"),
    ];

    /// The fields that are wrong: ids and what they are called.
    pub(crate) fn wrong(&self) -> Vec<(&'static str, &'static str)> {
        let all = Self::LABELS.into_iter();
        all.filter(|(id, _)| !self.errors.of(id).is_empty())
            .collect()
    }

    /// The attributes of a field that is wrong; the first one is where the reader begins.
    pub(crate) fn marks(&self, id: &str) -> &'static str {
        match self.wrong().first() {
            Some((first, _)) if *first == id => " aria-invalid=\"true\" autofocus",
            _ if !self.errors.of(id).is_empty() => " aria-invalid=\"true\"",
            _ => "",
        }
    }

    /// Two fields that cannot be.
    pub(crate) fn sample_wrong() -> Self {
        let mut errors = FieldErrors::default();
        errors.add(
            "wave-zone",
            "is no time zone; write its IANA name, like Europe/Berlin",
        );
        errors.add("wave-to", "must be later than the beginning");
        Self {
            per_hour: "40".into(),
            in_hours: true,
            zone: "Europe/Nowhere".into(),
            to: "08:00".into(),
            errors,
            ..Self::sample()
        }
    }

    /// Nothing chosen yet.
    pub fn sample() -> Self {
        let choice = |value: &str, label: &str| (value.to_owned(), label.to_owned());
        Self {
            form: "run",
            days: "monday,tuesday,wednesday,thursday,friday".into(),
            choices: vec![
                choice(
                    "monday,tuesday,wednesday,thursday,friday",
                    "Monday to Friday",
                ),
                choice(
                    "sunday,monday,tuesday,wednesday,thursday",
                    "Sunday to Thursday",
                ),
            ],
            from: "09:00".into(),
            to: "17:00".into(),
            zone: "UTC".into(),
            ..Self::default()
        }
    }
}

impl WavePanel {
    /// One that stopped by itself.
    pub fn sample() -> Self {
        Self {
            words: "40 people an hour, Monday to Friday 09:00–17:00 (Europe/Berlin), paused above 10 % of failures".into(),
            paused: Some("12 of 61 people failed".into()),
            next: None,
            end: None,
            fields: Some(WaveFields {
                form: "pace",
                is_needed: true,
                per_hour: "40".into(),
                stop_percent: "10".into(),
                in_hours: true,
                zone: "Europe/Berlin".into(),
                ..WaveFields::sample()
            }),
        }
    }
}
