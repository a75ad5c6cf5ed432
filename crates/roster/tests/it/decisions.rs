//! A person's word about who is who, kept across scans.

use model::{EntryId, NoteKind, RecordId, Rule, entry::Verdict};
use roster::{About, Decision, Error, decide, view::explain};
use sandbox::people::Oddity;

use crate::{
    harness::{Office, admin, assert_done},
    truth::ids_of,
};

/// A decision about one record, whatever was said before.
async fn say(
    office: &Office,
    entry: EntryId,
    record: RecordId,
    verdict: Verdict,
) -> Result<(), Error> {
    let decision = Decision {
        entry,
        about: About::Record(record),
        verdict,
        seen: None,
    };
    decide(&office.store, decision, &admin()).await
}

#[tokio::test]
async fn a_proposal_that_a_person_links_becomes_one_entry_and_can_be_cut_again() {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    let (usp, cs) = (
        ids_of(&office, "usp", Oddity::NameChanged).remove(0),
        ids_of(&office, "client-service", Oddity::NameChanged).remove(0),
    );
    let (before, apart) = (
        office.entry_of("usp", &usp).await,
        office.entry_of("client-service", &cs).await,
    );
    assert_ne!(before.id, apart.id);
    let proposed = before
        .notes
        .iter()
        .any(|n| n.kind == NoteKind::Proposal && n.other == Some(apart.id));
    assert!(proposed, "{:?}", before.notes);

    let record = office.record("client-service", &cs).await.id;
    say(&office, before.id, record, Verdict::Together)
        .await
        .unwrap();
    assert_done(&office.work().await);
    // Connections are read in no certain order, and the entry of the earliest record lives on.
    let kept = before.id.min(apart.id);
    let linked = explain(&office.store, kept).await.unwrap();
    assert_eq!(linked.records.len(), 3);
    assert!(linked.joins.iter().any(|join| join.rule == Rule::Decision));
    assert!(linked.entry.notes.is_empty(), "{:?}", linked.entry.notes);
    assert_done(&office.scan().await);
    assert_eq!(office.entry_of("client-service", &cs).await.id, kept);

    say(&office, kept, record, Verdict::Apart).await.unwrap();
    assert_done(&office.work().await);
    let mut ids = [
        office.entry_of("usp", &usp).await.id,
        office.entry_of("client-service", &cs).await.id,
    ];
    ids.sort_unstable();
    assert_eq!(ids[0], kept);
    assert!(
        ids[1] > before.id.max(apart.id),
        "a split gives a new id: {ids:?}"
    );
}

#[tokio::test]
async fn two_records_of_one_connection_cannot_be_linked() {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    let ids = ids_of(&office, "usp", Oddity::Ordinary);
    let entry = office.entry_of("usp", &ids[0]).await.id;
    let record = office.record("usp", &ids[1]).await.id;
    let refused = say(&office, entry, record, Verdict::Together).await;
    assert!(matches!(refused, Err(roster::Error::Unfit(faults)) if faults[0].field == "record"));
    assert!(office.work().await.is_empty());
}

#[tokio::test]
async fn every_join_is_explained_by_the_value_that_matched() {
    let office = Office::of(500).await.connected().await;
    assert_done(&office.scan().await);
    let mut rules = std::collections::BTreeSet::new();
    for entry in office.entries().await {
        let explained = explain(&office.store, entry.id).await.unwrap();
        assert_eq!(explained.joins.len() + 1, explained.records.len());
        for join in explained.joins {
            assert!(!join.value.is_empty(), "{join:?}");
            rules.insert(join.rule);
        }
    }
    assert_eq!(rules.len(), 3, "{rules:?}");
}

#[tokio::test]
async fn two_administrators_linking_and_unlinking_the_same_entry_at_once_one_wins_and_the_other_is_told()
 {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    let usp = ids_of(&office, "usp", Oddity::NameChanged).remove(0);
    let cs = ids_of(&office, "client-service", Oddity::NameChanged).remove(0);
    let entry = office.entry_of("usp", &usp).await.id;
    let other = office.entry_of("client-service", &cs).await.id;
    let seen = explain(&office.store, entry).await.unwrap().decided;
    assert_eq!(seen, 0, "nobody decided yet");
    let at = |verdict| Decision {
        entry,
        about: About::Entry(other),
        verdict,
        seen: Some(seen),
    };
    let (ada, grace) = (model::Actor("ada".into()), admin());
    let (one, two) = tokio::join!(
        decide(&office.store, at(Verdict::Together), &ada),
        decide(&office.store, at(Verdict::Apart), &grace),
    );
    let (winner, told) = match (one, two) {
        (Ok(()), Err(told)) => ("ada", told),
        (Err(told), Ok(())) => ("grace", told),
        both => panic!("one of them wins: {both:?}"),
    };
    assert!(
        matches!(&told, Error::Decided { actor } if actor == winner),
        "{told:?}"
    );
    let explained = explain(&office.store, entry).await.unwrap();
    assert_eq!(explained.history.len(), 1);
    assert_eq!(explained.history[0].actor, winner);
    // Who looks again can still say otherwise.
    let again = Decision {
        seen: Some(explained.decided),
        ..at(Verdict::Together)
    };
    decide(&office.store, again, &grace).await.unwrap();
    assert_done(&office.work().await);
    let linked = explain(&office.store, entry.min(other)).await.unwrap();
    assert_eq!(linked.records.len(), 3);
}

#[tokio::test]
async fn a_decision_is_told_with_its_records_and_can_be_taken_back() {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    let usp = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let entry = office.entry_of("usp", &usp).await.id;
    let before = explain(&office.store, entry).await.unwrap();
    assert!(before.records.len() > 1 && before.history.is_empty());
    let apart = before.records.last().unwrap().id;
    say(&office, entry, apart, Verdict::Apart).await.unwrap();
    assert_done(&office.work().await);
    let cut = explain(&office.store, entry).await.unwrap();
    assert_eq!(cut.records.len(), before.records.len() - 1);
    let said = &cut.history[0];
    assert_eq!((said.verdict, said.stands), (Verdict::Apart, true));
    assert_eq!(said.records[0].id, apart);
    assert_eq!(said.others.len(), cut.records.len());
    say(&office, entry, apart, Verdict::Undone).await.unwrap();
    assert_done(&office.work().await);
    let whole = explain(&office.store, entry).await.unwrap();
    assert_eq!(whole.records.len(), before.records.len());
    let stands: Vec<_> = whole
        .history
        .iter()
        .map(|s| (s.verdict, s.stands))
        .collect();
    assert_eq!(stands, [(Verdict::Undone, false), (Verdict::Apart, false)]);
}

#[tokio::test]
async fn a_proposal_names_the_value_that_both_have_and_whether_it_can_be_linked() {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    let usp = ids_of(&office, "usp", Oddity::NameChanged).remove(0);
    let entry = office.entry_of("usp", &usp).await;
    let explained = explain(&office.store, entry.id).await.unwrap();
    let doubt = &explained.doubts[0];
    assert!(doubt.can_link && doubt.other.is_some());
    assert!(
        doubt.value.contains(&entry.fields.directory_number),
        "{doubt:?}"
    );
}
