//! SQLite belongs to one process: a lock on the data folder says so before anything is opened.

use std::{fs::File, path::Path};

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};

/// Holds the data folder until dropped.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock, or says who stands in the way.
    pub(crate) fn take(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("lock");
        let file = File::create(&path)
            .with_context(|| format!("cannot write to the data folder {}", data.display()))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            anyhow::anyhow!(
                "another rollcall process uses the data folder {}\n  hint: end it first; several processes need PostgreSQL (`database_url`)",
                data.display()
            )
        })?;
        Ok(Self { _file: file })
    }
}
