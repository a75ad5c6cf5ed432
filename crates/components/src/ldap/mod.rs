//! LDAP directories (RFC 4511), read by a paged search (RFC 2696) on one connection. How the connection comes about is left to
//! `session`, what an entry says about a person to `entry`.

mod entry;
mod session;
mod sync;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use ldap3::{Scope, SearchStream};
use rustls::ClientConfig;
use tokio::time::timeout;
use url::Url;

use crate::{
    Answer, Changed, Changes, Component, Credential, Error, Incomplete, Page, Settings, Skipped,
    address, map::Map, settings::wrong_credential,
};
use entry::Reading;
pub use entry::Schema;
use session::{Session, failed, refusal};

/// A connected directory.
#[derive(Debug)]
pub(crate) struct Ldap {
    url: Url,
    credential: Credential,
    tls: Option<Arc<ClientConfig>>,
    start_tls: bool,
    search: Search,
    time: Duration,
    scan: Option<Scan>,
}

/// What is searched for.
#[derive(Debug)]
struct Search {
    base: String,
    filter: String,
    page_size: usize,
    reading: Reading,
}

/// A search that has more pages. Its connection ends with it.
#[derive(Debug)]
struct Scan {
    session: Session,
    cookie: Vec<u8>,
    page: u64,
    /// Where the directory stood before the first page.
    checkpoint: Option<String>,
}

impl Ldap {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let options = &settings.options;
        let url = address::ldap(&settings.address, options.start_tls)?;
        check(&settings.credential)?;
        let filter = options.people();
        if ldap3::parse_filter(filter).is_err() {
            return Err(Error::Settings {
                field: "filter",
                what: "the search filter cannot be read".to_owned(),
                hint: "write it like (objectClass=inetOrgPerson), see RFC 4515",
            });
        }
        Ok(Self {
            url,
            credential: settings.credential.clone(),
            tls: options.ca_pem.as_deref().map(session::trust).transpose()?,
            start_tls: options.start_tls,
            search: Search {
                base: options.base.clone(),
                filter: filter.to_owned(),
                page_size: options.page_size(),
                reading: Reading {
                    schema: options.schema,
                    map: Map::parse(&options.map)?,
                    number_tail: options.number_tail.map(usize::from),
                },
            },
            time: options.timeout(),
            scan: None,
        })
    }

    async fn read_page(&mut self, cursor: Option<&str>) -> Result<Page, Error> {
        // Taken out: whatever goes wrong below ends the connection, and with it the search.
        let scan = match (self.scan.take(), cursor) {
            (_, None) => self.begin().await?,
            (Some(scan), Some(cursor)) if scan.page.to_string() == cursor => scan,
            (_, Some(_)) => return Err(Error::StaleCursor),
        };
        let (page, scan) = self.timed(self.search.page(scan)).await?;
        self.scan = scan;
        Ok(page)
    }

    async fn begin(&self) -> Result<Scan, Error> {
        Ok(Scan {
            session: self.open().await?,
            cookie: Vec::new(),
            page: 1,
            checkpoint: self.stands_at().await,
        })
    }

    async fn open(&self) -> Result<Session, Error> {
        let tls = self.tls.clone();
        let session = Session::open(&self.url, tls, self.start_tls, &self.credential);
        self.timed(session).await
    }

    /// Where the directory stands now, where it can say; asked on a connection of its own, which ends with what is not understood.
    async fn stands_at(&self) -> Option<String> {
        if !self.search.reading.is_by_entry_uuid() {
            return None;
        }
        let mut session = self.open().await.ok()?;
        let cookie = self.timed(sync::cookie(&mut session, &self.search));
        let checkpoint = sync::Checkpoint {
            mark: self.mark(),
            times: 0,
            cookie: cookie.await.ok()??,
        };
        Some(checkpoint.to_text())
    }

    async fn read_changes(&self, since: &str) -> Result<Changes, Error> {
        let since = sync::Checkpoint::parse(since).filter(|since| since.is_good(self.mark()));
        let Some(since) = since.filter(|_| self.search.reading.is_by_entry_uuid()) else {
            return Ok(Changes::Unknown);
        };
        let mut session = self.open().await?;
        let found = sync::changes(&mut session, &self.search, &since.cookie);
        match self.timed(found).await {
            Ok(Some((changed, cookie)))
                if changed == Changed::default() && cookie == since.cookie =>
            {
                Ok(Changes::Nothing)
            }
            Ok(Some((mut changed, cookie))) => {
                let next = sync::Checkpoint {
                    times: since.times + 1,
                    cookie,
                    ..since
                };
                changed.checkpoint = next.to_text();
                Ok(Changes::These(changed))
            }
            // Page by page it may fit into the time.
            Ok(None) | Err(Error::Timeout { .. }) => Ok(Changes::Unknown),
            Err(other) => Err(other),
        }
    }

    /// Of everything that shapes what is read.
    fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Search {
            base,
            filter,
            reading,
            ..
        } = &self.search;
        (self.url.as_str(), base, filter, reading).hash(&mut hasher);
        hasher.finish()
    }

    async fn timed<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let after_s = self.time.as_secs();
        timeout(self.time, work)
            .await
            .unwrap_or(Err(Error::Timeout { after_s }))
    }
}

