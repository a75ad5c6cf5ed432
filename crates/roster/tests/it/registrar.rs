//! Registrars: the secrets that they tell are sealed as they arrive, kept while they stay, and go when they go.

use model::{ComponentKind, Rule, Secret, SecretId};
use peers::{RegistrarDatabase, Schema};
use sandbox::component::Kind;
use store::{
    records::Stored,
    secrets::{self, Purpose},
};

use crate::harness::{Office, assert_done};

const HA1: &str = "0123456789abcdef0123456789abcdef";

async fn registrar(office: &Office, sql: &str) -> RegistrarDatabase {
    let database = RegistrarDatabase::in_sqlite(Schema::Kamailio)
        .await
        .unwrap();
    database.run(sql).await.unwrap();
    let (kind, address) = (ComponentKind::Subscriber, database.address());
    let nothing = ("", Secret::new(""));
    let options = components::Options::default();
    office.add("sip", kind, &address, nothing, options).await;
    database
}

async fn accounts(office: &Office) -> Vec<Stored> {
    let sip = office.connection("sip").await.id;
    let all = office.records().await.into_iter();
    all.filter(|record| record.connection == sip).collect()
}

async fn opened(office: &Office, id: Option<SecretId>) -> String {
    let secret = secrets::open(&office.store, Purpose::Sip, id.unwrap()).await;
    secret.unwrap().expose().to_owned()
}

#[tokio::test]
async fn what_a_registrar_tells_is_sealed_kept_replaced_and_dropped_with_it() {
    let office = Office::of(0).await;
    let sql = format!(
        "INSERT INTO subscriber (username, domain, password, ha1) VALUES ('4711', 'a.test', 'geheim', ''), ('4712', 'a.test', '', '{HA1}'), ('4713', 'a.test', '', '');"
    );
    let database = registrar(&office, &sql).await;
    assert_done(&office.scan().await);
    let first = accounts(&office).await;
    let forms: Vec<_> = first
        .iter()
        .map(|r| (r.secret.is_some(), r.is_ha1))
        .collect();
    assert_eq!(forms, [(true, false), (true, true), (false, false)]);
    assert_eq!(opened(&office, first[0].secret).await, "geheim");
    assert_eq!(opened(&office, first[1].secret).await, HA1);

    assert_done(&office.scan().await);
    let second = accounts(&office).await;
    let kept = first
        .iter()
        .map(|r| r.secret)
        .eq(second.iter().map(|r| r.secret));
    assert!(kept, "nothing is sealed anew that did not change");

    let sql = "UPDATE subscriber SET password = 'neu', ha1 = 'x' WHERE username = '4712'; UPDATE subscriber SET password = '' WHERE username = '4711';";
    database.run(sql).await.unwrap();
    assert_done(&office.scan().await);
    let third = accounts(&office).await;
    let forms: Vec<_> = third
        .iter()
        .map(|r| (r.secret.is_some(), r.is_ha1))
        .collect();
    assert_eq!(forms, [(false, false), (true, false), (false, false)]);
    assert_eq!(opened(&office, third[1].secret).await, "neu");
    for old in first.iter().filter_map(|record| record.secret) {
        let erased = secrets::open(&office.store, Purpose::Sip, old).await;
        assert!(erased.is_err(), "what is not told any more is erased");
    }
}

#[tokio::test]
async fn an_account_joins_the_person_whose_record_names_it() {
    let office = Office::of(30).await;
    office.connect(Kind::Usp, 500).await;
    assert_done(&office.scan().await);
    let all = office.records().await;
    let named = all
        .iter()
        .find(|r| !r.record.mbg_user_name.is_empty())
        .unwrap();
    let (person, account) = (named.id, &named.record.mbg_user_name);
    let sql = format!("INSERT INTO subscriber (username, domain) VALUES ('{account}', 'a.test');");
    let _database = registrar(&office, &sql).await;
    assert_done(&office.scan().await);
    let account = accounts(&office).await.remove(0);
    let all = office.records().await;
    let person = all.iter().find(|record| record.id == person).unwrap();
    assert_eq!(account.entry, person.entry);
    let joins = [account.join, person.join.clone()];
    let join = joins.into_iter().flatten().next().unwrap();
    assert_eq!(join.rule, Rule::CrossReference);
}
