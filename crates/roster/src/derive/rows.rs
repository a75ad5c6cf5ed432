//! What has to be done to a range of entries so that they are as their records make them.

use std::collections::HashMap;

use model::{ConnectionId, EntryId, Note};
use sha2::{Digest, Sha256};
use store::{
    Tx,
    entries::{self, Written},
    records::Stored,
};

use crate::{
    Error,
    join::{Place, Precedences, Source, assemble, state},
};

pub(super) async fn carry_out(tx: &Tx, work: &Work) -> Result<(), Error> {
    entries::write(tx, &work.write).await?;
    entries::remove(tx, &work.remove).await?;
    Ok(entries::mark_gone(tx, &work.gone).await?)
}

/// What has to be done to a range of entries.
#[derive(Default)]
pub(super) struct Work {
    write: Vec<Written>,
    remove: Vec<EntryId>,
    gone: Vec<EntryId>,
}

pub(super) fn compare(
    records: &[Stored],
    known: Vec<entries::Known>,
    places: &HashMap<ConnectionId, &Place>,
    set: &Precedences,
    notes: &HashMap<EntryId, Vec<Note>>,
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
            (places, set),
            notes.get(&id).cloned().unwrap_or_default(),
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
    (places, set): (&HashMap<ConnectionId, &Place>, &Precedences),
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
    let assembled = assemble(&sources, set);
    notes.extend(assembled.faults);
    // A user whose imported form is unknown differs from whatever is told now.
    let imported = before
        .filter(|known| known.user.is_some())
        .map(|known| known.imported_hash.unwrap_or_default());
    let state = state(&assembled.fields, &notes, imported);
    let drifted = imported.is_some_and(|hash| hash != assembled.fields.hash());
    let mut hash = Sha256::new();
    hash.update(assembled.fields.hash());
    hash.update(state.name());
    hash.update([u8::from(drifted)]);
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
        drifted,
        row_hash,
    }
}
