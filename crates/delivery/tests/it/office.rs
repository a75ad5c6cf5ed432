//! An office for the facts: a database, a mail catcher, a clock that stands still, and people who were imported from a
//! border gateway.

use std::net::SocketAddr;

use ::users::{Asked, ask_deployment};
use delivery::{MailServer, MailTls, Post, Settings};
use model::{
    Actor, ComponentKind, ConnectionId, EntryId, EntryState, Env, LinkMode, Order, Outcome,
    PersonFields, Profile, ProfileSettings, Record, Secret, SipSecret, Timestamp, User, UserId,
    clock::{FixedClock, SystemEntropy},
    deployment::DeploymentState,
};
use sandbox::mail::{Catcher, Letter, MailFault, MailTrouble, Options, Wanted};
use store::{
    Hold, Store, WrappingKey,
    connections::{self, NewConnection},
    deployments::{self, Deployment},
    entries,
    jobs::{self, Job},
    outbox,
    records::{self, Placement},
    users::{self, Written},
};
use tempfile::TempDir;

/// When every fact begins: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
pub(crate) const WORKER: &str = "worker";

/// An office at work.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    pub(crate) settings: Settings,
    pub(crate) catcher: Catcher,
    pub(crate) profile: Profile,
    pub(crate) connection: ConnectionId,
    pub(crate) post: Post,
    _data: TempDir,
}

impl Office {
    /// An office whose mail the sandbox's catcher takes.
    pub(crate) async fn open() -> Self {
        let catcher = Catcher::start(Options::default()).await.unwrap();
        let smtp = catcher.smtp_addr();
        Self::with(catcher, smtp, "").await
    }

    /// The same whose database is in PostgreSQL, at this URL.
    pub(crate) async fn on_postgres(url: &str) -> Self {
        let catcher = Catcher::start(Options::default()).await.unwrap();
        let smtp = catcher.smtp_addr();
        Self::with(catcher, smtp, url).await
    }

    /// An office whose mail goes elsewhere.
    pub(crate) async fn with_mail_to(smtp: SocketAddr) -> Self {
        let catcher = Catcher::start(Options::default()).await.unwrap();
        Self::with(catcher, smtp, "").await
    }

    async fn with(catcher: Catcher, smtp: SocketAddr, database_url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let env = Env::new(clock.clone(), SystemEntropy);
        let opening = store::Settings {
            database_url,
            data: data.path(),
            key: WrappingKey::random(&env),
        };
        let store = Store::open(opening, env).await.unwrap();
        let settings = settings(smtp);
        let post = Post::new(settings.clone(), WORKER.to_owned()).unwrap();
        Self {
            connection: gateway(&store).await,
            profile: profile(&store).await,
            store,
            clock,
            settings,
            catcher,
            post,
            _data: data,
        }
    }

    /// People at the gateway who were imported; each has a number and this address. Their secrets are there.
    pub(crate) async fn people(&self, addresses: &[&str]) -> Vec<User> {
        let people = self.people_without_secrets(addresses).await;
        self.make_secrets(&people).await;
        people
    }

    /// The same before the gateway made their secrets.
    pub(crate) async fn people_without_secrets(&self, addresses: &[&str]) -> Vec<User> {
        let told: Vec<Record> = (1..).zip(addresses).map(|(n, to)| told(n, to)).collect();
        let tx = self.store.begin().await.unwrap();
        let scan = connections::start_scan(&tx, self.connection).await.unwrap();
        records::keep_page(&tx, self.connection, scan, &told, &[])
            .await
            .unwrap();
        let first = entries::take_ids(&tx, i64::try_from(told.len()).unwrap())
            .await
            .unwrap();
        let ids: Vec<EntryId> = (first..).take(told.len()).map(EntryId).collect();
        let rows: Vec<_> = told.iter().zip(&ids).map(entry).collect();
        entries::write(&tx, &rows).await.unwrap();
        let made: Vec<Written> = rows.iter().map(|row| self.imported(row, &tx)).collect();
        users::add(&tx, &made).await.unwrap();
        tx.commit().await.unwrap();
        let stored = records::present_after(&self.store, 0, 500).await.unwrap();
        let placed = stored.iter().zip(&ids).map(|(record, entry)| Placement {
            card: (vec![], [0; 8]),
            record: record.id,
            entry: *entry,
            join: None,
        });
        let tx = self.store.begin().await.unwrap();
        records::place(&tx, placed.collect()).await.unwrap();
        tx.commit().await.unwrap();
        let made: Vec<UserId> = made.iter().map(|user| user.id).collect();
        let mut people = users::by_id(&self.store, &made).await.unwrap();
        people.sort_by_key(|user| user.entry);
        people
    }

    fn imported(&self, row: &entries::Written, tx: &store::Tx) -> Written {
        Written {
            id: UserId::new(tx.env()),
            entry: row.id,
            profile: Some(self.profile.id),
            fields: row.fields.clone(),
        }
    }

