//! Work that is interrupted: by a dead process, by a person, by another worker.

use model::{ConnectionId, Order};
use sandbox::{component::Kind, fault::Trouble};
use store::{
    Hold, connections,
    jobs::{self, Job, JobState, LEASE_S},
};

use crate::harness::{LIMIT, Office, admin, assert_done};

/// Starts a scan whose seventh page never comes, and waits until it hangs there.
async fn hangs_at_page_7(office: &Office) -> (Job, ConnectionId) {
    let connection = office.connect(Kind::Usp, 20).await;
    office.trouble_at(Kind::Usp, 7, 1, Trouble::Slow { ms: 600_000 });
    office.order("usp").await;
    let job = jobs::claim(&office.store, "dead").await.unwrap().unwrap();
    let hold = Hold {
        store: &office.store,
        job: &job,
        owner: "dead",
    };
    let hangs = peers::wait_for("page 7", LIMIT, async || {
        let scan = connections::get(&office.store, connection).await.ok()?.scan;
        (scan.page == 6).then_some(())
    });
    tokio::select! {
        ended = roster::carry_out_scan(hold, connection) => panic!("it ended: {ended:?}"),
        hangs = hangs => hangs.unwrap(),
    }
    // Page 7 may not have been asked for yet; whoever goes on must not hang there.
    office.mend(Kind::Usp);
    (job, connection)
}

#[tokio::test]
async fn a_scan_whose_process_was_killed_goes_on_at_its_checkpoint() {
    let office = Office::of(500).await;
    let (job, connection) = hangs_at_page_7(&office).await;
    assert!(
        office.work().await.is_empty(),
        "the dead worker still holds it"
    );
    office.clock.advance_s(LEASE_S + 1);
    // Whoever began anew would see the first page fail.
    office.trouble_at(Kind::Usp, 1, 1, Trouble::Down);
    assert_done(&office.work().await);
    let scan = connections::get(&office.store, connection)
        .await
        .unwrap()
        .scan;
    let total = office.sandbox.control().count_records(Kind::Usp);
    assert_eq!(scan.records.cast_unsigned(), total);
    assert_eq!(
        office.job(job.id).await.done,
        scan.records,
        "nothing is counted twice"
    );
}

#[tokio::test]
async fn a_worker_that_lost_its_hold_writes_nothing_more() {
    let office = Office::of(500).await;
    let (job, connection) = hangs_at_page_7(&office).await;
    office.clock.advance_s(LEASE_S + 1);
    let taken = jobs::claim(&office.store, "other").await.unwrap().unwrap();
    assert_eq!(taken.id, job.id);
    let hold = Hold {
        store: &office.store,
        job: &job,
        owner: "dead",
    };
    let outcome = roster::carry_out_scan(hold, connection).await;
    assert!(
        matches!(
            outcome,
            Ok(model::Outcome::Stopped) | Err(roster::Error::Store(store::Error::LeaseLost))
        ),
        "{outcome:?}"
    );
    office.carry_out(&taken, "other").await;
    assert_eq!(office.job(job.id).await.state, JobState::Done);
}

#[tokio::test]
async fn a_cancelled_scan_stops_and_the_next_one_begins_anew() {
    let office = Office::of(500).await;
    let (job, _) = hangs_at_page_7(&office).await;
    let tx = office.store.begin().await.unwrap();
    jobs::cancel(&tx, job.id, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    office.clock.advance_s(LEASE_S + 1);
    office.work().await;
    assert_eq!(office.job(job.id).await.state, JobState::Cancelled);
    assert!(office.entries().await.is_empty());
    let next = office.scan_one("usp").await;
    let total = office.sandbox.control().count_records(Kind::Usp);
    assert_eq!(
        (next.state, next.done.cast_unsigned()),
        (JobState::Done, total)
    );
}

#[tokio::test]
async fn a_cancelled_join_stops_and_the_next_one_ends_it() {
    let office = Office::of(500).await.connected().await;
    roster::order_scans(&office.store, None, &admin())
        .await
        .unwrap();
    let mut job = jobs::claim(&office.store, "worker").await.unwrap().unwrap();
    while job.order != Order::Join {
        office.carry_out(&job, "worker").await;
        job = jobs::claim(&office.store, "worker").await.unwrap().unwrap();
    }
    let tx = office.store.begin().await.unwrap();
    jobs::cancel(&tx, job.id, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    office.carry_out(&job, "worker").await;
    assert_eq!(office.job(job.id).await.state, JobState::Cancelled);
    assert_eq!(office.revision().await, 0);
    assert_done(&office.scan().await);
    assert!(
        office
            .records()
            .await
            .iter()
            .all(|record| record.entry.is_some())
    );
}
