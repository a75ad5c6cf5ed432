//! Scans that are due by their connection's schedule. The clock is the store's; a worker asks every few seconds.

use model::{Actor, Order};
use store::{Store, connections, jobs};

use crate::{
    Error,
    scan::{begin_round, only_one},
};

/// Orders every scan that is due: how many. Several servers may ask at once; each scan is ordered by one of them.
pub async fn order_due(store: &Store) -> Result<usize, Error> {
    let now = store.env().now();
    let mut ordered = 0;
    for connection in connections::due(store, now).await? {
        let tx = store.begin().await?;
        if connections::take_due(&tx, &connection, connection.schedule.next(now)).await? {
            let order = Order::Scan {
                connection: connection.id,
            };
            let key = only_one(connection.id);
            begin_round(&tx).await?;
            jobs::enqueue(
                &tx,
                &order,
                connection.scan.records,
                Some(&key),
                &Actor::system(),
            )
            .await?;
            ordered += 1;
        }
        tx.commit().await?;
    }
    Ok(ordered)
}
