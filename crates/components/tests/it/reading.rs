//! What every kind does: all records once, page by page, on from a cursor where that is possible, the same again when nothing
//! changed, and everybody but those who left.

use components::{Changes, Error, Familiar};
use model::ComponentKind;

use crate::{
    office::{connected, everybody, paged, pages_after, played_settings, records, sandbox_of},
    play::Play,
};

#[tokio::test]
async fn every_kind_of_component_that_is_read_is_played() {
    for kind in ComponentKind::ALL.into_iter().filter(|kind| !kind.pushes()) {
        assert!(Play::ALL.iter().any(|play| play.kind() == kind), "{kind:?}");
    }
}

#[tokio::test]
async fn every_kind_reads_every_record_exactly_once() {
    for play in Play::ALL {
        let component = play.with(160).await;
        let keys = &component.keys;
        let mut open = connected(&paged(component.settings.clone(), 19));
        let pages = pages_after(&mut *open, None).await.unwrap();
        assert!(pages.len() > 3, "{play:?} has {} pages", pages.len());
        for page in &pages {
            assert!(page.records.len() <= 19, "{play:?}");
            assert!(page.skipped.is_empty(), "{play:?}: {:?}", page.skipped);
            assert!(page.incomplete.is_none(), "{play:?}");
        }
        let announced = pages[0].announced_total.unwrap_or(keys.len() as u64);
        assert_eq!(announced, keys.len() as u64, "{play:?}");
        let mut read: Vec<_> = records(pages).iter().map(|r| component.key(r)).collect();
        read.sort_unstable();
        let (got, of) = (read.len(), keys.len());
        assert!(read.iter().eq(keys.iter()), "{play:?} read {got} of {of}");
    }
}

#[tokio::test]
async fn the_size_of_the_pages_does_not_change_what_is_read() {
    for play in Play::ALL {
        let component = play.with(120).await;
        let mut small = everybody(&paged(component.settings.clone(), 7)).await;
        let mut large = everybody(&paged(component.settings.clone(), 100_000)).await;
        small.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        large.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        assert_eq!(small, large, "{play:?}");
    }
}

#[tokio::test]
async fn a_scan_goes_on_from_a_kept_cursor_on_another_connection_where_that_is_possible() {
    for play in Play::ALL {
        let component = play.with(100).await;
        let settings = paged(component.settings.clone(), 20);
        let mut first = connected(&settings);
        assert_eq!(first.resumable(), play.resumes(), "{play:?}");
        let page = first.page(None).await.unwrap();
        let next = page.next.clone();
        assert!(next.is_some(), "{play:?}");
        let rest = pages_after(&mut *connected(&settings), next).await;
        if play.resumes() {
            let read = [page.records, records(rest.unwrap())].concat();
            assert_eq!(read, everybody(&settings).await, "{play:?}");
        } else {
            let error = rest.unwrap_err();
            assert!(matches!(error, Error::StaleCursor), "{play:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_component_in_which_nothing_changed_tells_the_same_again() {
    for play in Play::ALL {
        let component = play.with(40).await;
        let before = everybody(&component.settings).await;
        let after = everybody(&component.settings).await;
        let hashes = before.iter().zip(&after);
        let same = hashes.filter(|(a, b)| a.content_hash() == b.content_hash());
        assert_eq!(same.count(), component.keys.len(), "{play:?}");
        assert_eq!(before, after, "{play:?}");
    }
}

#[tokio::test]
async fn what_is_familiar_is_told_by_its_print_alone() {
    for play in Play::ALL {
        let component = play.with(40).await;
        let mut open = connected(&component.settings);
        let first = open.page_beside(None, &Familiar::new()).await.unwrap();
        assert!(
            !first.records.is_empty() && first.same.is_empty(),
            "{play:?}"
        );
        let familiar = first.prints.iter().copied().collect();
        let second = open.page_beside(None, &familiar).await.unwrap();
        if matches!(play, Play::Usp | Play::Mbg | Play::ClientService) {
            assert_eq!(first.prints.len(), first.records.len(), "{play:?}");
            assert_eq!(
                (second.records, second.same),
                (vec![], first.prints),
                "{play:?}"
            );
        } else {
            assert_eq!(second, first, "{play:?}");
        }
        assert_eq!(second.next, first.next, "{play:?}");
    }
}

#[tokio::test]
async fn who_left_is_not_told_any_more_and_the_others_are_as_before() {
    for play in Play::ALL {
        let mut component = play.with(40).await;
        let mut before = everybody(&component.settings).await;
        let leaver = component.key(&before[1]);
        component.remove(&leaver).await;
        before.remove(1);
        let after = everybody(&component.settings).await;
        assert_eq!(after, before, "{play:?}");
        assert_eq!(after.len(), component.keys.len(), "{play:?}");
    }
}

#[tokio::test]
async fn a_component_that_says_where_it_stood_knows_whether_something_changed_since() {
    for play in Play::ALL {
        let mut component = play.with(40).await;
        let settings = paged(component.settings.clone(), 10);
        let mut open = connected(&settings);
        let pages = pages_after(&mut *open, None).await.unwrap();
        let (last, before) = pages.split_last().unwrap();
        assert!(
            before.iter().all(|page| page.checkpoint.is_none()),
            "{play:?}"
        );
        assert_eq!(
            last.checkpoint.is_some(),
            play.says_where_it_stands(),
            "{play:?}"
        );
        let Some(checkpoint) = &last.checkpoint else {
            let changes = open.changes("anything").await.unwrap();
            assert_eq!(changes, Changes::Unknown, "{play:?}");
            continue;
        };
        let changes = connected(&settings).changes(checkpoint).await.unwrap();
        assert_eq!(changes, Changes::Nothing, "{play:?}");
        let leaver = component.keys.first().unwrap().clone();
        component.remove(&leaver).await;
        let changes = connected(&settings).changes(checkpoint).await.unwrap();
        assert_ne!(changes, Changes::Nothing, "{play:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_the_component_does_not_know_is_stale() {
    for play in Play::ALL {
        let component = play.with(30).await;
        let mut open = connected(&component.settings);
        let error = open.page(Some("no such page")).await.unwrap_err();
        assert!(matches!(error, Error::StaleCursor), "{play:?}: {error}");
    }
}

#[tokio::test]
async fn a_test_reaches_the_component_and_reads_one_page() {
    for play in Play::ALL {
        let component = play.with(100).await;
        let mut open = connected(&paged(component.settings.clone(), 10));
        let report = open.test().await.unwrap();
        assert_eq!((report.records, report.more), (10, true), "{play:?}");
        let is_whole = report.skipped.is_empty() && report.incomplete.is_none();
        assert!(is_whole, "{play:?}");
    }
}

#[tokio::test]
async fn what_the_truth_knows_about_a_person_stands_in_the_records() {
    let sandbox = sandbox_of(250).await;
    let control = sandbox.control();
    let usp = everybody(&played_settings(&sandbox, ComponentKind::Usp)).await;
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
