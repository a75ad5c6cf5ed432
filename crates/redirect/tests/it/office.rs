//! The words the tests are written in: a running redirect server and an origin that publishes to it.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use publication::{
    Batch, BrandId, Call, Language, Link, OriginId, Receipt, Seed, SigningKey, TargetHost,
    TicketHash, sign,
};
use redirect::origins::{self, Origin};
use redirect::{Clock, Settings, Store};
use reqwest::{Client, Method, Response};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

pub(crate) const NOW: i64 = 1_800_000_000_000;
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;
pub(crate) const ORIGIN: &str = "https://rollcall.example.org";

/// One redirect server with the origin `hq` registered, and a browser that follows nothing by itself.
pub(crate) struct Office {
    pub(crate) folder: tempfile::TempDir,
    settings: Settings,
    pub(crate) address: String,
    pub(crate) target: TargetHost,
    pub(crate) browser: Client,
    clock: Arc<AtomicI64>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), redirect::ServeError>>,
}

/// A call of an origin, right in every part until a test spoils one.
#[derive(Debug)]
pub(crate) struct SignedCall {
    pub(crate) key: SigningKey,
    pub(crate) origin: OriginId,
    pub(crate) target: TargetHost,
    pub(crate) signed_at: i64,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn key(fill: u8) -> SigningKey {
    SigningKey::from_seed(&Seed::generate(|seed| seed.fill(fill)))
}

pub(crate) fn link(ticket: &str, version: i64) -> Link {
    Link {
        ticket: TicketHash::of(ticket),
        version,
        expires: NOW + 7 * DAY,
        brand: BrandId::default(),
        language: Language::default(),
        relay: false,
        ended: false,
    }
}

impl Office {
    /// With its store in a file.
    pub(crate) async fn open() -> Self {
        Self::with(ORIGIN, "").await
    }

    /// With its store in a PostgreSQL database of its own.
    pub(crate) async fn open_shared() -> Self {
        Self::with(ORIGIN, &shared().await).await
    }

    /// With the origin `hq` at this address, and these lines in its settings.
    pub(crate) async fn with(origin: &str, settings: &str) -> Self {
        // Another test may have been first: any provider will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let data = folder.path().join("redirect");
        let settings = Settings::from_toml(&format!(
            "listen = \"127.0.0.1:0\"\ndata = \"{}\"\npublic_url = \"{address}\"\n{settings}",
            data.display()
        ))
        .unwrap();
        register(&settings, "hq", origin, 1).await;
        let clock = Arc::new(AtomicI64::new(NOW));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(redirect::run(
            settings.clone(),
            listener,
            Clock::new({
                let clock = Arc::clone(&clock);
                move || clock.load(Ordering::Relaxed)
            }),
            async move { stopped.await.unwrap_or_default() },
        ));
        let browser = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let target = TargetHost::of(&Url::parse(&address).unwrap()).unwrap();
        Self {
            folder,
            settings,
            address,
            target,
            browser,
            clock,
            stop,
            running,
        }
    }

    /// One more server with the same store, for the same public address.
    pub(crate) fn beside(&self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (clock, (stop, stopped)) = (Arc::clone(&self.clock), oneshot::channel::<()>());
        let now = Arc::clone(&clock);
        let running = tokio::spawn(redirect::run(
            self.settings.clone(),
            listener,
            Clock::new(move || now.load(Ordering::Relaxed)),
            async move { stopped.await.unwrap_or_default() },
        ));
        Self {
            folder: tempfile::tempdir().unwrap(),
            settings: self.settings.clone(),
            address,
            target: self.target.clone(),
            browser: self.browser.clone(),
            clock,
            stop,
            running,
        }
    }

    /// Registers one more origin, as an administrator would beside the running server.
    pub(crate) async fn registers(&self, id: &str, fill: u8) {
        let url = format!("https://{id}.example.org");
        register(&self.settings, id, &url, fill).await;
    }

    /// Stops the server, so that its files are whole.
    pub(crate) async fn close(self) -> tempfile::TempDir {
        drop(self.browser);
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
        self.folder
    }

    pub(crate) fn set_clock(&self, now: i64) {
        self.clock.store(now, Ordering::Relaxed);
    }

    pub(crate) async fn asks(&self, method: Method, path: &str, is_app: bool) -> Response {
        let mut request = self
            .browser
            .request(method, format!("{}{path}", self.address));
        if is_app {
            request = request.header("X-Linphone-Provisioning", "1");
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn browser_gets(&self, path: &str) -> Response {
        self.asks(Method::GET, path, false).await
    }

    pub(crate) async fn app_gets(&self, path: &str) -> Response {
        self.asks(Method::GET, path, true).await
    }

    pub(crate) fn batch(&self, links: Vec<Link>) -> SignedCall {
        let body = serde_json::to_vec(&Batch { links }).unwrap();
        self.call(Method::PUT, "/v1/links", body)
    }

    pub(crate) fn ending(&self, ticket: &str) -> SignedCall {
        self.call(
            Method::DELETE,
            &format!("/v1/links/{}", TicketHash::of(ticket)),
            Vec::new(),
        )
    }

    pub(crate) fn call(&self, method: Method, path: &str, body: Vec<u8>) -> SignedCall {
        let origin = "hq".parse().unwrap();
        let (target, signed_at) = (self.target.clone(), self.clock.load(Ordering::Relaxed));
        SignedCall {
            key: key(1),
            origin,
            target,
            signed_at,
            method,
            path: path.to_owned(),
            body,
        }
    }

    /// Sends a call as it was signed.
    pub(crate) async fn send(&self, call: &SignedCall) -> Response {
        self.send_instead(call, &call.method, &call.path, &call.body)
            .await
    }

    /// Sends something else than what was signed.
    pub(crate) async fn send_instead(
        &self,
        call: &SignedCall,
        method: &Method,
        path: &str,
        body: &[u8],
    ) -> Response {
        let signed = Call {
            method: call.method.as_str(),
            path: &call.path,
            target: &call.target,
            body: &call.body,
        };
        let mut request = self
            .browser
            .request(method.clone(), format!("{}{path}", self.address))
            .body(body.to_vec());
        for (name, value) in sign(&call.key, &call.origin, call.signed_at, &signed).pairs() {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn publishes(&self, links: Vec<Link>) -> Receipt {
        let answer = self.send(&self.batch(links)).await;
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

async fn register(settings: &Settings, id: &str, url: &str, fill: u8) {
    let store = Store::of(settings).await.unwrap();
    let origin = Origin {
        id: id.parse().unwrap(),
        url: url.parse().unwrap(),
        key: key(fill).public(),
    };
    assert!(origins::add(&store, &origin).await.unwrap());
    store.close().await.unwrap();
}

/// The line of settings that names a fresh PostgreSQL database.
pub(crate) async fn shared() -> String {
    let cluster = peers::Postgres::shared().await.unwrap();
    let address = cluster.database().await.unwrap();
    format!("database_url = \"{address}\"\n")
}

/// Makes each fact a test of the server with a store of its own, and of the one that shares a PostgreSQL database.
macro_rules! on_both {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $fact() { super::$fact(crate::office::Office::open().await).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $fact() { super::$fact(crate::office::Office::open_shared().await).await; })+
        }
    };
}

pub(crate) use on_both;
