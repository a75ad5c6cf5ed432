//! Visits of links, collected and written together: a mail scanner that looks at every link of a large deployment makes nobody
//! wait for a disk.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard},
};

use model::{Timestamp, ticket::LinkHash};
use store::{
    Store,
    deployments::{self, Deployment, Visit},
};

use crate::Error;

/// First visits that are not written yet; a crash may lose a few seconds of them.
#[derive(Debug, Default)]
pub struct Visits {
    /// When each link was looked at first, and when its page's button was pressed first.
    first: Mutex<HashMap<(LinkHash, bool), Timestamp>>,
}

impl Visits {
    /// Notes that somebody looked at a deployment's link, or pressed its page's button.
    pub fn note(&self, deployment: &Deployment, ticket: &str, is_opening: bool, at: Timestamp) {
        let known = if is_opening {
            deployment.opened_at
        } else {
            deployment.seen_at
        };
        if known.is_none() {
            let link = (LinkHash::of(ticket), is_opening);
            self.lock().entry(link).or_insert(at);
        }
    }

    /// Writes what was collected.
    pub async fn flush(&self, store: &Store) -> Result<(), Error> {
        let first = mem::take(&mut *self.lock());
        if first.is_empty() {
            return Ok(());
        }
        let visits = first.into_iter().map(|((ticket, is_opening), at)| Visit {
            ticket,
            is_opening,
            at,
        });
        let tx = store.begin().await?;
        deployments::stamp_visits(&tx, &visits.collect::<Vec<_>>()).await?;
        Ok(tx.commit().await?)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(LinkHash, bool), Timestamp>> {
        self.first.lock().expect("nothing panics while holding it")
    }
}
