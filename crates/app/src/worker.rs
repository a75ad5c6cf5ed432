//! The worker: claims jobs and hands each to the room that carries its kind out; publishes, sends and flushes
//! beside them. Several workers can run at once; the database says who holds what.

use std::{future::Future, sync::Arc, time::Duration};

use delivery::{Post, Publisher};
use model::{Order, Outcome};
use store::{
    Hold, Store,
    jobs::{self, Job, JobState, Step},
};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use crate::shutdown::Shutdown;

/// Jobs at a time: scans mostly wait for components, the rest for the one writer.
const JOBS_MAX: usize = 4;
/// How often the queue is looked at without a nudge: another process may have filled it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often schedules are looked at.
const SCHEDULE_EVERY: Duration = Duration::from_secs(10);
/// How often plans that nobody agreed to and links that ended long ago are cleared away.
const CLEAR_EVERY: Duration = Duration::from_mins(10);
/// How often the redirect server is asked for visits, at least.
const VISITS_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether the mailbox of bounces is due.
const MAILBOX_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether another server changed the brand.
const BRAND_EVERY: Duration = Duration::from_secs(2);
/// How often fetch times are written.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// Tries of a job that fails for a reason that may pass.
const TRIES_MAX: i64 = 5;

/// Everything that works in the background.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) store: Store,
    pub(crate) settings: delivery::Settings,
    pub(crate) post: Arc<Post>,
    /// Names this process in claims.
    pub(crate) owner: String,
    pub(crate) shutdown: Shutdown,
}

impl Worker {
    /// Starts all loops; each ends with the shutdown.
    pub(crate) async fn start(self) -> anyhow::Result<JoinSet<()>> {
        let mut loops = JoinSet::new();
        if let Some(server) = self.settings.redirect.clone() {
            let publisher = Arc::new(Publisher::new(&self.store, server).await?);
            let (worker, teller) = (self.clone(), publisher.clone());
            loops.spawn(
                worker.repeat("publishing the brand", LOOK_EVERY, move |store| {
                    let publisher = teller.clone();
                    async move { publisher.tell_brand(&store).await }
                }),
            );
            let (worker, visits) = (self.clone(), publisher.clone());
            loops.spawn(worker.repeat("reading visits", VISITS_EVERY, move |store| {
                let publisher = visits.clone();
                async move { publisher.read_visits(&store).await }
            }));
            let worker = self.clone();
            loops.spawn(worker.repeat("publishing", LOOK_EVERY, move |store| {
                let publisher = publisher.clone();
                async move { publisher.round(&store).await }
            }));
        }
        let post = self.post.clone();
        let worker = self.clone();
        loops.spawn(worker.repeat("sending", LOOK_EVERY, move |store| {
            let post = post.clone();
            async move { post.round(&store).await }
        }));
        if let Some(mailbox) = self.settings.mailbox.clone().map(Arc::new) {
            let worker = self.clone();
            loops.spawn(
                worker.repeat("reading bounces", MAILBOX_EVERY, move |store| {
                    let mailbox = mailbox.clone();
                    async move { mailbox.round(&store).await }
                }),
            );
        }
        loops.spawn(self.clone().schedule());
        loops.spawn(self.clone().clear());
        loops.spawn(self.jobs());
        Ok(loops)
    }

