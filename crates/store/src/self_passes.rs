//! What lets a person in who is no administrator: mailed links that work once, and the short sessions that they or a password
//! begin. Only hashes are kept.

use model::{Timestamp, UserId};
use sea_orm::Value;

use crate::{
    Result, Store, Tx,
    sealing::sha256,
    sql::{self, Row, blob, list},
};

/// What a pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Stands in a mailed link, and begins one session.
    Link,
    /// Stands in a cookie.
    Session,
}

impl Pass {
    const fn is_session(self) -> bool {
        matches!(self, Self::Session)
    }
}

/// Keeps a pass as its hash; those whose end has come are forgotten.
pub async fn add(tx: &Tx, pass: Pass, token: &str, of: UserId, expires: Timestamp) -> Result<()> {
    let text = "DELETE FROM self_pass WHERE expires_at <= $1";
    sql::run(tx, text, vec![tx.env().now().0.into()]).await?;
    let values = vec![
        blob(sha256(token)),
        of.0.into(),
        pass.is_session().into(),
        expires.0.into(),
    ];
    let text =
        "INSERT INTO self_pass (token_hash, user_id, is_session, expires_at) VALUES ($1,$2,$3,$4)";
    sql::run(tx, text, values).await.map(drop)
}

/// Whom a pass lets in, while it lives.
pub async fn find(store: &Store, pass: Pass, token: &str) -> Result<Option<UserId>> {
    let text = "SELECT user_id FROM self_pass WHERE token_hash = $1 AND is_session = $2 AND expires_at > $3";
    let values = asked(pass, token, store.env().now());
    user(sql::one(store, text, values).await?)
}

/// Uses a pass up: whom it let in, if it lived.
pub async fn take(tx: &Tx, pass: Pass, token: &str) -> Result<Option<UserId>> {
    let text = "DELETE FROM self_pass WHERE token_hash = $1 AND is_session = $2 AND expires_at > $3 RETURNING user_id";
    let values = asked(pass, token, tx.env().now());
    user(sql::one(tx, text, values).await?)
}

fn asked(pass: Pass, token: &str, now: Timestamp) -> Vec<Value> {
    let hash = blob(sha256(token));
    vec![hash, pass.is_session().into(), now.0.into()]
}

fn user(row: Option<Row>) -> Result<Option<UserId>> {
    row.map(|row| row.get(0).map(UserId)).transpose()
}

/// Ends the passes of users; `but` is the token of one that stays.
pub async fn end(tx: &Tx, users: &[UserId], but: Option<&str>) -> Result<()> {
    for chunk in users.chunks(1000) {
        let places = list(2, chunk.len());
        let text =
            format!("DELETE FROM self_pass WHERE token_hash <> $1 AND user_id IN ({places})");
        let mut values = vec![blob(but.map_or([0; 32], sha256))];
        values.extend(chunk.iter().map(|id| id.0.into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}
