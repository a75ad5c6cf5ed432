//! What only a directory can do: stop at a size limit, and speak TLS from the start or later.

use components::Error;
use peers::{OpenLdap, SizeLimit};

use crate::office::{
    connected, directory_of, directory_settings, error_of, everybody, paged, pages_after, records,
};

#[tokio::test]
async fn a_directory_that_stops_at_its_size_limit_is_read_so_far_and_says_so() {
    let directory = directory_of(260, SizeLimit::CutAt(200)).await;
    let settings = paged(directory_settings(&directory), 50);
    let mut pages = pages_after(&mut *connected(&settings), None).await.unwrap();
    let last = pages.pop().unwrap();
    let incomplete = last.incomplete.clone().unwrap();
    assert!(
        incomplete.reason.contains("size limit (result code 4)"),
        "{}",
        incomplete.reason
    );
    assert!(incomplete.hint.contains("bind DN"), "{}", incomplete.hint);
    assert!(pages.iter().all(|page| page.incomplete.is_none()));
    pages.push(last);
    let mut logins: Vec<_> = records(pages)
        .into_iter()
        .map(|record| record.login)
        .collect();
    logins.sort_unstable();
    logins.dedup();
    assert_eq!(logins.len(), 200);
}

#[tokio::test]
async fn a_directory_with_a_limit_that_is_not_reached_is_complete() {
    let directory = directory_of(60, SizeLimit::CutAt(200)).await;
    let pages = pages_after(
        &mut *connected(&paged(directory_settings(&directory), 50)),
        None,
    )
    .await
    .unwrap();
    assert!(pages.iter().all(|page| page.incomplete.is_none()));
    assert_eq!(records(pages).len(), 60);
}

#[tokio::test]
async fn tls_from_the_start_and_start_tls_need_an_authority_that_signed_the_certificate() {
    let directory = directory_of(20, SizeLimit::UnlimitedByPaging).await;
    let other = peers::Certificate::for_loopback().unwrap();
    for (address, start_tls) in [(directory.ldaps_url(), false), (directory.url(), true)] {
        let mut settings = directory_settings(&directory);
        settings.address = address;
        settings.options.start_tls = start_tls;
        for distrusted in [None, Some(other.ca_pem.clone())] {
            settings.options.ca_pem = distrusted;
            let error = error_of(&settings).await;
            assert!(
                matches!(error, Error::Unreachable(_)),
                "{}: {error}",
                settings.address
            );
        }
        settings.options.ca_pem = Some(directory.ca_pem().to_owned());
        assert_eq!(everybody(&settings).await.len(), 20, "{}", settings.address);
    }
}

#[tokio::test]
async fn a_base_that_is_not_there_is_told_with_its_result_code() {
    let directory = directory_of(5, SizeLimit::UnlimitedByPaging).await;
    let mut settings = directory_settings(&directory);
    settings.options.base = format!("ou=nowhere,{}", OpenLdap::BASE);
    let error = error_of(&settings).await;
    assert!(
        matches!(error, Error::Directory { code: 32, .. }),
        "{error}"
    );
    assert!(error.hint().contains("search base"));
}

#[tokio::test]
async fn the_ids_of_a_directory_stay_when_everything_else_changes() {
    let directory = directory_of(5, SizeLimit::UnlimitedByPaging).await;
    let settings = directory_settings(&directory);
    let before = everybody(&settings).await.swap_remove(0);
    let dn = format!("uid={},{}", before.login, OpenLdap::PEOPLE);
    let change = format!(
        "dn: {dn}\nchangetype: modify\nreplace: mail\nmail: new@example.org\n-\nreplace: sn\nsn: New\n"
    );
    directory.modify(&change).await.unwrap();
    let after = everybody(&settings)
        .await
        .into_iter()
        .find(|record| record.source_id == before.source_id)
        .unwrap();
    assert_eq!(
        (after.email.as_str(), after.last_name.as_str()),
        ("new@example.org", "New")
    );
    assert_ne!(after.content_hash(), before.content_hash());
}

#[tokio::test]
async fn the_directory_is_read_with_small_pages_as_well_as_with_large_ones() {
    let directory = directory_of(1_200, SizeLimit::UnlimitedByPaging).await;
    let pages = pages_after(
        &mut *connected(&paged(directory_settings(&directory), 100)),
        None,
    )
    .await
    .unwrap();
    assert!(pages.iter().all(|page| page.records.len() <= 100));
    assert_eq!(records(pages).len(), 1_200);
}
