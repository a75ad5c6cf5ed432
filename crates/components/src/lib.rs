//! One module per kind of component behind one small trait: they answer what a component tells, page by page. Storing it,
//! scheduling scans and trying again later are left to `roster`.

mod address;
pub mod authorization;
mod client_service;
mod contacts;
mod error;
mod files;
mod form;
mod http;
mod ldap;
mod listing;
mod map;
mod mbg;
mod numbers;
pub mod oauth;
mod oauth2;
mod registrar;
mod scim;
mod settings;
mod told;
mod usp;

use std::{collections::HashSet, pin::Pin};

use model::{ComponentKind, Record, Secret, SipSecret, cluster::Node};

pub use contacts::{Contact, Contacts};
pub use error::Error;
pub use form::{Choice, Field, Form, Takes};
pub use ldap::Schema;
pub use scim::record as scim_record;
pub use settings::{Access, Credential, Options, Settings};

/// What a component answers, some time later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// The most records whose secret can be asked for in one call.
pub const CREDENTIALS_MAX: usize = 500;

/// A connected component. Every call is limited in time (each request by [`Options::timeout_s`]) and in memory (one page); a
/// call that was dropped or failed leaves the component fit for the next one.
pub trait Component: Send + std::fmt::Debug {
    /// One page of records: the first without a cursor, else the one that [`Page::next`] of the page before names.
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page>;

    /// The same page; of the records that stand there exactly as `familiar` ones did, only their prints are answered
    /// ([`Page::same`]). Kinds that do not look records over before they read them read them all.
    fn page_beside<'a>(
        &'a mut self,
        cursor: Option<&'a str>,
        _familiar: &'a Familiar,
    ) -> Answer<'a, Page> {
        self.page(cursor)
    }

    /// What is new since a checkpoint that the last page of an earlier scan gave ([`Page::checkpoint`]).
    fn changes<'a>(&'a mut self, _checkpoint: &'a str) -> Answer<'a, Changes> {
        Box::pin(std::future::ready(Ok(Changes::Unknown)))
    }

    /// Whether a cursor can be kept and used on a later connection. Where not, an interrupted scan begins at the first page
    /// (paging cookies of a directory end with their connection: RFC 2696, section 3).
    fn resumable(&self) -> bool {
        true
    }

    /// Reaches the component, shows the credentials and reads one page.
    fn test(&mut self) -> Answer<'_, TestReport> {
        Box::pin(async move {
            let page = self.page(None).await?;
            Ok(TestReport {
                records: page.records.len(),
                skipped: page.skipped,
                announced_total: page.announced_total,
                more: page.next.is_some(),
                incomplete: page.incomplete,
            })
        })
    }

    /// One record as the component holds it now; `record` is what it told before. None where it is not there any more.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by kinds that offer no single record; [`Error::NotAddressable`] and [`Error::Ambiguous`] by a
    /// border gateway, which looks records up by their number.
    fn one<'a>(&'a mut self, _record: &'a Record) -> Answer<'a, Option<Record>> {
        Box::pin(std::future::ready(Err(Error::Unsupported {
            what: "it gives no single record",
        })))
    }

    /// Those who are registered at it now: the first page without a cursor, else the one that [`Contacts::next`] names.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by kinds that nothing registers at.
    fn contacts<'a>(&'a mut self, _cursor: Option<&'a str>) -> Answer<'a, Contacts> {
        Box::pin(std::future::ready(Err(Error::Unsupported {
            what: "nothing registers at it",
        })))
    }

    /// The source id of the account that a person's login and password open; none where they do not belong together. They are
    /// asked for once and kept nowhere.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by every kind but the client service.
    fn sign_in<'a>(
        &'a mut self,
        _login: &'a str,
        _password: &'a Secret,
    ) -> Answer<'a, Option<String>> {
        Box::pin(std::future::ready(Err(Error::Unsupported {
            what: "nobody signs in at it",
        })))
    }

    /// The nodes of its cluster, which hold the same data; empty where it is in none.
    fn cluster(&mut self) -> Answer<'_, Vec<Node>> {
        Box::pin(std::future::ready(Ok(vec![])))
    }

    /// The token that it fetched by itself to be let in, once it has one.
    fn token(&self) -> Option<TokenInfo> {
        None
    }

    /// Makes **new** secrets for up to [`CREDENTIALS_MAX`] records and answers them with their source ids; records that the
    /// component does not know are left out. It cuts off clients that use the old ones.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by every kind but a border gateway.
    fn credentials<'a>(
        &'a mut self,
        _source_ids: &'a [String],
    ) -> Answer<'a, Vec<(String, Secret)>> {
        Box::pin(std::future::ready(Err(Error::Unsupported {
            what: "it gives no SIP passwords",
        })))
    }
}

