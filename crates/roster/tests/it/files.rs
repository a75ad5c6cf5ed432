//! Files in a folder: an unchanged one costs nothing, a changed one is read as a whole.

use std::{fs, path::Path};

use model::{Actor, ComponentKind, EntryId, Secret};

use crate::harness::{Office, assert_done};

async fn folder(office: &Office, path: &Path) {
    let address = format!("file://{}", path.display());
    let nothing = ("", Secret::new(""));
    let options = components::Options::default();
    office
        .add("staff", ComponentKind::Csv, &address, nothing, options)
        .await;
}

#[tokio::test]
async fn an_unchanged_file_is_not_read_again_and_a_changed_one_is() {
    let office = Office::of(0).await;
    let drop = tempfile::tempdir().unwrap();
    let file = drop.path().join("staff.csv");
    fs::write(&file, "id,last_name\n1,Lovelace\n2,Hopper\n").unwrap();
    folder(&office, drop.path()).await;
    let first = office.scan().await;
    assert_done(&first);
    let scanned = office.connection("staff").await.scan;
    assert_eq!((scanned.records, first.len()), (2, 2), "a scan and a join");

    office.clock.advance_s(60);
    let second = office.scan().await;
    assert_done(&second);
    let again = office.connection("staff").await.scan;
    assert_eq!(
        (second.len(), again.number),
        (1, scanned.number),
        "nothing is read, nothing joined"
    );
    assert!(again.completed_at > scanned.completed_at);

    fs::write(&file, "id,last_name\n1,Lovelace\n").unwrap();
    assert_done(&office.scan().await);
    assert_eq!(office.connection("staff").await.scan.records, 1);
    assert_eq!(office.records().await.len(), 1);
}

#[tokio::test]
async fn a_file_with_a_row_that_cannot_be_read_is_read_again_until_it_is_mended() {
    let office = Office::of(0).await;
    let drop = tempfile::tempdir().unwrap();
    let file = drop.path().join("staff.csv");
    fs::write(&file, "id,last_name\n1,Lovelace\n,Hopper\n").unwrap();
    folder(&office, drop.path()).await;
    for _ in 0..2 {
        office.scan().await;
        let scan = office.connection("staff").await.scan;
        assert_eq!((scan.skipped, scan.records), (1, 1));
        assert!(scan.error.contains("could not be read"), "{}", scan.error);
    }
}

#[tokio::test]
async fn a_file_gives_no_single_record_and_whoever_reads_again_is_told_so() {
    let office = Office::of(0).await;
    let drop = tempfile::tempdir().unwrap();
    let file = drop.path().join("staff.csv");
    fs::write(&file, "id,last_name\n1,Lovelace\n").unwrap();
    folder(&office, drop.path()).await;
    assert_done(&office.scan().await);
    let entries: Vec<EntryId> = office.entries().await.iter().map(|e| e.id).collect();
    let again = roster::read_again(&office.store, &entries, &Actor::system()).await;
    let again = again.unwrap();
    assert_eq!(
        (again.not_asked, again.refused.len()),
        (vec!["staff".to_owned()], 0)
    );
}
