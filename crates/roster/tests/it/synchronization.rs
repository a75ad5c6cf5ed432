//! A directory with content synchronization (RFC 4533): after the first scan only what changed is read, and who left is gone.

use peers::{OpenLdap, SizeLimit};
use sandbox::people::{Population, ldif};

use crate::harness::{Office, assert_done};

async fn directory(people: u64) -> OpenLdap {
    let told = ldif(&Population::new(1, people), people).ldif;
    let entries = &told[told.find("dn: uid=").unwrap()..];
    OpenLdap::start(entries, SizeLimit::UnlimitedByPaging)
        .await
        .unwrap()
}

/// The names of the directory's entries whose records are there, by the order of their records.
async fn names(office: &Office) -> Vec<String> {
    let records = office.records().await.into_iter();
    records
        .map(|stored| format!("uid={},{}", stored.record.login, OpenLdap::PEOPLE))
        .collect()
}

#[tokio::test]
async fn only_what_changed_is_read_and_who_was_deleted_is_gone() {
    let office = Office::of(0).await;
    let directory = directory(300).await;
    office.connect_directory(&directory).await;
    assert_done(&office.scan().await);
    let before = office.connection("people").await.scan;
    let names = names(&office).await;
    assert_eq!(before.records, 300);

    directory.delete(&[&names[0], &names[1]]).await.unwrap();
    let modify = format!(
        "dn: {}\nchangetype: modify\nreplace: sn\nsn: Byron\n",
        names[2]
    );
    directory.modify(&modify).await.unwrap();
    let jobs = office.scan().await;
    assert_done(&jobs);
    assert_eq!(jobs[0].done, 3, "one changed, two left");
    let after = office.connection("people").await.scan;
    assert_eq!(
        (after.records, after.number),
        (298, before.number),
        "nothing else is read"
    );
    let records = office.records().await;
    let byrons = records
        .iter()
        .filter(|stored| stored.record.last_name == "Byron");
    assert_eq!((records.len(), byrons.count()), (298, 1));
    assert_eq!(
        office.scan().await.len(),
        1,
        "nothing changed, nothing is joined"
    );
}

#[tokio::test]
async fn many_who_leave_at_once_are_held_and_nobody_is_gone() {
    let office = Office::of(0).await;
    let directory = directory(300).await;
    office.connect_directory(&directory).await;
    assert_done(&office.scan().await);
    let names = names(&office).await;
    let leavers: Vec<&str> = names[..40].iter().map(String::as_str).collect();
    directory.delete(&leavers).await.unwrap();
    for _ in 0..2 {
        office.scan().await;
        let scan = office.connection("people").await.scan;
        assert!(
            scan.held.is_some() && scan.error.contains("40 of 300"),
            "{}",
            scan.error
        );
        assert_eq!(office.records().await.len(), 300);
    }
}
