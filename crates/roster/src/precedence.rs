//! Which component wins a field, set by an administrator, who sees before what it changes.

use std::collections::HashMap;

use model::{Actor, ComponentKind, ConnectionId, EntryId, Fault, Order, PersonFields};
use store::{Store, connections, entries, precedence, records, records::Stored};

use crate::{
    Error,
    join::{FIELD_NAMES, Precedences, Source, assemble, default_order},
};

/// So many entries are looked at in one step.
const CHUNK: i64 = 2_000;
/// So many of the entries that would change are shown.
const EXAMPLES: usize = 10;

/// The order of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOrder {
    /// The field's name in the API.
    pub field: &'static str,
    /// Every kind, the one that wins first.
    pub kinds: Vec<ComponentKind>,
    /// Whether somebody changed it.
    pub is_set: bool,
}

/// The order of every field.
pub async fn list(store: &Store) -> Result<Vec<FieldOrder>, Error> {
    let set = Precedences::new(precedence::all(store).await?);
    let orders = FIELD_NAMES.into_iter().filter_map(|field| {
        let default = default_order(field)?;
        Some(FieldOrder {
            field,
            kinds: set.order(field, &default).into_owned(),
            is_set: set.is_set(field),
        })
    });
    Ok(orders.collect())
}

/// The order of one field.
pub async fn get(store: &Store, field: &str) -> Result<FieldOrder, Error> {
    let found = list(store).await?.into_iter().find(|f| f.field == field);
    found.ok_or_else(|| store::Error::Missing("field").into())
}

/// What another order would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effect {
    /// How many entries.
    pub changed: i64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// One entry that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The entry.
    pub entry: EntryId,
    /// What a person calls it.
    pub label: String,
    /// The value that counts now.
    pub from: String,
    /// The value that would count.
    pub to: String,
}

/// What it would change if these kinds came first for a field; none of them: the program's order. Reads every record
/// once and writes nothing.
pub async fn effect(store: &Store, field: &str, first: &[ComponentKind]) -> Result<Effect, Error> {
    check(field, first)?;
    let now = Precedences::new(precedence::all(store).await?);
    let then = now.clone().with(field, first);
    let all = connections::list(store).await?;
    let places: HashMap<_, _> = all
        .iter()
        .map(|c| (c.id, (c.kind, c.name.as_str())))
        .collect();
    let mut effect = Effect::default();
    let (mut from, last) = (1, entries::last(store).await?);
    while from <= last {
        let (low, high) = (EntryId(from), EntryId(from + CHUNK - 1));
        let stored = records::read_between(store, low, high).await?;
        // Who has one record has one source for everything.
        let groups = stored.chunk_by(|a, b| a.entry == b.entry);
        for group in groups.filter(|group| group.len() > 1) {
            let (before, after) = (made(group, &places, &now), made(group, &places, &then));
            compare(field, group[0].entry, &before, &after, &mut effect);
        }
        from += CHUNK;
    }
    Ok(effect)
}

fn made(
    group: &[Stored],
    places: &HashMap<ConnectionId, (ComponentKind, &str)>,
    set: &Precedences,
) -> PersonFields {
    let sources = group.iter().filter_map(|stored| {
        let (kind, name) = *places.get(&stored.connection)?;
        Some(Source {
            kind,
            name,
            record: &stored.record,
        })
    });
    assemble(&sources.collect::<Vec<_>>(), set).fields
}

fn compare(
    field: &str,
    entry: Option<EntryId>,
    before: &PersonFields,
    after: &PersonFields,
    effect: &mut Effect,
) {
    let Some(entry) = entry.filter(|_| before != after) else {
        return;
    };
    effect.changed += 1;
    if effect.examples.len() < EXAMPLES {
        let value = |fields: &PersonFields| {
            let texts = fields.texts();
            let found = texts.iter().find(|(name, _)| *name == field);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        };
        effect.examples.push(Example {
            entry,
            label: before.label(),
            from: value(before),
            to: value(after),
        });
    }
}

/// Puts kinds first for a field, none: the program's order; and has everything joined anew.
pub async fn set(
    store: &Store,
    field: &str,
    first: &[ComponentKind],
    actor: &Actor,
) -> Result<(), Error> {
    check(field, first)?;
    let tx = store.begin().await?;
    precedence::set(&tx, field, first, actor).await?;
    store::jobs::enqueue(&tx, &Order::Join, 0, Some("join"), actor).await?;
    Ok(tx.commit().await?)
}

fn check(field: &str, first: &[ComponentKind]) -> Result<(), Error> {
    if default_order(field).is_none() {
        return Err(store::Error::Missing("field").into());
    }
    let mut once = first.to_vec();
    once.sort_unstable();
    once.dedup();
    if once.len() != first.len() {
        let why = "names one kind of component twice";
        return Err(Error::Unfit(vec![Fault::new("kinds", why)]));
    }
    Ok(())
}
