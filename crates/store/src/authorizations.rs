//! Authorizations that were asked for at a component and not yet given: one per connection, each with its single-use state.

use model::{AdminId, ConnectionId, SecretId, Timestamp};

use crate::{
    Result, Store, Tx,
    sealing::sha256,
    secrets,
    sql::{self, Row, Runs, blob},
};

/// An authorization that a component was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// For which connection.
    pub connection: ConnectionId,
    /// The id of the request token.
    pub token_id: String,
    /// Its secret, sealed.
    pub secret: SecretId,
    /// Who asked.
    pub administrator: AdminId,
    /// When.
    pub at: Timestamp,
    session_hash: Option<Vec<u8>>,
}

impl Pending {
    /// Whether this administrator, in this session, is the one who asked. What was asked for without a session (by an API
    /// token) belongs to every session of its administrator.
    pub fn is_of(&self, administrator: AdminId, session: &str) -> bool {
        let of_session = |hash: &Vec<u8>| hash.as_slice() == sha256(session).as_slice();
        self.administrator == administrator && self.session_hash.as_ref().is_none_or(of_session)
    }
}

const COLUMNS: &str =
    "connection_id, token_id, secret_id, administrator_id, created_at, session_hash";

fn read(row: &Row) -> Result<Pending> {
    Ok(Pending {
        connection: ConnectionId(row.get(0)?),
        token_id: row.get(1)?,
        secret: SecretId(row.get(2)?),
        administrator: AdminId(row.get(3)?),
        at: Timestamp(row.get(4)?),
        session_hash: row.get(5)?,
    })
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// For which connection.
    pub connection: ConnectionId,
    /// The id of the request token.
    pub token_id: &'a str,
    /// Its secret, sealed.
    pub secret: SecretId,
    /// The state in the callback's address; only its hash is kept.
    pub state: &'a str,
    /// Who asks.
    pub administrator: AdminId,
    /// In which session, by its token; only its hash is kept.
    pub session: Option<&'a str>,
}

/// Keeps a request; it takes the place of an earlier one.
pub async fn ask(tx: &Tx, asked: Asked<'_>) -> Result<()> {
    withdraw(tx, asked.connection).await?;
    let values = vec![
        asked.connection.0.into(),
        blob(sha256(asked.state)),
        asked.token_id.into(),
        asked.secret.0.into(),
        asked.administrator.0.into(),
        asked.session.map(|token| sha256(token).to_vec()).into(),
        tx.env().now().0.into(),
    ];
    let text = "INSERT INTO authorization_request (connection_id, state_hash, token_id, secret_id, administrator_id, session_hash, \
                created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)";
    sql::run(tx, text, values).await.map(drop)
}

/// The request of a connection, if one is open.
pub async fn find(store: &Store, connection: ConnectionId) -> Result<Option<Pending>> {
    let text = format!("SELECT {COLUMNS} FROM authorization_request WHERE connection_id = $1");
    found(store, &text, vec![connection.0.into()]).await
}

/// The request of this state; within a transaction, so that it can be used up.
pub async fn find_by_state(tx: &Tx, state: &str) -> Result<Option<Pending>> {
    let text = format!("SELECT {COLUMNS} FROM authorization_request WHERE state_hash = $1");
    found(tx, &text, vec![blob(sha256(state))]).await
}

async fn found(on: &impl Runs, text: &str, values: Vec<sea_orm::Value>) -> Result<Option<Pending>> {
    sql::one(on, text, values)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Ends the request of a connection and erases its secret: false where there is none (any more).
pub async fn withdraw(tx: &Tx, connection: ConnectionId) -> Result<bool> {
    let text = "DELETE FROM authorization_request WHERE connection_id = $1 RETURNING secret_id";
    let Some(row) = sql::one(tx, text, vec![connection.0.into()]).await? else {
        return Ok(false);
    };
    secrets::erase(tx, &[SecretId(row.get(0)?)]).await?;
    Ok(true)
}
