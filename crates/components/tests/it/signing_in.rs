//! The sign-in of people at the client service, and that no other kind has one.

use components::Error;
use model::Secret;
use sandbox::{
    component::Kind,
    fault::{Fault, Trouble},
    people::Oddity,
};

use crate::office::{PLAYED, connected, played_settings, sandbox_of};

#[tokio::test]
async fn a_person_is_known_by_their_own_password_alone() {
    let sandbox = sandbox_of(200).await;
    let control = sandbox.control();
    let person = |oddity| {
        let mut people = control.population().iter();
        people
            .find(|p| p.oddity == oddity && p.presence.client_service)
            .unwrap()
    };
    let ada = person(Oddity::Ordinary);
    let right = Secret::new(control.password_of(ada.index));
    let mut service = connected(&played_settings(
        &sandbox,
        model::ComponentKind::ClientService,
    ));
    let account = service.sign_in(&ada.login, &right).await.unwrap().unwrap();
    let record = control.find_record(Kind::ClientService, &account).unwrap();
    assert_eq!(
        record["loginId"].as_str().map(str::to_lowercase),
        Some(ada.login.to_lowercase())
    );
    // A token that was given before and ended is no reason to call somebody nobody.
    control.expire_tokens();
    assert_eq!(
        service.sign_in(&ada.login, &right).await.unwrap(),
        Some(account)
    );
    for (login, password) in [
        (ada.login.as_str(), "wrong"),
        ("nobody", right.expose()),
        ("", ""),
    ] {
        let found = service
            .sign_in(login, &Secret::new(password))
            .await
            .unwrap();
        assert_eq!(found, None, "{login}");
    }
    let gone = person(Oddity::Inactive);
    let own = Secret::new(control.password_of(gone.index));
    assert_eq!(service.sign_in(&gone.login, &own).await.unwrap(), None);
}

#[tokio::test]
async fn a_service_in_trouble_says_nothing_of_the_person_and_its_words_are_not_shown() {
    let sandbox = sandbox_of(20).await;
    let mut service = connected(&played_settings(
        &sandbox,
        model::ComponentKind::ClientService,
    ));
    let broken = Trouble::Status {
        status: 500,
        retry_after: None,
    };
    for trouble in [Trouble::Down, Trouble::Html, broken] {
        let fault = Fault::always(trouble).at_path("/client-service/v1/sign-in");
        sandbox
            .control()
            .set_faults(Kind::ClientService, vec![fault]);
        let password = Secret::new("hunter2-is-not-shown");
        let error = service.sign_in("ada", &password).await.unwrap_err();
        assert!(
            !format!("{error:?} {error}").contains("hunter2"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn nobody_signs_in_at_another_kind() {
    let sandbox = sandbox_of(5).await;
    for kind in PLAYED {
        let mut component = connected(&played_settings(&sandbox, kind));
        let answer = component.sign_in("ada", &Secret::new("x")).await;
        let is_unsupported = matches!(answer, Err(Error::Unsupported { .. }));
        assert_eq!(
            is_unsupported,
            kind != model::ComponentKind::ClientService,
            "{kind:?}"
        );
    }
}
