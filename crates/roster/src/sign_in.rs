//! The sign-in of a person with the account of a connected client service, which alone knows the password.

use model::{ComponentKind, EntryId, Secret};
use store::{
    Store,
    connections::{self, Connection},
    records,
};

use crate::{Error, connections as ours};

/// Whose account a login and password open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedIn {
    /// The entry that the account belongs to.
    As(EntryId),
    /// An account that is on no entry yet.
    Unknown,
    /// Login and password do not belong together.
    Nobody,
}

/// Whether there is a client service to sign in at.
pub async fn can_sign_in(store: &Store) -> Result<bool, Error> {
    Ok(!services(store).await?.is_empty())
}

async fn services(store: &Store) -> Result<Vec<Connection>, Error> {
    let mut all = connections::list(store).await?;
    let signs_in = |connection: &Connection| {
        let is_one = connection.kind == ComponentKind::ClientService;
        is_one && !connection.paused && ours::is_ready(connection)
    };
    all.retain(signs_in);
    Ok(all)
}

/// Asks every client service in turn whose account this is; each is asked, whether or not the login is known here.
///
/// # Errors
/// [`Error::Component`] where none knows the account and one of them could not be asked.
pub async fn sign_in(store: &Store, login: &str, password: &Secret) -> Result<SignedIn, Error> {
    let mut trouble = None;
    for connection in services(store).await? {
        let asked = match ours::open(store, &connection).await {
            Ok(mut component) => component
                .sign_in(login, password)
                .await
                .map_err(|source| ours::of(&connection, source)),
            Err(error) => Err(error),
        };
        match asked {
            Ok(Some(account)) => {
                let entry = records::entry_of(store, connection.id, &account).await?;
                return Ok(entry.map_or(SignedIn::Unknown, SignedIn::As));
            }
            Ok(None) => {}
            Err(error) => trouble = Some(error),
        }
    }
    trouble.map_or(Ok(SignedIn::Nobody), Err)
}
