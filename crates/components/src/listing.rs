//! Lists as the three Mitel-style kinds answer them: `{"items": […], "next": cursor, "total": number}`. What an item holds is
//! left to each kind.

use std::fmt;

use model::{Fault, Record};
use reqwest::RequestBuilder;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{
    Contact, Contacts, Error, Familiar, Page, Print, Skipped,
    http::{Body, Holds, Http},
    told::Told,
};

/// The most records of a page, whatever was asked for.
const ITEMS_MAX: usize = 10_000;
/// The largest record, in bytes of JSON.
const ITEM_MAX: usize = 256 << 10;
/// The longest cursor, in bytes.
const CURSOR_MAX: usize = 4_096;

/// Reads one record, or says why it cannot be read.
pub(crate) type ReadRecord = fn(&str) -> Result<Record, String>;

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Items<'a>,
    #[serde(borrow, default)]
    next: Told<'a>,
    #[serde(borrow, default)]
    total: Told<'a>,
}

/// Asks for one page and reads its records one by one, except those that are familiar.
pub(crate) async fn page(
    http: &Http,
    request: RequestBuilder,
    at: (Option<&str>, usize),
    familiar: Option<&Familiar>,
    read: ReadRecord,
) -> Result<Page, Error> {
    let body = ask(http, request, at).await?;
    let text = body.text();
    let list = list(&body, &text, at.0)?;
    let mut page = read_items(&list.items.raw, familiar, read);
    page.next = next(&list);
    page.announced_total = list.total.as_str().parse().ok();
    Ok(page)
}

/// Asks for one page of contacts; what cannot be read is counted.
pub(crate) async fn contacts(
    http: &Http,
    request: RequestBuilder,
    at: (Option<&str>, usize),
    read: fn(&str) -> Option<Contact>,
) -> Result<Contacts, Error> {
    let body = ask(http, request, at).await?;
    let text = body.text();
    let list = list(&body, &text, at.0)?;
    let raw = &list.items.raw;
    let items: Vec<_> = raw.iter().filter_map(|item| read(item.get())).collect();
    Ok(Contacts {
        skipped: raw.len() - items.len(),
        items,
        next: next(&list),
    })
}

async fn ask(
    http: &Http,
    request: RequestBuilder,
    (cursor, limit): (Option<&str>, usize),
) -> Result<Body, Error> {
    let mut request = request.query(&[("limit", limit)]);
    if let Some(cursor) = cursor {
        request = request.query(&[("cursor", cursor)]);
    }
    let answer = http.send(request, Holds::Records).await;
    answer.map_err(|error| match error {
        Error::Status {
            status: 400 | 410, ..
        } if cursor.is_some() => Error::StaleCursor,
        other => other,
    })
}

/// The list of an answer, which has so many items as can be taken and leads on.
fn list<'a>(body: &Body, text: &'a str, cursor: Option<&str>) -> Result<List<'a>, Error> {
    let list: List<'_> = body.json(text)?;
    if list.items.too_many {
        return Err(Error::TooLarge {
            limit: format!("{ITEMS_MAX} records"),
        });
    }
    let next = list.next.as_str();
    if next.len() > CURSOR_MAX || (Some(next) == cursor && !next.is_empty()) {
        return Err(body.not_understood("its next page leads nowhere", text));
    }
    Ok(list)
}

fn next(list: &List<'_>) -> Option<String> {
    let next = list.next.as_str();
    (!next.is_empty()).then(|| next.to_owned())
}

/// Asks for one record by what `request` names; none where the component knows no such record.
pub(crate) async fn one(
    http: &Http,
    request: RequestBuilder,
    read: ReadRecord,
) -> Result<Option<Record>, Error> {
    let body = match http.send(request, Holds::Records).await {
        Ok(body) => body,
        Err(Error::Status {
            status: 404 | 410, ..
        }) => return Ok(None),
        Err(other) => return Err(other),
    };
    let text = body.text();
    let raw: &RawValue = body.json(&text)?;
    read(raw.get())
        .map(Some)
        .map_err(|_| body.not_understood("its record cannot be read", &text))
}

