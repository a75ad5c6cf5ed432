//! People and their own pages: an office with Users and Services and a border gateway, or the sandbox's components over HTTP.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use model::{ComponentKind, ConnectionId, Order, Outcome, Record, Secret, SipSecret, UserId};
use sandbox::{Credentials, Sandbox, component::Kind, mail::Wanted, people::Oddity};
use store::{Hold, jobs, records};

use crate::harness::{Answer, Office, admin, encoded, settings_at, three};

/// Another site's form, in the two ways in which a browser tells it.
pub(crate) const FOREIGN: [(&str, &str); 2] = [
    ("Sec-Fetch-Site", "cross-site"),
    ("Origin", "https://evil.example"),
];

impl Office {
    /// What a person's browser is answered; it sends `cookie` alone.
    pub(crate) async fn me(&self, method: Method, path: &str, cookie: &str) -> Answer {
        self.me_in(method, path, cookie, "en").await
    }

    pub(crate) async fn me_in(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        language: &str,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::ACCEPT_LANGUAGE, language);
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// What is answered to a form of a person's page.
    pub(crate) async fn me_post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
        self.me_post_as(path, cookie, form, ("Sec-Fetch-Site", "same-origin"))
            .await
    }

    pub(crate) async fn me_post_as(
        &self,
        path: &str,
        cookie: &str,
        form: &[(&str, &str)],
        (name, value): (&str, &str),
    ) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value);
        self.ask(request.body(encoded(form)).unwrap()).await
    }

    /// The cookie of a session of this user.
    pub(crate) async fn session_of(&self, user: UserId) -> String {
        let token = access::person::begin(&self.store, user).await.unwrap();
        format!("rollcall_me={}", token.expose())
    }

    /// The user with this last name.
    pub(crate) async fn user_named(&self, last_name: &str) -> UserId {
        let path = format!("/users?q={last_name}");
        crate::harness::rows(&self.page(&path).await)[0]
            .parse()
            .unwrap()
    }
}

/// An office whose people are on Users and Services and on a border gateway, which gave their secrets; all of them are imported.
pub(crate) async fn village() -> Office {
    village_of(&three()).await
}

pub(crate) async fn village_of(people: &[Record]) -> Office {
    let office = Office::open().await;
    let gateway = office.connect("edge", ComponentKind::Mbg).await;
    let services = office.connect("head-office", ComponentKind::Usp).await;
    office.told(gateway, people).await;
    office.told(services, people).await;
    office.join().await;
    let kept = records::present_after(&office.store, 0, 500).await.unwrap();
    let secrets = kept
        .iter()
        .filter(|record| record.connection == gateway)
        .map(|record| (record.id, SipSecret::Clear(Secret::new("s3cret-of-4711"))));
    let tx = office.store.begin().await.unwrap();
    records::keep_secrets(&tx, secrets.collect()).await.unwrap();
    tx.commit().await.unwrap();
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    office
}

/// An office with the sandbox's components, all scanned, and everybody imported.
pub(crate) struct Town {
    pub(crate) office: Office,
    pub(crate) sandbox: Sandbox,
    /// Somebody with an account, a phone and an address.
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) address: String,
    pub(crate) user: UserId,
    post: delivery::Post,
}

impl Town {
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = sandbox::Options {
            people: 60,
            ..sandbox::Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut settings = settings_at("https://phones.example.org");
        let smtp = sandbox.smtp_addr();
        settings.delivery.mail.host = smtp.ip().to_string();
        settings.delivery.mail.port = smtp.port();
        let post = delivery::Post::new(settings.delivery.clone(), "test".to_owned()).unwrap();
        let office = Office::open_with(settings).await;
        let control = sandbox.control();
        let somebody = control.population().iter().find(|p| {
            let has = p.presence;
            p.oddity == Oddity::Ordinary && has.client_service && has.mbg && p.email.is_some()
        });
        let somebody = somebody.unwrap();
        let mut town = Self {
            login: somebody.login.clone(),
            password: control.password_of(somebody.index),
            address: somebody.email.clone().unwrap(),
            user: UserId(model::Env::uuid(office.store.env())),
            office,
            sandbox,
            post,
        };
        for kind in Kind::ALL {
            let connection = town.connect(kind).await;
            town.order(&Order::Scan { connection }).await;
        }
        town.work().await;
        town.order(&Order::Join).await;
        town.work().await;
        let profile = town.office.profile("Office").await;
        town.office.import_everybody(&profile, "0").await;
        let known = store::users::of_address(&town.office.store, &town.address, 2).await;
        let [user] = &known.unwrap()[..] else {
            panic!("one user has this address")
        };
        town.user = user.id;
        town
    }

