//! How a deployment's mails are spread over time, as the command line asks for it.

use clap::Args;
use serde_json::{Value, json};

/// How a deployment is spread.
// A command has the same name.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Spread {
    /// Spread the mails over time: so many people an hour
    #[arg(long, value_name = "N")]
    per_hour: Option<u32>,
    /// Mails go in working hours alone, like `09:00-17:00`
    #[arg(long, value_name = "FROM-TO", requires_all = ["per_hour", "zone"])]
    hours: Option<String>,
    /// The time zone of the working hours, like `Europe/Berlin`
    #[arg(long, requires = "hours")]
    zone: Option<String>,
    /// The days of the working hours, like `sunday,monday`; Monday to Friday without
    #[arg(long, requires = "hours", value_delimiter = ',')]
    days: Option<Vec<String>>,
    /// Pause when more than so many percent fail
    #[arg(long, value_name = "PERCENT", requires = "per_hour")]
    stop_percent: Option<u8>,
}

impl Spread {
    /// As the API takes it; none: all at once.
    pub(crate) fn wanted(&self) -> Option<Value> {
        self.per_hour.map(|per_hour| self.at(per_hour))
    }

    fn at(&self, per_hour: u32) -> Value {
        let mut wave = json!({ "per_hour": per_hour });
        if let Some(hours) = &self.hours {
            let (from, to) = hours.split_once('-').unwrap_or((hours, ""));
            wave["hours"] = json!({ "from": from, "to": to, "zone": self.zone });
            if let Some(days) = &self.days {
                wave["hours"]["days"] = json!(days);
            }
        }
        if let Some(percent) = self.stop_percent {
            wave["stop_percent"] = percent.into();
        }
        wave
    }
}
