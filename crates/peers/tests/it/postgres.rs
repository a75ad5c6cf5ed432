//! PostgreSQL as the store's conformance suite will meet it.

use peers::Postgres;

async fn psql(url: &str, sql: &str) -> String {
    let output = tokio::process::Command::new("psql")
        .args(["-X", "-A", "-t", "-d", url, "-c", sql])
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn every_database_is_fresh_and_answers() {
    let cluster = Postgres::shared().await.unwrap();
    let (one, two) = (
        cluster.database().await.unwrap(),
        cluster.database().await.unwrap(),
    );
    assert_eq!(
        psql(&one, "create table t(a int); select 1")
            .await
            .lines()
            .last(),
        Some("1")
    );
    assert_eq!(
        psql(&two, "select count(*) from pg_tables where tablename = 't'").await,
        "0"
    );
}

#[tokio::test]
async fn a_second_cluster_stands_beside_the_shared_one() {
    let shared = Postgres::shared().await.unwrap().database().await.unwrap();
    let own = Postgres::start().await.unwrap();
    let url = own.database().await.unwrap();
    assert_ne!(shared.split('/').nth(2), url.split('/').nth(2));
    assert_eq!(psql(&url, "select 1").await, "1");
}
