//! Looking at a database beside the server that it belongs to.

use std::time::Duration;

use model::Secret;
use store::{
    Error, Look, WrappingKey,
    secrets::{self, Purpose},
};

use crate::home::{Home, Place};

on_both_engines!(
    a_database_is_looked_at_while_its_server_writes,
    tables_of_another_release_are_told_and_left_alone,
);

async fn look(home: &Home) -> Look {
    let (url, folder) = match &home.place {
        Place::Sqlite(folder) => ("", folder.path()),
        Place::Postgres(url) => (url.as_str(), std::path::Path::new("")),
    };
    Look::open(url, folder, home.env().clone()).await.unwrap()
}

async fn a_database_is_looked_at_while_its_server_writes(home: Home) {
    let look = look(&home).await;
    let seen = look.unlock(&home.key).await.unwrap();
    assert!(!secrets::try_one(&seen).await.unwrap(), "nothing is sealed");
    // Held open by its server over everything that follows.
    let open = home.store.begin().await.unwrap();
    secrets::keep(&open, Purpose::Sip, &[Secret::new("s3cret")])
        .await
        .unwrap();
    assert_eq!(
        look.faults(Duration::from_mins(1)).await.unwrap(),
        Some(vec![])
    );
    assert!(!look.version().await.unwrap().is_empty());
    assert_eq!(look.time().await.unwrap().is_none(), look.is_sqlite());
    open.commit().await.unwrap();
    assert!(secrets::try_one(&seen).await.unwrap());
    assert!(matches!(seen.begin().await, Err(Error::LookedAt)));
    let other = WrappingKey::random(home.env());
    assert!(matches!(look.unlock(&other).await, Err(Error::WrongKey)));
}

async fn tables_of_another_release_are_told_and_left_alone(home: Home) {
    let look = look(&home).await;
    let current = look.migrations().await.unwrap();
    assert!(
        current.missing.is_empty() && current.unknown.is_empty(),
        "{current:?}"
    );
    home.run("UPDATE migration SET name = '9999_later' WHERE name = '0002_indexes'")
        .await
        .unwrap();
    let differs = look.migrations().await.unwrap();
    assert_eq!(differs.missing, ["0002_indexes"]);
    assert_eq!(differs.unknown, ["9999_later"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let env = model::Env::new(
        model::clock::FixedClock::at(crate::home::START),
        model::clock::SystemEntropy,
    );
    let refused = Look::open("", folder.path(), env).await.unwrap_err();
    assert!(refused.to_string().contains("rollcall.db"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_page_that_was_overwritten_is_found() {
    let home = Place::sqlite().home().await;
    home.run("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    let Place::Sqlite(folder) = &home.place else {
        unreachable!("it was made with SQLite")
    };
    let file = folder.path().join("rollcall.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // The second page of the file, which some table or index begins on.
    bytes[4096..4096 + 512].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let found = look(&home).await.faults(Duration::from_mins(1)).await;
    let is_sound = found.is_ok_and(|faults| faults.is_some_and(|faults| faults.is_empty()));
    assert!(
        !is_sound,
        "SQLite either names what is broken or cannot go on"
    );
}
