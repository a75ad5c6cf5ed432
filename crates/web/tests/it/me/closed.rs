//! To whom self-deployment is closed, and what they and their administrators are told.

use ::users::entered::Entered;
use axum::http::{Method, StatusCode};
use model::{ComponentKind, UserId};
use store::users;

use super::office::{Town, village};
use crate::harness::{Office, admin, rows, settings_at, three};

/// What a signed-in person is told to whom it is closed; nothing can be done there.
async fn told(office: &Office, user: UserId) -> String {
    let cookie = office.session_of(user).await;
    let page = office.me(Method::GET, "/me", &cookie).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    for path in ["/me/deployments", "/me/mails", "/me/language"] {
        let refused = office.me_post(path, &cookie, &[("language", "ar")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(refused.body, page.body, "{path}");
    }
    assert!(page.body.contains("Ask whoever looks after your phone"));
    let user = users::get(&office.store, user).await.unwrap();
    assert!(!page.body.contains(&user.fields.last_name), "{}", page.body);
    page.body
}

#[tokio::test]
async fn people_who_were_entered_by_hand_are_told_so() {
    let office = village().await;
    let mary = Entered {
        last_name: Some("Jackson".to_owned()),
        email: Some("mary@example.org".to_owned()),
        ..Entered::default()
    };
    let added = ::users::entered::add(&office.store, &mary, false, &admin()).await;
    let user = added.unwrap().id;
    assert!(
        told(&office, user)
            .await
            .contains("entered by hand or came from a file")
    );
    let shown = office.page(&format!("/users/{user}")).await;
    assert!(
        shown.contains("Self-deployment is closed: the data was entered by hand"),
        "{shown}"
    );
}

#[tokio::test]
async fn people_of_a_border_gateway_alone_are_told_that_nobody_vouches_for_them() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let user = office.user_named("Lovelace").await;
    assert!(
        told(&office, user)
            .await
            .contains("does not let people set it up themselves")
    );
}

#[tokio::test]
async fn people_without_a_profile_and_suspended_ones_are_told_so() {
    let office = village().await;
    let user = office.user_named("Lovelace").await;
    let shown = office.page(&format!("/users/{user}")).await;
    assert!(shown.contains("Self-deployment is open"));
    let tx = office.store.begin().await.unwrap();
    users::set_profile(&tx, &[user], None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        told(&office, user)
            .await
            .contains("No softphone is meant for you.")
    );
    let tx = office.store.begin().await.unwrap();
    users::suspend(&tx, &[user]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        told(&office, user)
            .await
            .contains("Your access is withdrawn")
    );
}

#[tokio::test]
async fn somebody_who_left_every_component_that_vouches_is_out_at_the_next_request() {
    let office = Office::open().await;
    let gateway = office.connect("edge", ComponentKind::Mbg).await;
    let services = office.connect("head-office", ComponentKind::Usp).await;
    for connection in [gateway, services] {
        office.told(connection, &three()).await;
    }
    office.join().await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let user = office.user_named("Lovelace").await;
    let cookie = office.session_of(user).await;
    let page = office.me(Method::GET, "/me", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    let tx = office.store.begin().await.unwrap();
    store::records::mark_all_gone(&tx, services).await.unwrap();
    tx.commit().await.unwrap();
    let page = office.me(Method::GET, "/me", &cookie).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_account_that_nobody_imported_is_told_so_and_begins_no_session() {
    let town = Town::open().await;
    let tx = town.office.store.begin().await.unwrap();
    users::remove(&tx, &[town.user]).await.unwrap();
    tx.commit().await.unwrap();
    let answer = town.sign_in(&town.login, &town.password).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer
            .body
            .contains("No phone is set up for your account yet.")
    );
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test]
async fn where_it_is_switched_off_nothing_is_open_to_anybody() {
    let settings = web::Settings {
        self_deployment: false,
        ..settings_at("https://phones.example.org")
    };
    let office = Office::open_with(settings).await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let user = rows(&office.page("/users").await).remove(0);
    let cookie = office.session_of(user.parse().unwrap()).await;
    for path in ["/me", "/me/links/made-up"] {
        let page = office.me(Method::GET, path, &cookie).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            page.body.contains("This page is switched off here."),
            "{path}"
        );
    }
    for path in ["/me/sign-in", "/me/links", "/me/deployments", "/me/mails"] {
        let page = office
            .me_post(path, &cookie, &[("address", "ada@example.org")])
            .await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    let shown = office.page(&format!("/users/{user}")).await;
    assert!(shown.contains("Self-deployment is off"));
}
