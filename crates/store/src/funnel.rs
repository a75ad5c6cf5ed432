//! The funnel: how far people came, and who is stuck where. Counted over indexes; every number is what a filter of Manage finds.

use model::{
    JobId, Timestamp, UserFilter, UserState,
    deployment::DeploymentState,
    filter::{Followed, Reached, Registration},
    wave::Batch,
};

use crate::{Filter, ListQuery, Result, Store, devices, sql, users};

/// How far all users have ever come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// All of them.
    pub users: i64,
    /// Those whom a deployment was sent to (`reached=deployed`).
    pub deployed: i64,
    /// Those whose client fetched its configuration (`reached=downloaded`).
    pub downloaded: i64,
    /// Those whose client was seen at the registrar (`registered=once`).
    pub registered: i64,
    /// Who is stuck where.
    pub stuck: Stuck,
}

/// Who is stuck where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stuck {
    /// Their mail waits (`state=queued`).
    pub queued: i64,
    /// It could not be made, or was refused for good (`state=failed`).
    pub failed: i64,
    /// Nobody looked at their link (`link=unseen`).
    pub unseen: i64,
    /// Their link was looked at, and not opened (`link=unopened`).
    pub unopened: i64,
    /// It was opened, and no configuration was fetched (`link=opened`).
    pub opened: i64,
    /// Their softphone has its configuration and was never registered (`registered=never`).
    pub never_registered: i64,
    /// What their softphone has is out of date (`configuration=out-of-date`).
    pub out_of_date: i64,
}

/// How far all users have come, counted now.
pub async fn standing(store: &Store) -> Result<Standing> {
    let states = users::counts(store).await?;
    let of = |state| states.get(&state).copied().unwrap_or(0);
    let reached = async |reached| {
        let filter = UserFilter {
            reached: Some(reached),
            ..UserFilter::default()
        };
        found(store, filter).await
    };
    let registered = async |registered| {
        let filter = UserFilter {
            registered: Some(registered),
            ..UserFilter::default()
        };
        found(store, filter).await
    };
    let link = async |link| {
        let filter = UserFilter {
            link: Some(link),
            ..UserFilter::default()
        };
        found(store, filter).await
    };
    Ok(Standing {
        users: states.values().sum(),
        deployed: reached(Reached::Deployed).await?,
        downloaded: reached(Reached::Downloaded).await?,
        registered: registered(Registration::Once).await?,
        stuck: Stuck {
            queued: of(UserState::Queued),
            failed: of(UserState::Failed),
            unseen: link(Followed::Unseen).await?,
            unopened: link(Followed::Unopened).await?,
            opened: link(Followed::Opened).await?,
            never_registered: registered(Registration::Never).await?,
            out_of_date: devices::count_out_of_date(store).await?,
        },
    })
}

/// The same for pages that are looked at all the time: of very many, as it was some seconds ago.
pub async fn standing_lately(store: &Store) -> Result<Standing> {
    let counted = standing(store);
    let of = |standing: &Standing| standing.users;
    store.tally().standing.get(store.env(), of, counted).await
}

/// How many users a filter finds.
async fn found(store: &Store, filter: UserFilter) -> Result<i64> {
    let query = ListQuery {
        filter: Filter::Users(filter),
        ..ListQuery::default()
    };
    Ok(users::LISTED.exact_total(store, &query).await?.count)
}

/// How far the deployments of one job came: each number of the way includes those after it, and the people between two of them are
/// those whom a `step` of the job finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfJob {
    /// Deployments that it made.
    pub made: i64,
    /// Those whose mail the mail server accepted.
    pub sent: i64,
    /// Those whose link was looked at.
    pub seen: i64,
    /// Those whose link was opened.
    pub opened: i64,
    /// Those by which a configuration was fetched.
    pub downloaded: i64,
    /// Those whose softphone was seen at the registrar.
    pub registered: i64,
    /// Those whose mail waits.
    pub queued: i64,
    /// Those whose mail was refused for good.
    pub bounced: i64,
    /// Those that a newer one took the place of, or that were withdrawn, before they were used.
    pub ended: i64,
    /// Of these, those whose mail the mail server had accepted.
    pub ended_sent: i64,
}

