//! A scene for the facts about sources: a database, the sandbox's components over real HTTP, everybody scanned, joined and
//! imported.

use std::collections::HashMap;

use components::{Access, Options};
use model::{
    Actor, AdminId, Clock, ComponentKind, ConnectionId, EntryId, Env, JobId, LinkMode, Order,
    Outcome, PlanId, ProfileSettings, Query, Record, Secret, Selection, Timestamp, User, UserId,
    clock::{FixedClock, SystemEntropy},
    selection::All,
};
use roster::{
    authorize::{Answer, By, Callback},
    connections::New,
};
use sandbox::{Credentials, Sandbox, component::Kind};
use serde_json::Value;
use store::{
    Hold, Store, WrappingKey, connections,
    entries::{self, Entry},
    jobs::{self, Job, JobState},
    records::{self, Stored},
};
use tempfile::TempDir;
use url::Url;

const WORKER: &str = "worker";

pub(crate) struct Scene {
    pub(crate) store: Store,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: FixedClock,
    _data: TempDir,
}

fn admin() -> Actor {
    Actor("grace".to_owned())
}

impl Scene {
    /// So many people on components that nobody connected yet.
    pub(crate) async fn of(people: u64) -> Self {
        // Another fact may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(crate::office::START);
        let env = Env::new(clock.clone(), SystemEntropy);
        let settings = store::Settings {
            database_url: "",
            data: data.path(),
            key: WrappingKey::random(&env),
        };
        // One time for both sides, or signed requests would be old ones.
        let time = clock.clone();
        let options = sandbox::Options {
            people,
            clock: sandbox::clock::Clock::new(move || Timestamp(time.now().0).0),
            ..sandbox::Options::default()
        };
        Self {
            store: Store::open(settings, env).await.unwrap(),
            sandbox: Sandbox::start(options).await.unwrap(),
            clock,
            _data: data,
        }
    }

    /// Everybody of all three components is a user.
    pub(crate) async fn imported(people: u64) -> Self {
        let scene = Self::of(people).await;
        for kind in Kind::ALL {
            scene.connect(kind).await;
        }
        scene.scan().await;
        scene.import_all().await;
        scene
    }

    pub(crate) async fn connect(&self, kind: Kind) -> ConnectionId {
        let component = self.sandbox.find_component(kind.name()).unwrap();
        let (account, secret) = match &component.credentials {
            Credentials::Token(secret) | Credentials::Key(secret) => ("", secret),
            Credentials::Client { id, secret } => (id.as_str(), secret),
        };
        let secret = Secret::new(secret.expose());
        let kind = ComponentKind::parse(kind.name()).unwrap();
        self.add(kind, &component.url, account, secret, Access::Local)
            .await
    }

    async fn add(
        &self,
        kind: ComponentKind,
        address: &str,
        account: &str,
        secret: Secret,
        access: Access,
    ) -> ConnectionId {
        let options = Options {
            access,
            timeout_s: 5,
            ..Options::default()
        };
        let options = serde_json::to_value(options).unwrap();
        let name = match access {
            Access::Local => kind.name(),
            Access::Remote => "edge",
        };
        let new = New {
            name: name.to_owned(),
            kind,
            address: address.to_owned(),
            account: account.to_owned(),
            secret,
            default_pbx: String::new(),
            options: options.as_object().unwrap().clone(),
            schedule: String::new(),
        };
        roster::connections::add(&self.store, &new, &admin())
            .await
            .unwrap()
    }

