//! Devices: places of a deployment, and a device's own link.

use model::{
    ClientKind, DeploymentId, DeviceId, ProfileId, Timestamp, UserId, deployment::DeviceState,
    ticket::LinkHash,
};
use store::devices::{self, Device, Given};

use crate::home::{Home, START, is_missing};

on_both_engines!(
    a_device_reads_back,
    a_device_link_is_given_once,
    a_pending_device_holds_its_place_for_a_while,
    a_device_that_broke_off_gives_its_place_back,
    a_live_device_keeps_its_place,
    a_withdrawn_device_keeps_its_place_only_where_it_had_its_configuration,
    a_download_is_news_once,
    later_fetches_are_noted_together,
    a_wish_that_a_fetch_did_not_know_stays,
    a_users_devices_are_listed_newest_first,
);

const LINK: LinkHash = LinkHash([1; 32]);

pub(crate) fn device(home: &Home) -> Device {
    Device {
        id: DeviceId::new(home.env()),
        deployment: DeploymentId::new(home.env()),
        user: UserId::new(home.env()),
        state: DeviceState::Pending,
        client: ClientKind::Linphone,
        agent: "Linphone/6".into(),
        created_at: home.now(),
        downloaded_at: None,
        fetched_at: None,
        revoked_at: None,
        registered: None,
        out_of_date_at: None,
        forced_at: None,
        asks_again: true,
    }
}

impl Home {
    async fn device(&self, device: &Device, link: LinkHash) {
        self.write(async |tx| devices::add(tx, device, link).await)
            .await;
    }

    async fn places(&self, of: &Device) -> i64 {
        self.write(async |tx| devices::places_taken(tx, of.deployment).await)
            .await
    }

    async fn downloaded(&self, id: DeviceId) -> bool {
        self.write(async |tx| devices::stamp_downloaded(tx, id).await)
            .await
    }

    async fn breaks_off(&self, id: DeviceId) {
        self.write(async |tx| devices::give_place_back(tx, id).await)
            .await;
    }

    async fn kept(&self, id: DeviceId) -> Device {
        self.write(async |tx| devices::get_in(tx, id).await).await
    }
}

async fn a_device_reads_back(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    assert_eq!(home.kept(phone.id).await, phone);
    let nobody = DeviceId::new(home.env());
    assert!(is_missing(
        &home
            .try_write(async |tx| devices::get_in(tx, nobody).await)
            .await
    ));
}

async fn a_device_link_is_given_once(home: Home) {
    home.device(&device(&home), LINK).await;
    let other = device(&home);
    let twice = home
        .try_write(async |tx| devices::add(tx, &other, LINK).await)
        .await;
    assert!(twice.is_err());
}

async fn a_pending_device_holds_its_place_for_a_while(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    assert_eq!(home.places(&phone).await, 1);
    assert_eq!(
        home.places(&device(&home)).await,
        0,
        "another deployment's places"
    );
    home.clock.advance_s(devices::PENDING_S - 1);
    assert_eq!(home.places(&phone).await, 1);
    home.clock.advance_s(1);
    assert_eq!(home.places(&phone).await, 0);
}

async fn a_device_that_broke_off_gives_its_place_back(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    home.breaks_off(phone.id).await;
    assert_eq!(home.places(&phone).await, 0);
    assert_eq!(home.kept(phone.id).await.state, DeviceState::BrokenOff);
    assert!(
        home.downloaded(phone.id).await,
        "it came back and took the whole"
    );
    assert_eq!(home.places(&phone).await, 1);
}

async fn a_live_device_keeps_its_place(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    home.downloaded(phone.id).await;
    home.clock.advance_s(devices::PENDING_S * 10);
    home.breaks_off(phone.id).await;
    assert_eq!(
        home.places(&phone).await,
        1,
        "a later fetch that breaks off takes nothing away"
    );
    assert_eq!(home.kept(phone.id).await.state, DeviceState::Live);
}

async fn a_withdrawn_device_keeps_its_place_only_where_it_had_its_configuration(home: Home) {
    let (never, broken, had) = (device(&home), device(&home), device(&home));
    for (n, phone) in [(1, &never), (2, &broken), (3, &had)] {
        home.device(phone, LinkHash([n; 32])).await;
    }
    home.breaks_off(broken.id).await;
    home.downloaded(had.id).await;
    for (phone, places) in [(&never, 0), (&broken, 0), (&had, 1)] {
        let gone = home.write(async |tx| devices::revoke_one(tx, phone.user, phone.id).await);
        assert!(gone.await);
        assert_eq!(home.places(phone).await, places);
        home.write(async |tx| devices::stamp_emptied(tx, phone.id).await)
            .await;
        assert_eq!(home.places(phone).await, places, "emptied");
    }
}

async fn a_download_is_news_once(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    assert!(home.downloaded(phone.id).await);
    home.clock.advance_s(1);
    assert!(!home.downloaded(phone.id).await);
    let live = home.kept(phone.id).await;
    assert_eq!(
        (live.downloaded_at, live.fetched_at),
        (Some(START), Some(START))
    );
}

fn given(at: Timestamp) -> Given {
    Given {
        at,
        user_version: 1,
        profile: ProfileId(uuid::Uuid::nil()),
        profile_version: 1,
        asks_again: true,
        forced_at: None,
    }
}

async fn later_fetches_are_noted_together(home: Home) {
    let (one, two) = (device(&home), device(&home));
    home.device(&one, LINK).await;
    home.device(&two, LinkHash([2; 32])).await;
    let fetches = [
        (one.id, given(START.plus_s(5))),
        (two.id, given(START.plus_s(7))),
    ];
    home.write(async |tx| devices::stamp_fetched(tx, &fetches).await)
        .await;
    home.write(async |tx| devices::stamp_fetched(tx, &[]).await)
        .await;
    assert_eq!(home.kept(one.id).await.fetched_at, Some(START.plus_s(5)));
    let other = home.kept(two.id).await;
    assert_eq!(other.fetched_at, Some(START.plus_s(7)));
}

async fn a_wish_that_a_fetch_did_not_know_stays(home: Home) {
    let phone = device(&home);
    home.device(&phone, LINK).await;
    home.downloaded(phone.id).await;
    let fetched = async |forced_at: Option<Timestamp>| {
        let given = Given {
            forced_at,
            ..given(home.now())
        };
        home.write(async |tx| devices::stamp_fetched(tx, &[(phone.id, given)]).await)
            .await;
        home.kept(phone.id).await.forced_at
    };
    home.write(async |tx| devices::force(tx, &[phone.id]).await)
        .await;
    assert_eq!(fetched(None).await, Some(START));
    assert_eq!(fetched(Some(START)).await, None);
}

async fn a_users_devices_are_listed_newest_first(home: Home) {
    let first = device(&home);
    home.device(&first, LINK).await;
    home.clock.advance_s(1);
    let second = Device {
        user: first.user,
        ..device(&home)
    };
    home.device(&second, LinkHash([2; 32])).await;
    let listed = devices::of_user(&home.store, first.user).await.unwrap();
    assert_eq!(listed, [second, first]);
}
