//! All that is behind a device's own link, read at once.

use model::{
    ClientKind, ComponentKind, DeploymentId, DeviceId, EntryId, Record, Secret, SipSecret, UserId,
    deployment::DeviceState, ticket::LinkHash,
};
use store::{
    connections,
    devices::{self, Device},
    profiles, provisioning,
    records::{self, Placement},
    users,
};

use crate::{
    home::{Home, admin},
    people::nth_person,
};

on_both_engines!(
    a_link_leads_to_everything_of_its_person,
    a_profile_that_was_changed_or_withdrawn_is_seen_at_the_next_fetch,
    a_person_without_entry_and_profile_has_neither,
    what_a_removed_connection_told_gives_nobody_an_account,
    a_device_of_nobody_is_still_found,
);

const LINK: LinkHash = LinkHash([1; 32]);

impl Home {
    async fn phone_of(&self, user: UserId) -> Device {
        let phone = Device {
            id: DeviceId::new(self.env()),
            deployment: DeploymentId::new(self.env()),
            user,
            state: DeviceState::Pending,
            client: ClientKind::Linphone,
            agent: "Linphone/6".into(),
            created_at: self.now(),
            downloaded_at: None,
            fetched_at: None,
            revoked_at: None,
            registered: None,
            out_of_date_at: None,
            forced_at: None,
            asks_again: true,
        };
        self.write(async |tx| devices::add(tx, &phone, LINK).await)
            .await;
        phone
    }

    /// Two records of entry 1, the second with a secret and of a connection that keeps accounts.
    async fn told(&self) {
        for (name, user) in [("Main", ""), ("Edge", "ada-1001")] {
            let connection = self.connection(name).await;
            let record = Record {
                sip_user: user.into(),
                ..Record::new(name)
            };
            self.write(async |tx| records::keep_page(tx, connection, 1, &[record], &[]).await)
                .await;
        }
        self.run("UPDATE connection SET kind = 'mbg' WHERE name = 'Edge'")
            .await
            .unwrap();
        let all = records::present_after(&self.store, 0, 10).await.unwrap();
        let placements = all.iter().map(|record| Placement {
            card: (vec![], [0; 8]),
            record: record.id,
            entry: EntryId(1),
            join: None,
        });
        let secrets = vec![(all[1].id, SipSecret::Clear(Secret::new("open sesame")))];
        self.write(async |tx| {
            records::place(tx, placements.collect()).await?;
            records::keep_secrets(tx, secrets).await
        })
        .await;
    }
}

async fn a_link_leads_to_everything_of_its_person(home: Home) {
    home.told().await;
    let profile = home.profile("Office").await;
    let written = users::Written {
        profile: Some(profile.id),
        ..home.user_of(1, nth_person(1))
    };
    home.write(async |tx| users::add(tx, std::slice::from_ref(&written)).await)
        .await;
    let phone = home.phone_of(written.id).await;
    let (device, source) = provisioning::behind(&home.store, LINK)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(device, phone);
    let source = source.unwrap();
    assert_eq!(
        source.user,
        users::get(&home.store, written.id).await.unwrap()
    );
    assert_eq!(source.profile.as_deref(), Some(&profile));
    let entry = records::of_entry(&home.store, EntryId(1)).await.unwrap();
    assert_eq!(source.records, entry[1..]);
    let kinds = |record: &records::Stored| source.kinds[&record.connection];
    assert!(
        source
            .records
            .iter()
            .all(|r| kinds(r) == ComponentKind::Mbg)
    );
    let secret = source.records[0].secret.unwrap();
    assert_eq!(source.secrets[&secret].expose(), "open sesame");
    assert_eq!(source.secrets.len(), 1);

    let same = provisioning::of_user(&home.store, written.id).await;
    assert_eq!(same.unwrap().unwrap().records, entry[1..]);
    let other = provisioning::behind(&home.store, LinkHash([2; 32])).await;
    assert!(other.unwrap().is_none());
    let nobody = provisioning::of_user(&home.store, UserId::new(home.env())).await;
    assert!(nobody.unwrap().is_none());
}

async fn a_profile_that_was_changed_or_withdrawn_is_seen_at_the_next_fetch(home: Home) {
    let profile = home.profile("Office").await;
    let user = home.users(1..=1).await[0];
    let of_user = async || {
        let found = provisioning::of_user(&home.store, user).await;
        found.unwrap().unwrap().profile
    };
    let given = async |profile| {
        home.write(async |tx| users::set_profile(tx, &[user], profile).await)
            .await;
    };
    assert_eq!(of_user().await, None);
    given(Some(profile.id)).await;
    for name in ["Office 2", "Office 3"] {
        let settings = &profile.settings;
        home.write(async |tx| profiles::change(tx, profile.id, name, settings, &admin()).await)
            .await;
        assert_eq!(of_user().await.unwrap().name, name);
        assert_eq!(of_user().await.unwrap().name, name, "as it is known");
    }
    given(None).await;
    assert_eq!(of_user().await, None);
}

async fn a_person_without_entry_and_profile_has_neither(home: Home) {
    let user = home.users(1..=1).await[0];
    home.phone_of(user).await;
    let found = provisioning::behind(&home.store, LINK).await.unwrap();
    let source = found.unwrap().1.unwrap();
    assert_eq!((source.user.id, source.profile), (user, None));
    assert!(source.records.is_empty() && source.secrets.is_empty());
}

async fn what_a_removed_connection_told_gives_nobody_an_account(home: Home) {
    home.told().await;
    let user = home.users(1..=1).await[0];
    let records = async || {
        let source = provisioning::of_user(&home.store, user).await.unwrap();
        source.unwrap().records.len()
    };
    assert_eq!(records().await, 1);
    let all = connections::list(&home.store).await.unwrap();
    let edge = all.iter().find(|one| one.name == "Edge").unwrap().id;
    home.write(async |tx| connections::remove(tx, edge, &admin()).await)
        .await;
    assert_eq!(records().await, 0);
}

async fn a_device_of_nobody_is_still_found(home: Home) {
    let phone = home.phone_of(UserId::new(home.env())).await;
    let found = provisioning::behind(&home.store, LINK).await.unwrap();
    let (device, source) = found.unwrap();
    assert_eq!(device, phone);
    assert!(source.is_none());
}
