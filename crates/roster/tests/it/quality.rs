//! How well joining knows people again, held against the sandbox's truth.

use crate::{
    harness::{Office, assert_done},
    truth::measure,
};

async fn people_are_known_again(people: u64) {
    let office = Office::of(people).await.connected().await;
    assert_done(&office.scan().await);
    let quality = measure(&office, &[]).await;
    println!(
        "{people} people: precision {:.6} of {} pairs, recall {:.6} of {}, joins {:?}\n{}",
        quality.precision(),
        quality.joined,
        quality.recall(),
        quality.knowable,
        quality.by_rule,
        quality.report,
    );
    assert_eq!(quality.wrong, 0, "{}", quality.report);
    assert!(quality.recall() >= 0.999, "{}", quality.report);
}

#[tokio::test]
async fn five_hundred_people_are_known_again() {
    people_are_known_again(500).await;
}

#[tokio::test]
async fn five_thousand_people_are_known_again() {
    people_are_known_again(5_000).await;
}

#[tokio::test]
async fn fifty_thousand_people_are_known_again() {
    people_are_known_again(50_000).await;
}
