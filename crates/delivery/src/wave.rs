//! A wave's turns: whether people go now, and when the next ones do. What it goes by stands with the deployments themselves, so that a
//! restart and another server go on where it was.

use model::{Actor, Order, Outcome, Timestamp, wave::Wave};
use serde::{Deserialize, Serialize};
use store::{
    Hold, Store,
    funnel::{self, OfWave},
    jobs::{self, Job, Step},
};

use crate::Error;

/// How soon it is looked again whether the mail server took what waits.
const LOOK_AGAIN_S: i64 = 60;
const HOUR_S: i64 = 3_600;

/// Where a deployment stands between two rounds of work, kept as the job's cursor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Round {
    /// When those who wait for a secret were all read.
    pub(crate) read_at: Option<Timestamp>,
    /// Whether it stopped by itself: when it is resumed, those who failed so far count no more.
    stopped: bool,
    /// Those whose fate is known and who do not count, and of them those who failed: all of them when somebody resumed it all the
    /// same, and who say nothing about the others, as they were gone, suspended, or needed no mail.
    left_out: (i64, i64),
}

impl Round {
    pub(crate) fn of(hold: Hold<'_>) -> Self {
        serde_json::from_str(&hold.job.cursor).unwrap_or_default()
    }

    /// Keeps it, in a transaction of its own.
    pub(crate) async fn keep(self, hold: Hold<'_>) -> Result<(), Error> {
        let tx = hold.store.begin().await?;
        self.put(hold, &tx).await?;
        Ok(tx.commit().await?)
    }

    /// One more does not count.
    pub(crate) fn leave_out(&mut self, failed: bool) {
        self.left_out.0 += 1;
        self.left_out.1 += i64::from(failed);
    }

    pub(crate) async fn put(self, hold: Hold<'_>, tx: &store::Tx) -> Result<(), Error> {
        let cursor = serde_json::to_string(&self).expect("numbers always serialise");
        let step = Step {
            cursor: Some(&cursor),
            ..Step::default()
        };
        Ok(hold.advance(tx, step).await?)
    }
}

/// Whether people go now.
pub(crate) enum Turn {
    /// So many at most.
    Go(usize),
    /// Not now.
    Wait(Outcome),
}

/// Whether the next people of a wave go now: unless too many failed, within its hours and at its pace, and while no more than an
/// hour's mails wait for the mail server, not counting those that it put off while it takes others.
pub(crate) async fn turn(hold: Hold<'_>, wave: &Wave, round: &mut Round) -> Result<Turn, Error> {
    let now = hold.store.env().now();
    let job = jobs::get(hold.store, hold.id()).await?;
    let stands = funnel::of_wave(hold.store, job.id).await?;
    let known = job.done - stands.queued;
    let failed = job.failed + stands.refused;
    if round.stopped {
        round.stopped = false;
        round.left_out = (known, failed);
        round.keep(hold).await?;
    }
    let (known, failed) = (known - round.left_out.0, failed - round.left_out.1);
    if wave.stops(known, failed) {
        round.stopped = true;
        let why = format!("{failed} of {known} people failed");
        let tx = hold.store.begin().await?;
        round.put(hold, &tx).await?;
        jobs::pause(&tx, job.id, &why, &Actor::system()).await?;
        tx.commit().await?;
        return Ok(Turn::Wait(Outcome::Stopped));
    }
    // What was tried may wait for a few recipients alone: it holds nobody up where other mails went out, the last time that some went.
    let an_hour = i64::from(wave.per_hour);
    let lately = stands.last.map_or(now, |last| last.at).plus_s(-HOUR_S);
    let waits = stands.untried >= an_hour
        || (stands.queued >= an_hour && !funnel::has_sent(hold.store, job.id, lately).await?);
    if waits {
        return Ok(Turn::Wait(Outcome::Again {
            at: now.plus_s(LOOK_AGAIN_S),
            why: format!("waits for {} mails that have not gone out", stands.queued),
        }));
    }
    let next = wave.next(stands.last, now);
    if next > now {
        return Ok(Turn::Wait(at_its_time(wave, stands, next)));
    }
    Ok(Turn::Go(usize::try_from(wave.batch()).unwrap_or(1)))
}

/// When the next people of a wave go, after those who went just now.
pub(crate) async fn next(hold: Hold<'_>, wave: &Wave) -> Result<Outcome, Error> {
    let stands = funnel::of_wave(hold.store, hold.id()).await?;
    let next = wave.next(stands.last, hold.store.env().now());
    Ok(at_its_time(wave, stands, next))
}

/// A wave that waits: for its hours, where these are what it waits for.
fn at_its_time(wave: &Wave, stands: OfWave, at: Timestamp) -> Outcome {
    let any_time = Wave {
        hours: None,
        ..wave.clone()
    };
    let by_pace = any_time.next(stands.last, Timestamp(0));
    let why = if at > by_pace {
        "waits for working hours"
    } else {
        "the next people go at their time"
    };
    Outcome::Again {
        at,
        why: why.to_owned(),
    }
}

/// How a wave goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// How it is spread.
    pub wave: Wave,
    /// When the next mails go; none: it is paused.
    pub next: Option<Timestamp>,
    /// When its last mails go; none: it is paused, or that is too far ahead to say.
    pub end: Option<Timestamp>,
}

/// How a job goes on that is a wave and not over.
pub async fn forecast(store: &Store, job: &Job) -> Result<Option<Forecast>, Error> {
    let Order::Deploy {
        wave: Some(wave), ..
    } = &job.order
    else {
        return Ok(None);
    };
    if job.state.is_over() || job.cancel {
        return Ok(None);
    }
    let wave = wave.clone();
    let (next, end) = if job.paused.is_some() {
        (None, None)
    } else {
        let stands = funnel::of_wave(store, job.id).await?;
        let next = wave.next(stands.last, store.env().now());
        (Some(next), wave.end(next, job.total - job.done))
    };
    Ok(Some(Forecast { wave, next, end }))
}