    async fn connect(&self, kind: Kind) -> ConnectionId {
        let component = self.sandbox.find_component(kind.name()).unwrap();
        let (account, secret) = match &component.credentials {
            Credentials::Token(secret) | Credentials::Key(secret) => ("", secret),
            Credentials::Client { id, secret } => (id.as_str(), secret),
        };
        let new = roster::connections::New {
            name: kind.name().to_owned(),
            kind: match kind {
                Kind::Usp => ComponentKind::Usp,
                Kind::Mbg => ComponentKind::Mbg,
                Kind::ClientService => ComponentKind::ClientService,
            },
            address: component.url.clone(),
            account: account.to_owned(),
            secret: Secret::new(secret.expose()),
            default_pbx: String::new(),
            options: serde_json::Map::new(),
            schedule: String::new(),
        };
        roster::connections::add(&self.office.store, &new, &admin())
            .await
            .unwrap()
    }

    async fn order(&self, order: &Order) {
        let tx = self.office.store.begin().await.unwrap();
        jobs::enqueue(&tx, order, 0, None, &admin()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Carries out what is due now.
    pub(crate) async fn work(&self) {
        let store = &self.office.store;
        while let Some(job) = jobs::claim(store, "test").await.unwrap() {
            let hold = Hold {
                store,
                job: &job,
                owner: "test",
            };
            let outcome = match job.order {
                Order::Scan { connection } => {
                    roster::carry_out_scan(hold, connection).await.unwrap()
                }
                Order::Join => roster::carry_out_join(hold).await.unwrap(),
                Order::Credential { connection } => roster::carry_out_credential(hold, connection)
                    .await
                    .unwrap(),
                Order::SignInMail { user } => self.post.sign_in_mail(hold, user).await.unwrap(),
                ref other => panic!("nobody carries {other:?} out here"),
            };
            assert_eq!(outcome, Outcome::Done);
            let tx = store.begin().await.unwrap();
            assert!(jobs::complete(&tx, job.id).await.unwrap());
            tx.commit().await.unwrap();
        }
    }

    /// Shows an account at the door.
    pub(crate) async fn sign_in(&self, login: &str, password: &str) -> Answer {
        let form = [("login", login), ("password", password)];
        self.office.me_post("/me/sign-in", "", &form).await
    }

    /// Asks for a link.
    pub(crate) async fn ask_for_link(&self, address: &str) -> Answer {
        let form = [("address", address)];
        self.office.me_post("/me/links", "", &form).await
    }

    /// The links of the mails that came, oldest first, as paths.
    pub(crate) fn mailed_links(&self) -> Vec<String> {
        let letters = self.sandbox.control().mail().messages(&Wanted::default());
        let links = letters.items.into_iter().flat_map(|letter| letter.links);
        let path = |link: String| {
            link.strip_prefix("https://phones.example.org")
                .map(str::to_owned)
        };
        links.filter_map(path).collect()
    }

    /// A link that was asked for and mailed.
    pub(crate) async fn link(&self) -> String {
        self.ask_for_link(&self.address).await;
        let store = &self.office.store;
        // The answer does not wait for it.
        peers::wait_for("the order of a link", Duration::from_secs(10), async || {
            let is_ordered = jobs::is_under_way(store, "sign-in-mail").await;
            is_ordered.unwrap().then_some(())
        })
        .await
        .unwrap();
        self.work().await;
        self.mailed_links().pop().unwrap()
    }
}
