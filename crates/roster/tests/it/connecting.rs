//! Connections over time: changed, scheduled, paused, removed and added again, and the way out of a held scan.

use model::{ComponentKind, Order, Secret};
use roster::{change::Change, connections::New};
use sandbox::component::Kind;
use serde_json::json;
use store::jobs::JobState;

use crate::harness::{Office, admin, assert_done};

fn address(text: &str) -> Change {
    Change {
        address: Some(text.to_owned()),
        ..Change::default()
    }
}

async fn change(office: &Office, name: &str, change: &Change) {
    let id = office.connection(name).await.id;
    roster::change::change(&office.store, id, change, &admin())
        .await
        .unwrap();
}

#[tokio::test]
async fn another_host_drops_the_credential_and_a_new_name_or_path_does_not() {
    let office = Office::of(20).await;
    office.connect(Kind::Usp, 100).await;
    assert_eq!(office.scan_one("usp").await.state, JobState::Done);
    assert!(office.connection("usp").await.grant.is_some());
    let renamed = Change {
        name: Some("people".to_owned()),
        ..Change::default()
    };
    change(&office, "usp", &renamed).await;
    let kept = office.connection("people").await;
    assert!(kept.grant.is_some() && kept.secret.is_some());
    change(&office, "people", &address("https://127.0.0.1:1")).await;
    let moved = office.connection("people").await;
    assert_eq!((moved.grant, moved.secret), (None, None));
    let job = office.scan_one("people").await;
    assert!(job.error.contains("no credential"), "{}", job.error);
}

#[tokio::test]
async fn a_new_secret_is_verified_anew_and_the_old_one_is_erased() {
    let office = Office::of(20).await;
    let id = office.connect(Kind::Usp, 100).await;
    roster::connections::test(&office.store, id).await.unwrap();
    let before = office.connection("usp").await;
    let new = Change {
        secret: Some(Secret::new("wrong")),
        ..Change::default()
    };
    change(&office, "usp", &new).await;
    let after = office.connection("usp").await;
    assert!(after.grant.is_none() && after.secret.is_some() && after.secret != before.secret);
    let old = store::secrets::open(
        &office.store,
        store::secrets::Purpose::Connection,
        before.secret.unwrap(),
    )
    .await;
    assert!(matches!(old, Err(store::Error::Missing(_))), "{old:?}");
}

#[tokio::test]
async fn a_change_that_cannot_work_names_its_fields_and_changes_nothing() {
    let office = Office::of(0).await;
    let id = office.connect(Kind::Usp, 100).await;
    let before = office.connection("usp").await;
    let odd = Change {
        address: Some("http://usp.example.org".to_owned()),
        account: Some("nobody".to_owned()),
        options: json!({ "page_size": 0, "base": "dc=x" })
            .as_object()
            .cloned(),
        ..Change::default()
    };
    let refused = roster::change::change(&office.store, id, &odd, &admin()).await;
    let Err(roster::Error::Unfit(faults)) = refused else {
        panic!("{refused:?}")
    };
    let mut fields: Vec<_> = faults.into_iter().map(|fault| fault.field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["account", "address", "base", "page_size"]);
    let hourly = Change {
        schedule: Some("hourly".to_owned()),
        ..Change::default()
    };
    assert!(
        roster::change::change(&office.store, id, &hourly, &admin())
            .await
            .is_err()
    );
    assert_eq!(office.connection("usp").await, before);
}

#[tokio::test]
async fn a_scan_is_ordered_when_it_is_due_and_only_then() {
    let office = Office::of(10).await;
    office.connect(Kind::Usp, 100).await;
    let hourly = Change {
        schedule: Some("every 60".to_owned()),
        ..Change::default()
    };
    change(&office, "usp", &hourly).await;
    let due = async || roster::order_due_scans(&office.store).await.unwrap();
    office.clock.advance_s(3599);
    assert_eq!(due().await, 0);
    office.clock.advance_s(1);
    assert_eq!((due().await, due().await), (1, 0));
    let jobs = office.work().await;
    assert!(matches!(jobs[0].order, Order::Scan { .. }) && jobs[0].actor == "rollcall");
    let paused = Change {
        paused: Some(true),
        ..Change::default()
    };
    change(&office, "usp", &paused).await;
    office.clock.advance_s(7200);
    assert_eq!(due().await, 0);
    assert!(
        roster::order_scans(&office.store, None, &admin())
            .await
            .unwrap()
            .is_empty()
    );
    let by_hand = office.scan_one("usp").await;
    assert_eq!(by_hand.state, JobState::Done);
}

