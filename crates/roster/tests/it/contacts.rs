//! Who is registered: contacts become *Registered* of the device that they are, and of nobody else.

use model::{
    ClientKind, DeploymentId, DeviceId, UserId, UserState, deployment::DeviceState,
    ticket::LinkHash,
};
use sandbox::component::{Kind, Registration};
use store::{
    contacts::{self, Counted},
    devices::{self, Device},
    jobs, users,
};

use crate::harness::{Office, START, assert_done};

/// Somebody with a number at the gateway: the record's id there, and the user.
async fn imported(office: &Office) -> (String, UserId) {
    office.connect(Kind::Mbg, 500).await;
    assert_done(&office.scan().await);
    let record = office.records().await.remove(0);
    let user = users::Written {
        id: UserId::new(office.store.env()),
        entry: record.entry.unwrap(),
        profile: None,
        fields: office.entry(record.entry.unwrap()).await.fields,
    };
    let tx = office.store.begin().await.unwrap();
    users::add(&tx, std::slice::from_ref(&user)).await.unwrap();
    tx.commit().await.unwrap();
    (record.record.source_id, user.id)
}

/// A Linphone that fetched its configuration now.
async fn fetched(office: &Office, user: UserId, n: u8) -> DeviceId {
    let device = Device {
        id: DeviceId::new(office.store.env()),
        deployment: DeploymentId::new(office.store.env()),
        user,
        state: DeviceState::Pending,
        client: ClientKind::Linphone,
        agent: "Linphone/6".into(),
        created_at: office.store.env().now(),
        downloaded_at: None,
        fetched_at: None,
        revoked_at: None,
        registered: None,
        out_of_date_at: None,
        forced_at: None,
        asks_again: true,
    };
    let tx = office.store.begin().await.unwrap();
    devices::add(&tx, &device, LinkHash([n; 32])).await.unwrap();
    devices::stamp_downloaded(&tx, device.id).await.unwrap();
    users::stamp_downloaded(&tx, user).await.unwrap();
    tx.commit().await.unwrap();
    device.id
}

fn contact(device: &str, agent: &str, host: &str) -> Registration {
    Registration {
        device_id: device.to_owned(),
        since: String::new(),
        user_agent: agent.to_owned(),
        contact_host: host.to_owned(),
    }
}

/// Lets a minute pass, and has it looked who is registered.
async fn look(office: &Office, registered: Vec<Registration>) {
    office.clock.advance_s(60);
    office.sandbox.control().set_registrations(registered);
    assert_eq!(roster::order_due_contacts(&office.store).await.unwrap(), 1);
    assert_done(&office.work().await);
}

async fn counted(office: &Office) -> Counted {
    let id = office.connection("mbg").await.id;
    let look = contacts::last_look(&office.store, id).await.unwrap();
    look.unwrap().1
}

async fn registered(office: &Office, user: UserId) -> Vec<Option<(i64, String)>> {
    let devices = devices::of_user(&office.store, user).await.unwrap();
    let seen = devices.into_iter().map(|device| device.registered);
    seen.map(|seen| seen.map(|s| (s.at.seconds_since(START), s.agent)))
        .collect()
}

#[tokio::test]
async fn a_contact_seen_after_the_fetch_that_fits_is_registered_and_others_stand_beside_it() {
    let office = Office::of(8).await;
    let (record, user) = imported(&office).await;
    let desk = contact(&record, "DeskPhone/9 (Ada's desk)", "192.0.2.1");
    look(&office, vec![desk.clone()]).await;
    fetched(&office, user, 1).await;
    look(&office, vec![desk.clone()]).await;
    assert_eq!(registered(&office, user).await, [None]);

    let phone = contact(&record, "LinphoneAndroid/5.2 (Ada's phone)", "192.0.2.2");
    look(&office, vec![desk.clone(), phone.clone()]).await;
    let agent = "LinphoneAndroid/5.2".to_owned();
    assert_eq!(registered(&office, user).await, [Some((180, agent))]);
    let now = users::get(&office.store, user).await.unwrap();
    assert_eq!(now.state, UserState::Registered);
    assert_eq!(now.registered_at.unwrap().seconds_since(START), 180);
    let all = contacts::of_user(&office.store, user).await.unwrap();
    let others: Vec<_> = all.iter().filter(|c| c.device.is_none()).collect();
    assert_eq!((others.len(), &*others[0].agent), (1, "DeskPhone/9"));
    let events = users::timeline(&office.store, user, None, 10).await;
    let kinds: Vec<_> = events.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["registered"], "once");

    // It stays, and the last time follows within minutes.
    for _ in 0..15 {
        look(&office, vec![phone.clone()]).await;
    }
    let device = devices::of_user(&office.store, user)
        .await
        .unwrap()
        .remove(0);
    let seen = device.registered.unwrap();
    assert_eq!(seen.at.seconds_since(START), 180);
    assert!(seen.last_at.seconds_since(START) >= 780, "{seen:?}");
    let left = contacts::of_user(&office.store, user).await.unwrap();
    assert_eq!(left.len(), 1, "the desk phone is there no more: {left:?}");
}

