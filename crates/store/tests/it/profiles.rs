//! Deployment profiles.

use model::ProfileSettings;
use store::{Error, audit, profiles, users};

use crate::{
    home::{Home, admin, is_missing},
    people::settings,
};

on_both_engines!(
    a_profile_reads_back,
    a_profiles_name_is_taken_once_whatever_its_case,
    a_change_raises_the_version_and_is_audited,
    a_profile_that_is_not_there_cannot_be_changed,
    a_used_profile_cannot_be_removed_and_says_by_how_many,
    profiles_are_listed_by_name_with_their_users,
);

async fn a_profile_reads_back(home: Home) {
    let office = home.profile("Office").await;
    assert_eq!(office.version, 1);
    assert_eq!(profiles::get(&home.store, office.id).await.unwrap(), office);
    let inside = home
        .write(async |tx| profiles::get_in(tx, office.id).await)
        .await;
    assert_eq!(inside, office);
}

async fn a_profiles_name_is_taken_once_whatever_its_case(home: Home) {
    home.profile("Büro").await;
    let twice = home
        .try_write(async |tx| profiles::add(tx, "BURO", &settings(), &admin()).await)
        .await
        .unwrap_err();
    assert!(matches!(twice, Error::Taken(_)), "{twice:?}");
    assert_eq!(twice.to_string(), "this profile's name is in use already");
    let other = home.profile("Home").await;
    let renamed = home
        .try_write(async |tx| profiles::change(tx, other.id, "büro", &settings(), &admin()).await)
        .await;
    assert!(matches!(renamed, Err(Error::Taken(_))), "{renamed:?}");
}

async fn a_change_raises_the_version_and_is_audited(home: Home) {
    let office = home.profile("Office").await;
    let wanted = ProfileSettings {
        register_interval_s: 120,
        ..settings()
    };
    home.write(async |tx| profiles::change(tx, office.id, "Office 2", &wanted, &admin()).await)
        .await;
    let changed = profiles::get(&home.store, office.id).await.unwrap();
    assert_eq!((changed.version, changed.name.as_str()), (2, "Office 2"));
    assert_eq!(changed.settings, wanted);
    let lines = audit::list(&home.store, None, 10).await.unwrap();
    assert_eq!(lines[0].action, "profile.changed");
    assert_eq!(lines[0].subject, office.id.to_string());
}

async fn a_profile_that_is_not_there_cannot_be_changed(home: Home) {
    let nobody = model::ProfileId::new(home.env());
    assert!(is_missing(&profiles::get(&home.store, nobody).await));
    let changed = home
        .try_write(async |tx| profiles::change(tx, nobody, "x", &settings(), &admin()).await)
        .await;
    assert!(is_missing(&changed));
    let removed = home
        .try_write(async |tx| profiles::remove(tx, nobody, &admin()).await)
        .await;
    assert!(is_missing(&removed));
}

async fn a_used_profile_cannot_be_removed_and_says_by_how_many(home: Home) {
    let office = home.profile("Office").await;
    let people = home.users(1..=2).await;
    home.write(async |tx| users::set_profile(tx, &people, Some(office.id)).await)
        .await;
    let remove = async || {
        home.write(async |tx| profiles::remove(tx, office.id, &admin()).await)
            .await
    };
    assert_eq!(remove().await, Err(2));
    home.write(async |tx| users::set_profile(tx, &people, None).await)
        .await;
    assert_eq!(remove().await, Ok(()));
    assert!(is_missing(&profiles::get(&home.store, office.id).await));
}

async fn profiles_are_listed_by_name_with_their_users(home: Home) {
    for name in ["zebra", "Ärzte", "Office"] {
        home.profile(name).await;
    }
    let office = profiles::list(&home.store).await.unwrap()[1].0.clone();
    let user = users::Written {
        profile: Some(office.id),
        ..home.user_of(1, crate::people::nth_person(1))
    };
    home.write(async |tx| users::add(tx, &[user]).await).await;
    let listed = profiles::list(&home.store).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|(p, n)| (p.name.as_str(), *n)).collect();
    assert_eq!(listed, [("Ärzte", 0), ("Office", 1), ("zebra", 0)]);
}
