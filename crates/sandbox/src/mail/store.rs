//! Where caught mail is kept: an index in memory, the messages beside it or, with a folder, one file each. Every accepted
//! message is kept, also one whose Message-ID came before.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{
    Error, Letter, MailFault,
    fault::MailFaults,
    letter::{head_of, read},
};
use crate::clock::Clock;

/// Name of the file that lists the messages of a folder, one JSON object on each line.
const INDEX: &str = "index.jsonl";

/// The caught mail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Mutex<Kept>,
    count: watch::Sender<u64>,
    faults: MailFaults,
    clock: Clock,
    folder: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Kept {
    heads: Vec<Head>,
    by_address: HashMap<String, Vec<u64>>,
    bodies: Vec<Bytes>,
    index: Option<fs::File>,
}

/// What the index knows about a message. Ids count from 1 in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) id: u64,
    /// Envelope sender.
    pub(crate) from: String,
    /// Envelope recipients.
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) received_ms: i64,
    pub(crate) message_id: Option<String>,
}

/// Which messages are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Wanted {
    /// Only those to this envelope recipient, compared without case.
    pub to: Option<String>,
    /// Only those that came after the message of this id.
    pub after: Option<u64>,
    /// At most so many, 1 to 500; 50 unless given.
    pub limit: Option<usize>,
}

/// Some messages, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The messages.
    pub items: Vec<Letter>,
    /// What `after` is on the next page; nothing on the last one.
    pub next: Option<u64>,
    /// How many there are to that recipient, regardless of `after`.
    pub total: u64,
}

impl Mail {
    pub(crate) fn open(folder: Option<PathBuf>, clock: Clock) -> Result<Self, Error> {
        let mut kept = Kept::default();
        if let Some(folder) = &folder {
            kept.read_folder(folder).map_err(|source| Error::Keep {
                folder: folder.clone(),
                source,
            })?;
        }
        let count = watch::Sender::new(kept.heads.len() as u64);
        Ok(Self(Arc::new(Inner {
            kept: Mutex::new(kept),
            count,
            faults: MailFaults::default(),
            clock,
            folder,
        })))
    }

    /// Some of the messages.
    pub fn messages(&self, wanted: &Wanted) -> Page {
        let limit = wanted.limit.unwrap_or(50).clamp(1, 500);
        let (heads, next, total) = self.lock().select(wanted, limit);
        let items = heads
            .into_iter()
            .filter_map(|head| Some(read(&self.raw(head.id)?, head)))
            .collect();
        Page { items, next, total }
    }

    /// One message.
    pub fn find_message(&self, id: u64) -> Option<Letter> {
        let head = self.lock().heads.get(place(id)?)?.clone();
        Some(read(&self.raw(id)?, head))
    }

    /// One message, byte for byte as it came (dot-stuffing taken off).
    pub fn raw(&self, id: u64) -> Option<Bytes> {
        match &self.0.folder {
            Some(folder) => fs::read(file_of(folder, id)).ok().map(Bytes::from),
            None => self.lock().bodies.get(place(id)?).cloned(),
        }
    }

    /// How many messages were caught.
    pub fn count(&self) -> u64 {
        *self.0.count.borrow()
    }

    /// Waits until `count` messages were caught, at most as long as `patience`; answers how many there are.
    pub async fn wait_for(&self, count: u64, patience: Duration) -> u64 {
        let mut counting = self.0.count.subscribe();
        // Running out of patience is not an error here: the answer tells how many came.
        let _ = tokio::time::timeout(patience, counting.wait_for(|caught| *caught >= count)).await;
        self.count()
    }

    /// Lets things go wrong, in place of what was ordered before; an empty list ends it.
    pub fn set_faults(&self, faults: Vec<MailFault>) {
        self.0.faults.set(faults);
    }

    pub(crate) fn faults(&self) -> &MailFaults {
        &self.0.faults
    }

    /// The heads that match a search (in address or subject), newest first, before the message `before`: for the inbox page.
    pub(crate) fn search(&self, text: &str, before: Option<u64>, limit: usize) -> (Vec<Head>, u64) {
        let text = text.trim().to_lowercase();
        let kept = self.lock();
        let fits = |head: &&Head| {
            text.is_empty()
                || head.subject.to_lowercase().contains(&text)
                || head.to.iter().any(|to| to.to_lowercase().contains(&text))
        };
        let found = kept
            .heads
            .iter()
            .rev()
            .filter(|head| before.is_none_or(|before| head.id < before))
            .filter(fits);
        (
            found.take(limit).cloned().collect(),
            kept.heads.len() as u64,
        )
    }

    /// Keeps a message. The file is written before the sender hears that it was taken.
    pub(crate) fn keep(&self, from: String, to: Vec<String>, raw: Vec<u8>) -> io::Result<u64> {
        let (subject, message_id) = head_of(&raw);
        let mut kept = self.lock();
        let id = kept.heads.len() as u64 + 1;
        let head = Head {
            id,
            from,
            to,
            subject,
            received_ms: self.0.clock.now_ms(),
            message_id,
        };
        match &self.0.folder {
            Some(folder) => kept.write(folder, &head, &raw)?,
            None => kept.bodies.push(raw.into()),
        }
        kept.list(head);
        drop(kept);
        self.0.count.send_replace(id);
        Ok(id)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn read_folder(&mut self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let listed = match fs::read(folder.join(INDEX)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let index = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join(INDEX))?;
        // A line cut short by a crash was never acknowledged to its sender; writing goes on behind the last whole one.
        let mut whole_bytes = 0;
        for line in listed
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"))
        {
            let Ok(head) = serde_json::from_slice(line) else {
                break;
            };
            self.list(head);
            whole_bytes += line.len() as u64;
        }
        index.set_len(whole_bytes)?;
        self.index = Some(index);
        Ok(())
    }

    fn write(&mut self, folder: &Path, head: &Head, raw: &[u8]) -> io::Result<()> {
        let file = file_of(folder, head.id);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, raw)?;
        let mut line = serde_json::to_vec(head)?;
        line.push(b'\n');
        self.index
            .as_mut()
            .ok_or(io::ErrorKind::NotConnected)?
            .write_all(&line)
    }

    fn list(&mut self, head: Head) {
        for to in &head.to {
            self.by_address
                .entry(to.to_lowercase())
                .or_default()
                .push(head.id);
        }
        self.heads.push(head);
    }

    fn select(&self, wanted: &Wanted, limit: usize) -> (Vec<Head>, Option<u64>, u64) {
        let after = wanted.after.unwrap_or(0);
        let (mut ids, total): (Vec<u64>, usize) = match &wanted.to {
            Some(to) => {
                let ids = self
                    .by_address
                    .get(&to.to_lowercase())
                    .map_or(&[][..], Vec::as_slice);
                (
                    ids.iter()
                        .copied()
                        .filter(|id| *id > after)
                        .take(limit + 1)
                        .collect(),
                    ids.len(),
                )
            }
            None => (
                (after + 1..=self.heads.len() as u64)
                    .take(limit + 1)
                    .collect(),
                self.heads.len(),
            ),
        };
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = if more { ids.last().copied() } else { None };
        let heads = ids
            .into_iter()
            .filter_map(|id| self.heads.get(place(id)?).cloned())
            .collect();
        (heads, next, total as u64)
    }
}

/// Where the message of an id stands in the lists.
fn place(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(1)?).ok()
}

/// A thousand messages to a folder, so that no folder grows without end.
fn file_of(folder: &Path, id: u64) -> PathBuf {
    folder
        .join(format!("{:04}", id / 1_000))
        .join(format!("{id:08}.eml"))
}
