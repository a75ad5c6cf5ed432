//! People who are no administrators: a mailed link or a checked account begins a short session, which opens their own page and
//! nothing else.

use model::{Actor, Secret, UserId};
use store::{
    Store, Tx, audit,
    self_passes::{self, Pass},
    users,
};

use crate::{Error, sign_in::new_token};

/// How long a person's session lasts.
pub const PERSON_SESSION_S: i64 = 30 * 60;

/// Begins the session of a person whose account was checked: its token, which goes into a cookie and nowhere else.
pub async fn begin(store: &Store, user: UserId) -> Result<Secret, Error> {
    let tx = store.begin().await?;
    let token = begin_in(&tx, user, "with their account").await?;
    tx.commit().await?;
    Ok(token)
}

/// Uses a mailed link up and begins its person's session; none where it does not work (any more).
pub async fn begin_by_link(store: &Store, link: &Secret) -> Result<Option<Secret>, Error> {
    let tx = store.begin().await?;
    let Some(user) = self_passes::take(&tx, Pass::Link, link.expose()).await? else {
        return Ok(None);
    };
    let token = begin_in(&tx, user, "by e-mail").await?;
    tx.commit().await?;
    Ok(Some(token))
}

async fn begin_in(tx: &Tx, user: UserId, way: &str) -> Result<Secret, Error> {
    let token = new_token(tx.env());
    let expires = tx.env().now().plus_s(PERSON_SESSION_S);
    self_passes::add(tx, Pass::Session, token.expose(), user, expires).await?;
    let actor = Actor::person(user);
    users::note(tx, &[(user, "signed-in", way.to_owned())], &actor).await?;
    audit::append(tx, &actor, "user.signed-in", user, way).await?;
    Ok(token)
}

/// Whether a mailed link works; nothing is used up.
pub async fn link_works(store: &Store, link: &Secret) -> Result<bool, Error> {
    let found = self_passes::find(store, Pass::Link, link.expose()).await?;
    Ok(found.is_some())
}

/// Who asks, by a session's token.
pub async fn by_session(store: &Store, token: &Secret) -> Result<Option<UserId>, Error> {
    Ok(self_passes::find(store, Pass::Session, token.expose()).await?)
}

/// Ends a session.
pub async fn end(store: &Store, token: &Secret) -> Result<(), Error> {
    let tx = store.begin().await?;
    self_passes::take(&tx, Pass::Session, token.expose()).await?;
    Ok(tx.commit().await?)
}
