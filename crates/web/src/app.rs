//! What every handler is handed.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use access::{Attempts, Passwords};
use axum::extract::FromRef;
use delivery::{Fetches, Visits, brand};
use landing::{Allowance, Network, Tries};
use publication::Brand;
use store::Store;

use crate::me::Guesses;

/// How often a typed code or an account may be wrong from one network, and from everywhere. Where the redirect server does not say for whom it
/// asks, it is one network for all of its people, and has limits of its own.
const CODES: [Allowance; 2] = [Allowance::new(100, 6_000), Allowance::new(1_000, 500)];
/// How often new links and links to sign in may be asked for, by the same measure.
const RENEWALS: [Allowance; 2] = [Allowance::new(100, 6_000), Allowance::new(1_000, 1_000)];

/// How the edges behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where links lead and through which server mail goes.
    pub delivery: delivery::Settings,
    /// Whether cookies travel over TLS alone; off only for plain http on loopback.
    pub secure_cookies: bool,
    /// Whether people may sign in at `/me` and set up their own phone.
    pub self_deployment: bool,
    /// Proxies in front of this server, the redirect server among them where it passes people's wishes on.
    pub trusted_proxies: Vec<Network>,
}

/// Everything that handlers need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Attempts,
    pub(crate) fetches: Fetches,
    pub(crate) visits: Visits,
    /// Wrong codes, and wishes for new links.
    pub(crate) codes: Tries,
    pub(crate) renewals: Tries,
    /// Sign-ins of people: wrong accounts and wishes for links, by network, and by login or address as well.
    pub(crate) accounts: Tries,
    pub(crate) links: Tries,
    pub(crate) guesses: Guesses,
    /// Set once there is an administrator; there is no way back.
    pub(crate) set_up: AtomicBool,
    /// How the public pages look, with its version.
    brand: RwLock<(i64, Arc<Brand>)>,
}

impl App {
    /// Joins database and settings.
    pub fn new(store: Store, settings: Settings) -> Self {
        let brand = Arc::new(settings.delivery.brand.clone());
        let shared = Shared {
            settings,
            passwords: Passwords::default(),
            attempts: Attempts::default(),
            fetches: Fetches::default(),
            visits: Visits::default(),
            codes: Tries::new(CODES),
            renewals: Tries::new(RENEWALS),
            accounts: Tries::new(CODES),
            links: Tries::new(RENEWALS),
            guesses: Guesses::default(),
            set_up: AtomicBool::new(false),
            brand: RwLock::new((0, brand)),
        };
        Self {
            store,
            shared: Arc::new(shared),
        }
    }

    /// Writes when links were looked at and configurations fetched, which is collected meanwhile.
    ///
    /// # Errors
    /// The database could not be written.
    pub async fn flush(&self) -> Result<(), delivery::Error> {
        self.shared.visits.flush(&self.store).await?;
        self.shared.fetches.flush(&self.store).await
    }

    /// Where links lead.
    pub fn delivery(&self) -> &delivery::Settings {
        &self.shared.settings.delivery
    }

    /// How the public pages look, as this process knows it: no visitor's request asks the database for it.
    pub fn brand(&self) -> Arc<Brand> {
        let known = self.shared.brand.read();
        known.unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Looks whether the brand was changed, here or at another server.
    ///
    /// # Errors
    /// Those of the database; what is known stays.
    pub async fn read_brand(&self) -> Result<(), delivery::Error> {
        let known = self.shared.brand.read();
        let known = known.unwrap_or_else(PoisonError::into_inner).0;
        if store::brand::version(&self.store).await? != known {
            self.know_brand(brand::get(&self.store).await?);
        }
        Ok(())
    }

    /// Shows this brand from now on, unless a newer one is known.
    pub(crate) fn know_brand(&self, standing: brand::Standing) {
        let known = self.shared.brand.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if standing.version > known.0 {
            *known = (standing.version, Arc::new(standing.brand));
        }
    }

    /// Whether there is an administrator.
    pub(crate) async fn is_set_up(&self) -> Result<bool, store::Error> {
        if self.shared.set_up.load(Ordering::Acquire) {
            return Ok(true);
        }
        let any = store::access::count_administrators(&self.store).await? > 0;
        self.shared.set_up.store(any, Ordering::Release);
        Ok(any)
    }
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}
