//! How well joining knows people again, held against the sandbox's truth.

use crate::{
    harness::{Office, assert_done},
    truth::measure,
};

async fn people_are_known_again(people: u64) {
    let office = Office::of(people).await.connected().await;
    assert_done(&office.scan().await);
    let quality = measure(&office, &[]).await;
    println!("{people} people\n{quality}");
    assert_eq!(quality.wrong, 0, "{}", quality.report);
    assert!(quality.recall() >= 0.999, "{}", quality.report);
    for (rule, of) in &quality.by_rule {
        assert!(of.precision() >= 0.9999, "{rule:?}\n{quality}");
        assert!(
            of.knowable == 0 || of.recall() >= 0.999,
            "{rule:?}\n{quality}"
        );
    }
}

#[tokio::test]
async fn five_hundred_people_are_known_again() {
    people_are_known_again(500).await;
}

#[tokio::test]
async fn ten_thousand_people_are_known_again() {
    people_are_known_again(10_000).await;
}

#[tokio::test]
async fn a_hundred_thousand_people_are_known_again() {
    people_are_known_again(100_000).await;
}
