//! Users and their timelines.

use std::collections::HashMap;

use model::{EntryId, LinkMode, Query, Secret, Sort, UserId, UserState};
use store::{
    ListQuery, funnel, provisioning,
    secrets::{self, Purpose},
    users::{self, OwnSecret},
};

use crate::{
    home::{Home, START, admin, is_missing},
    people::nth_person,
};

/// The first `limit` users that a search and a state find.
fn asked(search: &str, state: &str, limit: i64) -> ListQuery {
    let query = Query {
        q: search.to_owned(),
        filter: format!("state={state}"),
    };
    ListQuery::users(&query, Sort::default(), limit).unwrap()
}

on_both_engines!(
    a_user_reads_back,
    an_entry_gets_one_user_only,
    thousands_of_users_are_made_and_changed,
    a_change_brings_data_and_profile_in_line,
    users_of_entries_are_found,
    deployed_and_downloaded_are_stamped,
    who_waits_no_longer_has_come_as_far_as_before,
    a_later_deployment_does_not_take_a_download_back,
    states_are_counted_and_filtered,
    a_walk_over_everybody_meets_each_once,
    a_timeline_reads_newest_first_and_pages,
    what_is_ours_stays_when_the_source_changes_and_is_searched,
    secrets_of_a_users_own_are_replaced_and_erased,
);

async fn get(home: &Home, id: UserId) -> model::User {
    users::get(&home.store, id).await.unwrap()
}

async fn set(home: &Home, people: &[UserId], state: UserState) {
    home.write(async |tx| users::set_state(tx, people, state).await)
        .await;
}

async fn a_user_reads_back(home: Home) {
    let office = home.profile("Office").await;
    let written = users::Written {
        profile: Some(office.id),
        ..home.user_of(7, nth_person(7))
    };
    let made = home
        .write(async |tx| users::add(tx, std::slice::from_ref(&written)).await)
        .await;
    assert_eq!(made, 1);
    let user = get(&home, written.id).await;
    assert_eq!(
        (user.entry, user.profile),
        (Some(EntryId(7)), Some(office.id))
    );
    assert_eq!(
        (user.fields, user.state),
        (nth_person(7), UserState::Imported)
    );
    assert_eq!((user.imported_at, user.version), (START, 1));
    assert_eq!((user.deployed_at, user.downloaded_at), (None, None));
    assert!(is_missing(
        &users::get(&home.store, UserId::new(home.env())).await
    ));
}

async fn what_is_ours_stays_when_the_source_changes_and_is_searched(home: Home) {
    let id = home.users(1..=1).await[0];
    let mut user = get(&home, id).await;
    user.ours.email = "desk@example.org".into();
    user.ours.sip_user = "by-hand".into();
    home.write(async |tx| users::change_ours(tx, std::slice::from_ref(&user)).await)
        .await;
    let changed = users::Written {
        id,
        ..home.user_of(1, nth_person(5))
    };
    home.write(async |tx| users::change(tx, &[changed]).await)
        .await;
    let now = get(&home, id).await;
    assert_eq!((&now.ours, now.version), (&user.ours, 3));
    assert_eq!(now.fields, nth_person(5));
    let found = users::page(&home.store, &asked("desk@example", "", 10)).await;
    assert_eq!(found.unwrap().items.len(), 1);
}

