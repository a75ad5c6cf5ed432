//! `/jobs/{id}`: one job, live while it runs, a summary with every failed row afterwards.

use askama::Template;

use crate::funnel::{Stage, Stuck};
use crate::jobs::{JobLine, JobState};
use crate::list::Pages;
use crate::wave::WavePanel;
use crate::{Action, Count, ListQuery, Paging, Place, Shell, Tone, When};

/// One job. Live by server-sent events from `/jobs/{id}/events`: `progress` carries JSON
/// `{state, total, done, failed, rate, seconds_left, note}` (`state` is [`JobState::word`], `rate`
/// rows per second or null, `seconds_left` or null), `done` makes the page load again.
#[derive(Debug, Clone, Template)]
#[template(path = "job.html")]
pub struct JobPage {
    /// The frame.
    pub shell: Shell,
    /// The job.
    pub job: JobLine,
    /// Rows per second; `None`: not known yet.
    pub rate: Option<f64>,
    /// Seconds left; `None`: not known.
    pub seconds_left: Option<u64>,
    /// What it does at the moment, or how it ended; may be empty.
    pub note: String,
    /// Further numbers: (label, count), such as `created`, `mail sent`.
    pub counts: Vec<(String, Count)>,
    /// Whether it makes deployments, whose way is shown as soon as there is something to show.
    pub is_deployment: bool,
    /// How far the deployments came that it made; empty: none yet.
    pub stages: Vec<Stage>,
    /// Who of them is stuck where.
    pub stuck: Vec<Stuck>,
    /// Of a deployment that is not over: how it goes on.
    pub wave: Option<WavePanel>,
    /// Log lines, the newest first.
    pub log: Vec<LogLine>,
    /// This page's failed rows.
    pub failed: Vec<FailedRow>,
    /// Where they stand; keys are `after`/`before` of `/jobs/{id}`.
    pub failed_paging: Paging,
    /// Whether it can be cancelled now.
    pub can_cancel: bool,
    /// Where to go from here, such as `Manage users`.
    pub onward: Vec<Action>,
}

/// One line of a job's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// When.
    pub when: When,
    /// How serious.
    pub tone: Tone,
    /// What happened.
    pub text: String,
}

/// A row that failed.
#[derive(Debug, Clone, Default)]
pub struct FailedRow {
    /// Who: `Łukasz Zieliński`.
    pub name: String,
    /// Directory number or another key; may be empty.
    pub number: String,
    /// Why it failed.
    pub reason: String,
    /// What to do; may be empty.
    pub hint: String,
    /// Address of the entry or user; empty: none.
    pub href: String,
}

impl JobPage {
    /// Whether it goes at its own pace.
    pub(crate) fn is_spread(&self) -> bool {
        self.wave.as_ref().is_some_and(|wave| wave.fields.is_some())
    }

    /// Whether the page goes along with the job: not over, and nobody has something to correct on it.
    pub(crate) fn is_live(&self) -> bool {
        let fields = self.wave.as_ref().and_then(|wave| wave.fields.as_ref());
        self.job.state.is_open() && fields.is_none_or(|fields| fields.errors.is_empty())
    }

    pub(crate) fn query(&self) -> ListQuery {
        ListQuery {
            path: format!("/jobs/{}", self.job.id),
            ..ListQuery::default()
        }
    }

    pub(crate) fn pages<'a>(&'a self, query: &'a ListQuery) -> Pages<'a> {
        Pages {
            paging: &self.failed_paging,
            query,
        }
    }

    /// `1,430 a second`; slow jobs are counted by the minute.
    pub(crate) fn rate(&self) -> String {
        match self.rate {
            Some(rate) if rate >= 10.0 => format!("{rate:.0} a second"),
            Some(rate) if rate >= 1.0 => format!("{rate:.1} a second"),
            Some(rate) if rate > 0.0 => format!("{:.0} a minute", rate * 60.0),
            _ => "—".into(),
        }
    }

    /// `about 40 s`, `about 3 min`
    pub(crate) fn time_left(&self) -> String {
        match self.seconds_left {
            Some(seconds @ ..90) => format!("about {seconds} s"),
            Some(seconds @ ..5_400) => format!("about {} min", (seconds + 30) / 60),
            Some(seconds) => format!("about {} h", (seconds + 1_800) / 3_600),
            None => "—".into(),
        }
    }

    /// A running import with two failed rows.
    pub fn sample() -> Self {
        let log = |text: &str, tone, at: &str| LogLine {
            when: When::new(at, format!("2026-11-22T{at}Z")),
            tone,
            text: text.into(),
        };
        Self {
            shell: Shell::sample(Place::Jobs),
            job: JobLine::sample(JobState::Running),
            rate: Some(14.4),
            seconds_left: Some(90),
            note: "sending mail 1,820 of 3,119".into(),
            counts: vec![
                ("users created".into(), Count(1_833)),
                ("brought up to date".into(), Count(39)),
                ("mails sent".into(), Count(1_820)),
            ],
            is_deployment: false,
            stages: Vec::new(),
            stuck: Vec::new(),
            wave: None,
            log: vec![
                log(
                    "the mail server asked to wait: 451 try again later; 12 mails go out again in 30 s",
                    Tone::Warning,
                    "14:04:40",
                ),
                log("chunk 37 of 64 done", Tone::Plain, "14:04:31"),
                log("started by Grace Example", Tone::Info, "14:03:00"),
            ],
            failed: vec![
                FailedRow {
                    name: "Łukasz Zieliński".into(),
                    number: "4802".into(),
                    reason: "changed since the plan".into(),
                    hint: "look at the row and import it again".into(),
                    href: "/import/e1".into(),
                },
                FailedRow {
                    name: "Reception".into(),
                    number: "100".into(),
                    reason: "the mail server refused reception@example.org: 550 no such user"
                        .into(),
                    hint: "correct the address on Users and Services, scan, deploy again".into(),
                    href: "/users/u2".into(),
                },
            ],
            failed_paging: Paging::single(2_u64),
            can_cancel: true,
            onward: Vec::new(),
        }
    }

    /// A deployment that is spread over time and stopped by itself.
    pub fn sample_paused() -> Self {
        Self {
            job: JobLine::sample(JobState::Paused),
            rate: None,
            seconds_left: None,
            note: "12 of 61 people failed".into(),
            is_deployment: true,
            wave: Some(WavePanel::sample()),
            ..Self::sample()
        }
    }

    /// The same when it is over.
    pub fn sample_done() -> Self {
        let mut job = JobLine::sample(JobState::DoneInPart);
        job.done = job.total;
        Self {
            job,
            rate: None,
            seconds_left: None,
            note: String::new(),
            can_cancel: false,
            onward: vec![
                Action::link("Manage users", "/users"),
                Action::link("Import users", "/import"),
            ],
            ..Self::sample()
        }
    }
}
