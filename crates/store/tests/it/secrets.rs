//! Sealed values.

use model::Secret;
use store::secrets::{self, Purpose};

use crate::home::{Home, is_missing};

on_both_engines!(
    a_secret_opens_for_its_purpose_only,
    an_erased_secret_is_gone,
    a_secret_never_stands_in_the_database_in_clear,
    thousands_of_secrets_are_kept_in_order,
    the_oldest_of_a_purpose_is_found,
    a_codes_mac_is_the_same_in_every_process,
);

async fn keep(home: &Home, purpose: Purpose, values: &[&str]) -> Vec<model::SecretId> {
    let values: Vec<_> = values.iter().map(|value| Secret::new(*value)).collect();
    home.write(async |tx| secrets::keep(tx, purpose, &values).await)
        .await
}

async fn a_secret_opens_for_its_purpose_only(home: Home) {
    let ids = keep(&home, Purpose::Sip, &["pässword", ""]).await;
    let opened = secrets::open(&home.store, Purpose::Sip, ids[0])
        .await
        .unwrap();
    assert_eq!(opened.expose(), "pässword");
    let empty = secrets::open(&home.store, Purpose::Sip, ids[1])
        .await
        .unwrap();
    assert_eq!(empty.expose(), "");
    let wrong = secrets::open(&home.store, Purpose::Connection, ids[0]).await;
    assert!(matches!(wrong, Err(store::Error::Sealed)), "{wrong:?}");
}

async fn an_erased_secret_is_gone(home: Home) {
    let ids = keep(&home, Purpose::Sip, &["one", "two"]).await;
    home.write(async |tx| secrets::erase(tx, &ids[..1]).await)
        .await;
    assert!(is_missing(
        &secrets::open(&home.store, Purpose::Sip, ids[0]).await
    ));
    let left = secrets::open_many(&home.store, Purpose::Sip, &ids)
        .await
        .unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), [&ids[1]]);
}

async fn a_secret_never_stands_in_the_database_in_clear(home: Home) {
    keep(
        &home,
        Purpose::Connection,
        &["correct horse battery staple"],
    )
    .await;
    home.profile("Profile in clear").await;
    assert!(
        home.keeps("Profile in clear").await,
        "the search finds nothing at all"
    );
    assert!(!home.keeps("correct horse battery staple").await);
    assert!(!home.keeps("battery").await);
    assert!(!home.keeps(&home.key.to_text()).await);
}

async fn thousands_of_secrets_are_kept_in_order(home: Home) {
    let values: Vec<_> = (0..7000).map(|n| format!("secret {n}")).collect();
    let values: Vec<_> = values.iter().map(String::as_str).collect();
    let ids = keep(&home, Purpose::Sip, &values).await;
    let opened = secrets::open_many(&home.store, Purpose::Sip, &ids)
        .await
        .unwrap();
    assert!(
        ids.iter()
            .zip(values)
            .all(|(id, value)| opened[id].expose() == value)
    );
    home.write(async |tx| secrets::erase(tx, &ids).await).await;
    assert_eq!(home.number("SELECT COUNT(*) FROM secret").await, 0);
}

async fn the_oldest_of_a_purpose_is_found(home: Home) {
    let find = || secrets::find(&home.store, Purpose::PublicationKey);
    assert_eq!(find().await.unwrap(), None);
    keep(&home, Purpose::PublicationKey, &["first"]).await;
    home.clock.advance_s(1);
    keep(&home, Purpose::PublicationKey, &["second"]).await;
    keep(&home, Purpose::Sip, &["other"]).await;
    assert_eq!(find().await.unwrap().unwrap().expose(), "first");
}

async fn a_codes_mac_is_the_same_in_every_process(home: Home) {
    let other = home.another_process().await;
    let mac = secrets::code_mac(&home.store, "ABCD");
    assert_eq!(mac, secrets::code_mac(&other, "ABCD"));
    assert_ne!(mac, secrets::code_mac(&home.store, "ABCE"));
}
