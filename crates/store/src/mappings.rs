//! What people said about the columns of files, kept for the next file with the same header.

use model::{Actor, Timestamp};

use crate::{
    Result, Store, Tx, audit,
    sql::{self, blob},
};

/// What was said about a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Headings with columns, as JSON.
    pub columns: String,
    /// Who said it.
    pub actor: String,
    /// When.
    pub changed_at: Timestamp,
}

/// What was said last about a header, by its hash.
pub async fn find(store: &Store, header: [u8; 16]) -> Result<Option<Mapping>> {
    let text = "SELECT columns, actor, changed_at FROM column_mapping WHERE header = $1";
    let row = sql::one(store, text, vec![blob(header)]).await?;
    row.map(|row| {
        Ok(Mapping {
            columns: row.get(0)?,
            actor: row.get(1)?,
            changed_at: Timestamp(row.get(2)?),
        })
    })
    .transpose()
}

/// Keeps what was said about a header, in place of what was said before.
pub async fn keep(tx: &Tx, header: [u8; 16], columns: &str, actor: &Actor) -> Result<()> {
    let text = "INSERT INTO column_mapping (header, columns, actor, changed_at) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (header) DO UPDATE SET columns = excluded.columns, actor = excluded.actor, \
                changed_at = excluded.changed_at";
    let values = vec![
        blob(header),
        columns.into(),
        actor.0.clone().into(),
        tx.env().now().0.into(),
    ];
    sql::run(tx, text, values).await?;
    audit::append(tx, actor, "columns.mapped", "files", columns).await
}
