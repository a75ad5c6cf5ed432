//! Imports that end half way: cancelled, killed, or taken over by another worker.

use std::time::Duration;

use model::Outcome;
use store::jobs::{self, JobState};

use crate::office::{Office, WORKER, admin};

/// Six chunks.
const PEOPLE: i64 = 3_000;
const LEASE_OVER_S: i64 = jobs::LEASE_S + 1;
const LIMIT: Duration = Duration::from_mins(1);

/// Resolves when the first chunk is there.
async fn first_chunk(office: &Office) {
    peers::wait_for("the first chunk", LIMIT, async || {
        (office.count().await > 0).then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_cancelled_import_keeps_what_it_did_and_stops() {
    let office = Office::of(PEOPLE).await;
    let id = office.agree(&office.plan().await).await;
    let job = office.claim(WORKER).await.unwrap();
    let cancel = async {
        first_chunk(&office).await;
        let tx = office.store.begin().await.unwrap();
        jobs::cancel(&tx, id, &admin()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(office.carry_out(&job, WORKER), cancel);
    assert_eq!(outcome, Outcome::Stopped);
    let made = office.count().await;
    assert!((500..PEOPLE).contains(&made), "{made}");
    let seen = jobs::get(&office.store, id).await.unwrap();
    assert_eq!((seen.done, seen.total), (made, PEOPLE));
    // Who was imported is deployed: the job that does it was fed in the same transactions.
    assert_eq!(office.jobs("deploy").await[0].total, made);
}

#[tokio::test]
async fn an_import_whose_process_died_goes_on_and_makes_everybody_once() {
    let office = Office::of(PEOPLE).await;
    let plan = office.plan().await;
    let id = office.agree(&plan).await;
    let job = office.claim("dead").await.unwrap();
    tokio::select! {
        outcome = office.carry_out(&job, "dead") => panic!("{outcome:?} before anybody looked"),
        () = first_chunk(&office) => {}
    }
    let made = office.count().await;
    assert!((500..PEOPLE).contains(&made), "{made}");

    office.clock.advance_s(LEASE_OVER_S);
    let mut due = office.claim("other").await.unwrap();
    while due.kind != "import" {
        due = office.claim("other").await.unwrap();
    }
    assert_eq!(due.id, id);
    assert_eq!(office.carry_out(&due, "other").await, Outcome::Done);
    let users = office.users().await;
    assert_eq!(users.len(), usize::try_from(PEOPLE).unwrap());
    assert!(users.windows(2).all(|two| two[0].entry < two[1].entry));
    let seen = jobs::get(&office.store, id).await.unwrap();
    assert_eq!((seen.done, seen.failed, seen.total), (PEOPLE, 0, PEOPLE));
    let deploy = office.jobs("deploy").await;
    assert_eq!(deploy.len(), 1, "it goes on feeding the same job");
    assert_eq!(deploy[0].total, PEOPLE);
    assert_eq!(office.jobs("credential").await[0].total, PEOPLE);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_makes_nobody() {
    let office = Office::of(3).await;
    office.agree(&office.plan().await).await;
    let slow = office.claim("slow").await.unwrap();
    office.clock.advance_s(LEASE_OVER_S);
    let taken = office.claim("other").await.unwrap();
    assert_eq!(office.carry_out(&slow, "slow").await, Outcome::Stopped);
    assert_eq!(office.count().await, 0);
    assert_eq!(office.carry_out(&taken, "other").await, Outcome::Done);
    assert_eq!(office.count().await, 3);
}

#[tokio::test]
async fn an_import_that_nobody_has_taken_is_cancelled_at_once() {
    let office = Office::of(3).await;
    let id = office.agree(&office.plan().await).await;
    let tx = office.store.begin().await.unwrap();
    jobs::cancel(&tx, id, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(office.claim(WORKER).await.is_none());
    let state = jobs::get(&office.store, id).await.unwrap().state;
    assert_eq!(state, JobState::Cancelled);
    assert_eq!(office.count().await, 0);
}
