//! Who may claim which job when: order, leases, orders that are only one, and workers side by side.

use std::collections::HashMap;

use model::{JobId, Order};
use sea_orm::{ConnectionTrait, TransactionTrait};
use store::{
    Store,
    jobs::{self, JobState},
};

use crate::home::{Home, admin};

on_both_engines!(
    jobs_are_claimed_oldest_first,
    a_claimed_job_comes_back_after_its_lease,
    a_renewed_lease_lasts_longer,
    all_claims_return_at_the_start_of_the_only_process,
    a_second_order_of_one_kind_waits_once,
    two_of_one_kind_never_run_at_once,
    a_dead_workers_job_goes_before_the_next_of_its_kind,
    a_newer_order_takes_the_place_of_a_postponed_one,
    workers_side_by_side_never_get_the_same_job,
    orders_given_side_by_side_become_one,
);

async fn jobs_are_claimed_oldest_first(home: Home) {
    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(home.order(None).await);
        home.clock.advance_s(1);
    }
    for id in ids {
        let job = home.claim("w").await.unwrap();
        assert_eq!(
            (job.id, job.state, job.attempts),
            (id, JobState::Running, 1)
        );
    }
    assert_eq!(home.claim("w").await, None);
}

async fn a_claimed_job_comes_back_after_its_lease(home: Home) {
    let id = home.order(None).await;
    let started = home.now();
    home.claim("dies").await.unwrap();
    home.clock.advance_s(jobs::LEASE_S);
    assert_eq!(home.claim("w").await, None, "the lease holds to its end");
    home.clock.advance_s(1);
    assert_eq!(home.claim("w").await.unwrap().attempts, 2);
    assert_eq!(home.job(id).await.started_at, Some(started));
}

async fn a_renewed_lease_lasts_longer(home: Home) {
    let id = home.order(None).await;
    home.claim("w").await.unwrap();
    for _ in 0..3 {
        home.clock.advance_s(jobs::LEASE_S - 1);
        let standing = jobs::renew(&home.store, id, "w").await.unwrap();
        assert_eq!(standing, jobs::Standing::Go);
    }
    assert_eq!(home.claim("other").await, None);
}

async fn all_claims_return_at_the_start_of_the_only_process(home: Home) {
    let id = home.order(None).await;
    home.claim("killed").await.unwrap();
    jobs::release_all(&home.store).await.unwrap();
    assert_eq!(home.claim("w").await.unwrap().id, id);
}

async fn a_second_order_of_one_kind_waits_once(home: Home) {
    let (first, second) = (
        home.order(Some("join")).await,
        home.order(Some("join")).await,
    );
    assert_eq!(first, second);
    assert_ne!(home.order(Some("other")).await, first);
    assert_ne!(home.order(None).await, home.order(None).await);
    assert_eq!(jobs::count_open(&home.store).await.unwrap(), 4);
}

async fn two_of_one_kind_never_run_at_once(home: Home) {
    let first = home.order(Some("join")).await;
    home.claim("w").await.unwrap();
    let second = home.order(Some("join")).await;
    assert_ne!(
        first, second,
        "the running one may have read already what the new one is for"
    );
    assert_eq!(home.claim("w").await, None);
    assert!(home.complete(first).await);
    assert_eq!(home.claim("w").await.unwrap().id, second);
}

async fn a_dead_workers_job_goes_before_the_next_of_its_kind(home: Home) {
    let first = home.order(Some("join")).await;
    home.claim("dies").await.unwrap();
    let second = home.order(Some("join")).await;
    home.clock.advance_s(jobs::LEASE_S + 1);
    assert_eq!(home.claim("w").await.unwrap().id, first);
    assert_eq!(home.claim("w").await, None);
    assert!(home.complete(first).await);
    assert_eq!(home.claim("w").await.unwrap().id, second);
}

async fn a_newer_order_takes_the_place_of_a_postponed_one(home: Home) {
    let first = home.order(Some("join")).await;
    home.claim("w").await.unwrap();
    let second = home.order(Some("join")).await;
    let later = home.now().plus_s(60);
    home.write(async |tx| jobs::postpone(tx, first, later, "busy").await)
        .await;
    assert_eq!(home.job(first).await.state, JobState::Cancelled);
    assert_eq!(home.claim("w").await.unwrap().id, second);
}

async fn claim_everything(store: Store, owner: String) -> Vec<JobId> {
    let mut claimed = vec![];
    while let Some(job) = jobs::claim(&store, &owner).await.unwrap() {
        claimed.push(job.id);
        tokio::task::yield_now().await;
    }
    claimed
}

async fn workers_side_by_side_never_get_the_same_job(home: Home) {
    for n in 0..30 {
        home.order(if n % 3 == 0 { Some("one") } else { None })
            .await;
    }
    let other = home.another_process().await;
    let workers = (0..4).map(|n| {
        let store = if n % 2 == 0 { &home.store } else { &other };
        tokio::spawn(claim_everything(store.clone(), format!("worker {n}")))
    });
    let mut times = HashMap::new();
    for worker in workers.collect::<Vec<_>>() {
        for id in worker.await.unwrap() {
            *times.entry(id).or_insert(0) += 1;
        }
    }
    assert_eq!(times.len(), 21);
    assert!(times.values().all(|n| *n == 1), "{times:?}");
}

async fn orders_given_side_by_side_become_one(home: Home) {
    let other = home.another_process().await;
    let give = async |store: &Store| {
        let tx = store.begin().await.unwrap();
        let id = jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &admin())
            .await
            .unwrap();
        tokio::task::yield_now().await;
        tx.commit().await.unwrap();
        id
    };
    let ids = tokio::join!(
        give(&home.store),
        give(&other),
        give(&home.store),
        give(&other)
    );
    assert_eq!([ids.1, ids.2, ids.3], [ids.0; 3]);
}

/// SQLite has one writer at a time: nobody claims while somebody writes.
#[tokio::test]
async fn on_postgres_a_waiting_job_is_not_taken_before_its_last_order_is_there() {
    let home = crate::home::Place::postgres().await.home().await;
    let id = home.order(Some("join")).await;
    let tx = home.store.begin().await.unwrap();
    let again = jobs::enqueue(&tx, &Order::Join, 0, Some("join"), &admin())
        .await
        .unwrap();
    assert_eq!(again, id);
    // A worker that took it now would not see what this transaction wrote.
    assert_eq!(home.claim("w").await, None);
    tx.commit().await.unwrap();
    assert_eq!(home.claim("w").await.unwrap().id, id);
}

#[tokio::test]
async fn on_postgres_the_next_of_a_kind_waits_while_a_dead_workers_job_is_being_claimed() {
    let home = crate::home::Place::postgres().await.home().await;
    let first = home.order(Some("join")).await;
    home.claim("dies").await.unwrap();
    let second = home.order(Some("join")).await;
    home.clock.advance_s(jobs::LEASE_S + 1);
    // Another worker is about to claim the first one.
    let other = home.shell().await.begin().await.unwrap();
    let held = "SELECT id FROM job WHERE state = 'running' FOR UPDATE";
    other.execute_unprepared(held).await.unwrap();
    assert_eq!(home.claim("w").await, None);
    other.rollback().await.unwrap();
    assert_eq!(home.claim("w").await.unwrap().id, first);
    assert!(home.complete(first).await);
    assert_eq!(home.claim("w").await.unwrap().id, second);
}
