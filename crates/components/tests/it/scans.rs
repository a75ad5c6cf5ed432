//! Scans that are interrupted, with the sandbox's own faults and a line that is cut.

use components::{Credential, Error, Settings};
use model::{ComponentKind, Secret};
use peers::SizeLimit;
use sandbox::fault::{Fault, Trouble};

use crate::{
    lines::Line,
    office::{
        PLAYED, connected, directory_of, directory_settings, error_of, everybody, hurried, in_full,
        paged, pages_after, played, played_settings, records, sandbox_of,
    },
};

/// The same settings at another address.
fn at(mut settings: Settings, address: std::net::SocketAddr) -> Settings {
    let scheme = settings.address.split("://").next().unwrap().to_owned();
    settings.address = format!("{scheme}://{address}");
    settings
}

#[tokio::test]
async fn a_credential_with_a_line_break_is_refused_before_anything_is_sent() {
    let sandbox = sandbox_of(5).await;
    let mut settings = played_settings(&sandbox, ComponentKind::Usp);
    settings.credential = Credential::Bearer(Secret::new("hunter2\r\nX-Other: 1"));
    let error = error_of(&settings).await;
    assert!(matches!(error, Error::Settings { .. }), "{error}");
    assert!(!in_full(&error).contains("hunter2"));
}

#[tokio::test]
async fn a_slow_page_costs_no_more_than_its_request() {
    let sandbox = sandbox_of(60).await;
    for kind in PLAYED {
        let slow = Fault::always(Trouble::Slow { ms: 60_000 })
            .at_page(2)
            .times(1);
        sandbox.control().set_faults(played(kind), vec![slow]);
        let settings = hurried(paged(played_settings(&sandbox, kind), 20), 1);
        let mut component = connected(&settings);
        let page = component.page(None).await.unwrap();
        let error = component.page(page.next.as_deref()).await.unwrap_err();
        assert!(
            matches!(error, Error::Timeout { after_s: 1 }),
            "{kind:?}: {error}"
        );
        let rest = pages_after(&mut *component, page.next).await.unwrap();
        assert_eq!(
            [page.records, records(rest)].concat(),
            everybody(&settings).await
        );
    }
}

#[tokio::test]
async fn a_failure_at_page_7_of_20_keeps_what_was_read_and_goes_on_from_there() {
    let sandbox = sandbox_of(400).await;
    for kind in PLAYED {
        let count = sandbox.control().count_records(played(kind));
        let settings = paged(
            played_settings(&sandbox, kind),
            u32::try_from(count.div_ceil(20)).unwrap(),
        );
        let status = Trouble::Status {
            status: 500,
            retry_after: None,
        };
        sandbox.control().set_faults(
            played(kind),
            vec![Fault::always(status).at_page(7).times(1)],
        );
        let mut component = connected(&settings);
        let (mut read, mut cursor) = (Vec::new(), None);
        for _ in 1..7 {
            let page = component.page(cursor.as_deref()).await.unwrap();
            read.extend(page.records);
            cursor = page.next;
        }
        let error = component.page(cursor.as_deref()).await.unwrap_err();
        assert!(
            matches!(error, Error::Status { status: 500, .. }),
            "{kind:?}: {error}"
        );
        read.extend(records(pages_after(&mut *component, cursor).await.unwrap()));
        assert_eq!(read, everybody(&settings).await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_directory_that_fails_at_page_7_of_20_is_read_again_from_the_start() {
    let directory = directory_of(400, SizeLimit::UnlimitedByPaging).await;
    let direct = paged(directory_settings(&directory), 20);
    let target = direct
        .address
        .trim_start_matches("ldap://")
        .parse()
        .unwrap();
    let line = Line::to(target).await;
    let mut component = connected(&at(direct.clone(), line.address));
    let mut cursor = None;
    for _ in 1..7 {
        cursor = component.page(cursor.as_deref()).await.unwrap().next;
    }
    line.cut().await;
    let error = component.page(cursor.as_deref()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    let error = component.page(cursor.as_deref()).await.unwrap_err();
    assert!(matches!(error, Error::StaleCursor), "{error}");
    assert_eq!(everybody(&direct).await.len(), 400);
}

#[tokio::test]
async fn a_connection_that_is_closed_without_an_answer_is_unreachable() {
    let sandbox = sandbox_of(10).await;
    for kind in PLAYED {
        let down = vec![Fault::always(Trouble::Down)];
        sandbox.control().set_faults(played(kind), down);
        let error = error_of(&played_settings(&sandbox, kind)).await;
        assert!(matches!(error, Error::Unreachable(_)), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn a_directory_knows_its_pages_on_one_connection_only() {
    let directory = directory_of(60, SizeLimit::UnlimitedByPaging).await;
    let settings = paged(directory_settings(&directory), 20);
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
