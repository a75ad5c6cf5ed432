//! Administrators, sessions, tokens, the set-up token.

use model::Role;
use store::{
    Error,
    access::{self, Administrator},
};

use crate::home::{Home, is_missing};

on_both_engines!(
    an_administrator_is_found_whatever_the_case_of_the_name,
    an_administrators_name_is_taken_once,
    a_session_lives_until_its_end,
    old_sessions_are_swept_when_one_begins,
    a_session_ends_when_it_is_ended,
    an_api_token_names_its_administrator,
    the_set_up_token_works_once,
    only_the_last_set_up_token_works,
    the_set_up_token_is_void_once_there_is_an_administrator,
    tokens_do_not_stand_in_the_database,
);

async fn administrator(home: &Home, name: &str) -> Administrator {
    let role = Role::PrimaryAdministrator;
    home.write(async |tx| access::add_administrator(tx, name, "$hash$", role).await)
        .await
}

async fn session(home: &Home, token: &str, of: &Administrator, lasts_s: i64) {
    let expires = home.now().plus_s(lasts_s);
    home.write(async |tx| access::add_session(tx, token, of.id, expires).await)
        .await;
}

async fn an_administrator_is_found_whatever_the_case_of_the_name(home: Home) {
    assert_eq!(access::count_administrators(&home.store).await.unwrap(), 0);
    let zoe = administrator(&home, "Zoë").await;
    let (found, hash) = access::find_administrator(&home.store, "ZOË")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found, hash.as_str()), (zoe, "$hash$"));
    assert_eq!(
        access::find_administrator(&home.store, "ada")
            .await
            .unwrap(),
        None
    );
    assert_eq!(access::count_administrators(&home.store).await.unwrap(), 1);
}

async fn an_administrators_name_is_taken_once(home: Home) {
    administrator(&home, "Ada").await;
    let twice = home
        .try_write(async |tx| access::add_administrator(tx, "ADA", "", Role::Administrator).await)
        .await;
    assert!(matches!(twice, Err(Error::Taken(_))), "{twice:?}");
}

async fn a_session_lives_until_its_end(home: Home) {
    let ada = administrator(&home, "Ada").await;
    session(&home, "token", &ada, 60).await;
    home.clock.advance_s(59);
    assert_eq!(
        access::find_session(&home.store, "token").await.unwrap(),
        Some(ada)
    );
    assert_eq!(
        access::find_session(&home.store, "tokem").await.unwrap(),
        None
    );
    home.clock.advance_s(1);
    assert_eq!(
        access::find_session(&home.store, "token").await.unwrap(),
        None
    );
}

async fn old_sessions_are_swept_when_one_begins(home: Home) {
    let ada = administrator(&home, "Ada").await;
    session(&home, "old", &ada, 60).await;
    home.clock.advance_s(61);
    session(&home, "new", &ada, 60).await;
    assert_eq!(home.number("SELECT COUNT(*) FROM session").await, 1);
}

async fn a_session_ends_when_it_is_ended(home: Home) {
    let ada = administrator(&home, "Ada").await;
    session(&home, "token", &ada, 60).await;
    home.write(async |tx| access::end_session(tx, "token").await)
        .await;
    assert_eq!(
        access::find_session(&home.store, "token").await.unwrap(),
        None
    );
}

async fn an_api_token_names_its_administrator(home: Home) {
    let ada = administrator(&home, "Ada").await;
    home.write(async |tx| access::add_token(tx, "api", ada.id, "demo").await)
        .await;
    assert_eq!(
        access::find_token(&home.store, "api").await.unwrap(),
        Some(ada)
    );
    assert_eq!(access::find_token(&home.store, "apj").await.unwrap(), None);
}

async fn set_up(home: &Home, token: &str) {
    home.write(async |tx| access::set_setup_token(tx, token).await)
        .await;
}

async fn used(home: &Home, token: &str) -> store::Result<()> {
    home.try_write(async |tx| access::use_setup_token(tx, token).await)
        .await
}

async fn the_set_up_token_works_once(home: Home) {
    set_up(&home, "one").await;
    assert!(is_missing(&used(&home, "two").await));
    used(&home, "one").await.unwrap();
    assert!(is_missing(&used(&home, "one").await));
}

async fn only_the_last_set_up_token_works(home: Home) {
    set_up(&home, "one").await;
    set_up(&home, "two").await;
    assert!(is_missing(&used(&home, "one").await));
    used(&home, "two").await.unwrap();
}

async fn the_set_up_token_is_void_once_there_is_an_administrator(home: Home) {
    set_up(&home, "one").await;
    administrator(&home, "Ada").await;
    assert!(is_missing(&used(&home, "one").await));
}

async fn tokens_do_not_stand_in_the_database(home: Home) {
    let ada = administrator(&home, "Ada").await;
    session(&home, "session-in-clear", &ada, 60).await;
    set_up(&home, "set-up-in-clear").await;
    home.write(async |tx| access::add_token(tx, "token-in-clear", ada.id, "demo").await)
        .await;
    for token in ["session-in-clear", "set-up-in-clear", "token-in-clear"] {
        assert!(!home.keeps(token).await, "{token}");
    }
}
