//! Connections and where their scans stand.

use model::{AdminId, ComponentKind, ConnectionId, Record, Schedule, Secret};
use store::{
    Error,
    authorizations::{self, Asked},
    connections::{self, NewConnection},
    records,
    secrets::{self, Purpose},
};

use crate::home::{Home, START, admin, is_missing};

on_both_engines!(
    a_connection_reads_back_with_its_credential,
    a_due_scan_is_taken_once,
    a_removed_connection_frees_its_name_and_keeps_its_records_as_gone,
    an_authorization_is_waited_for_once_and_its_secret_is_erased,
    records_are_adopted_where_most_of_them_are_as_they_were,
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
        records::keep_page(tx, id, scan, &[Record::new("1"), Record::new("2")], &[]).await?;
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

async fn a_due_scan_is_taken_once(home: Home) {
    let id = home.connection("Main").await;
    let due = home.now().plus_s(60);
    let hourly = Schedule::Every { minutes: 60 };
    home.write(async |tx| connections::set_schedule(tx, id, hourly, Some(due), &admin()).await)
        .await;
    assert!(
        connections::due(&home.store, home.now())
            .await
            .unwrap()
            .is_empty()
    );
    home.clock.advance_s(60);
    let found = connections::due(&home.store, home.now()).await.unwrap();
    assert_eq!((found.len(), found[0].schedule), (1, hourly));
    let next = hourly.next(home.now());
    let take = async || {
        home.write(async |tx| connections::take_due(tx, &found[0], next).await)
            .await
    };
    assert_eq!((take().await, take().await), (true, false));
    assert!(
        connections::due(&home.store, home.now())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_removed_connection_frees_its_name_and_keeps_its_records_as_gone(home: Home) {
    let id = home.connection("Main").await;
    home.write(async |tx| {
        records::keep_page(tx, id, 1, &[Record::new("1")], &[]).await?;
        connections::remove(tx, id, &admin()).await
    })
    .await;
    assert!(is_missing(&connections::get(&home.store, id).await));
    assert!(connections::list(&home.store).await.unwrap().is_empty());
    assert!(
        records::present_after(&home.store, 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let removed = connections::removed(&home.store, ComponentKind::Usp)
        .await
        .unwrap();
    assert_eq!(removed.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    assert!(
        connections::removed(&home.store, ComponentKind::Ldap)
            .await
            .unwrap()
            .is_empty()
    );
    home.connection("Main").await;
    let late = home
        .try_write(async |tx| connections::note_page(tx, id, "", 0).await)
        .await;
    assert!(is_missing(&late));
}

async fn records_are_adopted_where_most_of_them_are_as_they_were(home: Home) {
    let (old, new) = (home.connection("Old").await, home.connection("New").await);
    let told: Vec<_> = ["1", "2", "3"].map(Record::new).to_vec();
    home.write(async |tx| records::keep_page(tx, old, 1, &told, &[]).await)
        .await;
    let kept = records::present_after(&home.store, 0, 10).await.unwrap();
    let changed = |id: &str| Record {
        login: "somebody else".to_owned(),
        ..Record::new(id)
    };
    let others = [changed("1"), changed("2"), Record::new("3")];
    let adopt = async |told: &[Record], is_same_address| {
        home.write(async |tx| records::adopt(tx, old, new, told, is_same_address).await)
            .await
    };
    assert_eq!(
        adopt(&others, false).await,
        0,
        "other people with the same ids"
    );
    assert_eq!(adopt(&[Record::new("1"), changed("2")], false).await, 2);
    assert_eq!(adopt(&[changed("3"), Record::new("4")], true).await, 1);
    let now = records::present_after(&home.store, 0, 10).await.unwrap();
    let ids = |all: &[records::Stored]| all.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(&now), ids(&kept));
    assert!(now.iter().all(|one| one.connection == new));
}

async fn an_authorization_is_waited_for_once_and_its_secret_is_erased(home: Home) {
    let id = home.connection("Edge").await;
    let me = AdminId::new(home.env());
    let ask = async |state: &str| {
        home.write(async |tx| {
            let secret =
                secrets::keep(tx, Purpose::Connection, &[Secret::new("request")]).await?[0];
            let asked = Asked {
                connection: id,
                token_id: "t1",
                secret,
                state,
                administrator: me,
                session: Some("session"),
            };
            authorizations::ask(tx, asked).await
        })
        .await;
    };
    ask("first").await;
    ask("second").await;
    assert_eq!(
        home.number("SELECT COUNT(*) FROM secret").await,
        1,
        "the first one is erased"
    );
    let find = async |state: &str| {
        home.write(async |tx| authorizations::find_by_state(tx, state).await)
            .await
    };
    assert!(find("first").await.is_none());
    let pending = find("second").await.unwrap();
    assert!(pending.is_of(me, "session"));
    assert!(!pending.is_of(me, "another") && !pending.is_of(AdminId::new(home.env()), "session"));
    let withdraw = async || {
        home.write(async |tx| authorizations::withdraw(tx, id).await)
            .await
    };
    assert_eq!((withdraw().await, withdraw().await), (true, false));
    assert_eq!(home.number("SELECT COUNT(*) FROM secret").await, 0);
}