    /// Connects the border gateway's other node from afar, authorized in its window.
    pub(crate) async fn connect_remote(&self) {
        let gateway = self.sandbox.remote_mbg();
        let nothing = Secret::new("");
        let id = self
            .add(
                ComponentKind::Mbg,
                &gateway.url,
                "",
                nothing,
                Access::Remote,
            )
            .await;
        let me = By {
            administrator: AdminId::new(self.store.env()),
            session: Some("session"),
            actor: admin(),
        };
        let callback = Url::parse("https://rollcall.example.org/oauth/callback").unwrap();
        let asked = roster::authorize::ask(&self.store, id, &callback, &me).await;
        let Answer::Window { url, .. } = asked.unwrap() else {
            panic!("it must be authorized in a window")
        };
        let told = self.agrees(&url).await;
        let callback = Callback {
            state: &told["state"],
            token_id: &told["oauth_token"],
            verifier: told.get("oauth_verifier").map(String::as_str),
        };
        roster::authorize::finish(&self.store, &callback, &me)
            .await
            .unwrap();
    }

    /// The gateway's administrator signs in at the window and authorizes.
    async fn agrees(&self, window: &Url) -> HashMap<String, String> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().no_proxy().redirect(redirects);
        let http = http.build().unwrap();
        let gateway = self.sandbox.remote_mbg();
        let (_, token) = window.query_pairs().next().unwrap();
        let who = [
            ("oauth_token", &*token),
            ("user", &gateway.user),
            ("password", gateway.password.expose()),
        ];
        let page = http.post(window.clone()).form(&who).send().await.unwrap();
        let page = page.text().await.unwrap();
        let ticket = page.split("name=\"ticket\" value=\"").nth(1).unwrap();
        let form = [
            ("oauth_token", &*token),
            ("ticket", ticket.split('"').next().unwrap()),
            ("decision", "authorize"),
        ];
        let back = http.post(window.clone()).form(&form).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        back.query_pairs().into_owned().collect()
    }

    /// Reads all records and joins them.
    pub(crate) async fn scan(&self) {
        roster::order_scans(&self.store, None, &admin())
            .await
            .unwrap();
        self.work().await;
    }

    pub(crate) async fn import_all(&self) {
        let settings = ProfileSettings {
            sip_domain: "pbx.example.org".to_owned(),
            link_mode: LinkMode::Direct,
            ..ProfileSettings::default()
        };
        let wanted = users::profiles::Wanted {
            name: "Office".to_owned(),
            settings,
        };
        let profile = users::profiles::add(&self.store, &wanted, &admin()).await;
        let wanted = import::Wanted {
            selection: everybody(),
            profile: Some(profile.unwrap().id),
            as_proposed: false,
            deploy: false,
        };
        let plan = import::plan(&self.store, &wanted, &admin()).await.unwrap();
        import::run(&self.store, plan.id, &admin()).await.unwrap();
        self.work().await;
    }

    /// Carries out every order that is due but deployments; each job as it ended.
    pub(crate) async fn work(&self) -> Vec<Job> {
        let mut worked = Vec::new();
        loop {
            let Some(job) = jobs::claim(&self.store, WORKER).await.unwrap() else {
                return worked;
            };
            let outcome = self.carry_out(&job).await;
            let tx = self.store.begin().await.unwrap();
            match outcome {
                Outcome::Done => assert!(jobs::complete(&tx, job.id).await.unwrap()),
                Outcome::Again { at, why } => {
                    jobs::postpone(&tx, job.id, at, &why).await.unwrap();
                }
                Outcome::GiveUp { why, hint } => {
                    jobs::finish(&tx, job.id, JobState::Failed, &why, &hint)
                        .await
                        .unwrap();
                }
                Outcome::Stopped => panic!("nobody cancels here"),
            }
            tx.commit().await.unwrap();
            self.clock.advance_s(1);
            worked.push(jobs::get(&self.store, job.id).await.unwrap());
        }
    }

    async fn carry_out(&self, job: &Job) -> Outcome {
        let hold = Hold {
            store: &self.store,
            job,
            owner: WORKER,
        };
        match job.order.clone() {
            Order::Scan { connection } => roster::carry_out_scan(hold, connection).await.unwrap(),
            Order::Join => roster::carry_out_join(hold).await.unwrap(),
            Order::Import { plan, ref wave } => {
                import::carry_out(hold, plan, wave.as_ref()).await.unwrap()
            }
            Order::Sync { plan, reset } => {
                import::sync::carry_out(hold, plan, reset).await.unwrap()
            }
            // Whom they are about stands in their items; nobody sends mail here.
            Order::Deploy { .. } | Order::Credential { .. } => Outcome::Again {
                at: self.store.env().now().plus_days(365),
                why: "no mail here".to_owned(),
            },
            other => panic!("nobody here carries out {other:?}"),
        }
    }

    /// Plans to sync some users.
    pub(crate) async fn plan_sync(&self, users: &[UserId]) -> store::plans::Plan {
        let ids = users.to_vec();
        import::sync::plan(&self.store, &Selection::Ids { ids }, &admin())
            .await
            .unwrap()
    }

    /// Agrees to a plan and carries it out; the job as it ended.
    pub(crate) async fn sync(&self, plan: PlanId, reset: bool) -> Job {
        let id: JobId = import::sync::run(&self.store, plan, reset, &admin())
            .await
            .unwrap();
        self.work().await;
        jobs::get(&self.store, id).await.unwrap()
    }

    /// Users whose records are of all three components, each with its records.
    pub(crate) async fn known_everywhere(&self) -> Vec<(User, Vec<(Kind, Stored)>)> {
        let kinds = users::kinds(&self.store).await.unwrap();
        let mut found = Vec::new();
        let mut after = UserId(uuid::Uuid::nil());
        let selected = users::selected::next(&self.store, &all_users(), &mut after).await;
        for user in selected.unwrap().unwrap() {
            let stored = records::of_entry(&self.store, user.entry.unwrap()).await;
            let told: Vec<_> = stored
                .unwrap()
                .into_iter()
                .map(|stored| {
                    (
                        Kind::find(kinds[&stored.connection].name()).unwrap(),
                        stored,
                    )
                })
                .collect();
            if Kind::ALL
                .iter()
                .all(|kind| told.iter().any(|(k, _)| k == kind))
            {
                found.push((user, told));
            }
        }
        found
    }

    /// Something else stands in a record at its component now.
    pub(crate) fn changes(&self, (kind, stored): &(Kind, Stored), fields: &Value) {
        let id = &stored.record.source_id;
        assert!(self.sandbox.control().change_record(*kind, id, fields));
    }

    pub(crate) async fn user(&self, id: UserId) -> User {
        store::users::get(&self.store, id).await.unwrap()
    }

    pub(crate) async fn entry(&self, id: EntryId) -> Entry {
        entries::get(&self.store, id).await.unwrap()
    }

    /// The entry of the record with this id at the component of this kind.
    pub(crate) async fn entry_of(&self, kind: &str, source_id: &str) -> Option<EntryId> {
        let all = connections::list(&self.store).await.unwrap();
        let from = all.into_iter().find(|c| c.kind.name() == kind).unwrap().id;
        let records = records::present_after(&self.store, 0, 10_000)
            .await
            .unwrap();
        let is_it = |r: &&Stored| r.connection == from && r.record.source_id == source_id;
        records.iter().find(is_it).and_then(|r| r.entry)
    }
}

/// The record of one kind among a person's.
pub(crate) fn of(kind: Kind, told: &[(Kind, Stored)]) -> &(Kind, Stored) {
    told.iter().find(|(k, _)| *k == kind).unwrap()
}

/// What a record says now.
pub(crate) fn said((_, stored): &(Kind, Stored)) -> &Record {
    &stored.record
}

fn everybody() -> Selection<EntryId> {
    Selection::All {
        all: All,
        query: Query::default(),
        snapshot: None,
        except: vec![],
    }
}

pub(crate) fn all_users() -> Selection<UserId> {
    Selection::All {
        all: All,
        query: Query::default(),
        snapshot: None,
        except: vec![],
    }
}
