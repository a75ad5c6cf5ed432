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
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32} {:>14.3} {}", self.name, self.value, self.unit)?;
        if let (Some(reference), Some(ratio)) = (&self.reference, self.ratio) {
            write!(f, "   {ratio:.3} of {reference}")?;
        }
        self.goal
            .map_or(Ok(()), |goal| write!(f, ", goal {goal:.3}"))
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
