//! Visits on their way back to the origins: collected in memory for a moment, kept once for each hour and kind, told when asked.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use publication::{HOUR_MS, OriginId, VISITS_MAX, Visit, VisitKind, Visits};
use sea_orm::{ConnectionTrait as _, QueryResult, Value};

use crate::links::{LiveLink, blob};
use crate::store::{Store, StoreError};

/// Visits collected at most before they are written; more of them in a second are left out.
const COLLECTED_MAX: usize = 10_000;
/// Visits written by one statement.
const ROWS_PER_STATEMENT: usize = 200;
/// How long a visit is kept for its origin, in milliseconds: 30 days.
const KEPT_MS: i64 = 30 * 24 * HOUR_MS;
/// Visits removed by one transaction.
const SWEEP_ROWS: i64 = 1_000;

/// Visits that are not written yet. A crash loses those of a second. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visited(Arc<Mutex<HashSet<(OriginId, Visit)>>>);

impl Visited {
    /// Notes a visit of a link.
    pub(crate) fn note(&self, link: &LiveLink, kind: VisitKind, now: i64) {
        let visit = Visit {
            ticket: link.ticket,
            kind,
            hour: now - now.rem_euclid(HOUR_MS),
        };
        let mut collected = self.0.lock().expect("nothing panics while holding it");
        if collected.len() < COLLECTED_MAX {
            collected.insert((link.by.clone(), visit));
        }
    }

    /// Writes what was collected. What cannot be written is kept for the next time.
    pub(crate) async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let collected: Vec<_> = {
            let mut collected = self.0.lock().expect("nothing panics while holding it");
            std::mem::take(&mut *collected).into_iter().collect()
        };
        if collected.is_empty() {
            return Ok(());
        }
        let written = Self::write(store, &collected).await;
        if written.is_err() {
            let mut since = self.0.lock().expect("nothing panics while holding it");
            let room = COLLECTED_MAX.saturating_sub(since.len());
            since.extend(collected.into_iter().take(room));
        }
        written
    }

    async fn write(store: &Store, collected: &[(OriginId, Visit)]) -> Result<(), StoreError> {
        let change = store.write().await?;
        if store.is_shared() {
            // Numbers become visible in their order, so that nobody who reads after one misses a smaller one.
            change
                .execute_unprepared("LOCK TABLE visit IN SHARE ROW EXCLUSIVE MODE")
                .await?;
        }
        for rows in collected.chunks(ROWS_PER_STATEMENT) {
            let places: Vec<_> = (0..rows.len())
                .map(|i| 4 * i)
                .map(|i| format!("(${},${},${},${})", i + 1, i + 2, i + 3, i + 4))
                .collect();
            let insert = format!(
                "INSERT INTO visit (ticket, origin, kind, hour) VALUES {} ON CONFLICT DO NOTHING",
                places.join(",")
            );
            let values = rows.iter().flat_map(|(origin, visit)| {
                let values: [Value; 4] = [
                    blob(visit.ticket),
                    origin.as_str().into(),
                    visit.kind.name().into(),
                    visit.hour.into(),
                ];
                values
            });
            change.execute_raw(store.sql(insert, values)).await?;
        }
        Ok(change.commit().await?)
    }
}

/// The visits of an origin's links after the one of that number. Who asks after a number that was not given yet had another
/// store before, and is told from the beginning.
pub(crate) async fn after(
    store: &Store,
    origin: &OriginId,
    after: i64,
) -> Result<Visits, StoreError> {
    let last = store.sql(
        "SELECT coalesce(max(number), 0) FROM visit WHERE origin = $1",
        [origin.as_str().into()],
    );
    let last = store.read().query_one_raw(last).await?;
    let last: i64 = last.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let after = if after > last && last > 0 { 0 } else { after };
    let select = store.sql(
        "SELECT number, ticket, kind, hour FROM visit WHERE origin = $1 AND number > $2 ORDER BY number LIMIT $3",
        [
            origin.as_str().into(),
            after.into(),
            i64::try_from(VISITS_MAX).unwrap_or(i64::MAX).into(),
        ],
    );
    let rows = store.read().query_all_raw(select).await?;
    let next = match rows.last() {
        Some(row) => row.try_get_by_index(0)?,
        None => after,
    };
    let visits = rows.iter().map(visit_of).collect::<Result<_, _>>()?;
    Ok(Visits { visits, next })
}

fn visit_of(row: &QueryResult) -> Result<Visit, StoreError> {
    let unreadable = |what| publication::Malformed {
        what,
        rule: "as this program writes it",
    };
    let ticket: Vec<u8> = row.try_get_by_index(1)?;
    let ticket = ticket
        .try_into()
        .map_err(|_| unreadable("a ticket's hash"))?;
    let kind: String = row.try_get_by_index(2)?;
    Ok(Visit {
        ticket: publication::TicketHash::from_bytes(ticket),
        kind: VisitKind::parse(&kind).ok_or_else(|| unreadable("a visit's kind"))?,
        hour: row.try_get_by_index(3)?,
    })
}

/// Forgets visits of more than 30 days ago; what is left waits for the next sweep.
pub(crate) async fn sweep(store: &Store, now: i64) -> Result<u64, StoreError> {
    let delete = store.sql(
        "DELETE FROM visit WHERE number IN (SELECT number FROM visit WHERE hour < $1 LIMIT $2)",
        [(now - KEPT_MS).into(), SWEEP_ROWS.into()],
    );
    let change = store.write().await?;
    let rows = change.execute_raw(delete).await?.rows_affected();
    change.commit().await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn visits_that_cannot_be_written_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let visited = Visited::default();
        let visit = Visit {
            ticket: publication::TicketHash::of("t"),
            kind: VisitKind::Seen,
            hour: 0,
        };
        let noted = ("hq".parse().unwrap(), visit);
        visited.0.lock().unwrap().insert(noted.clone());
        store.clone().close().await.unwrap();
        assert!(visited.flush(&store).await.is_err());
        assert!(visited.0.lock().unwrap().contains(&noted));
    }
}
