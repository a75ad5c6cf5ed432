//! One measured number, what it is compared with, and how it is printed and written.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;

/// A figure as `target/bench/results.json` lists it; a reference by itself has nothing to be compared with.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    reference: Option<String>,
    reference_value: Option<f64>,
    /// `value / reference_value`.
    ratio: Option<f64>,
    /// The ratio that is wanted.
    goal: Option<f64>,
    #[serde(skip)]
    side: Side,
}

/// On which side of its goal a ratio is good.
#[derive(Clone, Copy, Debug)]
enum Side {
    AtLeast,
    AtMost,
}

impl Figure {
    /// A number without a comparison.
    pub(crate) fn alone(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            reference: None,
            reference_value: None,
            ratio: None,
            goal: None,
            side: Side::AtLeast,
        }
    }

    /// The same beside what the reference reached, in the same unit.
    pub(crate) fn beside(self, reference: impl Into<String>, value: f64) -> Self {
        Self {
            ratio: Some(self.value / value),
            reference: Some(reference.into()),
            reference_value: Some(value),
            ..self
        }
    }

    /// The ratio should be this or more.
    pub(crate) fn at_least(self, goal: f64) -> Self {
        Self {
            goal: Some(goal),
            side: Side::AtLeast,
            ..self
        }
    }

    /// The ratio should be this or less.
    pub(crate) fn at_most(self, goal: f64) -> Self {
        Self {
            goal: Some(goal),
            side: Side::AtMost,
            ..self
        }
    }

    /// A number that should be below a fixed limit.
    pub(crate) fn within(self, limit: f64) -> Self {
        self.beside("the limit", limit).at_most(1.0)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} {:>12.3} {}", self.name, self.value, self.unit)?;
        if let (Some(reference), Some(value), Some(ratio)) =
            (&self.reference, self.reference_value, self.ratio)
        {
            write!(f, "   {ratio:.3} of {reference} ({value:.3})")?;
        }
        let (Some(ratio), Some(goal)) = (self.ratio, self.goal) else {
            return Ok(());
        };
        let (words, reached) = match self.side {
            Side::AtLeast => ("at least", ratio >= goal),
            Side::AtMost => ("at most", ratio <= goal),
        };
        let mark = if reached { "reached" } else { "MISSED" };
        write!(f, ", goal {words} {goal}: {mark}")
    }
}

/// The load averages of the last 1, 5 and 15 minutes.
pub(crate) fn machine_load() -> Result<String> {
    let text =
        std::fs::read_to_string("/proc/loadavg").context("cannot read the load of this machine")?;
    Ok(text
        .split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" "))
}

/// A count as a number to calculate with; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
pub(crate) fn number(count: impl Into<i64>) -> f64 {
    count.into() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_whether_its_goal_is_reached() {
        let fast = Figure::alone("scan", 30.0, "rows/cpu-s").beside("bare insert", 100.0);
        assert!(fast.at_least(0.25).to_string().ends_with("reached"));
        let large = Figure::alone("memory", 200.0, "MB").within(150.0);
        assert!(large.to_string().ends_with("goal at most 1: MISSED"));
    }
}
