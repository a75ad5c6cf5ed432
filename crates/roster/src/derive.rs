//! The order `Join`: derives the entries anew from all records. Reads keys first, groups, writes where
//! records belong, then makes the entries range by range, so that memory holds keys and never a million texts.

use std::collections::{HashMap, HashSet};

use model::{ConnectionId, EntryId, Note, Outcome};
use sha2::{Digest, Sha256};
use store::{
    Hold, Store, as_i64, connections,
    entries::{self, Written},
    jobs::{Standing, Step},
    records::{self, Join, Placement, Stored},
};

use crate::{
    Error,
    join::{Card, Grouping, Place, Source, assemble, group, state},
};

const CHUNK: i64 = 2_000;

/// Carries the order out. Running it again changes nothing that is right already.
pub async fn carry_out(hold: Hold<'_>) -> Result<Outcome, Error> {
    let store = hold.store;
    let places = places(store).await?;
    let mut cards = read_cards(store, &places).await?;
    let decisions = records::decisions(store).await?;
    // Seconds of computing at a million records: not on a thread that serves requests.
    let (cards, grouping, places) = tokio::task::spawn_blocking(move || {
        let grouping = group(&mut cards, &places, &decisions);
        (cards, grouping, places)
    })
    .await
    .expect("grouping does not panic");
    let entry_of = place_all(hold, &cards, &grouping).await?;
    let notes = notes(&cards, &grouping, &entry_of);
    drop(grouping);
    make_entries(hold, &places, notes).await
}

async fn places(store: &Store) -> Result<Vec<Place>, Error> {
    let connections = connections::list(store).await?;
    Ok(connections
        .into_iter()
        .map(|c| Place {
            id: c.id,
            name: c.name,
            kind: c.kind,
            default_pbx: c.default_pbx,
        })
        .collect())
}

async fn read_cards(store: &Store, places: &[Place]) -> Result<Vec<Card>, Error> {
    let index: HashMap<ConnectionId, u16> =
        places.iter().zip(0..).map(|(p, i)| (p.id, i)).collect();
    let mut cards = Vec::new();
    let mut after = 0;
    loop {
        let page = records::present_after(store, after, CHUNK).await?;
        let Some(last) = page.last() else {
            return Ok(cards);
        };
        after = last.id.0;
        for stored in page {
            let Some(&place) = index.get(&stored.connection) else {
                continue;
            };
            let mut card = Card::of(
                stored.id,
                place,
                &places[usize::from(place)],
                &stored.record,
            );
            card.entry = stored.entry;
            card.join = stored.join.map(|join| (join.rule, join.with));
            cards.push(card);
        }
    }
}

/// Gives every group its entry and writes what changed; the entry of every card.
async fn place_all(
    hold: Hold<'_>,
    cards: &[Card],
    grouping: &Grouping,
) -> Result<Vec<EntryId>, Error> {
    let (mut entry_of, unnamed) = keep_ids(cards, grouping);
    let tx = hold.store.begin().await?;
    let first = entries::take_ids(&tx, as_i64(unnamed.len())).await?;
    let step = Step {
        total: Some(as_i64(cards.len())),
        note: Some("joining"),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    let new: HashMap<u32, EntryId> = unnamed
        .into_iter()
        .zip(first..)
        .map(|(root, id)| (root, EntryId(id)))
        .collect();
    let mut moved = Vec::new();
    let mut ids = Vec::with_capacity(cards.len());
    for (i, card) in cards.iter().enumerate() {
        let root = grouping.root[i];
        let entry = entry_of.remove(&root).or_else(|| new.get(&root).copied());
        let entry = entry.expect("every group was given an entry");
        entry_of.insert(root, entry);
        ids.push(entry);
        let join = grouping.edge[i].map(|edge| (edge.rule, cards[edge.with as usize].id));
        if card.entry != Some(entry) || card.join != join {
            let join = join.map(|(rule, with)| Join { rule, with });
            moved.push(Placement {
                record: card.id,
                entry,
                join,
            });
        }
    }
    for chunk in moved.chunks(4_000) {
        let tx = hold.store.begin().await?;
        records::place(&tx, chunk.to_vec()).await?;
        tx.commit().await?;
    }
    Ok(ids)
}

/// The entry that each group keeps, and the groups that need a new one. Groups are asked in the order of
/// their earliest record, and each takes the entry of its earliest record that is still free.
fn keep_ids(cards: &[Card], grouping: &Grouping) -> (HashMap<u32, EntryId>, Vec<u32>) {
    let mut by_age: Vec<u32> = (0..).take(cards.len()).collect();
    by_age.sort_unstable_by_key(|i| cards[*i as usize].id);
    let mut kept: HashMap<u32, EntryId> = HashMap::new();
    let mut taken = HashSet::new();
    for &i in &by_age {
        let root = grouping.root[i as usize];
        if let Some(entry) = cards[i as usize].entry
            && !kept.contains_key(&root)
            && taken.insert(entry)
        {
            kept.insert(root, entry);
        }
    }
    let mut asked = HashSet::new();
    let unnamed = by_age
        .into_iter()
        .map(|i| grouping.root[i as usize])
        .filter(|root| !kept.contains_key(root) && asked.insert(*root))
        .collect();
    (kept, unnamed)
}

/// The remarks of the grouping, as notes of entries.
fn notes(cards: &[Card], grouping: &Grouping, entry_of: &[EntryId]) -> HashMap<EntryId, Vec<Note>> {
    let mut notes: HashMap<EntryId, Vec<Note>> = HashMap::new();
    debug_assert_eq!(cards.len(), entry_of.len());
    for (at, remarks) in &grouping.remarks {
        let at = notes.entry(entry_of[*at as usize]).or_default();
        at.extend(remarks.iter().map(|remark| Note {
            kind: remark.kind,
            rule: Some(remark.rule),
            text: remark.text.clone(),
            other: Some(entry_of[remark.other as usize]),
        }));
        at.sort();
        at.dedup();
    }
    notes
}

/// Makes the entries of one range of ids after the other; only rows that differ are written.
async fn make_entries(
    hold: Hold<'_>,
    places: &[Place],
    mut notes: HashMap<EntryId, Vec<Note>>,
) -> Result<Outcome, Error> {
    let by_id: HashMap<ConnectionId, &Place> = places.iter().map(|p| (p.id, p)).collect();
    let mut changed = false;
    let mut from = 1;
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let tx = hold.store.begin().await?;
        let (low, high) = (EntryId(from), EntryId(from + CHUNK - 1));
        let records = records::of_entries_between(&tx, low, high).await?;
        let known = entries::known_between(&tx, low, high).await?;
        let work = compare(&records, known, &by_id, &mut notes);
        changed |= !work.is_empty();
        entries::write(&tx, &work.write).await?;
        entries::remove(&tx, &work.remove).await?;
        entries::mark_gone(&tx, &work.gone).await?;
        hold.advance(
            &tx,
            Step {
                done: as_i64(records.len()),
                ..Step::default()
            },
        )
        .await?;
        let last = entries::last_id(&tx).await?;
        from += CHUNK;
        if from > last {
            if changed {
                entries::raise_revision(&tx).await?;
            }
            tx.commit().await?;
            return Ok(Outcome::Done);
        }
        tx.commit().await?;
    }
}

