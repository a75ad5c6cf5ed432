//! What can befall every kind, told by name, and what is left of it: a component that fails is fit for the next call.

use std::time::{Duration, Instant};

use components::Error;

use crate::{
    office::{connected, error_of, everybody, hurried, in_full, paged, pages_after, records},
    play::{Play, Plight, Way},
};

#[test]
fn nothing_is_left_out_but_what_has_no_meaning_for_a_kind() {
    use Plight::{Drips, NoEnd, Silent, Stranger, TokenExpires, WrongCredential};
    let spared = |way| {
        let mut plays = Play::ALL.into_iter().filter(move |play| play.way() == way);
        let play = plays.next().unwrap();
        let spared = |play: Play| Plight::ALL.into_iter().filter(move |p| !play.suffers(*p));
        assert!(plays.all(|other| spared(other).eq(spared(play))), "{way:?}");
        spared(play).collect::<Vec<_>>()
    };
    assert_eq!(spared(Way::Http), []);
    assert_eq!(spared(Way::Ldap), [TokenExpires]);
    assert_eq!(spared(Way::Postgres), [TokenExpires, NoEnd]);
    let of_a_file = [
        Silent,
        Stranger,
        Drips,
        WrongCredential,
        TokenExpires,
        NoEnd,
    ];
    assert_eq!(spared(Way::File), of_a_file);
    // What a folder's file says is always there at once.
    let mut of_a_folder = of_a_file.to_vec();
    of_a_folder.insert(3, Plight::Busy);
    assert_eq!(spared(Way::Folder), of_a_folder);
}

#[tokio::test]
async fn a_component_that_is_down_is_unreachable() {
    for play in Play::suffering(Plight::Down) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::Down).await;
        let error = error_of(&befallen.settings).await;
        assert!(matches!(error, Error::Unreachable(_)), "{play:?}: {error}");
    }
}

#[tokio::test]
async fn a_component_that_says_nothing_runs_into_the_time_limit() {
    for play in Play::suffering(Plight::Silent) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::Silent).await;
        let error = error_of(&hurried(befallen.settings.clone(), 1)).await;
        let in_time = matches!(error, Error::Timeout { after_s: 1 });
        assert!(in_time, "{play:?}: {error}");
    }
}

#[tokio::test]
async fn a_component_that_drips_runs_into_the_time_limit_of_one_request() {
    for play in Play::suffering(Plight::Drips) {
        let component = play.with(40).await;
        let befallen = component.befallen(Plight::Drips).await;
        let start = Instant::now();
        let error = error_of(&hurried(befallen.settings.clone(), 1)).await;
        let in_time = matches!(error, Error::Timeout { after_s: 1 });
        assert!(in_time, "{play:?}: {error}");
        // Signing in and reading are limited each.
        assert!(start.elapsed() < Duration::from_secs(4), "{play:?}");
    }
}

#[tokio::test]
async fn something_else_that_answers_is_told_as_such() {
    for play in Play::suffering(Plight::Stranger) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::Stranger).await;
        let error = error_of(&hurried(befallen.settings.clone(), 5)).await;
        assert!(matches!(error, Error::Unreachable(_)), "{play:?}: {error}");
    }
}

#[tokio::test]
async fn a_component_that_is_busy_says_when_to_come_back() {
    for play in Play::suffering(Plight::Busy) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::Busy).await;
        let error = error_of(&befallen.settings).await;
        let Error::Throttled { retry_after_s } = error else {
            panic!("{play:?}: {error}")
        };
        let named = play.way() == Way::Http;
        let expected = if named { 120 } else { 30 };
        assert_eq!(retry_after_s, expected, "{play:?}");
        assert!(error.hint().contains("by itself"));
    }
}

