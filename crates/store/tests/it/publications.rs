//! What the redirect server has to be told.

use model::LinkMode;
use store::publications::{self, Publication};

use crate::home::Home;

on_both_engines!(
    a_link_is_told_until_it_was_accepted,
    a_link_that_ended_meanwhile_is_told_again,
    an_accepted_version_never_falls,
    thousands_of_links_are_accepted_at_once,
);

async fn open(home: &Home) -> Vec<Publication> {
    publications::open(&home.store, 100_000).await.unwrap()
}

async fn accept(home: &Home, links: &[Publication]) {
    home.write(async |tx| publications::accept(tx, links).await)
        .await;
}

async fn a_link_is_told_until_it_was_accepted(home: Home) {
    let people = home.users(1..=3).await;
    home.deploy(&people, LinkMode::Redirect).await;
    let some = publications::open(&home.store, 2).await.unwrap();
    assert_eq!(some.len(), 2);
    assert_eq!(
        publications::open(&home.store, 2).await.unwrap(),
        some,
        "asking changes nothing"
    );
    accept(&home, &some).await;
    let rest = open(&home).await;
    assert_eq!(rest.len(), 1);
    accept(&home, &rest).await;
    assert!(open(&home).await.is_empty());
}

async fn a_link_that_ended_meanwhile_is_told_again(home: Home) {
    let people = home.users(1..=1).await;
    home.deploy(&people, LinkMode::Redirect).await;
    let told = open(&home).await;
    home.deploy(&people, LinkMode::Redirect).await;
    accept(&home, &told).await;
    let links = open(&home).await;
    let ended = links
        .iter()
        .find(|link| link.ticket == told[0].ticket)
        .unwrap();
    assert_eq!((ended.version, ended.ended), (2, true));
}

async fn an_accepted_version_never_falls(home: Home) {
    let people = home.users(1..=1).await;
    home.deploy(&people, LinkMode::Redirect).await;
    let early = open(&home).await;
    home.deploy(&people, LinkMode::Direct).await;
    accept(&home, &open(&home).await).await;
    accept(&home, &early).await;
    assert!(
        open(&home).await.is_empty(),
        "a late answer took an accepted version back"
    );
}

async fn thousands_of_links_are_accepted_at_once(home: Home) {
    let people = home.users(1..=2500).await;
    home.deploy(&people, LinkMode::Redirect).await;
    accept(&home, &open(&home).await).await;
    assert!(open(&home).await.is_empty());
}