#[tokio::test]
async fn a_held_scan_is_confirmed_by_the_number_that_was_seen() {
    let office = Office::of(250).await;
    let id = office.connect(Kind::Usp, 100).await;
    assert_eq!(office.scan_one("usp").await.state, JobState::Done);
    let records = office.records().await;
    for record in &records[..40] {
        assert!(
            office
                .sandbox
                .control()
                .remove_record(Kind::Usp, &record.record.source_id)
        );
    }
    let held = office.scan_one("usp").await;
    assert!(held.error.contains("held: 40 of"), "{}", held.error);
    assert!(held.hint.contains("confirm it"), "{}", held.hint);
    let connection = office.connection("usp").await;
    let shown = roster::departures::held(&office.store, &connection)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((shown.unseen, shown.some.len()), (40, 10));
    let confirm =
        async |count| roster::departures::confirm(&office.store, id, count, &admin()).await;
    let other_number = confirm(39).await;
    assert!(
        matches!(other_number, Err(roster::Error::Conflict { .. })),
        "{other_number:?}"
    );
    assert_eq!(
        office.records().await.len(),
        records.len(),
        "nobody is gone yet"
    );
    confirm(40).await.unwrap();
    office.work().await;
    assert_eq!(office.records().await.len(), records.len() - 40);
    let after = office.connection("usp").await;
    assert_eq!((after.scan.error.as_str(), after.scan.held), ("", None));
    assert!(matches!(
        confirm(0).await,
        Err(roster::Error::Conflict { .. })
    ));
}

#[tokio::test]
async fn a_newer_scan_that_did_not_end_well_takes_the_held_one_away() {
    let office = Office::of(250).await;
    let id = office.connect(Kind::Usp, 100).await;
    office.scan_one("usp").await;
    for one in &office.records().await[..40] {
        assert!(
            office
                .sandbox
                .control()
                .remove_record(Kind::Usp, &one.record.source_id)
        );
    }
    office.scan_one("usp").await;
    assert!(office.connection("usp").await.scan.held.is_some());
    office.trouble(Kind::Usp, sandbox::fault::Trouble::Html);
    office.scan_one("usp").await;
    let refused = roster::departures::confirm(&office.store, id, 40, &admin()).await;
    assert!(
        matches!(refused, Err(roster::Error::Conflict { .. })),
        "{refused:?}"
    );
}

async fn added_again(office: &Office, name: &str) {
    let component = office.sandbox.find_component("usp").unwrap();
    let sandbox::Credentials::Token(token) = &component.credentials else {
        panic!("USP takes a token")
    };
    let new = New {
        name: name.to_owned(),
        kind: ComponentKind::Usp,
        address: component.url.clone(),
        account: String::new(),
        secret: Secret::new(token.expose()),
        default_pbx: String::new(),
        options: serde_json::Map::new(),
        schedule: String::new(),
    };
    roster::connections::add(&office.store, &new, &admin())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_removed_connections_records_leave_and_are_taken_over_when_it_is_added_again() {
    let office = Office::of(60).await.connected().await;
    assert_done(&office.scan().await);
    let (records, entries) = (office.records().await, office.entries().await);
    let id = office.connection("usp").await.id;
    roster::connections::remove(&office.store, id, &admin())
        .await
        .unwrap();
    office.work().await;
    assert!(
        office
            .records()
            .await
            .iter()
            .all(|record| record.connection != id)
    );
    assert!(office.entries().await.len() < entries.len());
    added_again(&office, "usp").await;
    assert_done(&office.scan().await);
    let again = office.records().await;
    let ids = |all: &[store::records::Stored]| {
        let mut ids: Vec<_> = all
            .iter()
            .map(|r| (r.id, r.record.source_id.clone(), r.entry))
            .collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&again), ids(&records), "same records, same entries");
    assert_eq!(office.entries().await, entries);
}
