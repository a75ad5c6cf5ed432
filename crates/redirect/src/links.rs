//! The published links in the store: how they arrive, are found, end, and are forgotten.

use publication::{Brand, BrandId, Language, Link, OriginId, Receipt, TicketHash};
use sea_orm::{ConnectionTrait as _, Statement, Value};

use crate::origins::{self, BaseUrl};
use crate::store::{Store, StoreError};

/// How long a link's tombstone stays after its end, in milliseconds: 90 days.
const TOMBSTONE_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// Links written by one statement.
const ROWS_PER_STATEMENT: usize = 200;

/// Columns of a link.
const COLUMNS: usize = 8;

/// Tombstones removed by one transaction, and transactions in one sweep.
const SWEEP_ROWS: i64 = 1_000;
const SWEEP_ROUNDS: usize = 100;

/// A link that works at this moment.
#[derive(Debug)]
pub(crate) struct LiveLink {
    pub(crate) ticket: TicketHash,
    pub(crate) by: OriginId,
    pub(crate) origin: BaseUrl,
    pub(crate) brand: Brand,
    pub(crate) language: Language,
    pub(crate) relay: bool,
}

/// Finds a link that works at `now`. Unknown, expired and ended links cost the same: one lookup by primary key.
pub(crate) async fn find_live(
    store: &Store,
    ticket: &str,
    now: i64,
) -> Result<Option<LiveLink>, StoreError> {
    let ticket = TicketHash::of(ticket);
    let select = store.sql(
        "SELECT origin.id, origin.url, link.language, link.expires, link.ended, brand.data, link.relay \
         FROM link JOIN origin ON origin.id = link.origin \
         LEFT JOIN brand ON brand.origin = link.origin AND brand.id = link.brand WHERE link.ticket = $1",
        [blob(ticket)],
    );
    let Some(row) = store.read().query_one_raw(select).await? else {
        return Ok(None);
    };
    let (expires, ended): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
    if ended != 0 || expires <= now {
        return Ok(None);
    }
    let text = |index| row.try_get_by_index::<String>(index);
    let brand: Option<String> = row.try_get_by_index(5)?;
    Ok(Some(LiveLink {
        ticket,
        by: text(0)?.parse()?,
        origin: origins::stored(text(1)?),
        brand: brand
            .map(|data| serde_json::from_str(&data))
            .transpose()?
            .unwrap_or_default(),
        language: text(2)?.parse()?,
        relay: row.try_get_by_index::<i64>(6)? != 0,
    }))
}

/// The origin of a link, whether or not it works still: its tombstone names it too.
pub(crate) async fn find_origin(
    store: &Store,
    ticket: &str,
) -> Result<Option<BaseUrl>, StoreError> {
    let select = store.sql(
        "SELECT origin.url FROM link JOIN origin ON origin.id = link.origin WHERE link.ticket = $1",
        [blob(TicketHash::of(ticket))],
    );
    let row = store.read().query_one_raw(select).await?;
    row.map(|row| Ok(origins::stored(row.try_get_by_index(0)?)))
        .transpose()
}

/// Stores a batch in one transaction. A link changes only by a newer version of its own origin, and not after its end.
pub(crate) async fn publish(
    store: &Store,
    by: &OriginId,
    links: &[Link],
    now: i64,
) -> Result<Receipt, StoreError> {
    let change = store.write().await?;
    let mut accepted = 0;
    for rows in links.chunks(ROWS_PER_STATEMENT) {
        accepted += change
            .execute_raw(upsert(store, by, rows, now))
            .await?
            .rows_affected();
    }
    change.commit().await?;
    let accepted = usize::try_from(accepted)
        .unwrap_or(usize::MAX)
        .min(links.len());
    Ok(Receipt {
        accepted,
        stale: links.len() - accepted,
    })
}

fn upsert(store: &Store, by: &OriginId, links: &[Link], now: i64) -> Statement {
    let row = |i: usize| {
        let places: Vec<_> = (1..=COLUMNS)
            .map(|column| format!("${}", i * COLUMNS + column))
            .collect();
        format!("({})", places.join(","))
    };
    let rows: Vec<_> = (0..links.len()).map(row).collect();
    let text = format!(
        "INSERT INTO link (ticket, origin, version, expires, brand, language, ended, relay) VALUES {} \
         ON CONFLICT (ticket) DO UPDATE SET version = excluded.version, expires = excluded.expires, \
         brand = excluded.brand, language = excluded.language, ended = excluded.ended, relay = excluded.relay \
         WHERE excluded.version > link.version AND excluded.origin = link.origin AND link.ended = 0",
        rows.join(",")
    );
    let values = links.iter().flat_map(|link| values(by, link, now));
    store.sql(text, values)
}

