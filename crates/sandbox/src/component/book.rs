//! The records of one component as a book with pages: computed from the population as they are read, with what tests changed,
//! removed or added laid over. Knows nothing of HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use serde_json::Value;

use super::{Kind, position_of, record, source_id};
use crate::people::Population;

/// How many records a page has at most, and unless asked otherwise.
const LONGEST_PAGE: usize = 1_000;
const USUAL_PAGE: usize = 100;

/// The records of one component.
#[derive(Debug)]
pub(crate) struct Book {
    population: Population,
    kind: Kind,
    generated: u64,
    changes: RwLock<Changes>,
}

/// What differs from the generated records. Added records follow the generated ones.
#[derive(Debug, Default)]
struct Changes {
    changed: BTreeMap<u64, Value>,
    removed: BTreeSet<u64>,
    added: Vec<Option<Value>>,
}

/// Which page is wanted.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct PageQuery {
    pub(crate) cursor: Option<String>,
    pub(crate) limit: Option<usize>,
}

impl PageQuery {
    /// How many records the page may hold, 1 to 1,000.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL_PAGE).clamp(1, LONGEST_PAGE)
    }
}

/// A cursor: the page's number (from 1) and where it starts. Opaque to clients; needs no memory here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) page: u32,
    pub(crate) start: u64,
}

impl Cursor {
    /// The first page without a cursor, the one it names with; nothing for a cursor that is none of ours.
    pub(crate) fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Some(Self { page: 1, start: 0 });
        };
        let (page, start) = text.split_once('-')?;
        Some(Self {
            page: page.parse().ok()?,
            start: start.parse().ok()?,
        })
    }

    pub(crate) fn following(self, start: u64) -> String {
        format!("{}-{start}", self.page.saturating_add(1))
    }
}

impl Book {
    pub(crate) fn new(population: Population, kind: Kind) -> Self {
        let generated = population.count(|oddity, presence| match kind {
            Kind::Usp => u64::from(presence.usp),
            Kind::Mbg => {
                u64::from(presence.mbg) + u64::from(oddity == crate::people::Oddity::SecondLine)
            }
            Kind::ClientService => u64::from(presence.client_service),
        });
        Self {
            population,
            kind,
            generated,
            changes: RwLock::default(),
        }
    }

    /// How many records there are.
    pub(crate) fn total(&self) -> u64 {
        let changes = self.read();
        self.generated - changes.removed.len() as u64
            + changes.added.iter().flatten().count() as u64
    }

    /// One page as JSON, `{"items":[…],"next":…,"total":…` and whatever `tail` adds before the closing brace.
    pub(crate) fn page(&self, cursor: Cursor, limit: usize, total: i64, tail: &str) -> Vec<u8> {
        let changes = self.read();
        let mut page = Vec::with_capacity(64 + limit * 420);
        page.extend_from_slice(b"{\"items\":[");
        let (mut position, mut items) = (cursor.start, 0);
        while items < limit && position < self.end(&changes) {
            let length = page.len();
            if items > 0 {
                page.push(b',');
            }
            if self.write(&mut page, &changes, position) {
                items += 1;
            } else {
                page.truncate(length);
            }
            position += 1;
        }
        let next = if position < self.end(&changes) {
            format!("\"{}\"", cursor.following(position))
        } else {
            "null".into()
        };
        page.extend_from_slice(format!("],\"next\":{next},\"total\":{total}{tail}}}").as_bytes());
        page
    }

    /// The record of an id, as JSON.
    pub(crate) fn find(&self, id: &str) -> Option<Value> {
        let changes = self.read();
        let position = self.position(&changes, id)?;
        self.value(&changes, position)
    }

    /// Every changed or added record, and those at the given positions, for searches that cannot be computed.
    pub(crate) fn candidates(&self, positions: impl IntoIterator<Item = u64>) -> Vec<Value> {
        let changes = self.read();
        let beyond = self.generated_end()..self.end(&changes);
        let mut positions: Vec<u64> = positions
            .into_iter()
            .chain(changes.changed.keys().copied())
            .chain(beyond)
            .collect();
        positions.sort_unstable();
        positions.dedup();
        positions
            .into_iter()
            .filter_map(|position| self.value(&changes, position))
            .collect()
    }