fn read_items(items: &[&RawValue], familiar: Option<&Familiar>, read: ReadRecord) -> Page {
    let mut page = Page {
        records: Vec::with_capacity(items.len()),
        ..Page::default()
    };
    for (at, item) in items.iter().enumerate() {
        let print = familiar.map(|familiar| (print(item.get()), familiar));
        if let Some((print, _)) = print.filter(|(print, familiar)| familiar.contains(print)) {
            page.same.push(print);
            continue;
        }
        match read(item.get()) {
            Ok(record) => {
                page.records.push(record);
                page.prints.extend(print.map(|(print, _)| print));
            }
            Err(reason) => page.skipped.push(Skipped {
                position: at + 1,
                reason,
            }),
        }
    }
    page
}

fn print(raw: &str) -> Print {
    let digest = Sha256::digest(raw);
    digest[..16].try_into().expect("a SHA-256 has 32 bytes")
}

/// The fields of one item. The error names no value: every field takes any type, so only the JSON itself can be broken.
pub(crate) fn item<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, String> {
    if raw.len() > ITEM_MAX {
        return Err(format!("it is larger than {} KiB", ITEM_MAX >> 10));
    }
    if !raw.starts_with('{') {
        return Err("it is not an object".to_owned());
    }
    serde_json::from_str(raw).map_err(|why| format!("it cannot be read: {why}"))
}

/// A part of the record that has fields of its own; one of another shape is a fault and counts as absent.
pub(crate) fn part<'a, T: Deserialize<'a> + Default>(
    record: &mut Record,
    field: &str,
    told: Option<&'a RawValue>,
) -> T {
    let Some(told) = told else {
        return T::default();
    };
    serde_json::from_str(told.get()).unwrap_or_else(|_| {
        record
            .faults
            .push(Fault::new(field, "is not what it should be"));
        T::default()
    })
}

/// The items as they stand in the answer, each to be read on its own; no more than [`ITEMS_MAX`] of them are kept.
struct Items<'a> {
    raw: Vec<&'a RawValue>,
    too_many: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(EachItem)
    }
}

struct EachItem;

impl<'de> Visitor<'de> for EachItem {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut raw = Vec::new();
        while raw.len() < ITEMS_MAX {
            match list.next_element()? {
                Some(item) => raw.push(item),
                None => {
                    return Ok(Items {
                        raw,
                        too_many: false,
                    });
                }
            }
        }
        let mut too_many = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            too_many = true;
        }
        Ok(Items { raw, too_many })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_familiar_is_not_read_and_what_differs_by_a_byte_is() {
        let read: ReadRecord = |raw| Ok(Record::new(raw));
        let text = ["{\"a\":1}", "{\"a\": 1}", "{\"b\":2}"];
        let items = text.map(|text| serde_json::from_str::<&RawValue>(text).unwrap());
        let first = read_items(&items, Some(&Familiar::new()), read);
        assert!(first.records.len() == 3 && first.prints.len() == 3 && first.same.is_empty());
        let familiar = Familiar::from([first.prints[0], first.prints[2]]);
        let second = read_items(&items, Some(&familiar), read);
        assert_eq!(second.records, [Record::new(text[1])]);
        assert_eq!(second.prints, [first.prints[1]]);
        assert_eq!(second.same, [first.prints[0], first.prints[2]]);
        assert!(read_items(&items, None, read).prints.is_empty());
    }

    #[test]
    fn no_more_items_are_kept_than_a_page_may_have() {
        let many = format!("[{}1]", "1,".repeat(ITEMS_MAX));
        let items: Items<'_> = serde_json::from_str(&many).unwrap();
        assert!(items.too_many && items.raw.len() == ITEMS_MAX);
        let one_less = format!("[{}", &many[3..]);
        let few: Items<'_> = serde_json::from_str(&one_less).unwrap();
        assert!(!few.too_many && few.raw.len() == ITEMS_MAX);
    }
}
