//! How often a password may be guessed at `/me`, and a link asked for: quickly by one network for one login or address, and slowly for
//! one login from everywhere. Nobody who guesses shuts the way of the other kind.

use console::me::Trouble;
use landing::{Allowance, Tries, Visitor};
use model::{Actor, Timestamp, User, UserId, text::fold};
use store::{ListQuery, Store, audit, users};

/// By one network, for one login or address: ten a minute. [`Trouble::Busy`] tells its time.
const QUICK: [Allowance; 2] = [Allowance::new(10, 6_000), Allowance::UNLIMITED];
/// For one login, from everywhere: so many, and one more every ten minutes, which [`Trouble::Guessed`] tells.
const SLOW: [Allowance; 2] = [Allowance::new(30, 600_000), Allowance::UNLIMITED];
/// That they are used up is noted once a day for each login.
const NOTED: [Allowance; 2] = [Allowance::new(1, 86_400_000), Allowance::UNLIMITED];
/// So many people are looked at for whose login it is.
const LOOKED_AT: i64 = 50;

/// What is guessed and asked for.
#[derive(Debug)]
pub(crate) struct Guesses {
    logins: Tries<(String, Visitor)>,
    everywhere: Tries<String>,
    noted: Tries<String>,
    addresses: Tries<(String, Visitor)>,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            logins: Tries::new(QUICK),
            everywhere: Tries::new(SLOW),
            noted: Tries::new(NOTED),
            addresses: Tries::new(QUICK),
        }
    }
}

impl Guesses {
    /// Counts a try of a password for this login; what stands in its way. The first time that too many were tried from everywhere is
    /// noted in the audit.
    pub(crate) async fn take(
        &self,
        store: &Store,
        login: &str,
        from: Visitor,
    ) -> Result<Option<Trouble>, store::Error> {
        let (now, key) = (store.env().now().0, fold(login));
        if !self.logins.take((key.clone(), from), now) {
            return Ok(Some(Trouble::Busy));
        }
        if self.everywhere.take(key.clone(), now) {
            return Ok(None);
        }
        if self.noted.take(key, now) {
            note(store, login).await?;
        }
        Ok(Some(Trouble::Guessed))
    }

    /// The password was right.
    pub(crate) fn forget(&self, login: &str, from: Visitor) {
        let key = fold(login);
        self.everywhere.forget(&key);
        self.logins.forget(&(key, from));
    }

    /// Whether a link to this address may be asked for; counts it.
    pub(crate) fn asks(&self, address: &str, from: Visitor, now: Timestamp) -> bool {
        self.addresses.take((fold(address), from), now.0)
    }
}

/// Notes that too many passwords were tried for a login: whose it is, and nothing of what was typed where it is nobody's, for that may
/// be a password.
async fn note(store: &Store, login: &str) -> Result<(), store::Error> {
    let (subject, detail) = match owner(store, login).await? {
        Some(user) => (
            user.id.to_string(),
            format!("login {}", user.served().login),
        ),
        None => (String::new(), "a login that nobody here has".to_owned()),
    };
    let tx = store.begin().await?;
    audit::append(&tx, &Actor::system(), "sign-in.guessed", subject, &detail).await?;
    tx.commit().await
}

async fn owner(store: &Store, login: &str) -> Result<Option<User>, store::Error> {
    let Ok(words) = store::words(login) else {
        return Ok(None);
    };
    let query = ListQuery {
        words,
        ..ListQuery::default()
    };
    let none = UserId(uuid::Uuid::nil());
    let found = users::matching_after(store, &query, none, LOOKED_AT).await?;
    let is_its = |user: &User| fold(&user.served().login) == fold(login);
    Ok(found.into_iter().find(is_its))
}
