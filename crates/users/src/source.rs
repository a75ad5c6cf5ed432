//! Where a person's SIP account comes from: of an entry's records, the one whose component keeps accounts.

use std::collections::HashMap;

use model::{ComponentKind, ConnectionId};
use store::{Store, connections, records::Stored};

/// The kind of every connection.
pub type Kinds = HashMap<ConnectionId, ComponentKind>;

/// Reads the kinds of all connections.
pub async fn kinds(store: &Store) -> Result<Kinds, store::Error> {
    Ok(connections::list(store)
        .await?
        .into_iter()
        .map(|c| (c.id, c.kind))
        .collect())
}

/// The record that the SIP account comes from.
pub fn sip_record<'r>(records: &'r [Stored], kinds: &Kinds) -> Option<&'r Stored> {
    records.iter().find(|stored| {
        !stored.record.sip_user.is_empty()
            && kinds.get(&stored.connection) == Some(&ComponentKind::Mbg)
    })
}

/// What is known of the account's secret: nothing at all, that it can be made, or that it is there.
pub fn held(record: Option<&Stored>) -> (bool, bool) {
    (
        record.is_some(),
        record.is_some_and(|stored| stored.secret.is_some()),
    )
}
