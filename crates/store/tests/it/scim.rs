//! Users that identity providers push.

use model::ConnectionId;
use store::{
    Error, connections,
    scim::{self, Keys, Pushed},
};
use uuid::Uuid;

use crate::home::{Home, admin};

on_both_engines!(
    a_name_is_given_once_in_each_connection,
    a_change_counts_only_for_the_version_it_was_made_of,
    a_token_opens_its_connection_until_another_one_is_made,
    pages_follow_each_other_and_nobody_is_left_out,
    somebody_of_a_removed_connection_is_found_again,
);

fn keys(user_name: &str) -> Keys<'_> {
    Keys {
        user_name,
        external_id: "x",
    }
}

impl Home {
    async fn pushed(&self, to: ConnectionId, name: &str) -> store::Result<Pushed> {
        let id = self.store.env().uuid();
        self.try_write(async |tx| scim::add(tx, to, id, keys(name), "{}").await)
            .await
    }
}

async fn a_name_is_given_once_in_each_connection(home: Home) {
    let (one, other) = (home.connection("one").await, home.connection("other").await);
    let ada = home.pushed(one, "ada").await.unwrap();
    let again = home.pushed(one, "ada").await;
    assert!(matches!(again, Err(Error::Taken(_))), "{again:?}");
    home.pushed(other, "ada").await.unwrap();
    let found = scim::find_named(&home.store, one, "ada").await.unwrap();
    assert_eq!(found, Some(ada.clone()));
    let grace = home.pushed(one, "grace").await.unwrap();
    let renamed = home
        .try_write(async |tx| scim::change(tx, one, &grace, keys("ada"), "{}").await)
        .await;
    assert!(matches!(renamed, Err(Error::Taken(_))));
    assert_eq!(scim::count(&home.store, one).await.unwrap(), 2);
    let foreign = scim::find(&home.store, other, ada.id).await.unwrap();
    assert_eq!(foreign, None);
}

async fn a_change_counts_only_for_the_version_it_was_made_of(home: Home) {
    let to = home.connection("one").await;
    let first = home.pushed(to, "ada").await.unwrap();
    let change = async |before: &Pushed| {
        home.try_write(async |tx| scim::change(tx, to, before, keys("ada"), "{\"a\":1}").await)
            .await
    };
    let second = change(&first).await.unwrap();
    assert_eq!((first.version, second.version), (1, 2));
    assert!(matches!(change(&first).await, Err(Error::Missing(_))));
    let kept = scim::find(&home.store, to, first.id).await.unwrap();
    assert_eq!(kept, Some(second));
}

async fn a_token_opens_its_connection_until_another_one_is_made(home: Home) {
    let to = home.connection("one").await;
    for token in ["first", "second"] {
        home.write(async |tx| scim::set_token(tx, to, token).await)
            .await;
    }
    let of = async |token| {
        let found = scim::connection_of(&home.store, token).await.unwrap();
        found.map(|connection| connection.id)
    };
    assert_eq!(of("first").await, None);
    assert_eq!(of("second").await, Some(to));
    home.write(async |tx| connections::remove(tx, to, &admin()).await)
        .await;
    assert_eq!(of("second").await, None);
}

async fn pages_follow_each_other_and_nobody_is_left_out(home: Home) {
    let to = home.connection("one").await;
    for name in ["a", "b", "c", "d", "e"] {
        home.pushed(to, name).await.unwrap();
    }
    let ids = |page: Vec<Pushed>| page.into_iter().map(|user| user.id).collect::<Vec<_>>();
    let mut walked: Vec<Uuid> = vec![];
    loop {
        let last = walked.last().copied();
        let page = ids(scim::after(&home.store, to, last, 2).await.unwrap());
        if page.is_empty() {
            break;
        }
        walked.extend(page);
    }
    let counted = ids(scim::page(&home.store, to, 1, 3).await.unwrap());
    assert_eq!((walked.len(), counted.as_slice()), (5, &walked[1..4]));
    let same = scim::of_external_id(&home.store, to, "x", 9).await.unwrap();
    assert_eq!(ids(same), walked);
}

async fn somebody_of_a_removed_connection_is_found_again(home: Home) {
    let to = home.connection("one").await;
    let ada = home.pushed(to, "ada").await.unwrap();
    let left = async |name| {
        home.write(async |tx| scim::left_behind(tx, keys(name)).await)
            .await
    };
    assert_eq!(left("ada").await, None);
    home.write(async |tx| connections::remove(tx, to, &admin()).await)
        .await;
    assert_eq!(left("ada").await, Some((to, ada.id)));
    assert_eq!(left("grace").await, None);
    let gone = home
        .write(async |tx| scim::forget(tx, to, ada.id).await)
        .await;
    assert!(gone);
    assert_eq!(left("ada").await, None);
}
