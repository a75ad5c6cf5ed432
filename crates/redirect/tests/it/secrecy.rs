//! What a thief of the store would have.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use publication::TicketHash;

use crate::office::{Office, link};

const TICKET: &str = "Zk3vQ9aB1cD2eF3gH4iJ5k";

fn holds(files: &[Vec<u8>], wanted: &[u8]) -> bool {
    files
        .iter()
        .any(|file| file.windows(wanted.len()).any(|part| part == wanted))
}

#[tokio::test]
async fn the_store_holds_hashes_and_no_ticket_even_after_visits() {
    let office = Office::open().await;
    office.publishes(vec![link(TICKET, 1)]).await;
    let path = format!("/d/{TICKET}");
    office.browser_gets(&path).await;
    office.app_gets(&path).await;
    office
        .asks(reqwest::Method::POST, &format!("{path}/opening"), false)
        .await;

    let folder = office.close().await;
    let data = folder.path().join("redirect");
    assert_eq!(
        fs::metadata(&data).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let files: Vec<_> = fs::read_dir(data)
        .unwrap()
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(
        holds(&files, TicketHash::of(TICKET).as_bytes()),
        "the search finds what is there"
    );
    assert!(!holds(&files, TICKET.as_bytes()));
}

#[tokio::test]
async fn a_stolen_hash_opens_no_link() {
    let office = Office::open().await;
    office.publishes(vec![link(TICKET, 1)]).await;
    let hash = TicketHash::of(TICKET);
    let hex = hash.as_bytes().map(|byte| format!("{byte:02x}")).concat();
    for stolen in [hash.to_string(), hex] {
        assert_eq!(office.app_gets(&format!("/d/{stolen}")).await.status(), 410);
    }
}
