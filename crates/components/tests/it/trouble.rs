//! What can go wrong with every kind, told by name: down, slow, wrong credentials, a page that fails.

use components::{Credential, Error, Settings};
use model::{ComponentKind, Secret};
use sandbox::fault::{Fault, Trouble};

use crate::{
    lines::{Line, nowhere},
    office::{
        Office, PLAYED, connected, error_of, everybody, hurried, in_full, paged, pages_after,
        played, played_settings, records, sandbox_of,
    },
};

/// The same settings at another address.
fn at(mut settings: Settings, address: std::net::SocketAddr) -> Settings {
    let scheme = settings.address.split("://").next().unwrap().to_owned();
    settings.address = format!("{scheme}://{address}");
    settings
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_never_repeated() {
    let office = Office::of(10).await;
    for kind in ComponentKind::ALL {
        let mut settings = office.settings(kind);
        let account = match &settings.credential {
            Credential::Client { id, .. } => id.clone(),
            Credential::Bind { dn, .. } => dn.clone(),
            Credential::Bearer(_) | Credential::None => String::new(),
        };
        settings.credential = Credential::of(kind, &account, Secret::new("hunter2"));
        let error = error_of(&settings).await;
        assert!(matches!(error, Error::Refused { .. }), "{kind:?}: {error}");
        assert!(!in_full(&error).contains("hunter2"), "{kind:?}");
        assert!(error.hint().contains("credentials"));
    }
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
async fn a_component_that_is_down_is_unreachable() {
    let office = Office::of(10).await;
    for kind in ComponentKind::ALL {
        let error = error_of(&at(office.settings(kind), nowhere().await)).await;
        assert!(matches!(error, Error::Unreachable(_)), "{kind:?}: {error}");
    }
    for kind in PLAYED {
        office
            .sandbox
            .control()
            .set_faults(played(kind), vec![Fault::always(Trouble::Down)]);
        let error = error_of(&office.settings(kind)).await;
        assert!(matches!(error, Error::Unreachable(_)), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn a_component_that_is_slow_runs_into_the_time_limit() {
    let office = Office::of(10).await;
    for kind in ComponentKind::ALL {
        let line = Line::silent().await;
        let error = error_of(&hurried(at(office.settings(kind), line.address), 1)).await;
        assert!(
            matches!(error, Error::Timeout { after_s: 1 }),
            "{kind:?}: {error}"
        );
    }
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
async fn something_else_that_answers_is_told_as_such() {
    let office = Office::of(10).await;
    let nonsense: &[u8] = b"220 mail.example.org ESMTP\r\n500 what?\r\n";
    for kind in ComponentKind::ALL {
        let line = Line::saying(nonsense).await;
        let error = error_of(&hurried(at(office.settings(kind), line.address), 5)).await;
        assert!(matches!(error, Error::Unreachable(_)), "{kind:?}: {error}");
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
    let office = Office::of(400).await;
    let direct = paged(office.settings(ComponentKind::Ldap), 20);
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
