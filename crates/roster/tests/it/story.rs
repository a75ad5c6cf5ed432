//! The main story: a telephone system of three components and a directory become one table, and stay it.

use std::collections::HashMap;

use model::{EntryId, RecordId};
use peers::{OpenLdap, SizeLimit};
use sandbox::people::{Directory, ldif};
use store::jobs::JobState;

use crate::{
    harness::{Office, assert_done},
    truth::measure,
};

/// A directory of 1,000 people, half of whom the sandbox knows too, and the truth about them.
async fn a_directory(office: &Office, limit: SizeLimit) -> (OpenLdap, Directory) {
    let made = ldif(&office.sandbox.control().population(), 1_000);
    let (_, people) = made.ldif.split_once("userPassword: importpw\n\n").unwrap();
    let directory = OpenLdap::start(people, limit).await.unwrap();
    (directory, made)
}

async fn places(office: &Office) -> HashMap<RecordId, EntryId> {
    let records = office.records().await;
    records
        .into_iter()
        .map(|r| (r.id, r.entry.unwrap()))
        .collect()
}

async fn records_of_four_sources_become_the_right_entries(office: Office) {
    let office = office.connected().await;
    let (directory, made) = a_directory(&office, SizeLimit::UnlimitedByPaging).await;
    office.connect_directory(&directory).await;
    assert_done(&office.scan().await);

    let quality = measure(&office, &made.truth).await;
    assert_eq!(quality.wrong, 0, "{}", quality.report);
    assert!(quality.recall() >= 0.999, "{}", quality.report);
    println!("four sources: {:?}\n{}", quality.by_rule, quality.report);

    let (entries, kept, revision) = (
        office.entries().await,
        places(&office).await,
        office.revision().await,
    );
    assert_done(&office.scan().await);
    assert_eq!(places(&office).await, kept, "ids are kept");
    assert_eq!(office.revision().await, revision, "nothing changed");
    assert_eq!(office.entries().await, entries);

    let age = roster::view::age(&office.store).await.unwrap();
    assert_eq!(age.connections, 4);
    assert!(age.complete_at.is_some() && age.troubles.is_empty());
}

#[tokio::test]
async fn records_of_four_sources_become_the_right_entries_on_sqlite() {
    records_of_four_sources_become_the_right_entries(Office::of(1_000).await).await;
}

#[tokio::test]
async fn records_of_four_sources_become_the_right_entries_on_postgres() {
    records_of_four_sources_become_the_right_entries(Office::on_postgres(1_000).await).await;
}

#[tokio::test]
async fn a_directory_that_stops_at_its_size_limit_says_so_and_loses_nobody() {
    let office = Office::of(1_000).await;
    let (whole, made) = a_directory(&office, SizeLimit::UnlimitedByPaging).await;
    let connection = office.connect_directory(&whole).await;
    assert_done(&office.scan().await);
    let (entries, revision) = (office.entries().await, office.revision().await);
    assert_eq!(entries.len(), made.truth.len());

    let (_, people) = made.ldif.split_once("userPassword: importpw\n\n").unwrap();
    let cut = OpenLdap::start(people, SizeLimit::CutAt(500))
        .await
        .unwrap();
    let other = office
        .add(
            "cut",
            model::ComponentKind::Ldap,
            &cut.url(),
            (OpenLdap::BIND_DN, model::Secret::new(OpenLdap::PASSWORD)),
            components::Options {
                base: OpenLdap::PEOPLE.to_owned(),
                page_size: 100,
                ..components::Options::default()
            },
        )
        .await;
    assert_ne!(connection, other);
    let job = office.scan_one("cut").await;
    assert_eq!(job.state, JobState::Failed);
    assert!(
        job.error.contains("size limit (result code 4)"),
        "{}",
        job.error
    );
    assert!(
        job.hint.contains("raise the directory's size limit"),
        "{}",
        job.hint
    );
    let after = office.connection("cut").await.scan;
    assert_eq!((after.records, after.completed_at), (500, None));
    assert_eq!(office.entries().await, entries, "what was there stays");
    assert_eq!(office.revision().await, revision);
    let age = roster::view::age(&office.store).await.unwrap();
    assert_eq!((age.complete_at, age.troubles.len()), (None, 1));
}

#[tokio::test]
async fn a_connection_that_cannot_work_is_refused_with_a_fault_per_field() {
    let office = Office::of(0).await;
    let new = roster::connections::New {
        name: " ".to_owned(),
        kind: model::ComponentKind::Usp,
        address: "http://usp.example.org".to_owned(),
        account: String::new(),
        secret: model::Secret::new("hunter2"),
        default_pbx: String::new(),
        options: serde_json::Map::new(),
        schedule: String::new(),
    };
    let refused = roster::connections::add(&office.store, &new, &crate::harness::admin()).await;
    let Err(roster::Error::Unfit(faults)) = refused else {
        panic!("{refused:?}")
    };
    let fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["name", "address"]);
    assert!(!format!("{faults:?} {new:?}").contains("hunter2"));
}

#[tokio::test]
async fn testing_a_connection_reads_one_page_and_keeps_nothing() {
    let office = Office::of(250).await;
    let id = office.connect(sandbox::component::Kind::Mbg, 100).await;
    let report = roster::connections::test(&office.store, id).await.unwrap();
    assert_eq!((report.records, report.more), (100, true));
    assert!(office.records().await.is_empty());
    office.trouble(sandbox::component::Kind::Mbg, sandbox::fault::Trouble::Html);
    let error = roster::connections::test(&office.store, id)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot read from mbg at http://127.0.0.1:")
    );
    assert!(error.hint().contains("sign-in page"), "{}", error.hint());
}
