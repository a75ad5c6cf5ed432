//! Connections and where their scans stand.

use model::{ComponentKind, ConnectionId, Record, Secret};
use store::{
    Error,
    connections::{self, NewConnection},
    records,
    secrets::{self, Purpose},
};

use crate::home::{Home, START, admin, is_missing};

on_both_engines!(
    a_connection_reads_back_with_its_credential,
    a_connections_name_is_taken_once,
    a_scan_counts_its_pages_and_ends,
    a_scan_that_failed_says_so_and_keeps_when_the_last_was_complete,
    scan_numbers_rise_over_all_connections,
);

impl Home {
    pub(crate) async fn connection(&self, name: &str) -> ConnectionId {
        self.try_connection(name).await.unwrap()
    }

    async fn try_connection(&self, name: &str) -> store::Result<ConnectionId> {
        let new = NewConnection {
            name,
            kind: ComponentKind::Usp,
            address: "https://usp.example.org",
            options: "{}",
            secret: None,
            default_pbx: "PBX1",
        };
        self.try_write(async |tx| connections::add(tx, &new, &admin()).await)
            .await
    }
}

async fn a_connection_reads_back_with_its_credential(home: Home) {
    let id = home
        .write(async |tx| {
            let token = [Secret::new("token")];
            let secret = secrets::keep(tx, Purpose::Connection, &token).await?[0];
            let new = NewConnection {
                name: "Directory",
                kind: ComponentKind::Ldap,
                address: "ldap://ldap.example.org",
                options: r#"{"base":"dc=example"}"#,
                secret: Some(secret),
                default_pbx: "",
            };
            connections::add(tx, &new, &admin()).await
        })
        .await;
    let found = connections::get(&home.store, id).await.unwrap();
    assert_eq!(
        (found.name.as_str(), found.kind),
        ("Directory", ComponentKind::Ldap)
    );
    assert_eq!(found.options, r#"{"base":"dc=example"}"#);
    assert_eq!(found.scan, connections::ScanState::default());
    let secret = secrets::open(&home.store, Purpose::Connection, found.secret.unwrap()).await;
    assert_eq!(secret.unwrap().expose(), "token");
    assert_eq!(connections::list(&home.store).await.unwrap(), [found]);
}

async fn a_connections_name_is_taken_once(home: Home) {
    home.connection("Main").await;
    let twice = home.try_connection("MAIN").await;
    assert!(matches!(twice, Err(Error::Taken(_))), "{twice:?}");
    let nowhere = ConnectionId::new(home.env());
    assert!(is_missing(&connections::get(&home.store, nowhere).await));
}

async fn a_scan_counts_its_pages_and_ends(home: Home) {
    let id = home.connection("Main").await;
    let scan = home
        .write(async |tx| connections::start_scan(tx, id).await)
        .await;
    home.write(async |tx| {
        records::keep_page(tx, id, scan, &[Record::new("1"), Record::new("2")]).await?;
        connections::note_page(tx, id, "page 2", 1).await?;
        connections::note_page(tx, id, "page 3", 2).await
    })
    .await;
    let midway = connections::get(&home.store, id).await.unwrap().scan;
    assert_eq!((midway.number, midway.page, midway.skipped), (scan, 2, 3));
    assert_eq!((midway.cursor.as_str(), midway.at), ("page 3", Some(START)));
    home.write(async |tx| connections::end_scan(tx, id, None).await)
        .await;
    let over = connections::get(&home.store, id).await.unwrap().scan;
    assert_eq!((over.cursor.as_str(), over.records), ("", 2));
    assert_eq!((over.completed_at, over.error.as_str()), (Some(START), ""));
}

async fn a_scan_that_failed_says_so_and_keeps_when_the_last_was_complete(home: Home) {
    let id = home.connection("Main").await;
    home.write(async |tx| connections::end_scan(tx, id, None).await)
        .await;
    home.clock.advance_s(60);
    let why = Some(("page 7 cannot be read", "try again"));
    home.write(async |tx| connections::end_scan(tx, id, why).await)
        .await;
    let scan = connections::get(&home.store, id).await.unwrap().scan;
    assert_eq!(
        (scan.error.as_str(), scan.hint.as_str()),
        ("page 7 cannot be read", "try again")
    );
    assert_eq!(scan.completed_at, Some(START));
}

async fn scan_numbers_rise_over_all_connections(home: Home) {
    let (one, two) = (home.connection("One").await, home.connection("Two").await);
    let start = async |id| {
        home.write(async |tx| connections::start_scan(tx, id).await)
            .await
    };
    let numbers = [start(one).await, start(two).await, start(one).await];
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}