    /// Does rounds while there is work, then waits for a nudge; a failure waits longer each time.
    async fn repeat<F, R>(self, what: &'static str, look_every: Duration, round: F)
    where
        F: Fn(Store) -> R + Send,
        R: Future<Output = Result<usize, delivery::Error>> + Send,
    {
        let mut failures: u32 = 0;
        while !self.shutdown.is_due() {
            match round(self.store.clone()).await {
                Ok(0) => {
                    failures = 0;
                    self.rest(look_every).await;
                }
                Ok(_) => failures = 0,
                Err(error) => {
                    failures = (failures + 1).min(6);
                    tracing::warn!(%error, hint = error.hint(), "{what} does not work at the moment");
                    let pause = Duration::from_millis(500) * 2_u32.pow(failures);
                    let _ = timeout(pause, self.shutdown.clone().wait()).await;
                }
            }
        }
    }

    /// Orders what is due: scans by their connection's schedule, looks at who is registered, warnings by the end of authorizations.
    async fn schedule(self) {
        while !self.shutdown.is_due() {
            if let Err(error) = roster::order_due_scans(&self.store).await {
                tracing::warn!(%error, hint = error.hint(), "scheduled scans cannot be ordered at the moment");
            }
            if let Err(error) = roster::order_due_contacts(&self.store).await {
                tracing::warn!(%error, hint = error.hint(), "looks at who is registered cannot be ordered at the moment");
            }
            if let Err(error) = roster::order_due_warnings(&self.store).await {
                tracing::warn!(%error, hint = error.hint(), "warnings cannot be ordered at the moment");
            }
            let _ = timeout(SCHEDULE_EVERY, self.shutdown.clone().wait()).await;
        }
    }

    /// Clears away plans that nobody can agree to any more and links that nobody can ask by, a few thousand rows at a time.
    async fn clear(self) {
        while !self.shutdown.is_due() {
            let plans = store::plans::clear(&self.store).await;
            let links = store::deployments::clear(&self.store).await;
            match plans.and_then(|plans| Ok(links? || plans)) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "old plans and links cannot be cleared away at the moment");
                }
            }
            let _ = timeout(CLEAR_EVERY, self.shutdown.clone().wait()).await;
        }
    }

    /// Waits for a nudge, the time limit or the shutdown.
    async fn rest(&self, limit: Duration) {
        tokio::select! {
            () = self.shutdown.clone().wait() => {}
            _ = timeout(limit, self.store.nudged()) => {}
        }
    }

    async fn jobs(self) {
        let places = Arc::new(Semaphore::new(JOBS_MAX));
        let mut running = JoinSet::new();
        while !self.shutdown.is_due() {
            let place = places
                .clone()
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            match jobs::claim(&self.store, &self.owner).await {
                Ok(Some(job)) => {
                    let worker = self.clone();
                    running.spawn(async move {
                        worker.job(job).await;
                        drop(place);
                    });
                }
                Ok(None) => self.rest(LOOK_EVERY).await,
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be read");
                    self.rest(LOOK_EVERY).await;
                }
            }
            while running.try_join_next().is_some() {}
        }
        // What is in the middle of a chunk is rolled back and goes on at the next start.
        running.shutdown().await;
    }

    async fn job(&self, job: Job) {
        let hold = Hold {
            store: &self.store,
            job: &job,
            owner: &self.owner,
        };
        let kept = match self.carry_out(hold).await {
            Ok(outcome) => self.record(&job, outcome).await,
            Err(error) => self.troubled(&job, &error).await,
        };
        match kept {
            Ok(()) | Err(store::Error::LeaseLost) => {}
            // The lease runs out and the job comes back.
            Err(error) => {
                tracing::error!(%error, job = %job.id, "a job's outcome could not be kept");
            }
        }
    }

    async fn carry_out(&self, hold: Hold<'_>) -> anyhow::Result<Outcome> {
        Ok(match hold.job.order.clone() {
            Order::Scan { connection } => roster::carry_out_scan(hold, connection).await?,
            Order::Contacts { connection } => roster::carry_out_contacts(hold, connection).await?,
            Order::Join => roster::carry_out_join(hold).await?,
            Order::Credential { connection } => {
                roster::carry_out_credential(hold, connection).await?
            }
            Order::Import { plan, wave } => import::carry_out(hold, plan, wave.as_ref()).await?,
            Order::Undo { plan, deployed } => import::carry_out_undo(hold, plan, deployed).await?,
            Order::Suspend { plan } => users::suspension::carry_out(hold, plan).await?,
            Order::Resume { plan } => users::suspension::carry_out_end(hold, plan).await?,
            Order::ChangeProfile { plan } => users::changes::carry_out_profile(hold, plan).await?,
            Order::ChangeLanguage { plan } => {
                users::changes::carry_out_language(hold, plan).await?
            }
            Order::Delete { plan, deployed } => {
                users::removal::carry_out(hold, plan, deployed).await?
            }
            Order::ImportCsv { plan } => import::csv::carry_out(hold, plan).await?,
            Order::Sync { plan, reset } => import::sync::carry_out(hold, plan, reset).await?,
            Order::Deploy {
                reason,
                fed_by,
                wave,
            } => {
                let wave = wave.as_ref();
                delivery::carry_out_deploy(hold, &self.settings, &reason, fed_by, wave).await?
            }
            Order::Notify { connection, days } => self.post.notify(hold, connection, days).await?,
            Order::TestMail {
                to,
                language,
                profile,
            } => {
                let scope = delivery::templates::Scope { language, profile };
                self.post.test_mail(hold, &to, scope).await?
            }
            Order::SignInMail { user } => self.post.sign_in_mail(hold, user).await?,
        })
    }

    /// Keeps that a job's work failed for a reason that may pass: it is tried again, a few times in a row.
    async fn troubled(&self, job: &Job, error: &anyhow::Error) -> Result<(), store::Error> {
        let tx = self.hold(job).await?;
        let why = crate::told(error).replace("\n  because:", ":");
        tracing::warn!(job = %job.id, kind = job.kind, why, "a job failed");
        let tries = jobs::get_in(&tx, job.id).await?.attempts;
        if tries < TRIES_MAX {
            let wait = 2 << tries.clamp(0, 10);
            jobs::retry(&tx, job.id, tx.env().now().plus_s(wait), &why).await?;
        } else {
            let hint = "see the server's log; order it again when the cause is mended";
            jobs::finish(&tx, job.id, JobState::Failed, &why, hint).await?;
        }
        tx.commit().await
    }

    /// Begins to keep an outcome. Fails where another worker took the job over meanwhile: it is that one's to keep.
    async fn hold(&self, job: &Job) -> Result<store::Tx, store::Error> {
        let tx = self.store.begin().await?;
        jobs::advance(&tx, job.id, &self.owner, Step::default()).await?;
        Ok(tx)
    }

    async fn record(&self, job: &Job, outcome: Outcome) -> Result<(), store::Error> {
        let tx = self.hold(job).await?;
        match outcome {
            Outcome::Done => {
                if !jobs::complete(&tx, job.id).await? {
                    jobs::postpone(&tx, job.id, tx.env().now(), "").await?;
                }
            }
            Outcome::Again { at, why } => jobs::go_on(&tx, job, at, &why).await?,
            Outcome::GiveUp { why, hint } => {
                jobs::finish(&tx, job.id, JobState::Failed, &why, &hint).await?;
            }
            Outcome::Stopped => {
                if jobs::get_in(&tx, job.id).await?.cancel {
                    jobs::finish(&tx, job.id, JobState::Cancelled, "", "").await?;
                } else {
                    // Nobody takes it while it is paused.
                    jobs::postpone(&tx, job.id, tx.env().now(), "").await?;
                }
            }
        }
        tx.commit().await
    }
}

/// Writes now and then when links were looked at and configurations fetched, and once more at the end.
pub(crate) async fn flush(app: web::App, shutdown: Shutdown) {
    loop {
        let over = timeout(FLUSH_EVERY, shutdown.clone().wait()).await.is_ok();
        if let Err(error) = app.flush().await {
            tracing::warn!(%error, "times of visits and fetches could not be written");
        }
        if over {
            return;
        }
    }
}

/// Keeps the public pages of this process in the brand that counts, whichever server it was changed at.
pub(crate) async fn follow_brand(app: web::App, shutdown: Shutdown) {
    while timeout(BRAND_EVERY, shutdown.clone().wait()).await.is_err() {
        if let Err(error) = app.read_brand().await {
            tracing::warn!(%error, "the brand could not be read");
        }
    }
}
