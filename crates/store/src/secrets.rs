//! The one table of sealed values; records, connections and deployments refer to it.

use std::collections::HashMap;

use model::{Secret, SecretId};

use crate::{
    Error, Result, Store, Tx,
    sql::{self, Runs, blob, bulk, list},
};

/// What a secret is for; part of what its seal is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// How a connection signs in at its component.
    Connection,
    /// The password of a SIP account.
    Sip,
    /// The PIN of a voice mail box.
    Voicemail,
    /// A person's password at the client service.
    ClientService,
    /// Ticket and code of a deployment that is not sent yet.
    Ticket,
    /// The key that signs publications.
    PublicationKey,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Sip => "sip",
            Self::Voicemail => "voicemail",
            Self::ClientService => "client-service",
            Self::Ticket => "ticket",
            Self::PublicationKey => "publication-key",
        }
    }
}

/// Seals and keeps values; their ids in the same order.
pub async fn keep(tx: &Tx, purpose: Purpose, values: &[Secret]) -> Result<Vec<SecretId>> {
    let mut ids = Vec::with_capacity(values.len());
    let mut rows = Vec::with_capacity(values.len());
    for value in values {
        let id = SecretId::new(tx.env());
        let sealed = tx
            .sealer()
            .seal(tx.env(), id.0, purpose.name(), value.expose());
        rows.push(vec![
            id.0.into(),
            purpose.name().into(),
            tx.sealer().key_id().into(),
            blob(sealed),
            tx.env().now().0.into(),
        ]);
        ids.push(id);
    }
    bulk(
        tx,
        "INSERT INTO secret (id, purpose, key_id, sealed, created_at)",
        rows,
        "",
    )
    .await?;
    Ok(ids)
}

/// Opens one value.
pub async fn open(store: &Store, purpose: Purpose, id: SecretId) -> Result<Secret> {
    let mut found = open_many(store, purpose, &[id]).await?;
    found.remove(&id).ok_or(Error::Missing("secret"))
}

/// Opens many values; those that are not there are left out.
pub async fn open_many(
    store: &Store,
    purpose: Purpose,
    ids: &[SecretId],
) -> Result<HashMap<SecretId, Secret>> {
    open_on(store, store.sealer(), purpose, ids).await
}

/// Opens many values within a transaction.
pub async fn open_many_in(
    tx: &Tx,
    purpose: Purpose,
    ids: &[SecretId],
) -> Result<HashMap<SecretId, Secret>> {
    open_on(tx, tx.sealer(), purpose, ids).await
}

async fn open_on(
    on: &impl Runs,
    sealer: &crate::sealing::Sealer,
    purpose: Purpose,
    ids: &[SecretId],
) -> Result<HashMap<SecretId, Secret>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT id, sealed FROM secret WHERE id IN ({})",
            list(1, chunk.len())
        );
        for row in sql::all(on, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            let id = SecretId(row.get(0)?);
            let bytes = row.get::<Vec<u8>>(1)?;
            found.insert(id, unsealed(sealer, purpose, id, &bytes)?);
        }
    }
    Ok(found)
}

/// Opens a value that was read beside other things.
pub(crate) fn unsealed(
    sealer: &crate::sealing::Sealer,
    purpose: Purpose,
    id: SecretId,
    bytes: &[u8],
) -> Result<Secret> {
    let plain = sealer.open(id.0, purpose.name(), bytes)?;
    let text = std::str::from_utf8(&plain).map_err(|_| Error::Sealed)?;
    Ok(Secret::new(text))
}

/// The oldest value of a purpose that has only one, such as the key that signs publications.
pub async fn find(store: &Store, purpose: Purpose) -> Result<Option<Secret>> {
    let text = "SELECT id FROM secret WHERE purpose = $1 ORDER BY created_at, id LIMIT 1";
    match sql::one(store, text, vec![purpose.name().into()]).await? {
        Some(row) => open(store, purpose, SecretId(row.get(0)?)).await.map(Some),
        None => Ok(None),
    }
}

/// Opens some value, to see whether the key fits what was sealed: false where nothing is sealed.
pub async fn try_one(store: &Store) -> Result<bool> {
    let text = "SELECT id, purpose, sealed FROM secret LIMIT 1";
    let Some(row) = sql::one(store, text, vec![]).await? else {
        return Ok(false);
    };
    let purpose: String = row.get(1)?;
    let sealed: Vec<u8> = row.get(2)?;
    store.sealer().open(row.get(0)?, &purpose, &sealed)?;
    Ok(true)
}

/// Erases values for good.
pub async fn erase(tx: &Tx, ids: &[SecretId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let text = format!("DELETE FROM secret WHERE id IN ({})", list(1, chunk.len()));
        sql::run(tx, &text, chunk.iter().map(|id| id.0.into()).collect()).await?;
    }
    Ok(())
}

/// HMAC-SHA-256 of a typed code in its compared form ([`model::ticket::code_key`]).
pub fn code_mac(store: &Store, code_key: &str) -> [u8; 32] {
    store.sealer().code_mac(code_key)
}
