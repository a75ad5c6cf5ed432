//! Administrators, their sessions and API tokens, and the one-time set-up token. Only hashes are kept.

use model::{AdminId, Role, Timestamp, TokenId, text::fold};

use crate::{
    Error, Result, Store, Tx,
    sealing::sha256,
    sql::{self, Row, blob},
};

/// One administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Its id.
    pub id: AdminId,
    /// The name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

fn administrator(row: &Row) -> Result<Administrator> {
    Ok(Administrator {
        id: AdminId(row.get(0)?),
        name: row.get(1)?,
        role: row.named(2, "role", Role::parse)?,
    })
}

/// Adds an administrator.
pub async fn add_administrator(
    tx: &Tx,
    name: &str,
    password_hash: &str,
    role: Role,
) -> Result<Administrator> {
    let id = AdminId::new(tx.env());
    let values = vec![
        id.0.into(),
        name.into(),
        fold(name).into(),
        password_hash.into(),
        role.name().into(),
        tx.env().now().0.into(),
    ];
    let text = "INSERT INTO administrator (id, name, name_key, password_hash, role, created_at) VALUES ($1,$2,$3,$4,$5,$6)";
    sql::run(tx, text, values).await?;
    Ok(Administrator {
        id,
        name: name.to_owned(),
        role,
    })
}

/// How many administrators there are.
pub async fn count_administrators(store: &Store) -> Result<i64> {
    let row = sql::one(store, "SELECT COUNT(*) FROM administrator", vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The administrator of that name with its password hash.
pub async fn find_administrator(
    store: &Store,
    name: &str,
) -> Result<Option<(Administrator, String)>> {
    let text = "SELECT id, name, role, password_hash FROM administrator WHERE name_key = $1";
    let row = sql::one(store, text, vec![fold(name).into()]).await?;
    row.map(|row| Ok((administrator(&row)?, row.get(3)?)))
        .transpose()
}

/// Keeps a session's token, as its hash.
pub async fn add_session(tx: &Tx, token: &str, of: AdminId, expires: Timestamp) -> Result<()> {
    let now = tx.env().now().0;
    let values = vec![
        blob(sha256(token)),
        of.0.into(),
        now.into(),
        now.into(),
        expires.0.into(),
    ];
    let text = "INSERT INTO session (token_hash, administrator_id, created_at, seen_at, expires_at) VALUES ($1,$2,$3,$4,$5)";
    sql::run(tx, text, values).await?;
    sql::run(
        tx,
        "DELETE FROM session WHERE expires_at < $1",
        vec![now.into()],
    )
    .await
    .map(drop)
}

/// Who a session's token belongs to, while it lives.
pub async fn find_session(store: &Store, token: &str) -> Result<Option<Administrator>> {
    let text = "SELECT a.id, a.name, a.role FROM session s JOIN administrator a ON a.id = s.administrator_id \
                WHERE s.token_hash = $1 AND s.expires_at > $2";
    let row = sql::one(
        store,
        text,
        vec![blob(sha256(token)), store.env().now().0.into()],
    )
    .await?;
    row.as_ref().map(administrator).transpose()
}

/// Ends a session.
pub async fn end_session(tx: &Tx, token: &str) -> Result<()> {
    sql::run(
        tx,
        "DELETE FROM session WHERE token_hash = $1",
        vec![blob(sha256(token))],
    )
    .await
    .map(drop)
}

/// Keeps an API token, as its hash.
pub async fn add_token(tx: &Tx, token: &str, of: AdminId, name: &str) -> Result<TokenId> {
    let id = TokenId::new(tx.env());
    let values = vec![
        id.0.into(),
        blob(sha256(token)),
        of.0.into(),
        name.into(),
        tx.env().now().0.into(),
    ];
    let text = "INSERT INTO api_token (id, token_hash, administrator_id, name, created_at) VALUES ($1,$2,$3,$4,$5)";
    sql::run(tx, text, values).await?;
    Ok(id)
}

/// Who an API token belongs to.
pub async fn find_token(store: &Store, token: &str) -> Result<Option<Administrator>> {
    let text = "SELECT a.id, a.name, a.role FROM api_token t JOIN administrator a ON a.id = t.administrator_id \
                WHERE t.token_hash = $1";
    let row = sql::one(store, text, vec![blob(sha256(token))]).await?;
    row.as_ref().map(administrator).transpose()
}

/// Makes this the only set-up token.
pub async fn set_setup_token(tx: &Tx, token: &str) -> Result<()> {
    sql::run(tx, "DELETE FROM setup_token", vec![]).await?;
    let values = vec![blob(sha256(token)), tx.env().now().0.into()];
    sql::run(
        tx,
        "INSERT INTO setup_token (token_hash, created_at) VALUES ($1,$2)",
        values,
    )
    .await
    .map(drop)
}

/// Uses the set-up token up.
///
/// # Errors
/// [`Error::Missing`] where it is not the one.
pub async fn use_setup_token(tx: &Tx, token: &str) -> Result<()> {
    let used = sql::run(
        tx,
        "DELETE FROM setup_token WHERE token_hash = $1",
        vec![blob(sha256(token))],
    )
    .await?;
    let others = sql::one(tx, "SELECT COUNT(*) FROM administrator", vec![]).await?;
    let others: i64 = others.map_or(Ok(0), |row| row.get(0))?;
    if used == 1 && others == 0 {
        Ok(())
    } else {
        Err(Error::Missing("set-up token"))
    }
}
