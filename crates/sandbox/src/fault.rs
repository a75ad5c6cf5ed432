//! What can go wrong with a component, as orders: which fault, at which page, how often. Doing it is left to [`crate::server`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::component::Kind;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Trouble {
    /// The connection is closed without an answer.
    Down,
    /// The answer comes late.
    Slow {
        /// How late, in milliseconds.
        ms: u64,
    },
    /// 200 with a web page instead of JSON.
    Html,
    /// 200 with the first half of the JSON.
    HalfJson,
    /// An error status, with `Retry-After` (RFC 9110, 10.2.3) if given: seconds, or an HTTP date.
    Status {
        /// The status, 400 to 599.
        status: u16,
        /// The field's value as it is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// `total` is wrong by so many.
    WrongTotal {
        /// Added to the true total; may be negative.
        off_by: i64,
    },
}

/// An order to let something go wrong at one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// Only at this page of a list, from 1; every request without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Only for paths that begin like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How often; until cleared without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl Fault {
    /// This trouble at every request until cleared.
    pub fn always(trouble: Trouble) -> Self {
        Self {
            trouble,
            page: None,
            path: None,
            times: None,
        }
    }

    /// Only at page `page` of a list, from 1.
    #[must_use]
    pub fn at_page(self, page: u32) -> Self {
        Self {
            page: Some(page),
            ..self
        }
    }

    /// Only for paths that begin with `path`.
    #[must_use]
    pub fn at_path(self, path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..self
        }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    fn fits(&self, request: &Asked<'_>) -> bool {
        self.times != Some(0)
            && self.page.is_none_or(|page| request.page == Some(page))
            && self
                .path
                .as_deref()
                .is_none_or(|path| request.path.starts_with(path))
    }
}

/// What a fault looks at in a request.
pub(crate) struct Asked<'a> {
    pub(crate) path: &'a str,
    /// The page of a list; nothing for any other request.
    pub(crate) page: Option<u32>,
}

/// What has been ordered to go wrong, for each component. Shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<HashMap<Kind, Vec<Fault>>>>);

impl Faults {
    pub(crate) fn set(&self, kind: Kind, faults: Vec<Fault>) {
        self.lock().insert(kind, faults);
    }

    pub(crate) fn list(&self, kind: Kind) -> Vec<Fault> {
        self.lock().get(&kind).cloned().unwrap_or_default()
    }

    /// The trouble that this request gets into; each fault that fits has then happened once more.
    pub(crate) fn strike(&self, kind: Kind, request: &Asked<'_>) -> Vec<Trouble> {
        let mut all = self.lock();
        let Some(faults) = all.get_mut(&kind) else {
            return Vec::new();
        };
        let fitting = faults.iter_mut().filter(|fault| fault.fits(request));
        fitting
            .map(|fault| {
                fault.times = fault.times.map(|times| times - 1);
                fault.trouble.clone()
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Kind, Vec<Fault>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How late the answer comes.
pub(crate) fn delay(troubles: &[Trouble]) -> Duration {
    let ms = troubles
        .iter()
        .map(|trouble| {
            if let Trouble::Slow { ms } = trouble {
                *ms
            } else {
                0
            }
        })
        .sum();
    Duration::from_millis(ms)
}

/// By how much `total` is wrong.
pub(crate) fn off_by(troubles: &[Trouble]) -> i64 {
    troubles
        .iter()
        .map(|trouble| {
            if let Trouble::WrongTotal { off_by } = trouble {
                *off_by
            } else {
                0
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_at_its_page_and_as_often_as_ordered() {
        let faults = Faults::default();
        faults.set(
            Kind::Usp,
            vec![Fault::always(Trouble::Html).at_page(7).times(1)],
        );
        let asked = |page| Asked {
            path: "/usp/v1/users",
            page,
        };
        assert!(faults.strike(Kind::Usp, &asked(Some(6))).is_empty());
        assert!(faults.strike(Kind::Mbg, &asked(Some(7))).is_empty());
        assert_eq!(faults.strike(Kind::Usp, &asked(Some(7))), [Trouble::Html]);
        assert!(faults.strike(Kind::Usp, &asked(Some(7))).is_empty());
    }

    #[test]
    fn a_fault_is_written_flat() {
        let text = r#"{"fault":"status","status":503,"retry_after":"2","page":7,"times":1}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.page, Some(7));
        assert_eq!(serde_json::to_string(&fault).unwrap(), text);
    }
}
