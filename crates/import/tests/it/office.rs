//! An office for the facts: a database, a clock that stands still, entries that a border gateway told of, and a worker
//! that carries imports out.

use std::path::Path;

use import::Wanted;
use model::{
    Actor, ComponentKind, ConnectionId, EntryId, EntryState, Env, JobId, LinkMode, Order, Outcome,
    PersonFields, Profile, ProfileSettings, Query, Record, Selection, Timestamp, User,
    clock::{FixedClock, SystemEntropy},
    selection::All,
};
use store::{
    Hold, ListQuery, Store, WrappingKey,
    connections::{self, NewConnection},
    entries,
    jobs::{self, Item, Job},
    plans::Plan,
    records::{self, Placement},
};
use tempfile::TempDir;

/// When every fact begins: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
pub(crate) const WORKER: &str = "worker";

/// An office at work.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    pub(crate) profile: Profile,
    connection: ConnectionId,
    _data: TempDir,
}

impl Office {
    /// An office with SQLite in which so many people were found, each with an account and an address.
    pub(crate) async fn of(people: i64) -> Self {
        Self::with(people, "").await
    }

    /// The same with PostgreSQL.
    pub(crate) async fn on_postgres(people: i64) -> Self {
        let cluster = peers::Postgres::shared().await.unwrap();
        Self::with(people, &cluster.database().await.unwrap()).await
    }

    async fn with(people: i64, database_url: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let env = Env::new(clock.clone(), SystemEntropy);
        let settings = store::Settings {
            database_url,
            data: if database_url.is_empty() {
                data.path()
            } else {
                Path::new("")
            },
            key: WrappingKey::random(&env),
        };
        let store = Store::open(settings, env).await.unwrap();
        let office = Self {
            connection: gateway(&store).await,
            profile: profile(&store).await,
            store,
            clock,
            _data: data,
        };
        office.find(people).await;
        office
    }

