//! Passwords: argon2id with its recommended cost (RFC 9106, section 4, second choice), off the async threads, a few
//! at a time so that a flood of sign-ins cannot take the memory.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use model::{Env, Secret};
use tokio::sync::Semaphore;

use crate::Error;

/// The shortest password, in characters.
pub const PASSWORD_MIN: usize = 12;

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(2)),
        }
    }
}

impl Passwords {
    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Error::Unfit`] where it is too short or endlessly long.
    pub async fn hash(&self, password: &Secret, env: &Env) -> Result<String, Error> {
        match password.expose().chars().count() {
            0..PASSWORD_MIN => return Err(Error::Unfit("a password needs at least 12 characters")),
            513.. => return Err(Error::Unfit("a password may have 512 characters")),
            _ => {}
        }
        let (password, salt) = (password.clone(), env.random::<16>());
        let hash = self
            .in_turn(move || {
                Argon2::default()
                    .hash_password_with_salt(password.expose().as_bytes(), &salt)
                    .map(|hash| hash.to_string())
            })
            .await;
        Ok(hash.expect("argon2's own parameters and a 16 byte salt are valid"))
    }

    /// Whether the password belongs to the hash. Without a hash the same time is spent and the answer is no.
    pub async fn check(&self, password: &Secret, hash: Option<String>) -> bool {
        /// The hash of nobody's password, with the parameters of everybody's.
        const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let fits = self
            .in_turn(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default()
                        .verify_password(password.expose().as_bytes(), &hash)
                        .is_ok()
                })
            })
            .await;
        fits && known
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _turn = self
            .turns
            .acquire()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work)
            .await
            .expect("hashing does not panic")
    }
}
