//! What every kind does: all records once, page by page, and on from a cursor where that is possible.

use components::Error;
use model::ComponentKind;

use crate::office::{
    Office, PLAYED, connected, everybody, key, paged, pages_after, played_settings, records,
    sandbox_of,
};

#[tokio::test]
async fn every_kind_reads_every_record_exactly_once() {
    let office = Office::of(300).await;
    for kind in ComponentKind::ALL {
        let mut component = connected(&paged(office.settings(kind), 37));
        let pages = pages_after(&mut *component, None).await.unwrap();
        let keys = office.keys(kind);
        assert!(pages.len() > 3, "{kind:?} has {} pages", pages.len());
        assert!(
            pages
                .iter()
                .all(|page| page.records.len() <= 37 && page.skipped.is_empty()),
            "{kind:?}"
        );
        assert!(
            pages.iter().all(|page| page.incomplete.is_none()),
            "{kind:?}"
        );
        let announced = pages[0].announced_total.unwrap_or(keys.len() as u64);
        assert_eq!(announced, keys.len() as u64, "{kind:?}");
        let mut read: Vec<_> = records(pages)
            .iter()
            .map(|record| key(kind, record))
            .collect();
        read.sort_unstable();
        assert!(
            read.iter().eq(keys.iter()),
            "{kind:?} read {} of {}",
            read.len(),
            keys.len()
        );
    }
}

#[tokio::test]
async fn the_size_of_the_pages_does_not_change_what_is_read() {
    let office = Office::of(120).await;
    for kind in ComponentKind::ALL {
        let mut small = everybody(&paged(office.settings(kind), 7)).await;
        let mut large = everybody(&paged(office.settings(kind), 100_000)).await;
        small.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        large.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        assert_eq!(small, large, "{kind:?}");
    }
}

#[tokio::test]
async fn a_scan_goes_on_from_a_kept_cursor_on_another_connection() {
    let sandbox = sandbox_of(200).await;
    for kind in PLAYED {
        let settings = paged(played_settings(&sandbox, kind), 20);
        let mut first = connected(&settings);
        assert!(first.resumable());
        let page = first.page(None).await.unwrap();
        let rest = pages_after(&mut *connected(&settings), page.next.clone())
            .await
            .unwrap();
        let read = [page.records, records(rest)].concat();
        assert_eq!(read, everybody(&settings).await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_directory_knows_its_pages_on_one_connection_only() {
    let office = Office::of(60).await;
    let settings = paged(office.settings(ComponentKind::Ldap), 20);
    let mut first = connected(&settings);
    assert!(!first.resumable());
    let page = first.page(None).await.unwrap();
    let next = page.next.as_deref();
    let error = connected(&settings).page(next).await.unwrap_err();
    assert!(matches!(error, Error::StaleCursor), "{error}");
    let second = first.page(next).await.unwrap();
    let again = first.page(next).await.unwrap_err();
    assert!(matches!(again, Error::StaleCursor), "{again}");
    assert!(
        page.records
            .iter()
            .all(|record| !second.records.contains(record))
    );
}

#[tokio::test]
async fn a_cursor_that_the_component_does_not_know_is_stale() {
    let office = Office::of(30).await;
    for kind in ComponentKind::ALL {
        let error = connected(&office.settings(kind))
            .page(Some("no such page"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::StaleCursor), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn a_test_reaches_the_component_and_reads_one_page() {
    let office = Office::of(100).await;
    for kind in ComponentKind::ALL {
        let report = connected(&paged(office.settings(kind), 10))
            .test()
            .await
            .unwrap();
        assert_eq!((report.records, report.more), (10, true), "{kind:?}");
        assert!(
            report.skipped.is_empty() && report.incomplete.is_none(),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn what_the_truth_knows_about_a_person_stands_in_the_records() {
    let office = Office::of(250).await;
    let control = office.sandbox.control();
    let usp = everybody(&office.settings(ComponentKind::Usp)).await;
    let truth = control.truth();
    let mut compared = 0;
    for told in truth
        .records()
        .filter(|told| told.component == "usp" && told.oddity == sandbox::people::Oddity::Ordinary)
    {
        let person = control.population().person(told.person);
        let record = usp
            .iter()
            .find(|record| record.source_id == told.source_id)
            .unwrap();
        assert_eq!(record.first_name, person.first_name);
        assert_eq!(record.last_name, person.last_name);
        assert_eq!(record.login, person.login);
        assert_eq!(record.directory_number, person.number);
        assert_eq!(record.pbx, person.pbx);
        assert!(record.faults.is_empty(), "{record:?}");
        compared += 1;
    }
    assert!(compared > 100, "{compared} compared");
}
