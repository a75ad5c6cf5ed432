//! A remote border gateway: authorized in its window, read once with its cluster, renewed.

use std::collections::HashMap;

use components::{Access, Options};
use model::{AdminId, ComponentKind, ConnectionId, Order, Secret};
use roster::{
    Error,
    authorize::{Answer, By, Callback},
    change::Change,
};
use sandbox::component::Kind;
use store::{connections::Connection, jobs::JobState};
use url::Url;

use crate::harness::{Office, admin, assert_done};

const SESSION: &str = "the session's token";

fn by(administrator: AdminId, session: Option<&str>) -> By<'_> {
    By {
        administrator,
        session,
        actor: admin(),
    }
}

impl Office {
    async fn connect_remote(&self) -> ConnectionId {
        let options = Options {
            access: Access::Remote,
            ..Options::default()
        };
        let gateway = self.sandbox.remote_mbg();
        let nothing = ("", Secret::new(""));
        self.add("edge", ComponentKind::Mbg, &gateway.url, nothing, options)
            .await
    }

    async fn edge(&self) -> Connection {
        self.connection("edge").await
    }

    async fn ask(&self, by: &By<'_>) -> Url {
        let callback = Url::parse("https://rollcall.example.org/oauth/callback").unwrap();
        let id = self.edge().await.id;
        match roster::authorize::ask(&self.store, id, &callback, by)
            .await
            .unwrap()
        {
            Answer::Window { url, .. } => url,
            Answer::Verified | Answer::Token(_) => panic!("it must be authorized in a window"),
        }
    }

    /// Signs in at a window and decides: what the person is sent back with.
    async fn decide(&self, window: &Url, decision: &str) -> HashMap<String, String> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let gateway = self.sandbox.remote_mbg();
        let (_, token) = window.query_pairs().next().unwrap();
        let who = [
            ("oauth_token", &*token),
            ("user", &gateway.user),
            ("password", gateway.password.expose()),
        ];
        let page = http
            .post(window.clone())
            .form(&who)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let ticket = page
            .split("name=\"ticket\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let form = [
            ("oauth_token", &*token),
            ("ticket", ticket),
            ("decision", decision),
        ];
        let back = http.post(window.clone()).form(&form).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        assert_eq!(back.host_str(), Some("rollcall.example.org"));
        back.query_pairs().into_owned().collect()
    }

    async fn finish(
        &self,
        told: &HashMap<String, String>,
        by: &By<'_>,
    ) -> Result<ConnectionId, Error> {
        let callback = Callback {
            state: told.get("state").map_or("", String::as_str),
            token_id: &told["oauth_token"],
            verifier: told.get("oauth_verifier").map(String::as_str),
        };
        roster::authorize::finish(&self.store, &callback, by).await
    }

    async fn authorized(&self) {
        let me = by(AdminId::new(self.store.env()), Some(SESSION));
        let window = self.ask(&me).await;
        let told = self.decide(&window, "authorize").await;
        self.finish(&told, &me).await.unwrap();
    }
}

fn is_conflict(answer: &Result<ConnectionId, Error>) -> bool {
    matches!(answer, Err(Error::Conflict { .. }))
}

#[tokio::test]
async fn a_remote_gateway_is_verified_after_its_window_and_expires_in_a_year() {
    let office = Office::of(40).await;
    office.connect_remote().await;
    let before = office.scan_one("edge").await;
    assert!(
        before.error.contains("it is not authorized"),
        "{}",
        before.error
    );
    let me = by(AdminId::new(office.store.env()), Some(SESSION));
    let window = office.ask(&me).await;
    assert!(
        window
            .as_str()
            .starts_with(&office.sandbox.remote_mbg().url)
    );
    let waiting = roster::authorize::waiting(&office.store, &office.edge().await, &me)
        .await
        .unwrap();
    assert_eq!(
        waiting.unwrap().url,
        Some(window.clone()),
        "a closed window can be opened again"
    );
    let told = office.decide(&window, "authorize").await;
    office.finish(&told, &me).await.unwrap();
    let verified = office.edge().await;
    let grant = verified.grant.clone().unwrap();
    assert_eq!(
        grant.expires_at,
        Some(office.store.env().now().plus_days(365))
    );
    assert!(!grant.token_id.is_empty() && grant.token_id != told["oauth_token"]);
    assert_eq!(office.scan_one("edge").await.state, JobState::Done);
    assert!(office.edge().await.scan.records > 0);
    let waiting = roster::authorize::waiting(&office.store, &verified, &me)
        .await
        .unwrap();
    assert!(waiting.is_none());
}

