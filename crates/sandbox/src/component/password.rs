//! Set-side passwords: made by the MBG on demand, each making replaces the one before.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};

/// The passwords an MBG made. Keeps a counter per device, so that a million devices stay cheap.
#[derive(Debug)]
pub(crate) struct Passwords {
    seed: u64,
    made: Mutex<BTreeMap<String, u32>>,
}

impl Passwords {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            made: Mutex::default(),
        }
    }

    /// Makes a new password for a device.
    pub(crate) fn make(&self, id: &str) -> String {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let times = made.entry(id.to_owned()).or_insert(0);
        *times += 1;
        self.password(id, *times)
    }

    /// Every device that has a password, with the newest.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter()
            .map(|(id, times)| (id.clone(), self.password(id, *times)))
            .collect()
    }

    /// 24 characters of base-32-like text: nothing that a digest, a URL or a shell could trip over.
    fn password(&self, id: &str, times: u32) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let hash = Sha256::digest(format!("{}/set-side/{id}/{times}", self.seed));
        hash.iter()
            .take(24)
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_replaces_the_old_one() {
        let passwords = Passwords::new(1);
        let first = passwords.make("d1");
        let second = passwords.make("d1");
        assert_ne!(first, second);
        assert_eq!(passwords.list(), [("d1".to_owned(), second)]);
    }
}
