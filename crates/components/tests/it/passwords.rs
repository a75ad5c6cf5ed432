//! New SIP passwords: a border gateway makes them, nobody else does.

use components::{CREDENTIALS_MAX, Error};
use model::ComponentKind;

use crate::{
    office::{connected, everybody, in_full, played_settings, sandbox_of},
    play::Play,
};

#[tokio::test]
async fn only_a_border_gateway_gives_passwords() {
    for play in Play::ALL.into_iter().filter(|play| *play != Play::Mbg) {
        let component = play.with(10).await;
        let mut open = connected(&component.settings);
        let error = open.credentials(&["x".into()]).await.unwrap_err();
        let is_told = matches!(error, Error::Unsupported { .. });
        assert!(is_told, "{play:?}: {error}");
    }
}

#[tokio::test]
async fn a_border_gateway_makes_passwords_for_the_records_it_knows() {
    let sandbox = sandbox_of(40).await;
    let settings = played_settings(&sandbox, ComponentKind::Mbg);
    let mut ids: Vec<_> = everybody(&settings)
        .await
        .into_iter()
        .take(3)
        .map(|record| record.source_id)
        .collect();
    ids.push("unknown".into());
    let made = connected(&settings).credentials(&ids).await.unwrap();
    let known = sandbox.control().credentials();
    assert_eq!((made.len(), known.len()), (3, 3));
    for (id, password) in &made {
        assert!(
            known
                .iter()
                .any(|known| &known.id == id && known.password == password.expose())
        );
        assert!(!format!("{made:?}").contains(password.expose()));
    }
}

#[tokio::test]
async fn a_key_that_may_not_make_passwords_is_told_as_such() {
    let sandbox = sandbox_of(5).await;
    sandbox.control().permit_credentials(false);
    let settings = played_settings(&sandbox, ComponentKind::Mbg);
    let error = connected(&settings)
        .credentials(&["d1".into()])
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Refused { .. }),
        "{}",
        in_full(&error)
    );
}

#[tokio::test]
async fn too_many_records_at_once_are_refused_before_anything_is_sent() {
    let sandbox = sandbox_of(5).await;
    let ids = vec!["d1".to_owned(); CREDENTIALS_MAX + 1];
    let settings = played_settings(&sandbox, ComponentKind::Mbg);
    let error = connected(&settings).credentials(&ids).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
}