#[tokio::test]
async fn an_answer_counts_once_for_its_state_its_administrator_and_its_session() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    let (one, other) = (
        AdminId::new(office.store.env()),
        AdminId::new(office.store.env()),
    );
    let me = by(one, Some(SESSION));
    let window = office.ask(&me).await;
    let told = office.decide(&window, "authorize").await;
    let mut forged = told.clone();
    forged.insert("state".to_owned(), "guessed".to_owned());
    assert!(is_conflict(&office.finish(&forged, &me).await));
    let mut swapped = told.clone();
    swapped.insert("oauth_token".to_owned(), "another".to_owned());
    assert!(is_conflict(&office.finish(&swapped, &me).await));
    assert!(is_conflict(
        &office.finish(&told, &by(other, Some(SESSION))).await
    ));
    assert!(is_conflict(
        &office
            .finish(&told, &by(one, Some("another session")))
            .await
    ));
    assert!(office.edge().await.grant.is_none());
    office.finish(&told, &me).await.unwrap();
    assert!(
        is_conflict(&office.finish(&told, &me).await),
        "a state is used up"
    );
}

#[tokio::test]
async fn what_an_api_token_asked_for_is_finished_in_any_session_of_its_administrator() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    let administrator = AdminId::new(office.store.env());
    let window = office.ask(&by(administrator, None)).await;
    let told = office.decide(&window, "authorize").await;
    office
        .finish(&told, &by(administrator, Some(SESSION)))
        .await
        .unwrap();
    assert!(office.edge().await.grant.is_some());
}

#[tokio::test]
async fn a_refusal_in_the_window_stands_on_the_connection_and_keeps_an_older_authorization() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    office.authorized().await;
    let before = office.edge().await.grant;
    let me = by(AdminId::new(office.store.env()), Some(SESSION));
    let window = office.ask(&me).await;
    let told = office.decide(&window, "refuse").await;
    assert!(office.finish(&told, &me).await.is_err());
    let after = office.edge().await;
    assert!(
        after.scan.error.contains("refused in its window"),
        "{}",
        after.scan.error
    );
    assert_eq!(after.grant, before);
}

#[tokio::test]
async fn renewing_brings_a_new_token_and_another_host_drops_it() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    office.authorized().await;
    let before = office.edge().await;
    office.clock.advance_s(86_400);
    office.authorized().await;
    let after = office.edge().await;
    assert_ne!(after.grant, before.grant);
    assert_ne!(after.secret, before.secret);
    let moved = Change {
        address: Some("https://mbg.example.org".to_owned()),
        ..Change::default()
    };
    roster::change::change(&office.store, after.id, &moved, &admin())
        .await
        .unwrap();
    let moved = office.edge().await;
    assert_eq!((moved.grant, moved.secret), (None, None));
}

#[tokio::test]
async fn an_authorization_asked_for_before_the_host_changed_counts_for_nothing() {
    let office = Office::of(5).await;
    let id = office.connect_remote().await;
    let me = by(AdminId::new(office.store.env()), Some(SESSION));
    let window = office.ask(&me).await;
    let told = office.decide(&window, "authorize").await;
    let moved = Change {
        address: Some("https://mbg.example.org".to_owned()),
        ..Change::default()
    };
    roster::change::change(&office.store, id, &moved, &admin())
        .await
        .unwrap();
    assert!(is_conflict(&office.finish(&told, &me).await));
    assert!(office.edge().await.grant.is_none());
}

