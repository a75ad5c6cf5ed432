//! `/jobs`: everything that runs, waits or has run.

use askama::Template;

use crate::list::Pages;
use crate::{Count, ListQuery, Paging, Place, Shell, Tag, Tone, When};

/// The list of jobs, the newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "jobs.html")]
pub struct JobsPage {
    /// The frame.
    pub shell: Shell,
    /// This page's jobs.
    pub rows: Vec<JobLine>,
    /// Where it stands.
    pub paging: Paging,
}

/// One job.
#[derive(Debug, Clone)]
pub struct JobLine {
    /// Its id.
    pub id: String,
    /// What it does: `Import 3,172 people and deploy 3,119`.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// Rows done, failed ones included.
    pub done: Count,
    /// Rows in all; 0: not known yet.
    pub total: Count,
    /// Rows that failed.
    pub failed: Count,
    /// Who ordered it: an administrator's name, `schedule`.
    pub by: String,
    /// When it began (or was ordered).
    pub started: When,
    /// Why it waits until somebody resumes it.
    pub paused: Option<String>,
    /// How long it took or has been running: `2 min 10 s`; may be empty.
    pub took: String,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker or for its next try.
    Waiting,
    /// Waits until somebody resumes it.
    Paused,
    /// At work.
    Running,
    /// Asked to stop, finishes its chunk.
    Cancelling,
    /// Done, every row.
    Done,
    /// Done, some rows failed.
    DoneInPart,
    /// Given up.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl JobState {
    /// Whether something will still happen.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Waiting | Self::Paused | Self::Running | Self::Cancelling
        )
    }

    /// The word that the live page's `progress` event carries as `state`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Running => "running",
            Self::Cancelling => "stopping",
            Self::Done => "done",
            Self::DoneInPart => "done in part",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state in a word.
    pub fn tag(self) -> Tag {
        let tone = match self {
            Self::Waiting | Self::Cancelled => Tone::Plain,
            Self::Running => Tone::Info,
            Self::Done => Tone::Good,
            Self::Paused | Self::Cancelling | Self::DoneInPart => Tone::Warning,
            Self::Failed => Tone::Bad,
        };
        Tag::new(self.word(), tone)
    }
}

impl JobLine {
    /// Hundredths done.
    pub(crate) fn percent(&self) -> u64 {
        self.done.percent_of(&self.total)
    }

    pub(crate) fn sample(state: JobState) -> Self {
        Self {
            id: "j42".into(),
            title: "Import 3,172 people and deploy 3,119".into(),
            state,
            done: Count(1_874),
            total: Count(3_172),
            failed: Count(2),
            by: "Grace Example".into(),
            started: When::new("2 minutes ago", "2026-11-22T14:03:00Z"),
            paused: (state == JobState::Paused).then(|| "12 of 61 people failed".into()),
            took: "2 min 10 s".into(),
        }
    }
}

impl JobsPage {
    pub(crate) fn pages<'a>(&'a self, query: &'a ListQuery) -> Pages<'a> {
        Pages {
            paging: &self.paging,
            query,
        }
    }

    pub(crate) fn query() -> ListQuery {
        ListQuery {
            path: "/jobs".into(),
            ..ListQuery::default()
        }
    }

    /// One job of every kind of ending.
    pub fn sample() -> Self {
        let rows = [
            (
                JobState::Running,
                "Import 3,172 people and deploy 3,119",
                1_874,
                3_172,
                2,
            ),
            (JobState::Waiting, "Deploy 12 users", 0, 12, 0),
            (JobState::Paused, "Deployment", 61, 900, 12),
            (
                JobState::DoneInPart,
                "Scan 5 connections",
                31_917,
                31_917,
                14,
            ),
            (JobState::Done, "Import 431 people", 431, 431, 0),
            (JobState::Failed, "Scan directory", 0, 0, 0),
            (JobState::Cancelled, "Deploy 8,745 users", 220, 8_745, 0),
        ]
        .into_iter()
        .enumerate()
        .map(|(at, (state, title, done, total, failed))| JobLine {
            id: format!("j{at}"),
            title: title.into(),
            done: Count(done),
            total: Count(total),
            failed: Count(failed),
            ..JobLine::sample(state)
        })
        .collect::<Vec<_>>();
        Self {
            shell: Shell::sample(Place::Jobs),
            paging: Paging::single(rows.len()),
            rows,
        }
    }
}