impl Component for Ldap {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor))
    }

    fn changes<'a>(&'a mut self, checkpoint: &'a str) -> Answer<'a, Changes> {
        Box::pin(self.read_changes(checkpoint))
    }

    fn resumable(&self) -> bool {
        false
    }
}

/// A bind with a name and no password would be let in as nobody in particular (RFC 4513, section 5.1.2).
fn check(credential: &Credential) -> Result<(), Error> {
    match credential {
        Credential::None => Ok(()),
        Credential::Bind { dn, password } if !dn.is_empty() && !password.expose().is_empty() => {
            Ok(())
        }
        _ => Err(wrong_credential("a bind DN and its password, or nothing")),
    }
}

impl Search {
    /// Reads one page, and hands the scan back where there is another one.
    async fn page(&self, mut scan: Scan) -> Result<(Page, Option<Scan>), Error> {
        let control = session::paging(self.page_size, &scan.cookie);
        let ldap = scan.session.ldap.with_controls(vec![control]);
        let found = ldap.streaming_search(
            &self.base,
            Scope::Subtree,
            &self.filter,
            self.reading.attributes(),
        );
        let mut found = found.await.map_err(failed)?;
        let mut page = self.read(&mut found).await?;
        let end = found.finish().await;
        match end.rc {
            0 => {}
            // Time, size and administrative limit (RFC 4511, appendix A): what came is good, what did not come is unknown.
            3 | 4 | 11 => {
                page.incomplete = Some(limit_reached(end.rc));
                return Ok((page, None));
            }
            _ => return Err(refusal(&end)),
        }
        let cookie = session::cookie(&end.ctrls);
        if cookie.is_empty() {
            page.checkpoint = scan.checkpoint;
            return Ok((page, None));
        }
        scan.cookie = cookie;
        scan.page += 1;
        page.next = Some(scan.page.to_string());
        Ok((page, Some(scan)))
    }

    async fn read(&self, found: &mut SearchStream<'_, String, Vec<String>>) -> Result<Page, Error> {
        let mut page = Page::default();
        while let Some(item) = found.next().await.map_err(failed)? {
            // Referrals to other directories (RFC 4511, section 4.5.3) are not followed.
            if item.is_ref() || item.is_intermediate() {
                continue;
            }
            let position = page.records.len() + page.skipped.len() + 1;
            if position > self.page_size {
                return Err(Error::TooLarge {
                    limit: format!("the {} records that it was asked for", self.page_size),
                });
            }
            match self.reading.record(item.0) {
                Ok(record) => page.records.push(record),
                Err(reason) => page.skipped.push(Skipped { position, reason }),
            }
        }
        Ok(page)
    }
}

fn limit_reached(code: u32) -> Incomplete {
    let which = match code {
        3 => "time",
        4 => "size",
        _ => "administrative",
    };
    Incomplete {
        reason: format!("the directory stopped at its {which} limit (result code {code})"),
        hint: format!(
            "raise the directory's {which} limit for this bind DN, paged searches included, then scan again"
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::{ComponentKind, Secret};

    use super::*;
    use crate::Options;

    fn with(dn: &str, password: &str, filter: &str) -> Result<Ldap, Error> {
        Ldap::new(&Settings {
            kind: ComponentKind::Ldap,
            address: "ldap://127.0.0.1".into(),
            credential: Credential::of(ComponentKind::Ldap, dn, Secret::new(password)),
            options: Options {
                filter: filter.into(),
                ..Options::default()
            },
        })
    }

    #[test]
    fn a_name_without_a_password_is_refused() {
        assert!(with("cn=importer", "", "(uid=*)").is_err());
        assert!(with("", "importpw", "(uid=*)").is_err());
        assert!(with("cn=importer", "importpw", "(uid=*)").is_ok());
        assert!(with("", "", "(uid=*)").is_ok());
    }

    #[test]
    fn a_broken_filter_is_refused_before_anything_is_sent() {
        let error = with("", "", "(uid=*").unwrap_err();
        assert!(
            error.to_string().contains("filter") && error.hint().contains("4515"),
            "{error}"
        );
    }
}
