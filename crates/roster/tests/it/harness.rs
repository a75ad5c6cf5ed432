//! An office for the facts: a database, the sandbox's components or a directory, a clock that stands still, and a
//! worker that carries orders out when a fact says so.

use std::time::Duration;

use components::Options;
use model::{
    Actor, Clock, ComponentKind, ConnectionId, EntryId, Env, JobId, Order, Outcome, Secret,
    Timestamp,
    clock::{FixedClock, SystemEntropy},
};
use roster::connections::New;
use sandbox::{
    Credentials, Sandbox,
    component::Kind,
    fault::{Fault, Trouble},
};
use store::{
    Hold, Store, WrappingKey,
    connections::{self, Connection},
    entries::{self, Entry},
    jobs::{self, Job, JobState},
    records::{self, Stored},
};
use tempfile::TempDir;

/// When every fact begins: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
/// No fact waits longer for an event.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
const WORKER: &str = "worker";

/// An office at work.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    pub(crate) sandbox: Sandbox,
    _data: TempDir,
}

pub(crate) fn admin() -> Actor {
    Actor("grace".to_owned())
}

impl Office {
    /// An office with SQLite and so many people on the sandbox's components; nothing is connected.
    pub(crate) async fn of(people: u64) -> Self {
        Self::with(people, "").await
    }

    /// The same with PostgreSQL.
    pub(crate) async fn on_postgres(people: u64) -> Self {
        let cluster = peers::Postgres::shared().await.unwrap();
        Self::with(people, &cluster.database().await.unwrap()).await
    }

    async fn with(people: u64, database_url: &str) -> Self {
        // Another fact may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let env = Env::new(clock.clone(), SystemEntropy);
        let settings = store::Settings {
            database_url,
            data: data.path(),
            key: WrappingKey::random(&env),
        };
        // One time for both sides, or signed requests would be old ones.
        let time = clock.clone();
        let options = sandbox::Options {
            people,
            clock: sandbox::clock::Clock::new(move || time.now().0),
            ..sandbox::Options::default()
        };
        Self {
            store: Store::open(settings, env).await.unwrap(),
            clock,
            sandbox: Sandbox::start(options).await.unwrap(),
            _data: data,
        }
    }

    /// Connects all three components of the sandbox.
    pub(crate) async fn connected(self) -> Self {
        for kind in Kind::ALL {
            self.connect(kind, 500).await;
        }
        self
    }

    /// Connects one of them under its kind's name.
    pub(crate) async fn connect(&self, kind: Kind, page_size: u32) -> ConnectionId {
        let component = self.sandbox.find_component(kind.name()).unwrap();
        let (account, secret) = match &component.credentials {
            Credentials::Token(secret) | Credentials::Key(secret) => ("", secret),
            Credentials::Client { id, secret } => (id.as_str(), secret),
        };
        let options = Options {
            page_size,
            timeout_s: 5,
            ..Options::default()
        };
        let secret = Secret::new(secret.expose());
        self.add(
            kind.name(),
            kind_of(kind),
            &component.url,
            (account, secret),
            options,
        )
        .await
    }

    /// Adds a connection.
    pub(crate) async fn add(
        &self,
        name: &str,
        kind: ComponentKind,
        address: &str,
        (account, secret): (&str, Secret),
        options: Options,
    ) -> ConnectionId {
        let new = New {
            name: name.to_owned(),
            kind,
            address: address.to_owned(),
            account: account.to_owned(),
            secret,
            default_pbx: String::new(),
            options: serde_json::to_value(options)
                .unwrap()
                .as_object()
                .unwrap()
                .clone(),
            schedule: String::new(),
        };
        roster::connections::add(&self.store, &new, &admin())
            .await
            .unwrap()
    }

    /// Connects a directory, 100 records a page.
    pub(crate) async fn connect_directory(&self, directory: &peers::OpenLdap) -> ConnectionId {
        let options = Options {
            page_size: 100,
            base: peers::OpenLdap::PEOPLE.to_owned(),
            ..Options::default()
        };
        let credential = (
            peers::OpenLdap::BIND_DN,
            Secret::new(peers::OpenLdap::PASSWORD),
        );
        self.add(
            "people",
            ComponentKind::Ldap,
            &directory.url(),
            credential,
            options,
        )
        .await
    }

    pub(crate) async fn connection(&self, name: &str) -> Connection {
        let all = connections::list(&self.store).await.unwrap();
        all.into_iter().find(|c| c.name == name).unwrap()
    }

    /// Orders a scan of one connection: its job.
    pub(crate) async fn order(&self, name: &str) -> JobId {
        let id = self.connection(name).await.id;
        roster::order_scans(&self.store, Some(id), &admin())
            .await
            .unwrap()[0]
    }

    /// Scans everything and joins; each job that this took, as it ended.
    pub(crate) async fn scan(&self) -> Vec<Job> {
        roster::order_scans(&self.store, None, &admin())
            .await
            .unwrap();
        self.work().await
    }