fn values(by: &OriginId, link: &Link, now: i64) -> [Value; COLUMNS] {
    // An ended link's tombstone is counted from its end.
    let expires = if link.ended {
        link.expires.min(now)
    } else {
        link.expires
    };
    [
        blob(link.ticket),
        by.as_str().into(),
        link.version.into(),
        expires.into(),
        link.brand.as_str().into(),
        link.language.as_str().into(),
        i64::from(link.ended).into(),
        i64::from(link.relay).into(),
    ]
}

/// Ends a link for good. An unknown one gets a tombstone all the same, so that a publication which comes late does not
/// bring it to life. Answers whether anything changed.
pub(crate) async fn end(
    store: &Store,
    by: &OriginId,
    ticket: TicketHash,
    now: i64,
) -> Result<bool, StoreError> {
    let statement = store.sql(
        "INSERT INTO link (ticket, origin, version, expires, brand, language, ended) \
         VALUES ($1, $2, 0, $3, $4, $5, 1) \
         ON CONFLICT (ticket) DO UPDATE SET expires = CASE WHEN link.expires < excluded.expires THEN link.expires ELSE excluded.expires END, ended = 1 \
         WHERE excluded.origin = link.origin AND link.ended = 0",
        [
            blob(ticket),
            by.as_str().into(),
            now.into(),
            BrandId::default().as_str().into(),
            Language::default().as_str().into(),
        ],
    );
    let change = store.write().await?;
    let changed = change.execute_raw(statement).await?;
    change.commit().await?;
    Ok(changed.rows_affected() > 0)
}

/// Forgets links that ended 90 days ago, in small transactions; what is left waits for the next sweep.
pub(crate) async fn sweep(store: &Store, now: i64) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    for _ in 0..SWEEP_ROUNDS {
        let delete = store.sql(
            "DELETE FROM link WHERE ticket IN (SELECT ticket FROM link WHERE expires < $1 LIMIT $2)",
            [(now - TOMBSTONE_MS).into(), SWEEP_ROWS.into()],
        );
        let change = store.write().await?;
        let rows = change.execute_raw(delete).await?.rows_affected();
        change.commit().await?;
        forgotten += rows;
        if rows < SWEEP_ROWS.unsigned_abs() {
            break;
        }
    }
    Ok(forgotten)
}