#[tokio::test]
async fn a_softphone_that_was_there_before_the_fetch_is_not_registered_by_it() {
    let office = Office::of(8).await;
    let (record, user) = imported(&office).await;
    let old = contact(&record, "Linphone/4", "192.0.2.1");
    look(&office, vec![old.clone()]).await;
    office.clock.advance_s(1);
    fetched(&office, user, 1).await;
    look(&office, vec![old]).await;
    assert_eq!(registered(&office, user).await, [None]);
    let now = users::get(&office.store, user).await.unwrap();
    assert_eq!(
        (now.state, now.registered_at),
        (UserState::Downloaded, None)
    );
}

#[tokio::test]
async fn contacts_of_unknown_people_are_counted_and_forgotten() {
    let office = Office::of(8).await;
    let (record, user) = imported(&office).await;
    fetched(&office, user, 1).await;
    let mut told: Vec<_> = (0..1_200)
        .map(|n| contact(&format!("nobody-{n}"), "Linphone/5", "192.0.2.3"))
        .collect();
    told.push(contact(&record, "Linphone/5", "192.0.2.3"));
    told.push(contact("", "Linphone/5", "192.0.2.3"));
    told.push(contact("x\u{0}y", "Linphone/5", "192.0.2.3"));
    told.push(contact(
        "1'; DROP TABLE users; --",
        &"x".repeat(5_000),
        "192.0.2.3",
    ));
    look(&office, told).await;
    assert_eq!(
        counted(&office).await,
        Counted {
            known: 1,
            unknown: 1_203
        }
    );
    assert!(registered(&office, user).await[0].is_some());
}

#[tokio::test]
async fn a_look_is_ordered_when_it_is_due_and_of_those_that_are_over_the_last_is_kept() {
    let office = Office::of(8).await;
    office.connect(Kind::Mbg, 500).await;
    office.connect(Kind::Usp, 500).await;
    assert_eq!(
        roster::order_due_contacts(&office.store).await.unwrap(),
        0,
        "nothing was read there yet"
    );
    assert_done(&office.scan().await);
    for _ in 0..3 {
        look(&office, vec![]).await;
        assert_eq!(roster::order_due_contacts(&office.store).await.unwrap(), 0);
    }
    let all = jobs::newest(&office.store, None, 100).await.unwrap();
    assert_eq!(all.iter().filter(|job| job.kind == "contacts").count(), 1);
}

#[tokio::test]
async fn nobody_is_forgotten_by_a_look_that_ended_early() {
    let office = Office::of(8).await;
    let (record, user) = imported(&office).await;
    fetched(&office, user, 1).await;
    look(&office, vec![contact(&record, "Linphone/5", "192.0.2.1")]).await;
    office.clock.advance_s(3_600);
    office.trouble(Kind::Mbg, sandbox::fault::Trouble::Html);
    roster::order_due_contacts(&office.store).await.unwrap();
    let job = jobs::claim(&office.store, "worker").await.unwrap().unwrap();
    let hold = store::Hold {
        store: &office.store,
        job: &job,
        owner: "worker",
    };
    let id = office.connection("mbg").await.id;
    roster::carry_out_contacts(hold, id).await.unwrap_err();
    let kept = contacts::of_user(&office.store, user).await.unwrap();
    assert_eq!(kept.len(), 1);
}
