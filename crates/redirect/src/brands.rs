//! How origins' pages look: their brands, as they were published.

use publication::{Brand, BrandId, Branding, OriginId, Receipt};
use sea_orm::ConnectionTrait as _;

use crate::store::{Store, StoreError};

/// Brands that one origin may have.
const BRANDS_MAX: i64 = 20;

/// Why a brand is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrandError {
    /// More of them than one origin may have.
    #[error("an origin has at most {BRANDS_MAX} brands")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores a brand unless that version or a newer one is there.
pub(crate) async fn publish(
    store: &Store,
    by: &OriginId,
    branding: &Branding,
) -> Result<Receipt, BrandError> {
    let data = serde_json::to_string(&branding.brand).map_err(StoreError::from)?;
    let id = &branding.brand.id;
    let upsert = store.sql(
        "INSERT INTO brand (origin, id, version, data) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (origin, id) DO UPDATE SET version = excluded.version, data = excluded.data \
         WHERE excluded.version > brand.version",
        [
            by.as_str().into(),
            id.as_str().into(),
            branding.version.into(),
            data.into(),
        ],
    );
    let count = store.sql(
        "SELECT count(*) FROM brand WHERE origin = $1",
        [by.as_str().into()],
    );
    let change = store.write().await.map_err(StoreError::from)?;
    let changed = change.execute_raw(upsert).await.map_err(StoreError::from)?;
    let counted = change
        .query_one_raw(count)
        .await
        .map_err(StoreError::from)?;
    let counted = counted.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0));
    if counted.map_err(StoreError::from)? > BRANDS_MAX {
        return Err(BrandError::TooMany);
    }
    change.commit().await.map_err(StoreError::from)?;
    let accepted = usize::from(changed.rows_affected() > 0);
    Ok(Receipt {
        accepted,
        stale: 1 - accepted,
    })
}

/// The brand of that name; the one that names nobody where there is none.
pub(crate) async fn find(store: &Store, of: &OriginId, id: &BrandId) -> Result<Brand, StoreError> {
    let select = store.sql(
        "SELECT data FROM brand WHERE origin = $1 AND id = $2",
        [of.as_str().into(), id.as_str().into()],
    );
    let Some(row) = store.read().query_one_raw(select).await? else {
        return Ok(Brand::default());
    };
    Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)
}