    /// Lays fields over a record (RFC 7396, JSON merge patch, at the top level); false if there is none of that id.
    pub(crate) fn change(&self, id: &str, fields: &Value) -> bool {
        let mut changes = self.write_lock();
        let Some(position) = self.position(&changes, id) else {
            return false;
        };
        let Some(mut record) = self.value(&changes, position) else {
            return false;
        };
        lay_over(&mut record, fields);
        match self.added_at(position) {
            Some(at) => changes.added[at] = Some(record),
            None => drop(changes.changed.insert(position, record)),
        }
        true
    }

    /// Removes a record; false if there is none of that id.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut changes = self.write_lock();
        let Some(position) = self.position(&changes, id) else {
            return false;
        };
        if self.value(&changes, position).is_none() {
            return false;
        }
        if let Some(at) = self.added_at(position) {
            changes.added[at] = None;
        } else {
            changes.changed.remove(&position);
            changes.removed.insert(position);
        }
        true
    }

    /// Adds a record as it is, but for its `id`, which the component gives and this returns.
    pub(crate) fn add(&self, mut record: Value) -> String {
        let mut changes = self.write_lock();
        let id = source_id(self.population.seed, self.kind, self.end(&changes));
        if let Some(fields) = record.as_object_mut() {
            fields.insert("id".into(), id.clone().into());
        }
        changes.added.push(Some(record));
        id
    }

    fn write(&self, out: &mut Vec<u8>, changes: &Changes, position: u64) -> bool {
        let laid_over = match self.added_at(position) {
            Some(at) => changes.added.get(at).and_then(Option::as_ref),
            None if changes.removed.contains(&position) => return false,
            None => changes.changed.get(&position),
        };
        match laid_over {
            Some(record) => serde_json::to_writer(out, record).is_ok(),
            None => record::write(out, self.population, self.kind, position),
        }
    }

    fn value(&self, changes: &Changes, position: u64) -> Option<Value> {
        let mut json = Vec::new();
        self.write(&mut json, changes, position)
            .then(|| serde_json::from_slice(&json).expect("we wrote it"))
    }

    fn position(&self, changes: &Changes, id: &str) -> Option<u64> {
        position_of(self.population.seed, self.kind, id)
            .filter(|position| *position < self.end(changes))
    }

    fn generated_end(&self) -> u64 {
        self.population.people * 2
    }

    fn end(&self, changes: &Changes) -> u64 {
        self.generated_end() + changes.added.len() as u64
    }

    fn added_at(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.generated_end())?).ok()
    }

    fn read(&self) -> RwLockReadGuard<'_, Changes> {
        self.changes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, Changes> {
        self.changes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lay_over(record: &mut Value, fields: &Value) {
    let (Some(record), Some(fields)) = (record.as_object_mut(), fields.as_object()) else {
        return;
    };
    for (name, value) in fields {
        if value.is_null() {
            record.remove(name);
        } else {
            record.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn walk(book: &Book, limit: usize) -> Vec<Value> {
        let (mut cursor, mut items) = (Cursor::parse(None), Vec::new());
        while let Some(here) = cursor {
            let page: Value = serde_json::from_slice(&book.page(here, limit, 0, "")).unwrap();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = page["next"]
                .as_str()
                .map(|next| Cursor::parse(Some(next)).unwrap());
        }
        items
    }

    #[test]
    fn pages_of_any_length_hold_every_record_once() {
        for kind in Kind::ALL {
            let book = Book::new(Population::new(5, 611), kind);
            let whole = walk(&book, 1_000);
            assert_eq!(whole.len() as u64, book.total());
            assert_eq!(walk(&book, 7), whole);
        }
    }

    #[test]
    fn records_can_be_changed_removed_and_added() {
        let book = Book::new(Population::new(5, 40), Kind::Usp);
        let ids: Vec<String> = walk(&book, 100)
            .iter()
            .map(|r| r["id"].as_str().unwrap().to_owned())
            .collect();
        assert!(book.change(&ids[0], &json!({"lastName": "Nova", "email": null})));
        assert!(book.remove(&ids[1]));
        assert!(!book.remove(&ids[1]));
        let added = book.add(json!({"firstName": "New"}));
        let now = walk(&book, 3);
        assert_eq!(now.len(), ids.len());
        assert_eq!(now.len() as u64, book.total());
        assert_eq!(now[0]["lastName"], "Nova");
        assert!(now[0].get("email").is_none());
        assert_eq!(now.last().unwrap()["id"], added.as_str());
        assert!(book.find(&ids[1]).is_none());
        assert!(book.remove(&added));
        assert!(!book.change("nobody", &json!({})));
    }
}
