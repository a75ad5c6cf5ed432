//! What each page of a connection's last scan held, as the component wrote it: the next scan need not read again what stands there
//! unchanged. A record that was told otherwise since, by another way or on another page, is not answered.

use std::collections::HashMap;

use model::{ConnectionId, RecordId};

use crate::{
    Result, Store, Tx,
    sql::{self, blob, list},
};

/// 16 bytes of SHA-256 over a record as its component wrote it.
pub type Print = [u8; 16];

/// One record of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// How the component wrote it.
    pub print: Print,
    /// The record that was made of it.
    pub record: RecordId,
    /// What it said: [`model::Record::content_hash`].
    pub content: [u8; 16],
}

const SIZE: usize = 40;

impl Held {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.print);
        to.extend(self.record.0.to_be_bytes());
        to.extend(self.content);
    }

    fn read(bytes: &[u8; SIZE]) -> Self {
        let (print, rest) = bytes.split_first_chunk().expect("40 bytes begin with 16");
        let (record, content) = rest.split_first_chunk().expect("then come 8");
        Self {
            print: *print,
            record: RecordId(i64::from_be_bytes(*record)),
            content: content.try_into().expect("and 16"),
        }
    }
}

/// What page `page` of the last scan held, as far as it is present and says still what it said there. Nothing where another `form` of
/// the program read it.
pub async fn held(
    store: &Store,
    connection: ConnectionId,
    page: i64,
    form: i64,
) -> Result<Vec<Held>> {
    let text = "SELECT held FROM scanned_page WHERE connection_id = $1 AND page = $2 AND form = $3";
    let values = vec![connection.0.into(), page.into(), form.into()];
    let Some(row) = sql::one(store, text, values).await? else {
        return Ok(vec![]);
    };
    let bytes: Vec<u8> = row.get(0)?;
    let (items, _) = bytes.as_chunks();
    let held: Vec<Held> = items.iter().map(Held::read).collect();
    let mut now = HashMap::with_capacity(held.len());
    for chunk in held.chunks(1000) {
        let text = format!(
            "SELECT id, connection_id, hash FROM record WHERE id IN ({}) AND NOT gone",
            list(1, chunk.len())
        );
        let ids = chunk.iter().map(|held| held.record.0.into()).collect();
        for row in sql::all(store, &text, ids).await? {
            if row.get::<uuid::Uuid>(1)? == connection.0 {
                now.insert(row.get::<i64>(0)?, row.bytes(2, "record hash")?);
            }
        }
    }
    let is_so = |held: &Held| now.get(&held.record.0) == Some(&held.content);
    Ok(held.into_iter().filter(is_so).collect())
}

/// Keeps what a page held.
pub async fn keep(
    tx: &Tx,
    connection: ConnectionId,
    page: i64,
    form: i64,
    held: &[Held],
) -> Result<()> {
    let mut bytes = Vec::with_capacity(held.len() * SIZE);
    for held in held {
        held.write(&mut bytes);
    }
    let text = "INSERT INTO scanned_page (connection_id, page, form, held) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (connection_id, page) DO UPDATE SET form = excluded.form, held = excluded.held";
    let values = vec![connection.0.into(), page.into(), form.into(), blob(bytes)];
    sql::run(tx, text, values).await.map(drop)
}

/// Forgets the pages from `page` on: the scan had no more.
pub async fn forget_from(tx: &Tx, connection: ConnectionId, page: i64) -> Result<()> {
    let text = "DELETE FROM scanned_page WHERE connection_id = $1 AND page >= $2";
    sql::run(tx, text, vec![connection.0.into(), page.into()])
        .await
        .map(drop)
}