    /// Scans one connection and joins; the scan's job, as it ended.
    pub(crate) async fn scan_one(&self, name: &str) -> Job {
        let job = self.order(name).await;
        self.work().await;
        self.job(job).await
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        jobs::get(&self.store, id).await.unwrap()
    }

    /// Carries out every order that is due; each job, as it stood afterwards.
    pub(crate) async fn work(&self) -> Vec<Job> {
        let mut worked = Vec::new();
        loop {
            while let Some(job) = jobs::claim(&self.store, WORKER).await.unwrap() {
                self.carry_out(&job, WORKER).await;
                worked.push(self.job(job.id).await);
            }
            // Joining that found scans under way looks again a moment later.
            let before = worked.len();
            worked.retain(|job| !(job.order == Order::Join && job.state == JobState::Queued));
            if worked.len() == before {
                return worked;
            }
            self.clock.advance_s(1);
        }
    }

    /// Carries one claimed job out and records how it ended.
    pub(crate) async fn carry_out(&self, job: &Job, owner: &str) {
        let hold = Hold {
            store: &self.store,
            job,
            owner,
        };
        let outcome = match job.order.clone() {
            Order::Scan { connection } => roster::carry_out_scan(hold, connection).await,
            Order::Contacts { connection } => roster::carry_out_contacts(hold, connection).await,
            Order::Join => roster::carry_out_join(hold).await,
            Order::Credential { connection } => {
                roster::carry_out_credential(hold, connection).await
            }
            other => panic!("nobody here carries out {other:?}"),
        };
        let tx = self.store.begin().await.unwrap();
        match outcome.unwrap() {
            Outcome::Done => assert!(jobs::complete(&tx, job.id).await.unwrap()),
            Outcome::Again { at, why } => jobs::postpone(&tx, job.id, at, &why).await.unwrap(),
            Outcome::GiveUp { why, hint } => {
                jobs::finish(&tx, job.id, JobState::Failed, &why, &hint)
                    .await
                    .unwrap();
            }
            Outcome::Stopped => {
                if jobs::get_in(&tx, job.id).await.unwrap().cancel {
                    jobs::finish(&tx, job.id, JobState::Cancelled, "", "")
                        .await
                        .unwrap();
                }
            }
        }
        tx.commit().await.unwrap();
    }

    /// Lets one thing go wrong at a component, until told otherwise.
    pub(crate) fn trouble(&self, kind: Kind, trouble: Trouble) {
        self.sandbox
            .control()
            .set_faults(kind, vec![Fault::always(trouble)]);
    }

    /// Lets one thing go wrong at one page of a component's list, so often.
    pub(crate) fn trouble_at(&self, kind: Kind, page: u32, times: u32, trouble: Trouble) {
        let fault = Fault::always(trouble).at_page(page).times(times);
        self.sandbox.control().set_faults(kind, vec![fault]);
    }

    pub(crate) fn mend(&self, kind: Kind) {
        self.sandbox.control().set_faults(kind, vec![]);
    }

    /// Every record that is not gone.
    pub(crate) async fn records(&self) -> Vec<Stored> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |r: &Stored| r.id.0);
            let page = records::present_after(&self.store, after, 5_000)
                .await
                .unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// One record by its component and the component's own id.
    pub(crate) async fn record(&self, connection: &str, source_id: &str) -> Stored {
        let from = self.connection(connection).await.id;
        let all = self.records().await;
        let found = all
            .into_iter()
            .find(|r| r.connection == from && r.record.source_id == source_id);
        found.unwrap_or_else(|| panic!("no record {source_id} of {connection}"))
    }

    /// The entry that a record belongs to.
    pub(crate) async fn entry_of(&self, connection: &str, source_id: &str) -> Entry {
        let entry = self.record(connection, source_id).await.entry.unwrap();
        self.entry(entry).await
    }

    pub(crate) async fn entry(&self, id: EntryId) -> Entry {
        entries::get(&self.store, id).await.unwrap()
    }

    /// Every entry, by id.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        let query = store::ListQuery::default();
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |e: &Entry| e.id.0);
            let page = entries::matching_after(&self.store, &query, after, 5_000)
                .await
                .unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    pub(crate) async fn revision(&self) -> i64 {
        entries::revision(&self.store).await.unwrap()
    }
}

pub(crate) const fn kind_of(kind: Kind) -> ComponentKind {
    match kind {
        Kind::Usp => ComponentKind::Usp,
        Kind::Mbg => ComponentKind::Mbg,
        Kind::ClientService => ComponentKind::ClientService,
    }
}

/// Fails where a job did not end as done.
pub(crate) fn assert_done(jobs: &[Job]) {
    for job in jobs {
        assert_eq!(job.state, JobState::Done, "{}: {}", job.kind, job.error);
    }
}
