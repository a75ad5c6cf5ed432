//! A person's word about who is who, kept across scans.

use model::{NoteKind, Rule};
use roster::view::{decide, explain};
use sandbox::people::Oddity;

use crate::{
    harness::{Office, admin, assert_done},
    truth::ids_of,
};

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
    decide(&office.store, before.id, record, true, &admin())
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

    decide(&office.store, kept, record, false, &admin())
        .await
        .unwrap();
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
    let refused = decide(&office.store, entry, record, true, &admin()).await;
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
