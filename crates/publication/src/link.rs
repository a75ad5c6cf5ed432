//! One published link and the batch in which links travel. How a batch is signed stands in the signature's own file.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{BrandId, Language, TicketHash};

/// The most links that one batch may hold.
pub const LINKS_MAX: usize = 1_000;

/// The end of the year 9999 in milliseconds since 1970: no link expires later.
const EXPIRES_MAX: i64 = 253_402_300_799_999;

/// What is published about one link. Whose it is, nobody can tell from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The hash of the ticket in the link.
    pub ticket: TicketHash,
    /// Rises with every change of this link, from 1. A publication that is not newer than the stored one is ignored.
    #[serde(deserialize_with = "version")]
    pub version: i64,
    /// When the link ends by itself, in milliseconds since 1970 (UTC).
    #[serde(deserialize_with = "expires")]
    pub expires: i64,
    /// How the landing page looks.
    #[serde(default)]
    pub brand: BrandId,
    /// The landing page's language.
    #[serde(default)]
    pub language: Language,
    /// Apps are not sent on to the origin, which they cannot reach: this server fetches for them.
    #[serde(default)]
    pub relay: bool,
    /// Ended before its time. That is for good: no later version brings a link back.
    #[serde(default)]
    pub ended: bool,
}

/// A version, which is 1 or more.
pub(crate) fn version<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let version = i64::deserialize(from)?;
    if version < 1 {
        return Err(de::Error::custom("a version must be 1 or more"));
    }
    Ok(version)
}

fn expires<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let expires = i64::deserialize(from)?;
    if !(0..=EXPIRES_MAX).contains(&expires) {
        return Err(de::Error::custom(
            "an expiry must be in milliseconds between the years 1970 and 9999",
        ));
    }
    Ok(expires)
}

/// The body of `PUT /v1/links`: up to [`LINKS_MAX`] links of the origin that signed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The links, in no particular order.
    #[serde(deserialize_with = "links")]
    pub links: Vec<Link>,
}

fn links<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Link>, D::Error> {
    let links = Vec::<Link>::deserialize(from)?;
    if links.len() > LINKS_MAX {
        return Err(de::Error::custom("a batch holds at most 1000 links"));
    }
    Ok(links)
}

/// An origin's answer to a typed code that works: a ticket for a few minutes and what is published about it, so that its link
/// works at once. It is a secret on its way to one person, and neither kept nor printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreshTicket {
    /// The ticket as it stands in a link.
    pub ticket: String,
    /// What is published about it.
    pub link: Link,
}

impl FreshTicket {
    /// Whether what is published is about this ticket.
    pub fn is_whole(&self) -> bool {
        TicketHash::of(&self.ticket) == self.link.ticket
    }
}

/// The redirect server's answer to a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Links that are now stored as sent.
    pub accepted: usize,
    /// Links that changed nothing: this version or a newer one was there already, or the link ended for good.
    pub stale: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_link() -> Link {
        Link {
            ticket: TicketHash::of("abc"),
            version: 3,
            expires: 1_800_000_000_000,
            brand: BrandId::default(),
            language: "pt-BR".parse().unwrap(),
            relay: false,
            ended: false,
        }
    }

    #[test]
    fn a_batch_reads_back_from_its_json() {
        let batch = Batch {
            links: vec![a_link()],
        };
        let json = serde_json::to_string(&batch).unwrap();
        assert_eq!(
            json,
            r#"{"links":[{"ticket":"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0","version":3,"expires":1800000000000,"brand":"default","language":"pt-BR","relay":false,"ended":false}]}"#
        );
        assert_eq!(serde_json::from_str::<Batch>(&json).unwrap(), batch);
    }

    #[test]
    fn a_field_about_a_person_is_refused() {
        let mut json = serde_json::to_value(a_link()).unwrap();
        json["name"] = "Ada".into();
        assert!(serde_json::from_value::<Link>(json).is_err());
        assert!(serde_json::from_str::<Batch>(r#"{"links":[],"to":"ada@example.org"}"#).is_err());
    }

    #[test]
    fn versions_below_one_and_impossible_times_are_refused() {
        for (field, value) in [
            ("version", 0),
            ("version", -1),
            ("expires", -1),
            ("expires", i64::MAX),
        ] {
            let mut json = serde_json::to_value(a_link()).unwrap();
            json[field] = value.into();
            assert!(
                serde_json::from_value::<Link>(json).is_err(),
                "{field} {value}"
            );
        }
    }

    #[test]
    fn a_batch_of_more_than_a_thousand_links_is_refused() {
        let batch = |n| {
            serde_json::to_string(&Batch {
                links: vec![a_link(); n],
            })
            .unwrap()
        };
        assert!(serde_json::from_str::<Batch>(&batch(LINKS_MAX)).is_ok());
        assert!(serde_json::from_str::<Batch>(&batch(LINKS_MAX + 1)).is_err());
    }
}
