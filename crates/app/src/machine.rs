//! The machine's own clock and random numbers: the one place that reads them.

use model::{Clock, Env, Timestamp, clock::SystemEntropy};

struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

/// The outside world as it is.
pub(crate) fn env() -> Env {
    Env::new(SystemClock, SystemEntropy)
}
