//! One user's page: data with its origin, mails, devices, history.

use model::{
    Actor, ClientKind, DeploymentId, DeviceId, LinkMode, Secret, UserId, UserState,
    deployment::DeviceState, ticket::LinkHash,
};
use store::{
    deployments,
    devices::{self, Device},
    secrets, users,
};

use crate::harness::{Office, START, rows, three};

/// A deployment of this user as it is right after it was ordered.
pub(crate) async fn offer(office: &Office, user: UserId, profile: &str) -> deployments::New {
    let env = office.store.env();
    let tx = office.store.begin().await.unwrap();
    let sealed = [Secret::new("ticket and code")];
    let kept = secrets::keep(&tx, secrets::Purpose::Ticket, &sealed).await;
    tx.commit().await.unwrap();
    let id = DeploymentId::new(env);
    deployments::New {
        id,
        user,
        reason: "import".to_owned(),
        profile: profile.parse().unwrap(),
        profile_version: 1,
        ticket: LinkHash::of(&id.to_string()),
        code_mac: env.random(),
        secret: kept.unwrap()[0],
        link_mode: LinkMode::Direct,
        language: "en".to_owned(),
        template: None,
        message_id: format!("{id}@example.org"),
        places: 3,
        job: None,
        expires_at: START.plus_days(7),
    }
}

fn device(office: &Office, offer: &deployments::New) -> Device {
    Device {
        id: DeviceId::new(office.store.env()),
        deployment: offer.id,
        user: offer.user,
        state: DeviceState::Pending,
        client: ClientKind::Linphone,
        agent: "Linphone 5.1.65".to_owned(),
        created_at: START,
        downloaded_at: None,
        fetched_at: None,
        revoked_at: None,
        registered: None,
        out_of_date_at: None,
        forced_at: None,
        asks_again: true,
    }
}

/// An office in which one user was offered two deployments and took the second.
async fn taken() -> (Office, String) {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    let user = rows(&office.page("/users?q=ada").await).remove(0);
    let id: UserId = user.parse().unwrap();
    for _ in 0..2 {
        let offer = offer(&office, id, &profile).await;
        let device = device(&office, &offer);
        let tx = office.store.begin().await.unwrap();
        deployments::add(&tx, std::slice::from_ref(&offer))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        office.clock.advance_s(60);
        let tx = office.store.begin().await.unwrap();
        devices::add(&tx, &device, LinkHash::of(&device.id.to_string()))
            .await
            .unwrap();
        devices::stamp_downloaded(&tx, device.id).await.unwrap();
        tx.commit().await.unwrap();
    }
    let tx = office.store.begin().await.unwrap();
    let sent = (id, "deployment-sent", "<ada@example.org>".to_owned());
    users::note(&tx, &[sent], &Actor("mail".to_owned()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (office, format!("/users/{user}"))
}

#[tokio::test]
async fn a_user_is_shown_with_mails_devices_and_history() {
    let (office, path) = taken().await;
    office.clock.advance_s(300);
    let page = office.page(&path).await;
    for text in [
        "a newer one took its place; devices that used it keep working",
        ">superseded</span>",
        ", used on 1 of 3 devices</p>",
        "Linphone 5.1.65",
        "active",
        "6 minutes ago",
        "Deployment sent: &#60;ada@example.org&#62;",
        "Imported: MBG",
        "link works until <time datetime=\"2026-01-08T00:00:00Z\"",
        "MBG user name",
        "from <abbr class=\"mark\" title=\"border gateway\">MBG</abbr>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("entered by hand"));
}

#[tokio::test]
async fn a_link_that_is_used_up_says_so_and_what_to_do() {
    let (office, path) = taken().await;
    let user: UserId = path.rsplit('/').next().unwrap().parse().unwrap();
    let offered = deployments::of_user(&office.store, user).await.unwrap();
    let last = &offered[0];
    assert!(office.page(&path).await.contains("link works until"));
    let profile = last.profile.to_string();
    for _ in 0..2 {
        let offer = deployments::New {
            id: last.id,
            ..offer(&office, user, &profile).await
        };
        let device = device(&office, &offer);
        let tx = office.store.begin().await.unwrap();
        devices::add(&tx, &device, LinkHash::of(&device.id.to_string()))
            .await
            .unwrap();
        devices::stamp_downloaded(&tx, device.id).await.unwrap();
        tx.commit().await.unwrap();
    }
    let page = office.page(&path).await;
    let told = "used on 3 of 3 devices: its link takes no other. Deploy sends a new one";
    assert!(page.contains(told), "{page}");
    assert!(!page.contains("link works until"), "{page}");
}

#[tokio::test]
async fn the_filter_that_says_sent_finds_and_deploys_those_whose_mail_was_sent() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office softphone").await;
    office.import_everybody(&profile, "0").await;
    let all = rows(&office.page("/users").await);
    let tx = office.store.begin().await.unwrap();
    users::set_state(&tx, &[all[0].parse().unwrap()], UserState::Deployed)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = office.page("/users?state=sent").await;
    assert_eq!(rows(&page), all[..1]);
    let form = [("all", "1"), ("filter", "state=deployed")];
    let plan = office
        .post("/users/deployments/plan", &form)
        .await
        .leads_to();
    let plan = office.page(&plan).await;
    assert!(plan.contains("1 person selected"));
    assert!(plan.contains("href=\"/users?state=sent\""));
}
