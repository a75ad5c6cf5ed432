//! Entries: what is written, marked, counted and removed.

use model::{EntryId, EntryState, Note, NoteKind, Rule, UserId};
use store::entries::{self, Entry};

use crate::{
    home::{Home, is_missing},
    people::{asked, new_rows, nth_person, person, row},
};

on_both_engines!(
    an_entry_reads_back,
    writing_again_changes_the_entry_and_keeps_what_was_imported,
    thousands_of_entries_in_one_call,
    a_removed_entry_is_found_no_more,
    a_gone_entry_stays_and_is_written_anew,
    totals_and_counts_follow_the_states,
    the_revision_rises_with_every_change,
    entry_ids_are_given_once,
    a_walk_over_everything_meets_each_match_once,
    joining_knows_what_is_there,
    entries_keep_the_forms_they_were_imported_in,
);

pub(crate) async fn found(home: &Home, search: &str) -> Vec<i64> {
    let page = entries::page(&home.store, &asked(search, "", 500))
        .await
        .unwrap();
    page.items.iter().map(|entry| entry.id.0).collect()
}

async fn get(home: &Home, id: i64) -> Entry {
    entries::get(&home.store, EntryId(id)).await.unwrap()
}

async fn an_entry_reads_back(home: Home) {
    let note = Note {
        kind: NoteKind::Proposal,
        rule: Some(Rule::Number),
        text: "perhaps the same “person”".into(),
        other: Some(EntryId(8)),
    };
    let fields = person("Zoë", "O'Neil", "1#001", "zoe@example.org");
    let written = entries::Written {
        sources: vec!["USP", "MBG"],
        notes: vec![note.clone()],
        ..row(7, fields.clone(), EntryState::Conflict)
    };
    home.fill(vec![written]).await;
    let entry = get(&home, 7).await;
    assert_eq!((&entry.fields, entry.hash), (&fields, fields.hash()));
    assert_eq!(
        (entry.sources, entry.notes),
        (vec!["USP".into(), "MBG".into()], vec![note])
    );
    assert_eq!((entry.state, entry.user), (EntryState::Conflict, None));
    assert!(is_missing(&entries::get(&home.store, EntryId(8)).await));
}

async fn writing_again_changes_the_entry_and_keeps_what_was_imported(home: Home) {
    home.fill(new_rows([nth_person(1)])).await;
    let (user, hash) = (UserId::new(home.env()), nth_person(1).hash());
    home.write(async |tx| entries::mark_imported(tx, &[(EntryId(1), user, hash)]).await)
        .await;
    assert_eq!(get(&home, 1).await.state, EntryState::Imported);
    home.fill(vec![row(1, nth_person(2), EntryState::Changed)])
        .await;
    let entry = get(&home, 1).await;
    assert_eq!(
        (entry.fields, entry.state),
        (nth_person(2), EntryState::Changed)
    );
    assert_eq!((entry.user, entry.imported_hash), (Some(user), Some(hash)));
    assert!(
        found(&home, "p1@example.org").await.is_empty(),
        "the old address is still found"
    );
    assert_eq!(found(&home, "p2@example.org").await, [1]);
}

async fn thousands_of_entries_in_one_call(home: Home) {
    home.fill(new_rows((1..=5000).map(nth_person))).await;
    let total = entries::total(&home.store, &asked("", "", 1))
        .await
        .unwrap();
    assert_eq!((total.count, total.exact), (5000, true));
    assert_eq!(found(&home, "number04711").await, [4711]);
    let all: Vec<_> = (1..=5000).map(EntryId).collect();
    home.write(async |tx| entries::remove(tx, &all).await).await;
    assert_eq!(home.number("SELECT COUNT(*) FROM entry").await, 0);
}

async fn a_removed_entry_is_found_no_more(home: Home) {
    home.fill(new_rows([nth_person(1), nth_person(2)])).await;
    home.write(async |tx| entries::remove(tx, &[EntryId(1)]).await)
        .await;
    assert_eq!(found(&home, "person").await, [2]);
    // The id is not given again, but a restored backup may hold it.
    home.fill(vec![row(1, nth_person(3), EntryState::New)])
        .await;
    assert!(found(&home, "number00001").await.is_empty());
    assert_eq!(found(&home, "number00003").await, [1]);
}

async fn a_gone_entry_stays_and_is_written_anew(home: Home) {
    home.fill(new_rows([nth_person(1), nth_person(2)])).await;
    home.write(async |tx| entries::mark_gone(tx, &[EntryId(2)]).await)
        .await;
    assert_eq!(get(&home, 2).await.state, EntryState::Gone);
    let known = home
        .write(async |tx| entries::known_between(tx, EntryId(2), EntryId(2)).await)
        .await;
    assert_ne!(
        known[0].row_hash,
        nth_person(2).hash(),
        "joining would take it for unchanged"
    );
}