/// How the deployments of a wave stand: what its pace and its limit go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfWave {
    /// Those that were made last, at one moment.
    pub last: Option<Batch>,
    /// Those whose mail waits.
    pub queued: i64,
    /// Of these, those whose mail was never tried.
    pub untried: i64,
    /// Those whose mail was refused for good, also where a newer deployment took their place since.
    pub refused: i64,
}

/// How the deployments of the job `$1` stand: no row where there are none.
pub(crate) const OF_WAVE: &str = "SELECT w.last, (SELECT COUNT(*) FROM deployment WHERE job_id = $1 AND created_at = w.last), \
     (SELECT COUNT(*) FROM deployment WHERE job_id = $1 AND state = 'queued'), \
     (SELECT COUNT(*) FROM deployment d JOIN outbox o ON o.deployment_id = d.id \
      WHERE d.job_id = $1 AND d.state = 'queued' AND o.attempts = 0), \
     (SELECT COUNT(*) FROM deployment WHERE job_id = $1 AND error <> '') \
     FROM (SELECT MAX(created_at) AS last FROM deployment WHERE job_id = $1) w WHERE w.last IS NOT NULL";

/// How the deployments of a wave stand.
pub async fn of_wave(store: &Store, job: JobId) -> Result<OfWave> {
    let row = sql::one(store, OF_WAVE, vec![job.0.into()]).await?;
    let Some(row) = row else {
        return Ok(OfWave::default());
    };
    Ok(OfWave {
        last: Some(Batch {
            at: Timestamp(row.get(0)?),
            people: row.get(1)?,
        }),
        queued: row.get(2)?,
        untried: row.get(3)?,
        refused: row.get(4)?,
    })
}

/// Whether the mail server accepted a mail of a job since then.
pub async fn has_sent(store: &Store, job: JobId, since: Timestamp) -> Result<bool> {
    let text = "SELECT 1 FROM deployment WHERE job_id = $1 AND sent_at >= $2 LIMIT 1";
    let row = sql::one(store, text, vec![job.0.into(), since.0.into()]).await?;
    Ok(row.is_some())
}

/// How far the deployments of a job came.
pub async fn of_job(store: &Store, job: JobId) -> Result<OfJob> {
    let text = "SELECT d.state, CAST(CASE WHEN d.opened_at IS NOT NULL THEN 2 WHEN d.seen_at IS NOT NULL THEN 1 ELSE 0 END AS BIGINT) AS visit, \
                CAST(CASE WHEN EXISTS (SELECT 1 FROM device v WHERE v.deployment_id = d.id AND v.registered_at IS NOT NULL) \
                THEN 1 ELSE 0 END AS BIGINT) AS rings, COUNT(*), COUNT(d.sent_at) FROM deployment d WHERE d.job_id = $1 \
                GROUP BY d.state, visit, rings";
    let rows = sql::all(store, text, vec![job.0.into()]).await?;
    let mut all = OfJob::default();
    for row in &rows {
        let state = row.named(0, "deployment state", DeploymentState::parse)?;
        let (visit, rings): (i64, i64) = (row.get(1)?, row.get(2)?);
        all.add(state, visit, rings > 0, (row.get(3)?, row.get(4)?));
    }
    Ok(all)
}

impl OfJob {
    /// Adds so many deployments of one kind, and how many of them were sent: `visit` is 1 where the link was seen, 2 where it was opened.
    fn add(&mut self, state: DeploymentState, visit: i64, rings: bool, (count, sent): (i64, i64)) {
        self.made += count;
        let fetched = rings || state == DeploymentState::Downloaded;
        let counts = |yes: bool| if yes { count } else { 0 };
        match state {
            DeploymentState::Queued => self.queued += count,
            DeploymentState::Bounced => self.bounced += count,
            DeploymentState::Failed | DeploymentState::Superseded | DeploymentState::Revoked => {
                self.ended += counts(!fetched);
                self.ended_sent += if fetched { 0 } else { sent };
            }
            DeploymentState::Sent | DeploymentState::Downloaded => {}
        }
        self.sent += counts(fetched || state == DeploymentState::Sent);
        self.seen += counts(fetched || (state == DeploymentState::Sent && visit > 0));
        self.opened += counts(fetched || (state == DeploymentState::Sent && visit > 1));
        self.downloaded += counts(fetched);
        self.registered += counts(rings);
    }
}
