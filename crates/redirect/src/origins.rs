//! The rollcall installations that may publish links here. An administrator of this server registers them; nothing that
//! arrives over the network can.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use publication::{OriginId, PublicKey};
use sea_orm::{ConnectionTrait as _, QueryResult};
use url::{Host, Url};

use crate::store::{Store, StoreError};

/// One registered origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its name here.
    pub id: OriginId,
    /// Where its people are sent.
    pub url: BaseUrl,
    /// What its signatures are checked with.
    pub key: PublicKey,
}

/// The address in front of an origin's `/p/…`: https, or http on the loopback interface; no user, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is no [`BaseUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin's address must be an https address without user, query or fragment (http only on loopback)"
)]
pub struct NoBaseUrl;

impl BaseUrl {
    /// Where the ticket's configuration is fetched: `{base}/p/{ticket}`.
    pub(crate) fn configuration(&self, ticket: &str) -> String {
        format!("{}/p/{ticket}", self.0)
    }

    /// Where a device's configuration is fetched: `{base}/x/{device}`.
    pub(crate) fn device(&self, device: &str) -> String {
        format!("{}/x/{device}", self.0)
    }

    /// Where typed codes are looked at: `{base}/c`.
    pub(crate) fn codes(&self) -> String {
        format!("{}/c", self.0)
    }

    /// Where a new link is asked for: `{base}/d/{ticket}/renewal`.
    pub(crate) fn renewal(&self, ticket: &str) -> String {
        format!("{}/d/{ticket}/renewal", self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = NoBaseUrl;

    fn from_str(text: &str) -> Result<Self, NoBaseUrl> {
        let url = Url::parse(text).map_err(|_| NoBaseUrl)?;
        let bare = url.username().is_empty() && url.password().is_none();
        let whole = bare && url.query().is_none() && url.fragment().is_none();
        match url.scheme() {
            "https" if whole => Ok(Self(url.as_str().trim_end_matches('/').to_owned())),
            "http" if whole && is_loopback(&url) => {
                Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
            }
            _ => Err(NoBaseUrl),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Registers an origin, or gives a known one a new address and key; its links stay. Answers whether it is new.
pub async fn add(store: &Store, origin: &Origin) -> Result<bool, StoreError> {
    let is_new = find(store, &origin.id).await?.is_none();
    let upsert = store.sql(
        "INSERT INTO origin (id, url, key) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET url = excluded.url, key = excluded.key",
        [
            origin.id.as_str().into(),
            origin.url.to_string().into(),
            origin.key.to_string().into(),
        ],
    );
    let change = store.write().await?;
    change.execute_raw(upsert).await?;
    change.commit().await?;
    Ok(is_new)
}

/// All registered origins, by name.
pub async fn list(store: &Store) -> Result<Vec<Origin>, StoreError> {
    let rows = store
        .read()
        .query_all_raw(store.sql("SELECT id, url, key FROM origin ORDER BY id", []))
        .await?;
    rows.iter().map(origin_of).collect()
}

/// Forgets an origin, its brands and visits, and all its links, which end at once. Answers whether it was there.
pub async fn remove(store: &Store, id: &OriginId) -> Result<bool, StoreError> {
    let change = store.write().await?;
    for what in ["link", "brand", "visit"] {
        let delete = format!("DELETE FROM {what} WHERE origin = $1");
        change
            .execute_raw(store.sql(delete, [id.as_str().into()]))
            .await?;
    }
    let gone = change
        .execute_raw(store.sql("DELETE FROM origin WHERE id = $1", [id.as_str().into()]))
        .await?;
    change.commit().await?;
    Ok(gone.rows_affected() > 0)
}

/// The only origin there is; none where there are several.
pub(crate) async fn only_one(store: &Store) -> Result<Option<Origin>, StoreError> {
    let select = store.sql("SELECT id, url, key FROM origin ORDER BY id LIMIT 2", []);
    let rows = store.read().query_all_raw(select).await?;
    match rows.as_slice() {
        [one] => Ok(Some(origin_of(one)?)),
        _ => Ok(None),
    }
}

/// The origin of that name.
pub(crate) async fn find(store: &Store, id: &OriginId) -> Result<Option<Origin>, StoreError> {
    let select = store.sql(
        "SELECT id, url, key FROM origin WHERE id = $1",
        [id.as_str().into()],
    );
    store
        .read()
        .query_one_raw(select)
        .await?
        .as_ref()
        .map(origin_of)
        .transpose()
}

fn origin_of(row: &QueryResult) -> Result<Origin, StoreError> {
    let text = |index| row.try_get_by_index::<String>(index);
    Ok(Origin {
        id: text(0)?.parse()?,
        url: BaseUrl(text(1)?),
        key: text(2)?.parse()?,
    })
}

/// An address as it was stored, checked when it was registered.
pub(crate) fn stored(url: String) -> BaseUrl {
    BaseUrl(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_reached_by_https_or_on_this_machine() {
        for (given, base) in [
            (
                "https://rollcall.example.org/",
                "https://rollcall.example.org",
            ),
            (
                "https://example.org:8443/rollcall/",
                "https://example.org:8443/rollcall",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080/", "http://localhost:8080"),
        ] {
            assert_eq!(given.parse::<BaseUrl>().unwrap().to_string(), base);
        }
        for bad in [
            "http://example.org",
            "https://u@example.org",
            "https://example.org/?q",
            "ftp://x",
            "javascript:1",
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(NoBaseUrl), "{bad}");
        }
    }

    #[tokio::test]
    async fn adding_again_replaces_address_and_key_and_removing_forgets() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let key = |fill| {
            publication::SigningKey::from_seed(&publication::Seed::generate(|seed| seed.fill(fill)))
                .public()
        };
        let origin = |url: &str, fill| Origin {
            id: "hq".parse().unwrap(),
            url: url.parse().unwrap(),
            key: key(fill),
        };
        assert!(
            add(&store, &origin("https://a.example.org", 1))
                .await
                .unwrap()
        );
        assert!(
            !add(&store, &origin("https://b.example.org", 2))
                .await
                .unwrap()
        );
        assert_eq!(
            list(&store).await.unwrap(),
            [origin("https://b.example.org", 2)]
        );
        assert!(remove(&store, &"hq".parse().unwrap()).await.unwrap());
        assert!(!remove(&store, &"hq".parse().unwrap()).await.unwrap());
        assert_eq!(list(&store).await.unwrap(), []);
    }
}