    /// The gateway makes what it was asked for.
    pub(crate) async fn make_secrets(&self, people: &[User]) {
        let entries: Vec<EntryId> = people.iter().filter_map(|user| user.entry).collect();
        let stored = records::of_entries(&self.store, &entries).await.unwrap();
        let secrets = stored
            .iter()
            .map(|r| (r.id, SipSecret::Clear(Secret::new("s3cret-of-4711"))));
        let tx = self.store.begin().await.unwrap();
        records::keep_secrets(&tx, secrets.collect()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Orders the deployment of these people.
    pub(crate) async fn order(&self, people: &[User]) {
        let kinds = ::users::kinds(&self.store).await.unwrap();
        let tx = self.store.begin().await.unwrap();
        let mut asked = Asked::begin(&tx, "test", None, &admin()).await.unwrap();
        ask_deployment(&tx, &mut asked, people, &kinds, &admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Claims the job that is due for a worker.
    pub(crate) async fn claim(&self, worker: &str) -> Option<Job> {
        jobs::claim(&self.store, worker).await.unwrap()
    }

    /// Carries a claimed `Deploy` out and keeps what came of it.
    pub(crate) async fn carry_out(
        &self,
        job: &Job,
        worker: &str,
    ) -> Result<Outcome, delivery::Error> {
        let hold = Hold {
            store: &self.store,
            job,
            owner: worker,
        };
        let Order::Deploy {
            reason,
            fed_by,
            wave,
        } = &job.order
        else {
            panic!("{:?} is no deployment", job.order)
        };
        delivery::carry_out_deploy(hold, &self.settings, reason, *fed_by, wave.as_ref()).await
    }

    /// Orders and carries out the deployment of these people; their mails wait.
    pub(crate) async fn deploy(&self, people: &[User]) {
        self.order(people).await;
        let job = self.claim(WORKER).await.unwrap();
        assert_eq!(self.carry_out(&job, WORKER).await.unwrap(), Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, job.id).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// One round of sending; how many mails were tried.
    pub(crate) async fn send(&self) -> usize {
        self.post.round(&self.store).await.unwrap()
    }

    /// What sends with other settings.
    pub(crate) fn post_with(&self, change: impl FnOnce(&mut Settings)) -> Post {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Post::new(settings, WORKER.to_owned()).unwrap()
    }

    /// Lets the mail catcher misbehave from now on.
    pub(crate) fn mail_server(&self, faults: Vec<MailFault>) {
        self.catcher.mail().set_faults(faults);
    }

    /// What was caught.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.catcher.mail().messages(&Wanted::default()).items
    }

    /// The only deployment of a user.
    pub(crate) async fn deployment(&self, user: &User) -> Deployment {
        let mut all = deployments::of_user(&self.store, user.id).await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// The user as it is now.
    pub(crate) async fn now(&self, user: &User) -> User {
        users::get(&self.store, user.id).await.unwrap()
    }

    /// The newest line of a user's timeline: its kind and what it says.
    pub(crate) async fn told(&self, user: &User) -> (String, String) {
        let lines = users::timeline(&self.store, user.id, None, 1)
            .await
            .unwrap();
        (lines[0].kind.clone(), lines[0].detail.clone())
    }

    /// How many mails stand in a state.
    pub(crate) async fn mails(&self, state: &str) -> i64 {
        let counts = outbox::counts(&self.store).await.unwrap();
        counts
            .into_iter()
            .find(|(name, _)| name == state)
            .map_or(0, |(_, count)| count)
    }

    /// Asserts where a user's deployment stands.
    pub(crate) async fn expect(&self, user: &User, state: DeploymentState) {
        assert_eq!(self.deployment(user).await.state, state);
    }
}

pub(crate) fn admin() -> Actor {
    Actor("grace".to_owned())
}

/// A fault that strikes once.
pub(crate) fn once(trouble: MailTrouble) -> Vec<MailFault> {
    vec![MailFault::always(trouble).times(1)]
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
    let wanted = ::users::profiles::Wanted {
        name: "Office".to_owned(),
        settings: ProfileSettings {
            sip_domain: "pbx.example.org".to_owned(),
            link_mode: LinkMode::Direct,
            ..ProfileSettings::default()
        },
    };
    ::users::profiles::add(store, &wanted, &admin())
        .await
        .unwrap()
}

fn told(n: u32, email: &str) -> Record {
    let number = format!("{}", 4700 + n);
    Record {
        first_name: "Ada".to_owned(),
        last_name: format!("Lovelace {n}"),
        directory_number: number.clone(),
        email: email.to_owned(),
        sip_user: format!("set-{number}"),
        mbg_user_name: format!("set-{number}"),
        enabled: true,
        ..Record::new(format!("id-{number}"))
    }
}

fn entry((record, id): (&Record, &EntryId)) -> entries::Written {
    let fields = PersonFields {
        first_name: record.first_name.clone(),
        last_name: record.last_name.clone(),
        directory_number: record.directory_number.clone(),
        email: record.email.clone(),
        enabled: true,
        ..PersonFields::default()
    };
    entries::Written {
        id: *id,
        row_hash: fields.hash(),
        fields,
        sources: vec!["MBG"],
        notes: vec![],
        state: EntryState::New,
        drifted: false,
    }
}

fn settings(smtp: SocketAddr) -> Settings {
    Settings {
        public_url: "https://phones.example.org".parse().unwrap(),
        redirect: None,
        brand: publication::Brand::default(),
        mail: MailServer {
            host: smtp.ip().to_string(),
            port: smtp.port(),
            tls: MailTls::None,
            user: String::new(),
            password: Secret::new(""),
            ca_file: None,
            from: "Telephone desk <phones@example.org>".to_owned(),
            connections: 2,
            per_minute: None,
            per_domain_per_minute: None,
            language: model::Language::English,
            administrators: vec!["desk@example.org".to_owned()],
        },
        mailbox: None,
    }
}
