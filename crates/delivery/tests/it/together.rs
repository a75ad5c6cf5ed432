//! How answers are kept: what is not kept yet when a process dies is sent again, so it is little; and no answer waits alone.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use peers::{Postgres, wait_for};
use store::users;

use crate::{doorkeeper::Doorkeeper, office::Office};

const CONNECTIONS: u32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn while_a_mail_begins_the_answers_of_the_other_connections_at_most_are_not_kept() {
    let (keeper, address) = Doorkeeper::start().await;
    let office = Office::with_mail_to(address).await;
    let _ = keeper.watched.set(office.store.clone());
    let post = office.post_with(|settings| settings.mail.connections = CONNECTIONS);
    let addresses: Vec<String> = (0..60).map(|n| format!("p{n}@example.org")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let people = office.people(&addresses).await;
    office.deploy(&people).await;
    assert_eq!(post.round(&office.store).await.unwrap(), 60);
    assert_eq!(keeper.taken.load(SeqCst), 60);
    let others = CONNECTIONS as usize - 1;
    let most = keeper.not_kept_max.load(SeqCst);
    assert!(most <= others, "{most} were not kept");
}

#[tokio::test]
async fn answers_that_come_while_others_are_kept_are_kept_in_one_transaction() {
    let cluster = Postgres::shared().await.unwrap();
    let url = cluster.database().await.unwrap();
    let (keeper, address) = Doorkeeper::start().await;
    let office = Office::on_postgres(&url).await;
    let post = office.post_with(|settings| {
        settings.mail.port = address.port();
        settings.mail.connections = CONNECTIONS;
    });
    let people = office
        .people(&[
            "ada@example.org",
            "grace@example.org",
            "joan@example.org",
            "mary@example.org",
            "rosa@example.org",
        ])
        .await;
    let (first, others) = people.split_at(1);
    office.deploy(first).await;
    post.round(&office.store).await.unwrap();
    office.deploy(others).await;

    let held = office.store.begin().await.unwrap();
    for user in others {
        users::get_in(&held, user.id).await.unwrap();
    }
    let store = office.store.clone();
    let round = tokio::spawn(async move { post.round(&store).await.unwrap() });
    let all_taken = async || {
        let is_held_up = cluster.waits(&url).await.unwrap();
        (is_held_up && keeper.taken.load(SeqCst) == people.len()).then_some(())
    };
    wait_for(
        "the answers to all mails",
        Duration::from_secs(30),
        all_taken,
    )
    .await
    .unwrap();
    held.commit().await.unwrap();
    assert_eq!(round.await.unwrap(), others.len());
    assert_eq!(office.mails("sent").await, 5);
    // The first mail's, that of whoever was quickest of the others, and one of all that waited for it.
    let writers = cluster.writers(&url, "outbox").await.unwrap();
    assert!(writers <= 3, "{writers} transactions");
}