async fn secrets_of_a_users_own_are_replaced_and_erased(home: Home) {
    let id = home.users(1..=1).await[0];
    let give = async |of: OwnSecret, text: &str| {
        home.write(async |tx| {
            let kept = secrets::keep(tx, of.purpose(), &[Secret::new(text)]).await?;
            users::set_secret(tx, id, of, Some(kept[0])).await?;
            Ok(kept[0])
        })
        .await
    };
    let account = async || {
        users::own_accounts(&home.store, &[id])
            .await
            .unwrap()
            .remove(&id)
    };
    let old = give(OwnSecret::Sip, "old").await;
    let new = give(OwnSecret::Sip, "new").await;
    let at_pbx = account().await.unwrap();
    assert_eq!((at_pbx.secret, at_pbx.at_gateway), (new, false));
    assert!(is_missing(
        &secrets::open(&home.store, Purpose::Sip, old).await
    ));
    let mbg = give(OwnSecret::Mbg, "mbg").await;
    let pin = give(OwnSecret::Voicemail, "1357").await;
    let at_gateway = account().await.unwrap();
    assert_eq!((at_gateway.secret, at_gateway.at_gateway), (mbg, true));
    let held = users::held(&home.store, id).await.unwrap();
    assert_eq!(held, [OwnSecret::Sip, OwnSecret::Mbg, OwnSecret::Voicemail]);
    let source = provisioning::of_user(&home.store, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(source.own.unwrap().expose(), "mbg");
    assert!(source.own_at_gateway);
    home.write(async |tx| users::set_secret(tx, id, OwnSecret::Mbg, None).await)
        .await;
    assert_eq!(account().await.unwrap().secret, new);
    home.write(async |tx| users::remove(tx, &[id]).await).await;
    for (purpose, gone) in [
        (Purpose::Sip, new),
        (Purpose::Sip, mbg),
        (Purpose::Voicemail, pin),
    ] {
        assert!(is_missing(&secrets::open(&home.store, purpose, gone).await));
    }
}

async fn an_entry_gets_one_user_only(home: Home) {
    let first = home.users(1..=2).await;
    let again = [
        home.user_of(2, nth_person(9)),
        home.user_of(3, nth_person(3)),
    ];
    let made = home.write(async |tx| users::add(tx, &again).await).await;
    assert_eq!(made, 1);
    assert_eq!(get(&home, first[1]).await.fields, nth_person(2));
    assert!(is_missing(&users::get(&home.store, again[0].id).await));
}

async fn thousands_of_users_are_made_and_changed(home: Home) {
    let written: Vec<_> = (1..=4000).map(|n| home.user_of(n, nth_person(n))).collect();
    let made = home.write(async |tx| users::add(tx, &written).await).await;
    assert_eq!(made, 4000);
    let changed: Vec<_> = written
        .iter()
        .map(|user| users::Written {
            fields: nth_person(user.entry.0 + 10_000),
            ..user.clone()
        })
        .collect();
    home.write(async |tx| users::change(tx, &changed).await)
        .await;
    let ids: Vec<_> = written.iter().map(|user| user.id).collect();
    let people = users::by_id(&home.store, &ids).await.unwrap();
    assert_eq!(people.len(), 4000);
    let in_line = |user: &model::User| {
        user.version == 2 && user.fields == nth_person(user.entry.unwrap().0 + 10_000)
    };
    assert!(people.iter().all(in_line));
}

async fn a_change_brings_data_and_profile_in_line(home: Home) {
    let (office, ids) = (home.profile("Office").await, home.users(1..=2).await);
    let wanted = users::Written {
        id: ids[0],
        profile: Some(office.id),
        ..home.user_of(1, nth_person(5))
    };
    home.write(async |tx| users::change(tx, std::slice::from_ref(&wanted)).await)
        .await;
    let changed = get(&home, ids[0]).await;
    assert_eq!((changed.profile, changed.version), (Some(office.id), 2));
    assert_eq!(
        (changed.fields, changed.entry),
        (nth_person(5), Some(EntryId(1)))
    );
    let found = users::page(&home.store, &asked("number00005", "", 10))
        .await
        .unwrap();
    assert_eq!(found.items[0].id, ids[0]);
    assert_eq!(get(&home, ids[1]).await.version, 1);
    let none = users::Written {
        profile: None,
        ..wanted
    };
    home.write(async |tx| users::change(tx, &[none]).await)
        .await;
    assert_eq!(get(&home, ids[0]).await.profile, None);
}

async fn users_of_entries_are_found(home: Home) {
    let ids = home.users(1..=3).await;
    let asked = [EntryId(3), EntryId(1), EntryId(9)];
    let found = users::of_entries(&home.store, &asked).await.unwrap();
    let found: HashMap<_, _> = found
        .iter()
        .map(|(entry, user)| (entry.0, user.id))
        .collect();
    assert_eq!(found, [(1, ids[0]), (3, ids[2])].into());
    let inside = home
        .write(async |tx| users::of_entries_in(tx, &asked).await)
        .await;
    assert_eq!(inside.len(), 2);
}

async fn deployed_and_downloaded_are_stamped(home: Home) {
    let id = home.users(1..=1).await[0];
    set(&home, &[id], UserState::Queued).await;
    home.clock.advance_s(10);
    home.write(async |tx| users::stamp_deployed(tx, &[id]).await)
        .await;
    let sent = get(&home, id).await;
    assert_eq!(
        (sent.state, sent.deployed_at),
        (UserState::Deployed, Some(START.plus_s(10)))
    );
    for _ in 0..2 {
        home.clock.advance_s(10);
        home.write(async |tx| users::stamp_downloaded(tx, id).await)
            .await;
    }
    let there = get(&home, id).await;
    assert_eq!(there.state, UserState::Downloaded);
    assert_eq!(
        there.downloaded_at,
        Some(START.plus_s(20)),
        "the first time stays"
    );
    let reached = funnel::standing(&home.store).await.unwrap();
    assert_eq!((reached.deployed, reached.downloaded), (1, 1));
    assert_eq!(reached.registered, 0);
}

async fn a_later_deployment_does_not_take_a_download_back(home: Home) {
    let id = home.users(1..=1).await[0];
    home.write(async |tx| users::stamp_downloaded(tx, id).await)
        .await;
    set(&home, &[id], UserState::Queued).await;
    assert_eq!(get(&home, id).await.state, UserState::Queued);
    home.write(async |tx| users::stamp_deployed(tx, &[id]).await)
        .await;
    assert_eq!(get(&home, id).await.state, UserState::Downloaded);
}

async fn states_are_counted_and_filtered(home: Home) {
    let ids = home.users(1..=3).await;
    set(&home, &ids[..2], UserState::Queued).await;
    let counts = users::counts(&home.store).await.unwrap();
    assert_eq!(
        counts,
        [(UserState::Queued, 2), (UserState::Imported, 1)].into()
    );
    let total = async |search: &str, state: &str| {
        let total = users::total(&home.store, &asked(search, state, 1))
            .await
            .unwrap();
        (total.count, total.exact)
    };
    assert_eq!(
        (total("", "").await, total("", "queued").await),
        ((3, true), (2, true))
    );
    assert_eq!(total("number00003", "queued").await, (0, true));
    assert_eq!(total("number00001", "queued").await, (1, true));
    let page = users::page(&home.store, &asked("", "imported", 10))
        .await
        .unwrap();
    assert_eq!(
        page.items.iter().map(|user| user.id).collect::<Vec<_>>(),
        ids[2..]
    );
}

async fn a_walk_over_everybody_meets_each_once(home: Home) {
    let mut ids = home.users(1..=20).await;
    set(&home, &ids[..5], UserState::Failed).await;
    let walk = async |state: &str| {
        let (query, mut after, mut met) = (asked("", state, 1), UserId(uuid::Uuid::nil()), vec![]);
        loop {
            let step = users::matching_after(&home.store, &query, after, 3)
                .await
                .unwrap();
            let Some(last) = step.last() else { break met };
            after = last.id;
            met.extend(step.iter().map(|user| user.id));
        }
    };
    assert_eq!(walk("failed").await.len(), 5);
    ids.sort();
    assert_eq!(walk("").await, ids);
}

async fn a_timeline_reads_newest_first_and_pages(home: Home) {
    let ids = home.users(1..=2).await;
    for kind in ["imported", "deployment-sent", "downloaded"] {
        let events = ids.iter().map(|id| (*id, kind, "in words".to_owned()));
        let events: Vec<_> = events.collect();
        home.write(async |tx| users::note(tx, &events, &admin()).await)
            .await;
    }
    let page = users::timeline(&home.store, ids[0], None, 2).await.unwrap();
    let rest = users::timeline(&home.store, ids[0], Some(page[1].seq), 2)
        .await
        .unwrap();
    let kinds: Vec<_> = page.iter().chain(&rest).map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["downloaded", "deployment-sent", "imported"]);
    assert_eq!((page[0].at, page[0].actor.as_str()), (START, "ada"));
}

async fn who_waits_no_longer_has_come_as_far_as_before(home: Home) {
    let ids = home.users(1..=5).await;
    home.write(async |tx| {
        users::stamp_deployed(tx, &ids[1..2]).await?;
        users::stamp_downloaded(tx, ids[2]).await?;
        users::set_state(tx, &ids[..4], UserState::Queued).await?;
        users::set_state(tx, &ids[4..], UserState::Failed).await
    })
    .await;
    // A mail waits for this one all the same.
    home.deploy(&ids[3..4], LinkMode::Direct).await;
    home.write(async |tx| users::no_longer_queued(tx, &ids).await)
        .await;
    let mut states = Vec::new();
    for id in ids {
        states.push(get(&home, id).await.state);
    }
    let expected = [
        UserState::Imported,
        UserState::Deployed,
        UserState::Downloaded,
        UserState::Queued,
        UserState::Failed,
    ];
    assert_eq!(states, expected);
}
