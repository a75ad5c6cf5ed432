//! The mailbox that bounces come to, read now and then over IMAP: each notification is taken in with where reading stands in one
//! transaction, and put away behind it, so that whoever is killed in between reads nothing twice and leaves nothing out.

mod imap;

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use model::{Secret, Timestamp, text::clean};
use store::{
    Store,
    mailbox::{self, Standing},
};
use tokio::time::timeout;

use crate::{Error, Trouble, bounces, settings::MailTls};
use imap::Session;

/// The longest that a round may take.
const ROUND_MAX: Duration = Duration::from_mins(2);
/// After so many seconds no further mail is begun.
const BEGUN_WITHIN_S: i64 = 90;
/// How long a round's claim lasts: longer than a round.
const LEASE_S: i64 = 180;
/// Mails of one round; the rest is read right after it.
const MAILS_MAX: usize = 200;
/// A mailbox that fails is asked again at least once in so long.
const WAIT_MAX_S: i64 = 3600;
/// Characters of a server's words that are kept.
const WORDS_MAX: usize = 500;

/// A mailbox, and what to say there.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Name to sign in with.
    pub user: String,
    /// Password to sign in with.
    pub password: Secret,
    /// A private authority to trust (PEM).
    pub ca_file: Option<PathBuf>,
    /// The folder that bounces come to.
    pub folder: String,
    /// The folder that notifications are moved to once they were taken in; none: they are marked as seen.
    pub move_to: Option<String>,
    /// Minutes from one look to the next.
    pub every_min: NonZeroU32,
}

/// Why a round ended early.
enum Broken {
    /// The server's side.
    There(Trouble),
    /// Ours.
    Here(Error),
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self::There(trouble)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

impl From<store::Error> for Broken {
    fn from(error: store::Error) -> Self {
        Self::Here(error.into())
    }
}

impl Mailbox {
    /// What people call it, and what its standing is kept under: `INBOX of phones@example.org at imap.example.org:993`.
    pub fn name(&self) -> String {
        let Self {
            folder,
            user,
            host,
            port,
            ..
        } = self;
        format!("{folder} of {user} at {host}:{port}")
    }

    /// Reads what came since the last round, where one is due; how many mails were looked at. A mailbox that cannot be read is no
    /// error: that is kept where people see it, and it is asked again later.
    pub async fn round(&self, store: &Store) -> Result<usize, Error> {
        let name = self.name();
        let Some(standing) = mailbox::claim(store, &name, LEASE_S).await? else {
            return Ok(0);
        };
        let failures = standing.failures;
        let round = timeout(ROUND_MAX, self.read(store, &name, standing)).await;
        let ended = round.unwrap_or_else(|_| Err(Trouble::late().into()));
        let tx = store.begin().await?;
        let now = tx.env().now();
        let read = match ended {
            Ok((read, more)) => {
                // Where more waits than a round takes, the next one follows at once.
                let wait = if more { 0 } else { self.every_s() };
                mailbox::was_read(&tx, &name, now.plus_s(wait)).await?;
                read
            }
            Err(Broken::There(trouble)) => {
                let words = clean(&trouble.words).0;
                let words: String = words.chars().take(WORDS_MAX).collect();
                let at = self.again_at(now, failures);
                mailbox::failed(&tx, &name, at, &words, trouble.hint).await?;
                0
            }
            Err(Broken::Here(error)) => return Err(error),
        };
        tx.commit().await?;
        Ok(read)
    }

    /// Signs in and opens the folder, and goes again; no mail is read or marked.
    ///
    /// # Errors
    /// What the server says.
    pub async fn try_out(&self) -> Result<(), Trouble> {
        let mut session = Session::open(self).await?;
        session.select(&self.folder).await?;
        session.end().await;
        Ok(())
    }

    fn every_s(&self) -> i64 {
        i64::from(self.every_min.get()) * 60
    }

    /// The wait doubles with every failure, up to an hour, or to the usual wait where that is longer.
    fn again_at(&self, now: Timestamp, failures: i64) -> Timestamp {
        let doublings = u32::try_from(failures.clamp(0, 12)).unwrap_or(0);
        let wait = self.every_s() << doublings;
        now.plus_s(wait.min(WAIT_MAX_S.max(self.every_s())))
    }

    /// Reads what came; how many mails were looked at, and whether more wait.
    async fn read(
        &self,
        store: &Store,
        name: &str,
        kept: Standing,
    ) -> Result<(usize, bool), Broken> {
        let begun_until = store.env().now().plus_s(BEGUN_WITHIN_S);
        let mut session = Session::open(self).await?;
        let uid_validity = session.select(&self.folder).await?;
        let mut last = kept.uid;
        if uid_validity != kept.uid_validity {
            let tx = store.begin().await?;
            mailbox::begin_anew(&tx, name, uid_validity).await?;
            tx.commit().await?;
            last = 0;
        } else if !kept.put_away {
            session.put_away(last, self.move_to.as_deref()).await?;
        }
        let uids = session.after(last).await?;
        let mut read = 0;
        for uid in &uids {
            let mail = session.fetch(*uid).await?;
            let is_notification = take_in(store, name, *uid, &mail).await?;
            if is_notification {
                session.put_away(*uid, self.move_to.as_deref()).await?;
            }
            read += 1;
            if read == MAILS_MAX || store.env().now() > begun_until {
                break;
            }
        }
        session.end().await;
        Ok((read, read < uids.len()))
    }
}

/// Takes a mail in, and notes with it that it was read; whether it is a notification. Other mail that comes to the address stays
/// as it is, for whoever reads there.
async fn take_in(store: &Store, name: &str, uid: i64, mail: &[u8]) -> Result<bool, Error> {
    let about = match bounces::find(store, mail).await {
        Ok(about) => Some(about),
        Err(Error::NoNotification) => None,
        Err(error) => return Err(error),
    };
    let tx = store.begin().await?;
    if let Some(about) = &about {
        bounces::keep(&tx, about).await?;
    }
    mailbox::advance(&tx, name, uid, about.is_none()).await?;
    tx.commit().await?;
    Ok(about.is_some())
}
