//! What is counted while the server runs, for metrics: how many, never who or which.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A landing page was shown.
    Shown,
    /// Its button was pressed.
    Opened,
    /// An app was sent on to its origin.
    SentOn,
    /// A configuration was fetched for an app.
    Relayed,
    /// A link was refused.
    Refused,
    /// A new link was asked for.
    Renewal,
    /// Somebody was told to wait.
    Busy,
    /// A typed code worked.
    CodeTaken,
    /// A typed code did not.
    CodeRefused,
    /// Links were published.
    Published,
    /// A call of an origin was refused.
    CallRefused,
}

/// Names and explanations, in the order of [`What`].
const TOLD: [(&str, &str); 11] = [
    ("pages_shown", "Landing pages shown."),
    (
        "pages_opened",
        "Times that the landing page's button was pressed.",
    ),
    ("apps_sent_on", "Apps sent on to their origin."),
    (
        "configurations_relayed",
        "Configurations fetched from their origin for an app.",
    ),
    (
        "links_refused",
        "Links that do not work, or do not any more.",
    ),
    ("renewals_asked", "New links asked for."),
    (
        "visitors_told_to_wait",
        "Visitors told to wait after too many tries.",
    ),
    ("codes_taken", "Typed codes that worked."),
    (
        "codes_refused",
        "Typed codes that do not work, or do not any more.",
    ),
    ("links_published", "Links taken from origins."),
    ("calls_refused", "Calls of origins that were refused."),
];

/// The counters. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(Arc<[AtomicU64; TOLD.len()]>);

impl Counts {
    /// One more.
    pub(crate) fn add(&self, what: What) {
        self.add_many(what, 1);
    }

    /// So many more.
    pub(crate) fn add_many(&self, what: What, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.0[what as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// The text that Prometheus reads (its exposition format 0.0.4).
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for ((name, help), count) in TOLD.iter().zip(self.0.iter()) {
            let count = count.load(Ordering::Relaxed);
            write!(
                text,
                "# HELP rollcall_redirect_{name}_total {help}\n# TYPE rollcall_redirect_{name}_total counter\n\
                 rollcall_redirect_{name}_total {count}\n"
            )
            .expect("a string takes any text");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_has_its_own_name() {
        let counts = Counts::default();
        counts.add(What::CallRefused);
        counts.add_many(What::Shown, 3);
        let text = counts.text();
        assert!(text.contains("\nrollcall_redirect_pages_shown_total 3\n"));
        assert!(text.ends_with("\nrollcall_redirect_calls_refused_total 1\n"));
    }
}
