//! Deployment profiles.

use model::{
    ClientKind, DeploymentId, DeviceId, ProfileSettings, UserId, deployment::DeviceState,
    ticket::LinkHash,
};
use store::{
    Error, audit,
    devices::{self, Device},
    profiles, users,
};

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
    every_version_is_kept_until_the_profile_goes,
    a_replacement_takes_over_all_users_and_tells_them,
    people_with_a_live_device_are_counted_once,
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

async fn every_version_is_kept_until_the_profile_goes(home: Home) {
    let office = home.profile("Office").await;
    let wanted = ProfileSettings {
        register_interval_s: 120,
        ..settings()
    };
    home.write(async |tx| profiles::change(tx, office.id, "Office 2", &wanted, &admin()).await)
        .await;
    let all = profiles::versions(&home.store, office.id, None, 10)
        .await
        .unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|v| (v.profile.version, v.profile.name.as_str(), v.actor.clone()))
        .collect();
    assert_eq!(told, [(2, "Office 2", admin().0), (1, "Office", admin().0)]);
    let older = profiles::versions(&home.store, office.id, Some(2), 10).await;
    assert_eq!(older.unwrap(), all[1..]);
    let first = profiles::version(&home.store, office.id, 1).await.unwrap();
    assert_eq!(first.profile, office);
    let _ = home
        .write(async |tx| profiles::remove(tx, office.id, &admin()).await)
        .await;
    assert!(is_missing(
        &profiles::version(&home.store, office.id, 1).await
    ));
}

async fn a_replacement_takes_over_all_users_and_tells_them(home: Home) {
    let (old, new) = (home.profile("Old").await, home.profile("New").await);
    let people = home.users(1..=3).await;
    home.write(async |tx| users::set_profile(tx, &people[..2], Some(old.id)).await)
        .await;
    let moved = home
        .write(async |tx| profiles::replace(tx, &old, &new, &admin()).await)
        .await;
    assert_eq!(moved, 2);
    assert_eq!(profiles::count_users(&home.store, new.id).await.unwrap(), 2);
    let events = users::timeline(&home.store, people[0], None, 10)
        .await
        .unwrap();
    assert_eq!(
        (events[0].kind.as_str(), events[0].detail.as_str()),
        ("profile-changed", "Old → New")
    );
    let others = users::timeline(&home.store, people[2], None, 10).await;
    assert!(others.unwrap().is_empty());
}

async fn people_with_a_live_device_are_counted_once(home: Home) {
    let office = home.profile("Office").await;
    let people = home.users(1..=3).await;
    home.write(async |tx| users::set_profile(tx, &people, Some(office.id)).await)
        .await;
    let stranger = UserId::new(home.env());
    for (n, user, has_it) in [
        (1, people[0], true),
        (2, people[0], true),
        (3, people[1], false),
        (4, stranger, true),
    ] {
        let device = Device {
            id: DeviceId::new(home.env()),
            deployment: DeploymentId::new(home.env()),
            user,
            state: DeviceState::Pending,
            client: ClientKind::Linphone,
            agent: String::new(),
            created_at: home.now(),
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        home.write(async |tx| devices::add(tx, &device, LinkHash([n; 32])).await)
            .await;
        if has_it {
            home.write(async |tx| devices::stamp_downloaded(tx, device.id).await)
                .await;
        }
    }
    let counted = profiles::count_configured(&home.store, office.id, &[]).await;
    assert_eq!(counted.unwrap(), 1);
}