pub(crate) fn blob(ticket: TicketHash) -> Value {
    Value::Bytes(Some(ticket.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use publication::{PublicKey, Seed, SigningKey};

    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    async fn a_store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let key: PublicKey = SigningKey::from_seed(&Seed::generate(|seed| seed.fill(1))).public();
        for id in ["hq", "branch"] {
            let url = format!("https://{id}.example.org").parse().unwrap();
            origins::add(
                &store,
                &origins::Origin {
                    id: id.parse().unwrap(),
                    url,
                    key,
                },
            )
            .await
            .unwrap();
        }
        (folder, store)
    }

    fn link(ticket: &str, version: i64) -> Link {
        Link {
            ticket: TicketHash::of(ticket),
            version,
            expires: NOW + 7 * DAY,
            brand: BrandId::default(),
            language: Language::default(),
            relay: false,
            ended: false,
        }
    }

    fn hq() -> OriginId {
        "hq".parse().unwrap()
    }

    async fn is_live(store: &Store, ticket: &str, now: i64) -> bool {
        find_live(store, ticket, now).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_link_works_until_it_expires() {
        let (_folder, store) = a_store().await;
        publish(&store, &hq(), &[link("t", 1)], NOW).await.unwrap();
        let found = find_live(&store, "t", NOW).await.unwrap().unwrap();
        assert_eq!(
            found.origin.configuration("t"),
            "https://hq.example.org/p/t"
        );
        assert!(is_live(&store, "t", NOW + 7 * DAY - 1).await);
        assert!(!is_live(&store, "t", NOW + 7 * DAY).await);
        assert!(!is_live(&store, "u", NOW).await);
    }

    #[tokio::test]
    async fn versions_only_rise() {
        let (_folder, store) = a_store().await;
        let receipt = |accepted, stale| Receipt { accepted, stale };
        assert_eq!(
            publish(&store, &hq(), &[link("t", 2)], NOW).await.unwrap(),
            receipt(1, 0)
        );
        let shorter = |version| Link {
            expires: NOW + 1,
            ..link("t", version)
        };
        assert_eq!(
            publish(&store, &hq(), &[shorter(1), shorter(2)], NOW)
                .await
                .unwrap(),
            receipt(0, 2)
        );
        assert!(is_live(&store, "t", NOW + DAY).await);
        assert_eq!(
            publish(&store, &hq(), &[shorter(3)], NOW).await.unwrap(),
            receipt(1, 0)
        );
        assert!(!is_live(&store, "t", NOW + DAY).await);
    }

    #[tokio::test]
    async fn an_ended_link_never_comes_back() {
        let (_folder, store) = a_store().await;
        publish(&store, &hq(), &[link("t", 1), link("u", 1)], NOW)
            .await
            .unwrap();
        assert!(end(&store, &hq(), TicketHash::of("t"), NOW).await.unwrap());
        assert!(!end(&store, &hq(), TicketHash::of("t"), NOW).await.unwrap());
        let ended = Link {
            ended: true,
            ..link("u", 2)
        };
        assert_eq!(
            publish(&store, &hq(), &[ended], NOW)
                .await
                .unwrap()
                .accepted,
            1
        );
        for ticket in ["t", "u"] {
            assert_eq!(
                publish(&store, &hq(), &[link(ticket, 9)], NOW)
                    .await
                    .unwrap()
                    .stale,
                1
            );
            assert!(!is_live(&store, ticket, NOW).await);
        }
    }

    #[tokio::test]
    async fn a_publication_that_comes_after_the_end_is_ignored() {
        let (_folder, store) = a_store().await;
        assert!(end(&store, &hq(), TicketHash::of("t"), NOW).await.unwrap());
        publish(&store, &hq(), &[link("t", 1)], NOW).await.unwrap();
        assert!(!is_live(&store, "t", NOW).await);
    }

    #[tokio::test]
    async fn an_origin_cannot_touch_another_s_link() {
        let (_folder, store) = a_store().await;
        let branch = "branch".parse().unwrap();
        publish(&store, &hq(), &[link("t", 1)], NOW).await.unwrap();
        assert_eq!(
            publish(&store, &branch, &[link("t", 5)], NOW)
                .await
                .unwrap()
                .stale,
            1
        );
        assert!(
            !end(&store, &branch, TicketHash::of("t"), NOW)
                .await
                .unwrap()
        );
        let found = find_live(&store, "t", NOW).await.unwrap().unwrap();
        assert_eq!(found.origin.to_string(), "https://hq.example.org");
    }

    #[tokio::test]
    async fn links_of_a_removed_origin_end() {
        let (_folder, store) = a_store().await;
        publish(&store, &hq(), &[link("t", 1)], NOW).await.unwrap();
        origins::remove(&store, &hq()).await.unwrap();
        assert!(!is_live(&store, "t", NOW).await);
    }

    #[tokio::test]
    async fn tombstones_stay_for_ninety_days() {
        let (_folder, store) = a_store().await;
        publish(&store, &hq(), &[link("t", 1), link("u", 1)], NOW)
            .await
            .unwrap();
        end(&store, &hq(), TicketHash::of("u"), NOW).await.unwrap();
        assert_eq!(sweep(&store, NOW + 90 * DAY).await.unwrap(), 0);
        assert_eq!(sweep(&store, NOW + 91 * DAY).await.unwrap(), 1);
        assert_eq!(sweep(&store, NOW + 98 * DAY).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_sweep_takes_many_tombstones_and_a_batch_many_links() {
        let (_folder, store) = a_store().await;
        for batch in 0..3 {
            let links: Vec<_> = (0..publication::LINKS_MAX)
                .map(|i| link(&format!("{batch}-{i}"), 1))
                .collect();
            assert_eq!(
                publish(&store, &hq(), &links, NOW).await.unwrap().accepted,
                links.len()
            );
        }
        assert_eq!(sweep(&store, NOW + 200 * DAY).await.unwrap(), 3_000);
    }
}
