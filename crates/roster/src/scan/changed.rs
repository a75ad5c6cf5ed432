//! A scan of which the component told only what changed: kept in one transaction, if it can be trusted that far.

use components::Changed;
use model::Order;
use store::{
    Hold, as_i64,
    connections::{self, Connection},
    jobs::{self, Step},
    records,
};

use super::{distinct, end::would_be_held};
use crate::Error;

/// Keeps what changed since the last complete scan: whether it did. Everything is to be read instead where that scan left something
/// open, a record cannot be read, or so many would be gone that a person has to confirm it.
pub(super) async fn keep(
    hold: Hold<'_>,
    connection: &Connection,
    changed: &Changed,
) -> Result<bool, Error> {
    let scan = &connection.scan;
    if !changed.skipped.is_empty() || !scan.error.is_empty() || scan.held.is_some() {
        return Ok(false);
    }
    let tx = hold.store.begin().await?;
    let told = distinct(&changed.records);
    let kept = records::keep_page(&tx, connection.id, scan.number, &told, &[]).await?;
    let gone = records::mark_left(&tx, connection.id, &changed.gone).await?;
    if would_be_held(i64::try_from(gone).unwrap_or(i64::MAX), scan.records) {
        return Ok(false);
    }
    connections::end_scan(&tx, connection.id, None).await?;
    connections::keep_checkpoint(&tx, connection.id, &changed.checkpoint).await?;
    let done = as_i64(told.len() + changed.gone.len());
    let step = Step {
        done,
        total: Some(done),
        note: Some("read what changed"),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    if kept.fresh + gone > 0 {
        jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &hold.actor()).await?;
    }
    tx.commit().await?;
    Ok(true)
}