/// What may be shown of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its id, or a short hash of it.
    pub id: String,
    /// How long it lasts from when it was fetched, in seconds, where that was told.
    pub expires_in_s: Option<i64>,
}

/// 16 bytes of SHA-256 over a record as its component wrote it.
pub type Print = [u8; 16];

/// The prints of records that need not be read again.
pub type Familiar = HashSet<Print>;

/// One page of records, in the component's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The records that could be read; what is odd about one stands in its faults.
    pub records: Vec<Record>,
    /// Their prints, in the same order; none of kinds that make none.
    pub prints: Vec<Print>,
    /// The prints of familiar records, which were not read.
    pub same: Vec<Print>,
    /// The records that could not be read.
    pub skipped: Vec<Skipped>,
    /// What the SIP accounts of a registrar sign in with, by source id; nothing for an account without a usable secret. They
    /// are sealed as they arrive. Empty for every kind that keeps none, or does not show them.
    pub secrets: Vec<(String, Option<SipSecret>)>,
    /// Cursor of the next page; none after the last.
    pub next: Option<String>,
    /// How many records the component says it has in all.
    pub announced_total: Option<u64>,
    /// Where the component stood at the end of a scan, for [`Component::changes`]; only on a last page.
    pub checkpoint: Option<String>,
    /// Set on a last page after which the component holds records that it did not show: nobody is gone after that.
    pub incomplete: Option<Incomplete>,
}

/// What a component knows of its changes since a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// It cannot say: everything is to be read.
    Unknown,
    /// Nothing changed.
    Nothing,
    /// These changed, and nothing else.
    These(Changed),
}

/// What changed since a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// New and changed records.
    pub records: Vec<Record>,
    /// Changed records that could not be read.
    pub skipped: Vec<Skipped>,
    /// The ids of those that are not there any more; some may never have been told.
    pub gone: Vec<String>,
    /// Where the component stands after them, for [`Component::changes`].
    pub checkpoint: String,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place on the page, from 1.
    pub position: usize,
    /// Why it could not be read; never its values.
    pub reason: String,
}

/// Why a component stopped before its last record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// What happened.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// What a test of a connection found: it is reachable, the credentials are accepted, and one page could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// Records on the first page.
    pub records: usize,
    /// Records of the first page that could not be read.
    pub skipped: Vec<Skipped>,
    /// How many records the component says it has in all.
    pub announced_total: Option<u64>,
    /// Whether there are more pages.
    pub more: bool,
    /// Why the first page is the last one although there are more records.
    pub incomplete: Option<Incomplete>,
}

/// Whether these settings can work as far as can be told without asking anybody. A remote border gateway needs no credential
/// for that: it is given one later.
pub fn check(settings: &Settings) -> Result<(), Error> {
    if settings.kind.pushes() {
        return Ok(());
    }
    match settings.options.access {
        Access::Remote => http::Http::new(settings).map(drop),
        Access::Local => connect(settings).map(drop),
    }
}

/// Makes a connector ready; nothing is sent yet. Refuses settings that cannot work or would show a secret to the network
/// (plain `http` and `ldap` are for loopback only).
///
/// The caller has installed a process-wide [`rustls::crypto::CryptoProvider`].
pub fn connect(settings: &Settings) -> Result<Box<dyn Component>, Error> {
    Ok(match settings.kind {
        ComponentKind::Usp => Box::new(usp::Usp::new(settings)?),
        ComponentKind::Mbg => Box::new(mbg::Mbg::new(settings)?),
        ComponentKind::ClientService => Box::new(client_service::ClientService::new(settings)?),
        ComponentKind::Ldap => Box::new(ldap::Ldap::new(settings)?),
        ComponentKind::Scim => Box::new(scim::Scim::new(settings)?),
        ComponentKind::Csv => Box::new(files::Files::new(settings)?),
        ComponentKind::Subscriber | ComponentKind::Asterisk => {
            Box::new(registrar::Registrar::new(settings)?)
        }
        ComponentKind::ScimIn => {
            return Err(Error::Unsupported {
                what: "it is not read: its people are pushed here",
            });
        }
    })
}
