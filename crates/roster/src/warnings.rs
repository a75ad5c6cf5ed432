//! Authorizations that end soon: administrators are told by mail, once for each threshold.

use model::{Actor, Order};
use store::{Store, connections, jobs};

use crate::{Error, connections::is_remote};

/// So many days before an authorization ends people are told, and once it has ended.
const DAYS: [i64; 4] = [0, 1, 7, 30];
const DAY_S: i64 = 86_400;

/// Orders every mail that is due: how many. Of several thresholds that passed at once the nearest counts. Several servers may ask
/// at once; each mail is ordered by one of them.
pub async fn order_due(store: &Store) -> Result<usize, Error> {
    let now = store.env().now();
    let mut ordered = 0;
    for days in DAYS {
        let ending = connections::ending(store, now.plus_s(days * DAY_S), days).await?;
        // A token that is fetched by itself is nobody's to renew.
        for connection in ending.iter().filter(|ending| is_remote(ending)) {
            let (tx, connection) = (store.begin().await?, connection.id);
            if connections::take_warning(&tx, connection, days).await? {
                let order = Order::Notify { connection, days };
                jobs::enqueue(&tx, &order, 1, None, &Actor::system()).await?;
                ordered += 1;
            }
            tx.commit().await?;
        }
    }
    Ok(ordered)
}
