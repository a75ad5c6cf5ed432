//! Components that misbehave: each listed fault is a fact of that name.

use model::{EntryState, NoteKind};
use sandbox::{
    component::Kind,
    fault::Trouble,
    people::{BLOCK, Oddity},
};
use serde_json::json;
use store::jobs::JobState;

use crate::{
    harness::{Office, assert_done},
    truth::ids_of,
};

/// An office of 500 whose USP answers in 21 pages or so, scanned once.
async fn read_once() -> Office {
    let office = Office::of(500).await;
    office.connect(Kind::Usp, 20).await;
    assert_done(&office.scan().await);
    assert!(office.connection("usp").await.scan.page >= 20);
    office
}

/// Lets USP get into trouble at page 7, and proves what has to be so whatever the trouble is.
async fn fails_at_page_7(trouble: Trouble, reason: &str) {
    let office = read_once().await;
    let (before, revision) = (office.connection("usp").await, office.revision().await);
    office.trouble_at(Kind::Usp, 7, 1, trouble);
    let job = office.scan_one("usp").await;
    assert_eq!(job.state, JobState::Failed);
    let named = format!("usp at {}: page 7: ", before.address);
    assert!(job.error.starts_with(&named), "{}", job.error);
    assert!(job.error.contains(reason), "{}", job.error);
    assert!(!job.hint.is_empty());
    let after = office.connection("usp").await;
    assert!(after.scan.error.starts_with("page 7: ") && after.scan.hint == job.hint);
    assert_eq!(
        after.scan.records, before.scan.records,
        "it keeps what it had"
    );
    assert_eq!(after.scan.completed_at, before.scan.completed_at);
    assert_eq!(office.revision().await, revision);
    // Mended, it can be run again.
    assert_eq!(office.scan_one("usp").await.state, JobState::Done);
    assert_eq!(office.connection("usp").await.scan.error, "");
}

#[tokio::test]
async fn a_component_that_is_down_is_named_and_keeps_what_it_had() {
    let office = read_once().await;
    office.trouble(Kind::Usp, Trouble::Down);
    let job = office.scan_one("usp").await;
    assert_eq!(job.state, JobState::Failed);
    assert!(
        job.error.contains("page 1: cannot reach it"),
        "{}",
        job.error
    );
    assert!(office.connection("usp").await.scan.records > 400);
    office.mend(Kind::Usp);
    assert_eq!(office.scan_one("usp").await.state, JobState::Done);
}

#[tokio::test]
async fn a_component_that_breaks_off_at_page_7_of_20_is_named_with_page_and_reason() {
    fails_at_page_7(Trouble::Down, "cannot reach it").await;
}

#[tokio::test]
async fn a_component_that_fails_at_page_7_of_20_is_named_with_page_and_reason() {
    let status = Trouble::Status {
        status: 500,
        retry_after: None,
    };
    fails_at_page_7(status, "status 500").await;
}

#[tokio::test]
async fn a_component_that_answers_html_is_named_with_page_and_reason() {
    fails_at_page_7(Trouble::Html, "a web page instead of JSON").await;
}

#[tokio::test]
async fn a_component_that_answers_half_a_json_is_named_with_page_and_reason() {
    fails_at_page_7(Trouble::HalfJson, "its JSON ends in the middle").await;
}

#[tokio::test]
async fn a_slow_component_is_waited_for_and_one_that_is_too_slow_is_given_up() {
    let office = read_once().await;
    office.trouble_at(Kind::Usp, 7, 1, Trouble::Slow { ms: 300 });
    assert_eq!(office.scan_one("usp").await.state, JobState::Done);
    // The connection allows five seconds.
    office.trouble_at(Kind::Usp, 7, 1, Trouble::Slow { ms: 60_000 });
    let job = office.scan_one("usp").await;
    assert_eq!(job.state, JobState::Failed);
    assert!(
        job.error.contains("page 7: it did not answer within 5 s"),
        "{}",
        job.error
    );
}

#[tokio::test]
async fn a_throttled_scan_is_put_off_and_goes_on_at_the_same_page() {
    let office = read_once().await;
    let busy = Trouble::Status {
        status: 429,
        retry_after: Some("60".to_owned()),
    };
    office.trouble_at(Kind::Usp, 7, 1, busy);
    let id = office.order("usp").await;
    office.work().await;
    let put_off = office.job(id).await;
    assert_eq!(put_off.state, JobState::Queued);
    assert_eq!(put_off.due_at, crate::harness::START.plus_s(60));
    assert!(
        put_off.error.contains("page 7: it is busy"),
        "{}",
        put_off.error
    );
    assert_eq!(put_off.done, 120, "six pages of twenty");
    // Whoever began anew would now see the first page fail.
    office.trouble_at(Kind::Usp, 1, 1, Trouble::Down);
    office.clock.advance_s(60);
    office.work().await;
    let done = office.job(id).await;
    assert_eq!((done.state, done.error.as_str()), (JobState::Done, ""));
    assert_eq!(done.done, office.connection("usp").await.scan.records);
}

#[tokio::test]
async fn a_page_that_is_put_off_again_and_again_is_given_up_and_others_do_not_count() {
    let office = read_once().await;
    let busy = |page| {
        let status = Trouble::Status {
            status: 503,
            retry_after: Some("30".to_owned()),
        };
        office.trouble_at(Kind::Usp, page, u32::MAX, status);
    };
    let id = office.order("usp").await;
    for page in 2..=12 {
        busy(page);
        office.work().await;
        assert_eq!(office.job(id).await.state, JobState::Queued, "page {page}");
        office.clock.advance_s(30);
    }
    let mut tries = 0;
    while office.job(id).await.state == JobState::Queued {
        office.clock.advance_s(30);
        office.work().await;
        tries += 1;
        assert!(tries < 10, "it never gives up");
    }
    let job = office.job(id).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.error.contains("page 12: it is busy"), "{}", job.error);
}