#[tokio::test]
async fn a_broken_page_is_an_error_and_the_component_is_fit_for_the_next_call() {
    for play in Play::suffering(Plight::BrokenPage) {
        let component = play.with(40).await;
        let befallen = component.befallen(Plight::BrokenPage).await;
        let mut open = connected(&befallen.settings);
        for _ in 0..2 {
            let error = open.page(None).await.unwrap_err();
            let is_told = matches!(
                error,
                Error::NotUnderstood { .. } | Error::Unreachable(_) | Error::Timeout { .. }
            );
            assert!(is_told, "{play:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_broken_record_is_skipped_with_its_position_and_the_others_are_read() {
    for play in Play::suffering(Plight::BrokenRecord) {
        let component = play.with(40).await;
        let befallen = component.befallen(Plight::BrokenRecord).await;
        let page = connected(&befallen.settings).page(None).await.unwrap();
        let [skipped] = &page.skipped[..] else {
            panic!("{play:?}: {:?}", page.skipped)
        };
        assert_eq!(skipped.position, 2, "{play:?}: {}", skipped.reason);
        assert!(
            !skipped.reason.is_empty() && page.records.len() > 1,
            "{play:?}"
        );
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_never_repeated() {
    for play in Play::suffering(Plight::WrongCredential) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::WrongCredential).await;
        let error = error_of(&befallen.settings).await;
        assert!(matches!(error, Error::Refused { .. }), "{play:?}: {error}");
        assert!(!in_full(&error).contains("hunter2"), "{play:?}");
        assert!(error.hint().contains("credentials"));
    }
}

#[tokio::test]
async fn a_token_that_expires_amid_a_scan_is_fetched_anew_or_told() {
    for play in Play::suffering(Plight::TokenExpires) {
        let component = play.with(120).await;
        let befallen = component.befallen(Plight::TokenExpires).await;
        let mut open = connected(&paged(befallen.settings.clone(), 20));
        let first = open.page(None).await.unwrap();
        let second = open.page(first.next.as_deref()).await;
        if play.fetches_tokens() {
            let read = [first.records, second.unwrap().records].concat();
            assert_eq!(read, everybody(&component.settings).await[..40], "{play:?}");
        } else {
            let error = second.unwrap_err();
            assert!(matches!(error, Error::Refused { .. }), "{play:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_a_private_one_accepted_where_it_is_given() {
    let other = peers::Certificate::for_loopback().unwrap();
    for play in Play::ALL.into_iter().filter(|play| play.speaks_tls()) {
        let component = play.with(20).await;
        let (secured, authority) = component.secured().await;
        let mut settings = secured.settings.clone();
        for distrusted in [None, Some(other.ca_pem.clone())] {
            settings.options.ca_pem = distrusted;
            let error = error_of(&settings).await;
            assert!(matches!(error, Error::Unreachable(_)), "{play:?}: {error}");
        }
        settings.options.ca_pem = Some(authority);
        let read = everybody(&settings).await;
        assert_eq!(read.len(), component.keys.len(), "{play:?}");
    }
}

/// The most that one endless answer may add to this process's memory.
const ANSWER_MEMORY_MAX: u64 = 160 << 20;

#[tokio::test]
async fn an_answer_without_end_is_cut_and_costs_a_bounded_amount_of_memory() {
    for play in Play::suffering(Plight::NoEnd) {
        let component = play.with(10).await;
        let befallen = component.befallen(Plight::NoEnd).await;
        let memory = || peers::usage(std::process::id()).unwrap().rss_peak_bytes;
        let before = memory();
        let error = error_of(&befallen.settings).await;
        assert!(matches!(error, Error::TooLarge { .. }), "{play:?}: {error}");
        let more = memory() - before;
        assert!(more < ANSWER_MEMORY_MAX, "{play:?} took {} MiB", more >> 20);
    }
}

#[tokio::test]
async fn a_failure_amid_a_scan_keeps_what_was_read_and_goes_on_from_there_where_that_is_possible() {
    for play in Play::ALL.into_iter().filter(|play| play.resumes()) {
        let component = play.with(120).await;
        let settings = paged(component.settings.clone(), 20);
        let mut open = connected(&settings);
        let page = open.page(None).await.unwrap();
        let gone = component.befallen(Plight::Down).await;
        let next = page.next.as_deref();
        let error = connected(&gone.settings).page(next).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable(_)), "{play:?}: {error}");
        let rest = pages_after(&mut *open, page.next).await.unwrap();
        let read = [page.records, records(rest)].concat();
        assert_eq!(read, everybody(&settings).await, "{play:?}");
    }
}
