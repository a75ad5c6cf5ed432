//! An office for the facts: a database of its own, the whole router, a clock that stands still, people on two
//! components, and the jobs carried out when a fact says so.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use model::{
    Actor, ComponentKind, ConnectionId, Env, LinkMode, Order, Outcome, ProfileSettings, Record,
    Role, Secret, Timestamp,
    clock::{FixedClock, SystemEntropy},
};
use store::{
    Hold, Store, WrappingKey,
    connections::{self, NewConnection},
    jobs, records,
    secrets::{self, Purpose},
};
use tempfile::TempDir;
use tower::ServiceExt;
use web::{App, Settings};

/// When every fact begins: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
pub(crate) const NAME: &str = "grace";
pub(crate) const PASSWORD: &str = "four unrelated words here";

/// A server without a socket.
pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    app: App,
    router: Router,
    cookie: String,
    data: TempDir,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Office {
    /// A server that was never set up.
    pub(crate) async fn unopened() -> Self {
        Self::unopened_at("https://phones.example.org").await
    }

    async fn unopened_at(public_url: &str) -> Self {
        Self::unopened_with(settings_at(public_url)).await
    }

    async fn unopened_with(settings: Settings) -> Self {
        // Another fact may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let env = Env::new(clock.clone(), SystemEntropy);
        let opening = store::Settings {
            database_url: "",
            data: data.path(),
            key: WrappingKey::random(&env),
        };
        let store = Store::open(opening, env).await.unwrap();
        let app = App::new(store.clone(), settings);
        let router = web::router(app.clone());
        Self {
            store,
            clock,
            app,
            router,
            cookie: String::new(),
            data,
        }
    }

    /// A server with one signed-in administrator.
    pub(crate) async fn open() -> Self {
        Self::unopened().await.set_up().await
    }

    /// The same with other settings.
    pub(crate) async fn open_with(settings: Settings) -> Self {
        Self::unopened_with(settings).await.set_up().await
    }

    /// The same that people reach at this address.
    pub(crate) async fn open_at(public_url: &str) -> Self {
        Self::unopened_at(public_url).await.set_up().await
    }

    /// Whether a file of the data folder holds this text as it stands.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.data.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files.filter(|path| path.is_file()).any(|path| {
            let bytes = std::fs::read(path).unwrap();
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        })
    }

    /// What a listener serves.
    pub(crate) fn app(&self) -> App {
        self.app.clone()
    }

    async fn set_up(self) -> Self {
        let mut office = self;
        let token = office.setup_token().await;
        let form = [
            ("token", token.as_str()),
            ("name", NAME),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let answer = office.post("/set-up", &form).await;
        office.cookie = answer.cookie();
        office
    }

    /// The same server for an administrator who is not a primary one.
    pub(crate) async fn ordinary(self) -> Self {
        let tx = self.store.begin().await.unwrap();
        let hopper = store::access::add_administrator(&tx, "hopper", "none", Role::Administrator)
            .await
            .unwrap();
        store::access::add_session(&tx, "hopper's", hopper.id, START.plus_days(1))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            cookie: "rollcall_session=hopper's".to_owned(),
            ..self
        }
    }

    /// Calls the API with a body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = self
            .request(method, path)
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    /// The token that a server without an administrator prints.
    pub(crate) async fn setup_token(&self) -> String {
        let token = access::ensure_setup_token(&self.store).await.unwrap();
        token.unwrap().expose().to_owned()
    }

    /// An API token of the administrator.
    pub(crate) async fn token(&self) -> String {
        let session = Secret::new(self.cookie.split_once('=').unwrap().1);
        let admin = access::by_session(&self.store, &session).await.unwrap();
        let token = access::add_token(&self.store, &admin.unwrap(), "test").await;
        token.unwrap().expose().to_owned()
    }

    /// The router as it prints itself.
    pub(crate) fn routes(&self) -> String {
        format!("{:?}", self.router)
    }

    /// The same server for somebody who is not signed in.
    pub(crate) fn stranger(self) -> Self {
        Self {
            cookie: String::new(),
            ..self
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "office.example.org")
            .header(header::COOKIE, &self.cookie)
    }

    /// The answer, its body read to the end.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 8 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The answer's body, to be read bit by bit.
    pub(crate) async fn listen(&self, path: &str) -> Body {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.into_body()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.ask(request).await
    }

    /// The page at this address, which must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    /// Posts a form as a page of this server does.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("Sec-Fetch-Site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(encoded(form)).unwrap()).await
    }
}