    /// So many people are found at the gateway; entry *n* is person *n*.
    async fn find(&self, people: i64) {
        let told: Vec<Record> = (1..=people).map(told).collect();
        let rows: Vec<_> = (1..).map(EntryId).zip(&told).map(entry).collect();
        let tx = self.store.begin().await.unwrap();
        let scan = connections::start_scan(&tx, self.connection).await.unwrap();
        for page in told.chunks(500) {
            records::keep_page(&tx, self.connection, scan, page, &[])
                .await
                .unwrap();
        }
        entries::take_ids(&tx, people).await.unwrap();
        for page in rows.chunks(500) {
            entries::write(&tx, page).await.unwrap();
        }
        tx.commit().await.unwrap();
        let stored = records::present_after(&self.store, 0, people)
            .await
            .unwrap();
        let placed = stored.iter().map(|stored| Placement {
            card: (vec![], [0; 8]),
            record: stored.id,
            entry: EntryId(stored.record.source_id.parse().unwrap()),
            join: None,
        });
        let tx = self.store.begin().await.unwrap();
        records::place(&tx, placed.collect()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A joining gave this entry another name.
    pub(crate) async fn renamed(&self, id: EntryId) {
        let mut record = told(id.0);
        "Byron".clone_into(&mut record.last_name);
        let tx = self.store.begin().await.unwrap();
        entries::write(&tx, &[entry((id, &record))]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A joining found no record of these entries any more.
    pub(crate) async fn vanished(&self, ids: &[EntryId]) {
        let tx = self.store.begin().await.unwrap();
        entries::remove(&tx, ids).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Plans the import of everybody, and their deployment.
    pub(crate) async fn plan(&self) -> Plan {
        self.plan_of(everybody()).await
    }

    /// Plans the import of a selection, and its deployment.
    pub(crate) async fn plan_of(&self, selection: Selection<EntryId>) -> Plan {
        let wanted = Wanted {
            selection,
            profile: Some(self.profile.id),
            as_proposed: false,
            deploy: true,
        };
        import::plan(&self.store, &wanted, &admin()).await.unwrap()
    }

    /// Plans the import of everybody, who are not deployed.
    pub(crate) async fn plan_without_deploying(&self) -> Plan {
        let wanted = Wanted {
            selection: everybody(),
            profile: Some(self.profile.id),
            as_proposed: false,
            deploy: false,
        };
        import::plan(&self.store, &wanted, &admin()).await.unwrap()
    }

    /// Agrees to a plan; the job.
    pub(crate) async fn agree(&self, plan: &Plan) -> JobId {
        import::run(&self.store, plan.id, &admin()).await.unwrap()
    }

    /// Claims the import that is due for a worker.
    pub(crate) async fn claim(&self, worker: &str) -> Option<Job> {
        jobs::claim(&self.store, worker).await.unwrap()
    }

    /// Carries a claimed import out.
    pub(crate) async fn carry_out(&self, job: &Job, worker: &str) -> Outcome {
        let hold = Hold {
            store: &self.store,
            job,
            owner: worker,
        };
        match job.order {
            Order::Import { plan, ref wave } => {
                import::carry_out(hold, plan, wave.as_ref()).await.unwrap()
            }
            Order::ImportCsv { plan } => import::csv::carry_out(hold, plan).await.unwrap(),
            Order::Undo { plan, deployed } => {
                import::carry_out_undo(hold, plan, deployed).await.unwrap()
            }
            ref other => panic!("{other:?} is no import"),
        }
    }

    /// Agrees to a plan and carries it out.
    pub(crate) async fn import(&self, plan: &Plan) -> Job {
        let id = self.agree(plan).await;
        let job = self.claim(WORKER).await.unwrap();
        assert_eq!(self.carry_out(&job, WORKER).await, Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, id).await.unwrap());
        tx.commit().await.unwrap();
        jobs::get(&self.store, id).await.unwrap()
    }

    /// All users, in the order of their entries.
    pub(crate) async fn users(&self) -> Vec<User> {
        let query = ListQuery::users(&Query::default(), model::Sort::default(), 1).unwrap();
        let mut after = model::UserId(uuid::Uuid::nil());
        let mut all = Vec::new();
        loop {
            let page = store::users::matching_after(&self.store, &query, after, 500)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = last.id;
            all.extend(page);
        }
        all.sort_by_key(|user| user.entry);
        all
    }

    /// How many users there are.
    pub(crate) async fn count(&self) -> i64 {
        let counts = store::users::counts(&self.store).await.unwrap();
        counts.values().sum()
    }

    /// The failed rows of a job.
    pub(crate) async fn failed(&self, job: JobId) -> Vec<Item> {
        jobs::items(&self.store, job, "failed", "", 500)
            .await
            .unwrap()
    }

    /// The jobs of a kind.
    pub(crate) async fn jobs(&self, kind: &str) -> Vec<Job> {
        let mut all = jobs::newest(&self.store, None, 200).await.unwrap();
        all.retain(|job| job.kind == kind);
        all
    }
}

pub(crate) fn admin() -> Actor {
    Actor("grace".to_owned())
}

fn everybody() -> Selection<EntryId> {
    Selection::All {
        all: All,
        query: Query::default(),
        snapshot: None,
        except: vec![],
    }
}

async fn gateway(store: &Store) -> ConnectionId {
    let tx = store.begin().await.unwrap();
    let new = NewConnection {
        name: "gateway",
        kind: ComponentKind::Mbg,
        address: "https://gateway.example.org",
        options: "{}",
        secret: None,
        default_pbx: "",
    };
    let id = connections::add(&tx, &new, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn profile(store: &Store) -> Profile {
    let wanted = users::profiles::Wanted {
        name: "Office".to_owned(),
        settings: ProfileSettings {
            sip_domain: "pbx.example.org".to_owned(),
            link_mode: LinkMode::Direct,
            ..ProfileSettings::default()
        },
    };
    users::profiles::add(store, &wanted, &admin())
        .await
        .unwrap()
}

fn told(n: i64) -> Record {
    Record {
        first_name: "Ada".to_owned(),
        last_name: format!("Lovelace {n}"),
        directory_number: n.to_string(),
        email: format!("ada{n}@example.org"),
        sip_user: format!("set-{n}"),
        mbg_user_name: format!("set-{n}"),
        enabled: true,
        ..Record::new(n.to_string())
    }
}

fn entry((id, record): (EntryId, &Record)) -> entries::Written {
    let fields = PersonFields {
        first_name: record.first_name.clone(),
        last_name: record.last_name.clone(),
        directory_number: record.directory_number.clone(),
        email: record.email.clone(),
        enabled: true,
        ..PersonFields::default()
    };
    entries::Written {
        id,
        row_hash: fields.hash(),
        fields,
        sources: vec!["MBG"],
        notes: vec![],
        state: EntryState::New,
        drifted: false,
    }
}
