//! OpenLDAP as the tests of the LDAP connector will meet it.

use std::{fmt::Write as _, process::Output};

use peers::{OpenLdap, SizeLimit};

fn people(count: u32) -> String {
    (0..count).fold(String::new(), |mut ldif, n| {
        writeln!(
            ldif,
            "dn: uid=u{n},{}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: Ada {n}\nsn: {n}\nmail: u{n}@example.org\n",
            OpenLdap::PEOPLE
        )
        .unwrap();
        ldif
    })
}

async fn search(directory: &OpenLdap, url: &str) -> Output {
    let ca = tempfile_with(directory.ca_pem());
    tokio::process::Command::new("ldapsearch")
        .env("LDAPTLS_CACERT", ca.path())
        .args([
            "-x",
            "-LLL",
            "-H",
            url,
            "-D",
            OpenLdap::BIND_DN,
            "-w",
            OpenLdap::PASSWORD,
        ])
        .args([
            "-E",
            "pr=100/noprompt",
            "-b",
            OpenLdap::PEOPLE,
            "(objectClass=inetOrgPerson)",
            "uid",
            "mail",
        ])
        .output()
        .await
        .unwrap()
}

fn tempfile_with(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn count(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with("uid: "))
        .count()
}

#[tokio::test]
async fn a_paged_search_finds_every_entry_plain_and_over_tls() {
    let directory = OpenLdap::start(&people(1_200), SizeLimit::UnlimitedByPaging)
        .await
        .unwrap();
    for url in [directory.url(), directory.ldaps_url()] {
        let found = search(&directory, &url).await;
        assert_eq!(
            (found.status.code(), count(&found)),
            (Some(0), 1_200),
            "{url} {found:?}"
        );
    }
}

#[tokio::test]
async fn a_size_limit_cuts_a_paged_search_with_result_code_4() {
    let directory = OpenLdap::start(&people(700), SizeLimit::CutAt(500))
        .await
        .unwrap();
    let found = search(&directory, &directory.url()).await;
    assert_eq!((found.status.code(), count(&found)), (Some(4), 500));
}

#[tokio::test]
async fn entries_can_be_added_changed_and_deleted() {
    let directory = OpenLdap::start(&people(2), SizeLimit::UnlimitedByPaging)
        .await
        .unwrap();
    let name = |n: u32| format!("uid=u{n},{}", OpenLdap::PEOPLE);
    directory
        .add(&people(3).split_off(people(2).len()))
        .await
        .unwrap();
    let change = format!(
        "dn: {}\nchangetype: modify\nreplace: mail\nmail: grace@example.org\n",
        name(2)
    );
    directory.modify(&change).await.unwrap();
    directory.delete(&[&name(0), &name(1)]).await.unwrap();
    let found = search(&directory, &directory.url()).await;
    let text = String::from_utf8_lossy(&found.stdout);
    assert!(
        text.contains("mail: grace@example.org") && count(&found) == 1,
        "{text}"
    );
}