#[tokio::test]
async fn a_cursor_that_the_component_forgot_begins_the_scan_anew() {
    let office = read_once().await;
    let busy = Trouble::Status {
        status: 429,
        retry_after: Some("60".to_owned()),
    };
    office.trouble_at(Kind::Usp, 7, 1, busy);
    let id = office.order("usp").await;
    office.work().await;
    let forgotten = Trouble::Status {
        status: 410,
        retry_after: None,
    };
    office.trouble_at(Kind::Usp, 7, 1, forgotten);
    office.clock.advance_s(60);
    office.work().await;
    let job = office.job(id).await;
    let records = office.connection("usp").await.scan.records;
    assert_eq!((job.state, job.done), (JobState::Done, records));
}

#[tokio::test]
async fn odd_records_are_shown_with_their_fault() {
    let office = Office::of(500).await.connected().await;
    assert_done(&office.scan().await);
    for (oddity, fault) in [
        (
            Oddity::ControlCharacters,
            "usp: last name holds control characters",
        ),
        (Oddity::LongName, "usp: last name is "),
        (Oddity::NoLastName, "usp: last name is missing"),
    ] {
        let ids = ids_of(&office, "usp", oddity);
        assert_eq!(ids.len() as u64, 500 / BLOCK, "{oddity:?}");
        for id in ids {
            let entry = office.entry_of("usp", &id).await;
            let notes: Vec<_> = entry
                .notes
                .iter()
                .filter(|n| n.kind == NoteKind::Fault)
                .collect();
            assert!(
                notes.iter().any(|n| n.text.starts_with(fault)),
                "{oddity:?}: {notes:?}"
            );
            assert!(!entry.fields.last_name.contains(char::is_control));
            let is_incomplete = entry.state == EntryState::Incomplete;
            assert_eq!(is_incomplete, oddity == Oddity::NoLastName);
        }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_skipped_and_nobody_is_gone() {
    let office = read_once().await;
    let control = office.sandbox.control();
    // A record without an id: the component gives every added one an id, which is then taken away.
    let broken = control.add_record(Kind::Usp, json!({"lastName": "Nobody"}));
    assert!(control.change_record(Kind::Usp, &broken, &json!({"id": null})));
    let leaver = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    assert!(control.remove_record(Kind::Usp, &leaver));
    let job = office.scan_one("usp").await;
    assert_eq!(job.state, JobState::Done);
    let scan = office.connection("usp").await.scan;
    assert_eq!(scan.error, "1 record could not be read");
    assert!(office.record("usp", &leaver).await.entry.is_some());
}

#[tokio::test]
async fn a_source_that_announces_more_than_it_gives_loses_nobody() {
    let office = read_once().await;
    let control = office.sandbox.control();
    let leaver = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    assert!(control.remove_record(Kind::Usp, &leaver));
    office.trouble(Kind::Usp, Trouble::WrongTotal { off_by: 5 });
    office.scan_one("usp").await;
    let scan = office.connection("usp").await.scan;
    assert!(scan.error.starts_with("it announced "), "{}", scan.error);
    assert!(office.record("usp", &leaver).await.entry.is_some());
}

#[tokio::test]
async fn a_source_that_suddenly_answers_3_of_500_is_held_and_nobody_is_gone() {
    let office = Office::of(500).await.connected().await;
    assert_done(&office.scan().await);
    let (before, revision) = (office.connection("usp").await, office.revision().await);
    let control = office.sandbox.control();
    let truth = control.truth();
    let usp: Vec<_> = truth.records().filter(|t| t.component == "usp").collect();
    for gone in &usp[3..] {
        assert!(control.remove_record(Kind::Usp, &gone.source_id));
    }
    let job = office.scan_one("usp").await;
    assert_eq!(job.state, JobState::Failed);
    let why = format!(
        "held: {} of {} records would be gone",
        usp.len() - 3,
        usp.len()
    );
    assert!(job.error.contains(&why), "{}", job.error);
    assert!(!job.hint.is_empty());
    let after = office.connection("usp").await;
    assert_eq!(
        (after.scan.error, after.scan.records),
        (why, before.scan.records)
    );
    assert_eq!(office.revision().await, revision);
}

#[tokio::test]
async fn a_record_that_is_told_twice_on_one_page_is_kept_once() {
    // PostgreSQL refuses a statement that writes one row twice.
    let office = Office::on_postgres(250).await;
    office.connect(Kind::Usp, 500).await;
    let control = office.sandbox.control();
    let twice = ids_of(&office, "usp", Oddity::Ordinary).remove(0);
    let copy = control.add_record(Kind::Usp, json!({"lastName": "Nova"}));
    assert!(control.change_record(Kind::Usp, &copy, &json!({"id": twice})));
    assert_done(&office.scan().await);
    let told = office.record("usp", &twice).await;
    assert_eq!(told.record.last_name, "Nova", "the last word counts");
    let scan = office.connection("usp").await.scan;
    assert_eq!(
        scan.records.cast_unsigned() + 1,
        control.count_records(Kind::Usp)
    );
    assert!(scan.error.starts_with("it announced "), "{}", scan.error);
}
