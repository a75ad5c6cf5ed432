//! The order `Join`: derives from all records which of them are one person, and the entries that may be otherwise since. Reads
//! keys first, groups, writes where records belong, then makes those entries, a few thousand at a time, so that memory holds keys
//! and never a million texts.

mod rows;

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{ComponentKind, ConnectionId, EntryId, Note, NoteKind, Outcome, RecordId, Rule};
use sha2::{Digest, Sha256};
use store::{
    Hold, Tx, as_i64,
    connections::{self, Connection},
    entries,
    jobs::{self, Standing, Step},
    records::{self, Join, Placement},
    stale,
};

use crate::{
    Error,
    join::{Card, Grouping, Kept, Place, Precedences, contested, group, keep},
};

const CHUNK: i64 = 2_000;
/// How soon scans that are under way are looked at again.
const LOOK_AGAIN_S: i64 = 1;
/// Joining waits for scans at most so long: people are to see something.
const WAIT_MAX_S: i64 = 600;
/// How many pages of records are read before the hold is looked at again.
const PAGES_PER_LOOK: u32 = 16;

/// Carries the order out. Running it again changes nothing that is right already.
pub async fn carry_out(hold: Hold<'_>) -> Result<Outcome, Error> {
    let now = hold.store.env().now();
    if now.seconds_since(hold.job.created_at) < WAIT_MAX_S
        && jobs::is_under_way(hold.store, "scan").await?
    {
        // Each of them orders joining when it ends, and what is derived now would be derived again.
        return Ok(Outcome::Again {
            at: now.plus_s(LOOK_AGAIN_S),
            why: "waits for scans that are under way".to_owned(),
        });
    }
    loop {
        let tx = hold.store.begin().await?;
        let together = stale::begin(&tx, form()).await?;
        let step = Step {
            note: Some("joining"),
            ..Step::default()
        };
        hold.advance(&tx, step).await?;
        tx.commit().await?;
        let notes = if together {
            let Some(notes) = join_records(hold).await? else {
                return Ok(Outcome::Stopped);
            };
            Some(notes)
        } else {
            None
        };
        match make_entries(hold, notes).await? {
            Made::All => return Ok(Outcome::Done),
            Made::Stopped => return Ok(Outcome::Stopped),
            // Something came meanwhile that all records have to be looked at for.
            Made::Overtaken => {}
        }
    }
}

/// How making entries ended.
enum Made {
    All,
    Stopped,
    Overtaken,
}

/// Raised with every change of what a record is read as, of its card or of what an entry is made of: within a release too, what
/// was kept is then made anew.
const FORM: u32 = 1;

/// What tells programs apart that might make other entries of the same records: another release makes all of them anew.
pub fn form() -> i64 {
    let hash = Sha256::digest(format!("{} {FORM}", env!("CARGO_PKG_VERSION")));
    i64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has 32 bytes"))
}

/// The same, as it stands before what is kept of a record.
fn form_bytes() -> [u8; 8] {
    form().to_be_bytes()
}

fn place(connection: Connection) -> Place {
    Place {
        id: connection.id,
        name: connection.name,
        kind: connection.kind,
        default_pbx: connection.default_pbx,
    }
}

/// Remarks of the grouping by entry.
type Notes = HashMap<EntryId, Vec<Note>>;

/// Gives every record its entry, and answers the remarks about entries; none where the job was stopped meanwhile.
/// What is kept in memory of the records ends with it.
async fn join_records(hold: Hold<'_>) -> Result<Option<Notes>, Error> {
    let connections = connections::list(hold.store).await?;
    let count = connections.iter().map(|c| c.scan.records).sum::<i64>();
    let places: Vec<Place> = connections.into_iter().map(place).collect();
    let count = usize::try_from(count).unwrap_or(0);
    let Some(mut cards) = read_cards(hold, &places, count).await? else {
        return Ok(None);
    };
    let decisions = store::decisions::all(hold.store).await?;
    // Seconds of computing at a million records: not on a thread that serves requests.
    let (cards, grouping) = tokio::task::spawn_blocking(move || {
        let grouping = group(&mut cards, &places, &decisions);
        (cards, grouping)
    })
    .await
    .expect("grouping does not panic");
    let entry_of = place_all(hold, &cards, &grouping).await?;
    let notes = notes(&cards, &grouping, &entry_of);
    mark_noted(hold, &notes).await?;
    Ok(Some(notes))
}