/// What is done without a browser.
impl Office {
    /// Adds a connection.
    pub(crate) async fn connect(&self, name: &str, kind: ComponentKind) -> ConnectionId {
        let tx = self.store.begin().await.unwrap();
        let sealed = [Secret::new(r#"{"account":"rollcall","secret":"hunter2"}"#)];
        let secrets = secrets::keep(&tx, Purpose::Connection, &sealed)
            .await
            .unwrap();
        let new = NewConnection {
            name,
            kind,
            address: "https://component.example.org",
            options: "{}",
            secret: Some(secrets[0]),
            default_pbx: "",
        };
        let id = connections::add(&tx, &new, &admin()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A complete scan of a connection that told these records.
    pub(crate) async fn told(&self, connection: ConnectionId, told: &[Record]) {
        let tx = self.store.begin().await.unwrap();
        let scan = connections::start_scan(&tx, connection).await.unwrap();
        records::keep_page(&tx, connection, scan, told, &[])
            .await
            .unwrap();
        connections::end_scan(&tx, connection, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A scan that ended early.
    pub(crate) async fn broke(&self, connection: ConnectionId, why: &str, hint: &str) {
        let tx = self.store.begin().await.unwrap();
        connections::end_scan(&tx, connection, Some((why, hint)))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Joins all records into entries.
    pub(crate) async fn join(&self) {
        let tx = self.store.begin().await.unwrap();
        jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.work().await;
    }

    /// One connection whose records become entries.
    pub(crate) async fn found(&self, told: &[Record]) {
        let connection = self.connect("head-office", ComponentKind::Mbg).await;
        self.told(connection, told).await;
        self.join().await;
    }

    /// A profile with this name; its id.
    pub(crate) async fn profile(&self, name: &str) -> String {
        let wanted = users::profiles::Wanted {
            name: name.to_owned(),
            settings: ProfileSettings {
                sip_domain: "pbx.example.org".to_owned(),
                link_mode: LinkMode::Direct,
                ..ProfileSettings::default()
            },
        };
        let made = users::profiles::add(&self.store, &wanted, &admin())
            .await
            .unwrap();
        made.id.to_string()
    }

    /// A phone of this user that has its configuration.
    pub(crate) async fn phone_of(&self, user: &str) {
        let env = self.store.env();
        let device = store::devices::Device {
            id: model::DeviceId::new(env),
            deployment: model::DeploymentId::new(env),
            user: user.parse().unwrap(),
            state: model::deployment::DeviceState::Pending,
            client: model::ClientKind::Linphone,
            agent: String::new(),
            created_at: START,
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        let link = model::ticket::LinkHash::of(&device.id.to_string());
        let tx = self.store.begin().await.unwrap();
        store::devices::add(&tx, &device, link).await.unwrap();
        store::devices::stamp_downloaded(&tx, device.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Carries out the next order, which joins or imports.
    pub(crate) async fn work(&self) {
        let job = jobs::claim(&self.store, "test").await.unwrap().unwrap();
        let hold = Hold {
            store: &self.store,
            job: &job,
            owner: "test",
        };
        let outcome = match job.order {
            Order::Join => roster::carry_out_join(hold).await.unwrap(),
            Order::Import { plan, ref wave } => {
                import::carry_out(hold, plan, wave.as_ref()).await.unwrap()
            }
            Order::ImportCsv { plan } => import::csv::carry_out(hold, plan).await.unwrap(),
            Order::Suspend { plan } => users::suspension::carry_out(hold, plan).await.unwrap(),
            Order::Resume { plan } => users::suspension::carry_out_end(hold, plan).await.unwrap(),
            Order::ChangeProfile { plan } => {
                users::changes::carry_out_profile(hold, plan).await.unwrap()
            }
            Order::ChangeLanguage { plan } => users::changes::carry_out_language(hold, plan)
                .await
                .unwrap(),
            Order::Delete { plan, deployed } => users::removal::carry_out(hold, plan, deployed)
                .await
                .unwrap(),
            Order::Undo { plan, deployed } => {
                import::carry_out_undo(hold, plan, deployed).await.unwrap()
            }
            ref other => panic!("nobody carries {other:?} out here"),
        };
        assert_eq!(outcome, Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, job.id).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Plans the import of everybody and carries it out; the job's address.
    pub(crate) async fn import_everybody(&self, profile: &str, deploy: &str) -> String {
        let form = [("all", "1"), ("profile", profile), ("deploy", deploy)];
        let plan = self.post("/import/plans", &form).await.leads_to();
        let plan = plan.split('?').next().unwrap();
        let job = self.post(&format!("{plan}/run"), &[]).await.leads_to();
        self.work().await;
        job
    }
}

impl Answer {
    /// Where the answer of a form leads.
    pub(crate) fn leads_to(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie that was set, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie");
        set.split(';').next().unwrap().to_owned()
    }
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> Body {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form);
    Body::from(text.finish())
}

pub(crate) fn admin() -> Actor {
    Actor(NAME.to_owned())
}

/// The ids of the rows that a table shows, in its order.
pub(crate) fn rows(page: &str) -> Vec<String> {
    let boxes = page.split("name=\"id\" value=\"").skip(1);
    boxes
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// A record of the gateway that can be deployed.
pub(crate) fn told(first: &str, last: &str, number: &str, email: &str) -> Record {
    Record {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        directory_number: number.to_owned(),
        pbx: "HQ-1".to_owned(),
        email: email.to_owned(),
        login: format!("{last}-{number}").to_lowercase(),
        mbg_user_name: format!("set-{number}"),
        sip_user: format!("set-{number}"),
        enabled: true,
        ..Record::new(format!("id-{number}"))
    }
}

/// Three people, one of them without an address.
pub(crate) fn three() -> Vec<Record> {
    vec![
        told("Ada", "Lovelace", "4711", "ada@example.org"),
        told("Grace", "Hopper", "0815", "zz.hopper@example.org"),
        told("Katherine", "Johnson", "4713", ""),
    ]
}

/// The settings of a server that people reach at this address.
pub(crate) fn settings_at(public_url: &str) -> Settings {
    Settings {
        delivery: delivery_settings(public_url),
        secure_cookies: false,
        self_deployment: true,
        trusted_proxies: vec![],
    }
}

fn delivery_settings(public_url: &str) -> delivery::Settings {
    delivery::Settings {
        public_url: public_url.parse().unwrap(),
        redirect: None,
        brand: publication::Brand::default(),
        mail: delivery::MailServer {
            host: "localhost".to_owned(),
            port: 25,
            tls: delivery::MailTls::None,
            user: String::new(),
            password: Secret::new(""),
            ca_file: None,
            from: "Telephony <telephony@example.org>".to_owned(),
            connections: 1,
            per_minute: None,
            per_domain_per_minute: None,
            language: model::Language::English,
            administrators: vec![],
        },
        mailbox: Some(delivery::Mailbox {
            host: "imap.example.org".to_owned(),
            port: 993,
            tls: delivery::MailTls::Tls,
            user: "telephony@example.org".to_owned(),
            password: Secret::new("mailbox-password"),
            ca_file: None,
            folder: "INBOX".to_owned(),
            move_to: None,
            every_min: std::num::NonZeroU32::MIN,
        }),
    }
}