async fn totals_and_counts_follow_the_states(home: Home) {
    let states = [EntryState::New, EntryState::New, EntryState::Conflict];
    let rows = (1..)
        .zip(states)
        .map(|(id, state)| row(id, nth_person(id), state));
    home.fill(rows.collect()).await;
    let counts = entries::counts(&home.store).await.unwrap();
    assert_eq!(
        counts.of,
        [(EntryState::New, 2), (EntryState::Conflict, 1)].into()
    );
    let total = async |search: &str, state: &str| {
        let total = entries::total(&home.store, &asked(search, state, 1))
            .await
            .unwrap();
        assert!(total.exact);
        total.count
    };
    assert_eq!((total("", "").await, total("", "new").await), (3, 2));
    assert_eq!(total("", "gone").await, 0);
    assert_eq!(
        (total("person", "new").await, total("number00003", "").await),
        (2, 1)
    );
    assert_eq!(total("nobody", "").await, 0);
}

async fn the_revision_rises_with_every_change(home: Home) {
    let before = entries::revision(&home.store).await.unwrap();
    home.fill(vec![]).await;
    assert_eq!(entries::revision(&home.store).await.unwrap(), before);
    home.fill(new_rows([nth_person(1)])).await;
    let filled = entries::revision(&home.store).await.unwrap();
    let user = UserId::new(home.env());
    home.write(async |tx| entries::mark_imported(tx, &[(EntryId(1), user, [0; 16])]).await)
        .await;
    let imported = entries::revision(&home.store).await.unwrap();
    home.write(async |tx| entries::mark_gone(tx, &[EntryId(1)]).await)
        .await;
    let gone = entries::revision(&home.store).await.unwrap();
    assert!(before < filled && filled < imported && imported < gone);
}

async fn entry_ids_are_given_once(home: Home) {
    let first = home.write(async |tx| entries::take_ids(tx, 5).await).await;
    let next = home.write(async |tx| entries::take_ids(tx, 1).await).await;
    assert_eq!(next, first + 5);
    assert_eq!(
        home.write(async |tx| entries::last_id(tx).await).await,
        next
    );
}

async fn a_walk_over_everything_meets_each_match_once(home: Home) {
    let state = |n| {
        if n % 3 == 0 {
            EntryState::Conflict
        } else {
            EntryState::New
        }
    };
    home.fill((1..=50).map(|n| row(n, nth_person(n), state(n))).collect())
        .await;
    let walk = async |search: &str, state: &str| {
        let (query, mut after, mut met) = (asked(search, state, 1), 0, vec![]);
        loop {
            let step = entries::matching_after(&home.store, &query, after, 7)
                .await
                .unwrap();
            let Some(last) = step.last() else { break met };
            after = last.id.0;
            met.extend(step.iter().map(|entry| entry.id.0));
        }
    };
    assert_eq!(walk("", "").await, (1..=50).collect::<Vec<_>>());
    assert_eq!(
        walk("person", "conflict").await,
        (1..=16).map(|n| n * 3).collect::<Vec<_>>()
    );
    assert_eq!(walk("number0004", "").await, (40..=49).collect::<Vec<_>>());
}

async fn joining_knows_what_is_there(home: Home) {
    home.fill(new_rows((1..=3).map(nth_person))).await;
    let known = home
        .write(async |tx| entries::known_between(tx, EntryId(2), EntryId(9)).await)
        .await;
    let known: Vec<_> = known.iter().map(|k| (k.id.0, k.row_hash, k.user)).collect();
    assert_eq!(known, [2, 3].map(|n| (n, nth_person(n).hash(), None)));
}

async fn entries_keep_the_forms_they_were_imported_in(home: Home) {
    home.fill(new_rows((1..=5000).map(nth_person))).await;
    let imported: Vec<_> = (1..=5000)
        .map(|n| (EntryId(n), UserId::new(home.env()), nth_person(n).hash()))
        .collect();
    home.write(async |tx| entries::mark_imported(tx, &imported).await)
        .await;
    let ids: Vec<_> = imported.iter().map(|(id, ..)| *id).collect();
    let entries = entries::by_id(&home.store, &ids).await.unwrap();
    let kept: Vec<_> = entries
        .iter()
        .map(|e| (e.id, e.user.unwrap(), e.imported_hash.unwrap()))
        .collect();
    assert_eq!(kept, imported);
    let inside = home
        .write(async |tx| entries::by_id_in(tx, &ids[..2]).await)
        .await;
    assert_eq!(inside, entries[..2]);
}

#[tokio::test]
async fn sqlite_forgets_the_words_of_a_removed_entry() {
    let home = crate::home::Place::sqlite().home().await;
    home.fill(new_rows([nth_person(1), nth_person(2)])).await;
    let indexed = "SELECT COUNT(*) FROM entry_search";
    assert_eq!(home.number(indexed).await, 2);
    home.write(async |tx| entries::remove(tx, &[EntryId(1)]).await)
        .await;
    assert_eq!(home.number(indexed).await, 1);
}