/// Has the entries made anew whose remarks are others than they were.
async fn mark_noted(hold: Hold<'_>, notes: &Notes) -> Result<(), Error> {
    let mut differ: HashSet<EntryId> = notes.keys().copied().collect();
    let mut after = EntryId(0);
    loop {
        let page = entries::joined_notes(hold.store, after, CHUNK).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (id, before) in page {
            if notes.get(&id) == Some(&before) {
                differ.remove(&id);
            } else {
                differ.insert(id);
            }
        }
    }
    let tx = hold.store.begin().await?;
    let made = stale::made(&tx).await?;
    tx.commit().await?;
    let mut differ: Vec<EntryId> = differ.into_iter().filter(|id| *id <= made).collect();
    differ.sort_unstable();
    for chunk in differ.chunks(4_000) {
        let tx = hold.store.begin().await?;
        stale::mark(&tx, chunk).await?;
        hold.advance(&tx, Step::default()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Reads the keys of every record, about `count` of them; none where the job was stopped meanwhile.
async fn read_cards(
    hold: Hold<'_>,
    places: &[Place],
    count: usize,
) -> Result<Option<Vec<Card>>, Error> {
    let index: HashMap<ConnectionId, u16> =
        places.iter().zip(0..).map(|(p, i)| (p.id, i)).collect();
    let mut cards = Vec::with_capacity(count);
    let mut after = 0;
    for pages in 0_u32.. {
        if pages.is_multiple_of(PAGES_PER_LOOK) && hold.standing().await? != Standing::Go {
            return Ok(None);
        }
        let page = records::cards_after(hold.store, after, CHUNK, form_bytes()).await?;
        let Some(last) = page.last() else { break };
        after = last.id.0;
        for carded in page {
            let Some(&place) = index.get(&carded.connection) else {
                continue;
            };
            let at = &places[usize::from(place)];
            let mut card = match carded.card {
                Ok(bytes) => Card::from_bytes(carded.id, (place, at), &carded.source_id, &bytes)
                    .ok_or(store::Error::Corrupt {
                        what: "what joining keeps of a record",
                        why: "is too short".into(),
                    })?,
                Err(record) => Card::of(carded.id, place, at, &record),
            };
            card.entry = carded.entry;
            card.join = carded.join.map(|join| (join.rule, join.with));
            card.said = carded.said;
            cards.push(card);
        }
    }
    Ok(Some(cards))
}

/// Gives every group its entry and writes what changed; the entry of every card.
async fn place_all(
    hold: Hold<'_>,
    cards: &[Card],
    grouping: &Grouping,
) -> Result<Vec<EntryId>, Error> {
    let imported = entries::by_id(hold.store, &contested(cards, grouping)).await?;
    let imported: HashSet<EntryId> = imported
        .into_iter()
        .filter(|entry| entry.user.is_some())
        .map(|entry| entry.id)
        .collect();
    let named = name(hold, keep(cards, grouping, &imported)).await?;
    let entry_of: Vec<EntryId> = grouping.root.iter().map(|root| named[root]).collect();
    for chunk in moved(cards, grouping, &entry_of).chunks(4_000) {
        let tx = hold.store.begin().await?;
        let made = stale::made(&tx).await?;
        let touched = chunk
            .iter()
            .flat_map(|at| [Some(entry_of[*at]), cards[*at].entry]);
        let mut touched: Vec<EntryId> = touched.flatten().filter(|id| *id <= made).collect();
        touched.sort_unstable();
        touched.dedup();
        stale::mark(&tx, &touched).await?;
        let placements = chunk.iter().map(|at| Placement {
            record: cards[*at].id,
            entry: entry_of[*at],
            join: join(cards, grouping, *at).map(|(rule, with)| Join { rule, with }),
            card: (cards[*at].to_bytes(form_bytes()), cards[*at].said),
        });
        records::place(&tx, placements.collect()).await?;
        hold.advance(&tx, Step::default()).await?;
        tx.commit().await?;
    }
    Ok(entry_of)
}

/// Gives new entries to the groups that keep none: the entry of every group, by its root.
async fn name(hold: Hold<'_>, kept: Kept) -> Result<HashMap<u32, EntryId>, Error> {
    let tx = hold.store.begin().await?;
    let first = entries::take_ids(&tx, as_i64(kept.unnamed.len())).await?;
    hold.advance(&tx, Step::default()).await?;
    tx.commit().await?;
    let mut named = kept.entry;
    named.extend(kept.unnamed.into_iter().zip((first..).map(EntryId)));
    Ok(named)
}

/// Why a record belongs to its entry, as the grouping found it.
fn join(cards: &[Card], grouping: &Grouping, at: usize) -> Option<(Rule, RecordId)> {
    let edge = grouping.edge[at]?;
    Some((edge.rule, cards[edge.with as usize].id))
}

/// Which records belong elsewhere than so far, or for another reason, or have no card kept; in the order in which they lie in the
/// database.
fn moved(cards: &[Card], grouping: &Grouping, entry_of: &[EntryId]) -> Vec<usize> {
    let is_moved = |at: &usize| {
        let card = &cards[*at];
        card.entry != Some(entry_of[*at])
            || card.join != join(cards, grouping, *at)
            || !card.is_kept
    };
    let mut moved: Vec<usize> = (0..cards.len()).filter(is_moved).collect();
    moved.sort_unstable_by_key(|at| cards[*at].id);
    moved
}

/// The remarks of the grouping, as notes of entries.
fn notes(cards: &[Card], grouping: &Grouping, entry_of: &[EntryId]) -> Notes {
    let mut notes = Notes::new();
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

/// Makes the entries that may be otherwise since: first those that were never made, range by range, then those that are marked.
/// Without remarks of a grouping they keep theirs. Only rows that differ are written.
async fn make_entries(hold: Hold<'_>, notes: Option<Notes>) -> Result<Made, Error> {
    let tx = hold.store.begin().await?;
    let (made, last) = (stale::made(&tx).await?, entries::last_id(&tx).await?);
    let step = Step {
        done: -hold.job.done,
        total: Some(last - made.0 + stale::count(&tx).await?),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Made::Stopped);
        }
        let tx = hold.store.begin().await?;
        let done = match &notes {
            Some(notes) => make_some(&tx, notes).await?,
            None => match renew_some(&tx).await? {
                Some(done) => done,
                None => return Ok(Made::Overtaken),
            },
        };
        if done == 0 && notes.is_some() {
            stale::end(&tx).await?;
        }
        let step = Step {
            done,
            ..Step::default()
        };
        hold.advance(&tx, step).await?;
        tx.commit().await?;
        if done == 0 {
            return Ok(Made::All);
        }
    }
}

/// Makes one chunk after a grouping, by connections and precedences as they are in this transaction: how many were looked at.
async fn make_some(tx: &Tx, notes: &Notes) -> Result<i64, Error> {
    let (made, last) = (stale::made(tx).await?, entries::last_id(tx).await?);
    let connections = connections::list_in(tx).await?;
    let places: Vec<Place> = connections.into_iter().map(place).collect();
    let by_id: HashMap<ConnectionId, &Place> = places.iter().map(|p| (p.id, p)).collect();
    let set = Precedences::new(store::precedence::all_in(tx).await?);
    let (records, known, done) = if made.0 < last {
        let (low, high) = (EntryId(made.0 + 1), EntryId(last.min(made.0 + CHUNK)));
        stale::note_made(tx, high).await?;
        let records = records::of_entries_between(tx, low, high).await?;
        let known = entries::known_between(tx, low, high).await?;
        (records, known, high.0 - made.0)
    } else {
        let ids = stale::take(tx, CHUNK).await?;
        let records = records::of_entries_in(tx, &ids).await?;
        (records, entries::known(tx, &ids).await?, as_i64(ids.len()))
    };
    let work = rows::compare(&records, known, &by_id, &set, notes);
    rows::carry_out(tx, &work).await?;
    Ok(done)
}

/// Makes one chunk where how records go together is as it was; none where it has to be found anew first.
async fn renew_some(tx: &Tx) -> Result<Option<i64>, Error> {
    let made = stale::made(tx).await?;
    let ids = stale::take(tx, CHUNK).await?;
    if made.0 < entries::last_id(tx).await? || stale::is_owed(tx).await? {
        return Ok(None);
    }
    renew(tx, &ids, store::precedence::all_in(tx).await?).await?;
    Ok(Some(as_i64(ids.len())))
}

/// Makes some entries anew of their records as they are joined now; remarks about joins stay as they are.
pub(crate) async fn renew(
    tx: &Tx,
    ids: &[EntryId],
    set: BTreeMap<String, Vec<ComponentKind>>,
) -> Result<(), Error> {
    let connections = connections::list_in(tx).await?;
    let places: Vec<Place> = connections.into_iter().map(place).collect();
    let places = places.iter().map(|place| (place.id, place)).collect();
    let records = records::of_entries_in(tx, ids).await?;
    let held: HashSet<EntryId> = records.iter().filter_map(|stored| stored.entry).collect();
    let mut known = entries::known(tx, ids).await?;
    // Who has no record any more is the next joining's to decide about.
    known.retain(|known| held.contains(&known.id));
    let mut notes = Notes::new();
    for entry in entries::by_id_in(tx, ids).await? {
        // Faults are of the records and come anew with them.
        let stay = entry
            .notes
            .into_iter()
            .filter(|n| n.kind != NoteKind::Fault);
        notes.insert(entry.id, stay.collect());
    }
    let work = rows::compare(&records, known, &places, &Precedences::new(set), &notes);
    rows::carry_out(tx, &work).await
}
