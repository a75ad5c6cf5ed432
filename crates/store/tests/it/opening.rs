//! Opening a database: its tables, its key, and two servers that start at once.

use model::{Env, Secret, clock::SystemEntropy};
use store::{Error, Store, WrappingKey, secrets};

use crate::home::{Home, Place, START};

on_both_engines!(
    opening_again_changes_nothing,
    another_key_is_refused_in_words,
    a_rolled_back_transaction_leaves_nothing,
    a_commit_wakes_the_workers,
);

async fn opening_again_changes_nothing(home: Home) {
    let profile = home.profile("Office").await;
    for _ in 0..2 {
        let again = home.another_process().await;
        again.ping().await.unwrap();
        let found = store::profiles::get(&again, profile.id).await.unwrap();
        assert_eq!(found, profile);
    }
    assert_eq!(home.number("SELECT COUNT(*) FROM data_key").await, 1);
}

async fn another_key_is_refused_in_words(home: Home) {
    let other = WrappingKey::random(home.env());
    let refused = home.place.open(&other, &home.clock).await.unwrap_err();
    assert!(matches!(refused, Error::WrongKey), "{refused:?}");
    assert_eq!(refused.to_string(), "the key does not fit this database");
    assert!(refused.hint().contains("key file"));
}

async fn a_rolled_back_transaction_leaves_nothing(home: Home) {
    let tx = home.store.begin().await.unwrap();
    let actor = crate::home::admin();
    store::audit::append(&tx, &actor, "test.began", "x", "")
        .await
        .unwrap();
    drop(tx);
    assert!(
        store::audit::list(&home.store, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_commit_wakes_the_workers(home: Home) {
    let order = model::Order::Join;
    home.write(async |tx| store::jobs::enqueue(tx, &order, 0, None, &crate::home::admin()).await)
        .await;
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, home.store.nudged())
        .await
        .unwrap();
}

mod two_servers_that_start_at_once_agree {
    #[tokio::test]
    async fn sqlite() {
        super::start_four_at_once(crate::home::Place::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres() {
        super::start_four_at_once(crate::home::Place::postgres().await).await;
    }
}

/// They make the tables and the data key once: what one seals the others open.
async fn start_four_at_once(place: Place) {
    let clock = model::clock::FixedClock::at(START);
    let key = WrappingKey::random(&Env::new(clock.clone(), SystemEntropy));
    let servers = (0..4).map(|_| place.open(&key, &clock));
    let stores = futures_util::future::try_join_all(servers).await.unwrap();
    let secret = Secret::new("s3cret");
    for store in &stores {
        let id = seal(store, &secret).await;
        for other in &stores {
            let found = secrets::open(other, secrets::Purpose::Sip, id).await;
            assert_eq!(found.unwrap(), secret);
        }
    }
}

async fn seal(store: &Store, secret: &Secret) -> model::SecretId {
    let tx = store.begin().await.unwrap();
    let values = std::slice::from_ref(secret);
    let ids = secrets::keep(&tx, secrets::Purpose::Sip, values)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    ids[0]
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    let Place::Postgres(url) = Place::postgres().await else {
        unreachable!("a PostgreSQL database has a URL");
    };
    let nowhere = Place::Postgres(url.replace("lab:", "lab:s3cret"));
    let clock = model::clock::FixedClock::at(START);
    let key = WrappingKey::random(&Env::new(clock.clone(), SystemEntropy));
    let refused = nowhere.open(&key, &clock).await.unwrap_err();
    assert!(refused.to_string().contains("database_url"), "{refused}");
    assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
}
