//! `/jobs/{id}/events`: a job's progress as its page draws it, by server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use model::JobId;
use serde::Serialize;
use store::jobs::Job;

use super::{
    address::Path,
    frame::PageError,
    jobs::{deployment_of, pace, said, state},
};
use crate::{App, session::SignedIn};

/// How often a watched job is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the page's script draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Progress {
    state: &'static str,
    total: i64,
    done: i64,
    failed: i64,
    /// Rows per second.
    rate: Option<f64>,
    seconds_left: Option<u64>,
    note: String,
}

/// `GET /jobs/{id}/events`: `progress` whenever something changed; `done` once the page is to be loaded again,
/// which is at the job's end and when an import's deployment begins.
pub(crate) async fn events(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    let job = store::jobs::get(&app.store, id).await?;
    let watch = Watch {
        app,
        deployment: deployment_of(&job),
        id,
        shown: None,
        over: false,
    };
    Ok(Sse::new(stream::unfold(watch, Watch::next)).keep_alive(KeepAlive::default()))
}

/// One viewer of one job: reads the database, so any server can show any worker's job.
struct Watch {
    app: App,
    id: JobId,
    /// The deployment that the page knows of.
    deployment: Option<JobId>,
    shown: Option<Progress>,
    over: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.over {
            return None;
        }
        loop {
            let job = store::jobs::get(&self.app.store, self.id).await.ok()?;
            self.over = job.state.is_over() || deployment_of(&job) != self.deployment;
            let progress = self.progress(&job);
            if self.over || self.shown.as_ref() != Some(&progress) {
                let name = if self.over { "done" } else { "progress" };
                let event = Event::default().event(name).json_data(&progress).ok()?;
                self.shown = Some(progress);
                return Some((Ok(event), self));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn progress(&self, job: &Job) -> Progress {
        let (rate, seconds_left) = pace(job, self.app.store.env().now());
        Progress {
            state: state(job).word(),
            total: job.total,
            done: job.done,
            failed: job.failed,
            rate,
            seconds_left,
            note: said(job).to_owned(),
        }
    }
}
