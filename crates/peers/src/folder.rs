//! A peer's temporary folder, and the account that a server runs under when the tests run as root.

use std::{
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// An operating system account: some servers refuse to run as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account of `name` where the tests run as root; `None` where they run as an ordinary user already.
    pub(crate) fn below_root(name: &str) -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = std::fs::read_to_string("/etc/passwd")
            .context("cannot read the accounts of this machine")?;
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(name));
        let mut fields = line
            .with_context(|| format!("this machine has no account `{name}`"))?
            .split(':')
            .skip(2);
        let mut number = || fields.next().and_then(|field| field.parse().ok());
        let (uid, gid) = number()
            .zip(number())
            .context("an account has two numbers")?;
        Ok(Some(Self { uid, gid }))
    }

    /// Gives it a file or folder.
    pub(crate) fn owns(self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot give {} away", path.display()))
    }
}

/// A temporary folder, removed with its handle; its files may belong to another account.
#[derive(Debug)]
pub(crate) struct Folder {
    directory: TempDir,
    owner: Option<Account>,
}

impl Folder {
    /// Makes an empty folder; `owner` is who may write in it besides root.
    pub(crate) fn new(peer: &str, owner: Option<Account>) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("rollcall-{peer}-"))
            .tempdir()?;
        let folder = Self { directory, owner };
        folder.give(folder.path())?;
        Ok(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The path of a file in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Lets other accounts reach what lies in it and is open to them.
    pub(crate) fn let_through(&self) -> Result<()> {
        let mode = std::fs::Permissions::from_mode(0o711);
        Ok(std::fs::set_permissions(self.path(), mode)?)
    }

    /// Writes a file that the owner, and nobody else but root, can read.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.join(name);
        std::fs::write(&path, content)
            .with_context(|| format!("cannot write {}", path.display()))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        self.give(&path)?;
        Ok(path)
    }

    /// Makes a folder in it.
    pub(crate) fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        std::fs::create_dir_all(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
        self.give(&path)?;
        Ok(path)
    }

    /// A command that runs in this folder as its owner.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        if let Some(Account { uid, gid }) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn give(&self, path: &Path) -> Result<()> {
        match self.owner {
            Some(owner) if path.metadata()?.uid() != owner.uid => owner.owns(path),
            _ => Ok(()),
        }
    }
}
