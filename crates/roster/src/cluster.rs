//! Clusters: the nodes of one hold the same data, so that of several connections to them one reads the records.

use model::cluster::is_same;
use store::{
    Store,
    connections::{self, Connection},
};

use crate::{
    Error,
    connections::{is_ready, is_remote},
};

/// Of all connections that are fit and not paused the one that reads this connection's records, where it is another one: a local
/// one rather than a remote one (it reaches every number), then the one that was added first.
pub(crate) async fn reader(store: &Store, of: &Connection) -> Result<Option<Connection>, Error> {
    let rank = |connection: &Connection| (is_remote(connection), connection.id);
    let first = members(store, of)
        .await?
        .into_iter()
        .filter(|other| !other.paused && is_ready(other))
        .min_by_key(rank);
    Ok(first.filter(|first| rank(first) < rank(of)))
}

/// The other connections to nodes of the same cluster.
pub(crate) async fn members(store: &Store, of: &Connection) -> Result<Vec<Connection>, Error> {
    let mut all = connections::list(store).await?;
    all.retain(|other| other.id != of.id && is_same(&other.cluster, &of.cluster));
    Ok(all)
}
