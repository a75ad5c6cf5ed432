//! Mailed links that work once, and the sessions of people.

use model::UserId;
use store::{
    self_passes::{self, Pass},
    users,
};

use crate::home::Home;

on_both_engines!(
    a_pass_lets_in_as_what_it_is_until_its_end,
    a_link_is_used_up_by_the_first_who_takes_it,
    ending_the_passes_of_a_user_spares_the_one_that_is_named_and_everybody_else,
    suspension_and_removal_end_every_pass,
    passes_do_not_stand_in_the_database,
);

async fn give(home: &Home, pass: Pass, token: &str, of: UserId) {
    let expires = home.now().plus_s(60);
    home.write(async |tx| self_passes::add(tx, pass, token, of, expires).await)
        .await;
}

async fn find(home: &Home, pass: Pass, token: &str) -> Option<UserId> {
    self_passes::find(&home.store, pass, token).await.unwrap()
}

async fn a_pass_lets_in_as_what_it_is_until_its_end(home: Home) {
    let ada = home.users(1..=1).await[0];
    give(&home, Pass::Link, "link", ada).await;
    give(&home, Pass::Session, "session", ada).await;
    assert_eq!(find(&home, Pass::Link, "link").await, Some(ada));
    assert_eq!(find(&home, Pass::Session, "session").await, Some(ada));
    assert_eq!(find(&home, Pass::Session, "link").await, None);
    assert_eq!(find(&home, Pass::Link, "session").await, None);
    home.clock.advance_s(60);
    assert_eq!(find(&home, Pass::Link, "link").await, None);
    let late = home
        .write(async |tx| self_passes::take(tx, Pass::Link, "link").await)
        .await;
    assert_eq!(late, None);
}

async fn a_link_is_used_up_by_the_first_who_takes_it(home: Home) {
    let ada = home.users(1..=1).await[0];
    give(&home, Pass::Link, "link", ada).await;
    for expected in [Some(ada), None] {
        let taken = home
            .write(async |tx| self_passes::take(tx, Pass::Link, "link").await)
            .await;
        assert_eq!(taken, expected);
    }
}

async fn ending_the_passes_of_a_user_spares_the_one_that_is_named_and_everybody_else(home: Home) {
    let people = home.users(1..=2).await;
    for (token, of) in [("kept", 0), ("lost", 0), ("other", 1)] {
        give(&home, Pass::Session, token, people[of]).await;
    }
    home.write(async |tx| self_passes::end(tx, &people[..1], Some("kept")).await)
        .await;
    assert_eq!(find(&home, Pass::Session, "kept").await, Some(people[0]));
    assert_eq!(find(&home, Pass::Session, "lost").await, None);
    assert_eq!(find(&home, Pass::Session, "other").await, Some(people[1]));
}

async fn suspension_and_removal_end_every_pass(home: Home) {
    let people = home.users(1..=2).await;
    for (token, of) in [("first", 0), ("second", 1)] {
        give(&home, Pass::Session, token, people[of]).await;
        give(&home, Pass::Link, &format!("{token} link"), people[of]).await;
    }
    home.write(async |tx| users::suspend(tx, &people[..1]).await)
        .await;
    home.write(async |tx| users::resume(tx, &people[..1]).await)
        .await;
    home.write(async |tx| users::remove(tx, &people[1..]).await)
        .await;
    for token in ["first", "second"] {
        assert_eq!(find(&home, Pass::Session, token).await, None, "{token}");
        let link = format!("{token} link");
        assert_eq!(find(&home, Pass::Link, &link).await, None, "{token}");
    }
}

async fn passes_do_not_stand_in_the_database(home: Home) {
    let ada = home.users(1..=1).await[0];
    give(&home, Pass::Session, "a-marked-token", ada).await;
    assert!(!home.keeps("a-marked-token").await);
}