/// What has to be done to a range of entries.
#[derive(Default)]
struct Work {
    write: Vec<Written>,
    remove: Vec<EntryId>,
    gone: Vec<EntryId>,
}

impl Work {
    const fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty() && self.gone.is_empty()
    }
}

fn compare(
    records: &[Stored],
    known: Vec<entries::Known>,
    places: &HashMap<ConnectionId, &Place>,
    notes: &mut HashMap<EntryId, Vec<Note>>,
) -> Work {
    let mut work = Work::default();
    let mut known: HashMap<EntryId, entries::Known> =
        known.into_iter().map(|k| (k.id, k)).collect();
    for group in records.chunk_by(|a, b| a.entry == b.entry) {
        let Some(id) = group[0].entry else { continue };
        let before = known.remove(&id);
        let entry = written(
            id,
            group,
            places,
            notes.remove(&id).unwrap_or_default(),
            before.as_ref(),
        );
        if before.is_none_or(|before| before.row_hash != entry.row_hash) {
            work.write.push(entry);
        }
    }
    for (id, before) in known {
        match before.user {
            Some(_) if before.row_hash == [0; 16] => {}
            Some(_) => work.gone.push(id),
            None => work.remove.push(id),
        }
    }
    work.remove.sort_unstable();
    work.gone.sort_unstable();
    work
}

fn written(
    id: EntryId,
    group: &[Stored],
    places: &HashMap<ConnectionId, &Place>,
    mut notes: Vec<Note>,
    before: Option<&entries::Known>,
) -> Written {
    let sources: Vec<Source<'_>> = group
        .iter()
        .filter_map(|stored| {
            let place = places.get(&stored.connection)?;
            Some(Source {
                kind: place.kind,
                name: &place.name,
                record: &stored.record,
            })
        })
        .collect();
    let assembled = assemble(&sources);
    notes.extend(assembled.faults);
    // A user whose imported form is unknown differs from whatever is told now.
    let imported = before
        .filter(|known| known.user.is_some())
        .map(|known| known.imported_hash.unwrap_or_default());
    let state = state(&assembled.fields, &notes, imported);
    let mut hash = Sha256::new();
    hash.update(assembled.fields.hash());
    hash.update(state.name());
    hash.update(
        serde_json::to_vec(&(&assembled.sources, &notes))
            .expect("marks and notes always serialise"),
    );
    let row_hash = hash.finalize()[..16]
        .try_into()
        .expect("a SHA-256 has 32 bytes");
    Written {
        id,
        fields: assembled.fields,
        sources: assembled.sources,
        notes,
        state,
        row_hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::Card;
    use model::{ComponentKind, Record, RecordId};

    #[test]
    fn a_group_keeps_the_entry_of_its_earliest_record() {
        let place = Place {
            id: ConnectionId(uuid::Uuid::nil()),
            name: "usp".into(),
            kind: ComponentKind::Usp,
            default_pbx: String::new(),
        };
        let card = |id: i64, entry: Option<i64>| {
            let mut card = Card::of(RecordId(id), 0, &place, &Record::new(id.to_string()));
            card.entry = entry.map(EntryId);
            card
        };
        let cards = [
            card(3, Some(30)),
            card(1, Some(10)),
            card(2, Some(10)),
            card(9, None),
        ];
        let grouping = Grouping {
            root: vec![0, 0, 2, 3],
            edge: vec![None; 4],
            remarks: HashMap::new(),
        };
        let (kept, unnamed) = keep_ids(&cards, &grouping);
        assert_eq!(
            kept.get(&0),
            Some(&EntryId(10)),
            "the merged group has the earliest id"
        );
        assert_eq!(kept.get(&2), None, "what was split off cannot keep it");
        assert_eq!(unnamed, [2, 3]);
    }
}
