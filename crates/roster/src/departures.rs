//! The way out of a held scan: a person confirms that the records it did not see are really gone.

use model::{Actor, ConnectionId, Order};
use store::{
    Store,
    connections::{self, Connection},
    jobs, records,
};

use crate::Error;

/// How many of the people are named.
const NAMED: i64 = 10;

/// What a held scan did not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Records that were there and were not seen.
    pub unseen: i64,
    /// Records that were there.
    pub all: i64,
    /// Some of the unseen ones, as people call them.
    pub some: Vec<String>,
}

/// What the held scan of a connection did not see; none where nothing is held.
pub async fn held(store: &Store, connection: &Connection) -> Result<Option<Held>, Error> {
    let Some(scan) = connection.scan.held else {
        return Ok(None);
    };
    let some = records::unseen_some(store, connection.id, scan, NAMED).await?;
    let tx = store.begin().await?;
    let (unseen, all) = records::unseen(&tx, connection.id, scan).await?;
    tx.commit().await?;
    Ok(Some(Held {
        unseen,
        all,
        some: some
            .into_iter()
            .map(|stored| called(&stored.record))
            .collect(),
    }))
}

fn called(record: &model::Record) -> String {
    let name = format!("{} {}", record.first_name, record.last_name);
    [
        name.trim(),
        &record.display_name,
        &record.mbg_user_name,
        &record.source_id,
    ]
    .into_iter()
    .find(|text| !text.is_empty())
    .unwrap_or_default()
    .to_owned()
}

/// Takes the records that the held scan did not see for gone: the scan was complete after all. `count` is the number that
/// the person saw.
///
/// # Errors
/// [`Error::Conflict`] where nothing is held any more, or another number of records would be gone now.
pub async fn confirm(
    store: &Store,
    id: ConnectionId,
    count: i64,
    actor: &Actor,
) -> Result<(), Error> {
    let tx = store.begin().await?;
    let connection = connections::get_in(&tx, id).await?;
    let Some(scan) = connection.scan.held else {
        return Err(Error::Conflict {
            what: "no scan of this connection is held (any more)",
            hint: "look at the connection again; a newer scan may have found the records",
        });
    };
    let (unseen, _) = records::unseen(&tx, id, scan).await?;
    if unseen != count {
        return Err(Error::Conflict {
            what: "another number of records would be gone now",
            hint: "look at the connection again and confirm the number that it shows",
        });
    }
    records::mark_gone(&tx, id, scan).await?;
    connections::confirm(&tx, id, actor, &format!("{count} records")).await?;
    jobs::enqueue(&tx, &Order::Join, 0, Some("join"), actor).await?;
    Ok(tx.commit().await?)
}