#[tokio::test]
async fn an_authorization_that_ended_is_told_by_its_name() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    office.authorized().await;
    office.sandbox.control().expire_authorizations();
    let job = office.scan_one("edge").await;
    assert!(
        job.error.contains("the authorization has expired"),
        "{}",
        job.error
    );
    assert!(job.hint.contains("renews it"), "{}", job.hint);
}

#[tokio::test]
async fn the_records_of_a_cluster_are_read_once_and_keep_their_entries_when_the_reader_changes() {
    let office = Office::of(60).await;
    office.connect_remote().await;
    office.authorized().await;
    assert_eq!(office.scan_one("edge").await.state, JobState::Done);
    let (records, entries) = (office.records().await, office.entries().await);
    office.connect(Kind::Mbg, 100).await;
    assert_done(&office.scan().await);
    let ids = |all: Vec<store::records::Stored>| {
        all.into_iter().map(|r| (r.id, r.entry)).collect::<Vec<_>>()
    };
    let local = office.connection("mbg").await;
    assert_eq!(
        office.edge().await.read_by,
        Some(local.id),
        "a local one goes before"
    );
    assert_eq!(local.cluster.len(), 2);
    let now = office.records().await;
    assert!(now.iter().all(|record| record.connection == local.id));
    assert_eq!(ids(now), ids(records));
    assert_eq!(office.entries().await.len(), entries.len());
    let pause = Change {
        paused: Some(true),
        ..Change::default()
    };
    roster::change::change(&office.store, local.id, &pause, &admin())
        .await
        .unwrap();
    assert_eq!(office.scan_one("edge").await.state, JobState::Done);
    let edge = office.edge().await;
    assert_eq!(
        (edge.read_by, edge.scan.records),
        (None, i64::try_from(office.records().await.len()).unwrap())
    );
}

#[tokio::test]
async fn administrators_are_told_once_for_each_threshold_before_an_authorization_ends() {
    let office = Office::of(5).await;
    office.connect_remote().await;
    let me = by(AdminId::new(office.store.env()), Some(SESSION));
    let window = office.ask(&me).await;
    let told = office.decide(&window, "authorize").await;
    office.finish(&told, &me).await.unwrap();
    // The authorization had a scan ordered.
    office.work().await;
    let due = async || {
        let ordered = roster::order_due_warnings(&office.store).await.unwrap();
        assert_eq!(roster::order_due_warnings(&office.store).await.unwrap(), 0);
        let job = store::jobs::claim(&office.store, "mail").await.unwrap();
        assert_eq!(ordered, usize::from(job.is_some()));
        if let Some(job) = &job {
            let tx = office.store.begin().await.unwrap();
            assert!(store::jobs::complete(&tx, job.id).await.unwrap());
            tx.commit().await.unwrap();
        }
        match job.map(|job| job.order) {
            Some(Order::Notify { connection, days }) => {
                assert_eq!(connection, office.edge().await.id);
                Some(days)
            }
            None => None,
            Some(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(due().await, None, "a year is left");
    let mut said = Vec::new();
    for days in [335, 1, 22, 5, 1, 1] {
        office.clock.advance_s(days * 86_400);
        said.push(due().await);
    }
    assert_eq!(said, [Some(30), None, Some(7), None, Some(1), Some(0)]);
}

#[tokio::test]
async fn nobody_is_told_of_the_end_of_a_token_that_is_fetched_by_itself() {
    let office = Office::of(5).await;
    let id = office.connect(Kind::ClientService, 10).await;
    roster::connections::test(&office.store, id).await.unwrap();
    let connection = store::connections::get(&office.store, id).await.unwrap();
    assert!(connection.grant.unwrap().expires_at.is_some(), "it ends");
    for _ in 0..2 {
        assert_eq!(roster::order_due_warnings(&office.store).await.unwrap(), 0);
        office.clock.advance_s(86_400);
    }
}
