//! The order `Credential`: SIP secrets are made once for a record, sealed, and never again.

use model::{ConnectionId, JobId, Order, RecordId};
use sandbox::component::Kind;
use store::{
    jobs::{self, JobState},
    records,
    secrets::{self, Purpose},
};

use crate::harness::{Office, admin, assert_done};

/// An office that has read its gateway: the connection and its records.
async fn with_a_gateway(people: u64) -> (Office, ConnectionId, Vec<RecordId>) {
    let office = Office::of(people).await;
    let connection = office.connect(Kind::Mbg, 500).await;
    assert_done(&office.scan().await);
    let ids = office.records().await.iter().map(|r| r.id).collect();
    (office, connection, ids)
}

async fn order(office: &Office, connection: ConnectionId, of: &[RecordId]) -> JobId {
    let items: Vec<_> = of
        .iter()
        .map(|id| (id.to_string(), format!("record {id}")))
        .collect();
    let tx = office.store.begin().await.unwrap();
    let order = Order::Credential { connection };
    let job = jobs::enqueue(&tx, &order, 0, None, &admin()).await.unwrap();
    jobs::add_items(&tx, job, &items).await.unwrap();
    tx.commit().await.unwrap();
    job
}

/// What the gateway made, by the record's own id.
fn made(office: &Office) -> Vec<(String, String)> {
    let made = office.sandbox.control().credentials();
    made.into_iter().map(|m| (m.id, m.password)).collect()
}

/// What is sealed beside the records, by their own id.
async fn held(office: &Office, of: &[RecordId]) -> Vec<(String, String)> {
    let mut held = Vec::new();
    for stored in records::by_id(&office.store, of).await.unwrap() {
        if let Some(id) = stored.secret {
            let secret = secrets::open(&office.store, Purpose::Sip, id)
                .await
                .unwrap();
            held.push((stored.record.source_id, secret.expose().to_owned()));
        }
    }
    held.sort();
    held
}

#[tokio::test]
async fn a_secret_is_made_once_for_a_record_and_never_again() {
    // More than one call can ask for.
    let (office, connection, ids) = with_a_gateway(1_000).await;
    assert!(ids.len() > 700);
    let job = order(&office, connection, &ids).await;
    assert_done(&office.work().await);
    assert_eq!(office.job(job).await.done, office.job(job).await.total);
    let first = made(&office);
    assert_eq!(first.len(), ids.len());
    assert_eq!(
        held(&office, &ids).await,
        first,
        "what is held is what the gateway takes"
    );
    order(&office, connection, &ids).await;
    assert_done(&office.work().await);
    assert_eq!(made(&office), first, "a second order made a second secret");
    assert_eq!(held(&office, &ids).await, first);
}

#[tokio::test]
async fn scanning_again_and_looking_make_no_secret_and_lose_none() {
    let (office, connection, ids) = with_a_gateway(250).await;
    assert!(made(&office).is_empty());
    order(&office, connection, &ids[..3]).await;
    assert_done(&office.work().await);
    let before = held(&office, &ids).await;
    assert_done(&office.scan().await);
    let entry = office.records().await[0].entry.unwrap();
    let told = roster::view::explain(&office.store, entry).await.unwrap();
    assert!(!format!("{told:?}").contains(&before[0].1));
    assert_eq!(
        (held(&office, &ids).await, made(&office).len()),
        (before, 3)
    );
}

#[tokio::test]
async fn a_key_without_the_permission_fails_every_row_with_a_hint() {
    let (office, connection, ids) = with_a_gateway(250).await;
    office.sandbox.control().permit_credentials(false);
    let id = order(&office, connection, &ids[..5]).await;
    office.work().await;
    let job = office.job(id).await;
    assert_eq!((job.state, job.done, job.failed), (JobState::Partly, 5, 5));
    let failed = jobs::items(&office.store, id, "failed", "", 10)
        .await
        .unwrap();
    for item in &failed {
        assert_eq!(item.refusal.code, "no-secret");
        assert!(
            item.refusal
                .reason
                .contains("its key may not make new passwords")
        );
        assert!(!item.refusal.hint.is_empty());
    }
    assert_eq!(failed.len(), 5);
    // Permitted, the rest of the story is told by a new order.
    office.sandbox.control().permit_credentials(true);
    order(&office, connection, &ids[..5]).await;
    assert_done(&office.work().await);
    assert_eq!(held(&office, &ids).await.len(), 5);
}

#[tokio::test]
async fn a_record_that_the_gateway_lost_fails_and_the_others_get_their_secret() {
    let (office, connection, ids) = with_a_gateway(250).await;
    let lost = records::by_id(&office.store, &ids[..1])
        .await
        .unwrap()
        .remove(0);
    office
        .sandbox
        .control()
        .remove_record(Kind::Mbg, &lost.record.source_id);
    let id = order(&office, connection, &ids[..4]).await;
    office.work().await;
    let job = office.job(id).await;
    assert_eq!((job.state, job.failed), (JobState::Partly, 1));
    assert_eq!(held(&office, &ids).await.len(), 3);
}

#[tokio::test]
async fn a_busy_gateway_is_asked_again_later() {
    let (office, connection, ids) = with_a_gateway(250).await;
    let busy = sandbox::fault::Trouble::Status {
        status: 503,
        retry_after: Some("40".to_owned()),
    };
    office.trouble(Kind::Mbg, busy);
    let id = order(&office, connection, &ids[..2]).await;
    office.work().await;
    let job = office.job(id).await;
    assert_eq!(job.state, JobState::Queued);
    assert_eq!(job.due_at, crate::harness::START.plus_s(40));
    office.mend(Kind::Mbg);
    office.clock.advance_s(40);
    assert_done(&office.work().await);
    assert_eq!(made(&office).len(), 2);
}
