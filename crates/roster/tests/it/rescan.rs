//! What joining looks at after a further scan: what changed, and nothing else.

use model::{Order, Outcome, Record};
use roster::change::Change;
use sandbox::{component::Kind, fault::Trouble, people::Oddity};
use serde_json::json;
use store::{
    Hold,
    jobs::{self, Job, JobState},
    pages, records, stale,
};

use crate::{
    harness::{Office, admin, assert_done},
    truth::ids_of,
};

async fn read_once() -> Office {
    let office = Office::of(250).await.connected().await;
    assert_done(&office.scan().await);
    office
}

/// The one joining among jobs.
fn join(worked: &[Job]) -> &Job {
    let mut joins = worked.iter().filter(|job| job.order == Order::Join);
    let join = joins.next().unwrap();
    assert!(joins.next().is_none(), "{worked:?}");
    join
}

#[tokio::test]
async fn a_scan_that_finds_everything_as_it_was_leaves_nothing_to_make() {
    let office = read_once().await;
    let revision = office.revision().await;
    let worked = office.scan().await;
    assert_done(&worked);
    let join = join(&worked);
    assert_eq!((join.total, join.done), (0, 0));
    assert_eq!(office.revision().await, revision);
}

#[tokio::test]
async fn a_changed_record_has_its_own_entry_made_anew() {
    let office = read_once().await;
    let id = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let control = office.sandbox.control();
    assert!(control.change_record(
        Kind::Usp,
        &id,
        &json!({"location": "Elsewhere", "department": "Nova"})
    ));
    let worked = office.scan().await;
    assert_done(&worked);
    let join = join(&worked);
    assert_eq!((join.total, join.done), (1, 1));
    let entry = office.entry_of("usp", &id).await;
    assert_eq!(entry.fields.department, "Nova");
}

#[tokio::test]
async fn what_stands_at_the_component_as_before_is_known_by_its_bytes() {
    let office = read_once().await;
    let id = office.connection("usp").await.id;
    let held = pages::held(&office.store, id, 0, roster::form()).await;
    assert!(!held.unwrap().is_empty());
    let before = office
        .record("usp", &ids_of(&office, "usp", Oddity::Ordinary)[0])
        .await;
    // Somebody asked for this record alone, and it was told otherwise for a moment.
    let otherwise = Record {
        department: "Nova".to_owned(),
        ..before.record.clone()
    };
    let tx = office.store.begin().await.unwrap();
    records::tell_again(&tx, &[(before.id, &otherwise)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_done(&office.scan().await);
    assert_eq!(office.record("usp", &before.record.source_id).await, before);
}

#[tokio::test]
async fn of_a_record_that_is_told_twice_the_last_one_stays() {
    let office = read_once().await;
    let control = office.sandbox.control();
    let twice = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let again =
        json!({"lastName": "Nova", "loginId": "nova", "email": "nova@example.org", "active": true});
    let copy = control.add_record(Kind::Usp, again);
    assert!(control.change_record(Kind::Usp, &copy, &json!({"id": twice})));
    office.scan().await;
    let told = office.record("usp", &twice).await;
    assert_eq!(told.record.last_name, "Nova");
    let revision = office.revision().await;
    for _ in 0..2 {
        office.scan().await;
        assert_eq!(office.record("usp", &twice).await, told);
        assert_eq!(office.revision().await, revision);
    }
}

#[tokio::test]
async fn a_scan_that_was_interrupted_knows_its_pages_by_their_place() {
    let office = Office::of(250).await;
    office.connect(Kind::Usp, 20).await;
    assert_done(&office.scan().await);
    let before = office.records().await;
    let busy = Trouble::Status {
        status: 429,
        retry_after: Some("60".to_owned()),
    };
    office.trouble_at(Kind::Usp, 4, 1, busy);
    let id = office.order("usp").await;
    office.work().await;
    assert_eq!(office.job(id).await.state, JobState::Queued, "put off");
    office.clock.advance_s(60);
    office.work().await;
    assert_eq!(office.job(id).await.state, JobState::Done);
    let id = office.connection("usp").await.id;
    let form = roster::form();
    for page in 0..office.connection("usp").await.scan.page {
        let held = pages::held(&office.store, id, page, form).await.unwrap();
        assert!(!held.is_empty(), "page {page}");
    }
    assert_eq!(office.records().await, before);
}

#[tokio::test]
async fn who_moved_to_another_page_is_seen_there() {
    let office = Office::of(250).await;
    office.connect(Kind::Usp, 20).await;
    assert_done(&office.scan().await);
    let control = office.sandbox.control();
    let everybody = ids_of(&office, "usp", Oddity::Ordinary);
    let before = office.record("usp", &everybody[1]).await;
    assert!(control.remove_record(Kind::Usp, &everybody[0]));
    assert_done(&office.scan().await);
    assert_eq!(office.record("usp", &everybody[1]).await, before);
    let present = office.records().await;
    let is_gone = |stored: &store::records::Stored| stored.record.source_id == everybody[0];
    assert!(!present.iter().any(is_gone));
    let usp = office.connection("usp").await;
    let told = present.iter().filter(|stored| stored.connection == usp.id);
    assert_eq!(i64::try_from(told.count()).unwrap(), usp.scan.records);
}

#[tokio::test]
async fn another_order_of_components_and_another_name_of_a_connection_have_everything_made_anew() {
    let office = read_once().await;
    let everything = i64::try_from(office.entries().await.len()).unwrap();
    roster::precedence::set(
        &office.store,
        "email",
        &[model::ComponentKind::Mbg],
        &admin(),
    )
    .await
    .unwrap();
    let worked = office.work().await;
    assert!(join(&worked).done >= everything, "{worked:?}");
    let renamed = Change {
        name: Some("People".to_owned()),
        ..Change::default()
    };
    let id = office.connection("usp").await.id;
    roster::change::change(&office.store, id, &renamed, &admin())
        .await
        .unwrap();
    let worked = office.scan().await;
    assert!(join(&worked).done >= everything, "{worked:?}");
}

#[tokio::test]
async fn joining_that_a_killed_worker_had_begun_is_done_by_the_next() {
    let office = read_once().await;
    let id = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let nova =
        json!({"lastName": "Nova", "loginId": "nova", "email": "nova@example.org", "active": true});
    let added = office.sandbox.control().add_record(Kind::Usp, nova);
    assert!(
        office
            .sandbox
            .control()
            .change_record(Kind::Usp, &id, &json!({"department": "Nova"}))
    );
    let order = office.order("usp").await;
    let scan = jobs::claim(&office.store, "first").await.unwrap().unwrap();
    assert_eq!(scan.id, order);
    office.carry_out(&scan, "first").await;
    // It takes up what is owed, and then nothing more is heard of it.
    let tx = office.store.begin().await.unwrap();
    let of_this_program = roster::form();
    assert!(stale::begin(&tx, of_this_program).await.unwrap());
    assert!(
        stale::begin(&tx, of_this_program).await.unwrap(),
        "it was not done"
    );
    tx.commit().await.unwrap();
    let job = jobs::claim(&office.store, "second").await.unwrap().unwrap();
    assert_eq!(job.order, Order::Join);
    let hold = Hold {
        store: &office.store,
        job: &job,
        owner: "second",
    };
    assert_eq!(roster::carry_out_join(hold).await.unwrap(), Outcome::Done);
    assert_eq!(
        office.entry_of("usp", &added).await.fields.last_name,
        "Nova"
    );
    assert_eq!(office.entry_of("usp", &id).await.fields.department, "Nova");
}
