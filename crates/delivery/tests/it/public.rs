//! Links as people use them: typed codes, places, and new links for dead ones.

use std::time::Duration;

use delivery::{
    Asking, Error, Fetched, Fetches, RedirectServer, SelfDeployed, Settings, exchange,
    exchange_code, fetch, find, print, renew, self_deploy, taken, withdraw_device,
};
use model::{
    LinkMode, ProfileSettings, Timestamp, User, UserState,
    deployment::{DeploymentState, DeviceState},
};
use store::{audit, publications, users};

use crate::office::{Office, WORKER, admin};

const APP: Asking<'static> = Asking {
    post: false,
    linphone_mark: true,
    endpoint: None,
    agent: "Linphone/6",
};

impl Office {
    /// A person with a mail, its link's ticket and its code.
    async fn with_a_letter(&self) -> (User, String, String) {
        let people = self.people(&["ada@example.org"]).await;
        self.deploy(&people).await;
        self.send().await;
        let (ticket, code) = self.newest_letter();
        (people.into_iter().next().unwrap(), ticket, code)
    }

    /// Whether a wish for a new link leads to an order; it is carried out.
    async fn renews(&self, ticket: &str) -> bool {
        renew(&self.store, ticket).await.unwrap();
        let Some(job) = self.claim(WORKER).await else {
            return false;
        };
        self.carry_out(&job, WORKER).await.unwrap();
        let tx = self.store.begin().await.unwrap();
        store::jobs::complete(&tx, job.id).await.unwrap();
        tx.commit().await.unwrap();
        true
    }

    async fn serve_by(&self, link_mode: LinkMode) {
        let wanted = ::users::profiles::Wanted {
            name: self.profile.name.clone(),
            settings: ProfileSettings {
                link_mode,
                ..self.profile.settings.clone()
            },
        };
        ::users::profiles::change(&self.store, self.profile.id, &wanted, None, &admin())
            .await
            .unwrap();
    }

    fn newest_letter(&self) -> (String, String) {
        let letter = self.letters().pop().unwrap();
        let link = letter
            .links
            .iter()
            .find(|link| link.contains("/d/"))
            .unwrap();
        let ticket = link.rsplit_once('/').unwrap().1.to_owned();
        (ticket, letter.code.unwrap())
    }

    /// Whether an app that asks with this ticket gets a configuration, and takes it.
    async fn downloads(&self, ticket: &str) -> bool {
        let exchanged = exchange(&self.store, &self.settings, ticket, APP)
            .await
            .unwrap();
        let Some(exchanged) = exchanged else {
            return false;
        };
        taken(&self.store, exchanged.device).await.unwrap();
        true
    }
}

#[tokio::test]
async fn a_typed_code_serves_one_device_for_a_quarter_of_an_hour() {
    let office = Office::open().await;
    let (_, _, code) = office.with_a_letter().await;
    let typed = code.to_lowercase().replace('-', " ");
    let fresh = exchange_code(&office.store, &typed).await.unwrap().unwrap();
    assert!(
        find(&office.store, fresh.ticket.expose())
            .await
            .unwrap()
            .is_some()
    );
    assert!(office.downloads(fresh.ticket.expose()).await);
    assert!(
        !office.downloads(fresh.ticket.expose()).await,
        "for one device"
    );
    let second = exchange_code(&office.store, &code).await.unwrap().unwrap();
    office.clock.advance_s(15 * 60);
    assert!(
        !office.downloads(second.ticket.expose()).await,
        "for a quarter of an hour"
    );
    assert!(
        exchange_code(&office.store, "0000-0000-0000")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_link_of_somebody_without_a_profile_is_refused_until_there_is_one_again() {
    let office = Office::open().await;
    let (ada, ticket, code) = office.with_a_letter().await;
    let give = async |profile| {
        let tx = office.store.begin().await.unwrap();
        users::set_profile(&tx, &[ada.id], profile).await.unwrap();
        tx.commit().await.unwrap();
    };
    give(None).await;
    assert!(find(&office.store, &ticket).await.unwrap().is_none());
    assert!(exchange_code(&office.store, &code).await.unwrap().is_none());
    give(Some(office.profile.id)).await;
    assert!(find(&office.store, &ticket).await.unwrap().is_some());
    assert!(office.downloads(&ticket).await);
}

#[tokio::test]
async fn a_code_and_a_link_share_the_places_of_their_deployment() {
    let office = Office::open().await;
    let (_, ticket, code) = office.with_a_letter().await;
    let fresh = exchange_code(&office.store, &code).await.unwrap().unwrap();
    let places = office.profile.settings.devices;
    for _ in 0..places {
        assert!(office.downloads(&ticket).await);
    }
    assert!(!office.downloads(fresh.ticket.expose()).await);
    assert!(exchange_code(&office.store, &code).await.unwrap().is_none());
    assert!(
        find(&office.store, &ticket).await.unwrap().is_none(),
        "used up, as its page says"
    );
}

#[tokio::test]
async fn several_apps_at_once_get_no_more_than_the_places() {
    let office = Office::open().await;
    let (_, ticket, _) = office.with_a_letter().await;
    let asked = (0..8).map(|_| office.downloads(&ticket));
    let got = futures_util::future::join_all(asked).await;
    let places = usize::from(office.profile.settings.devices);
    assert_eq!(got.into_iter().filter(|got| *got).count(), places);
}

#[tokio::test]
async fn a_new_link_goes_to_the_known_address_and_only_where_the_old_one_is_dead() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    renew(&office.store, &ticket).await.unwrap();
    renew(&office.store, "unknown").await.unwrap();
    assert!(
        office.claim("w").await.is_none(),
        "the link works, and the other one never did"
    );

    office.clock.advance_s(8 * 86_400);
    renew(&office.store, &ticket).await.unwrap();
    renew(&office.store, &ticket).await.unwrap();
    while let Some(job) = office.claim("w").await {
        office.carry_out(&job, "w").await.unwrap();
    }
    office.send().await;
    assert_eq!(office.letters().len(), 2, "asked twice, sent once");
    let (fresh, _) = office.newest_letter();
    assert_ne!(fresh, ticket);
    let offers = store::deployments::of_user(&office.store, person.id)
        .await
        .unwrap();
    assert_eq!(offers[0].state, DeploymentState::Sent);
    assert!(office.downloads(&fresh).await);
    renew(&office.store, &ticket).await.unwrap();
    assert!(office.claim("w").await.is_none(), "not so soon again");
}

#[tokio::test]
async fn a_wish_for_a_new_link_that_is_not_met_stands_in_the_timeline_once() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    while office.downloads(&ticket).await {}
    for _ in 0..3 {
        assert!(!office.renews(&ticket).await);
    }
    let (kind, why) = office.told(&person).await;
    assert_eq!(kind, "new-link-not-sent");
    assert_eq!(why, "they were deployed less than ten minutes before");
    let noted = users::count_noted(&office.store, person.id, &kind, Timestamp(0)).await;
    assert_eq!(noted.unwrap(), 1);
    office.clock.advance_s(601);
    assert!(office.renews(&ticket).await);
}

#[tokio::test]
async fn one_ticket_of_a_code_works_at_a_time() {
    let office = Office::open().await;
    let (_, _, code) = office.with_a_letter().await;
    let typed = async || exchange_code(&office.store, &code).await.unwrap().unwrap();
    let (first, second) = (typed().await.ticket, typed().await.ticket);
    assert!(!office.downloads(first.expose()).await);
    assert!(office.downloads(second.expose()).await);
}

#[tokio::test]
async fn a_dead_link_ends_no_other_that_works() {
    let office = Office::open().await;
    let (person, old, code) = office.with_a_letter().await;
    let typed = exchange_code(&office.store, &code).await.unwrap().unwrap();
    office.clock.advance_s(3_600);
    assert!(
        !office.renews(typed.ticket.expose()).await,
        "the code works still"
    );
    office.deploy(&[person]).await;
    office.send().await;
    let (fresh, _) = office.newest_letter();
    office.clock.advance_s(3_600);
    assert!(!office.renews(&old).await);
    assert!(office.downloads(&fresh).await);
}

#[tokio::test]
async fn ninety_days_after_its_end_nothing_can_be_asked_by_a_link() {
    let office = Office::open().await;
    let (_, ticket, _) = office.with_a_letter().await;
    office.clock.advance_s(98 * 86_400);
    assert!(!office.renews(&ticket).await);
}

#[tokio::test]
async fn a_wish_that_cannot_be_met_changes_nothing_and_one_that_failed_counts() {
    let office = Office::open().await;
    let people = office.people(&["", "ada@example.org"]).await;
    let sheet = print(&office.store, &office.settings, people[0].id, &admin()).await;
    let link = sheet.unwrap().link.expose().to_owned();
    let printed = link.rsplit('/').next().unwrap();
    assert!(office.downloads(printed).await);
    office.deploy(&people[1..]).await;
    office.send().await;
    let (mailed, _) = office.newest_letter();
    office.clock.advance_s(8 * 86_400);
    assert!(!office.renews(printed).await, "nobody could be written to");
    assert_eq!(office.now(&people[0]).await.state, UserState::Downloaded);

    office.serve_by(LinkMode::Redirect).await;
    assert!(office.renews(&mailed).await);
    assert_eq!(office.now(&people[1]).await.state, UserState::Failed);
    assert!(!office.renews(&mailed).await, "not so soon again");
}

#[tokio::test]
async fn printing_needs_a_server_for_its_links_and_is_audited_as_withdrawing_is() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    assert!(office.downloads(&ticket).await);
    let printed = async || print(&office.store, &office.settings, person.id, &admin()).await;
    printed().await.unwrap();
    let devices = store::devices::of_user(&office.store, person.id).await;
    let device = devices.unwrap().remove(0).id;
    withdraw_device(&office.store, person.id, device, None, &admin())
        .await
        .unwrap();
    let lines = audit::list(&office.store, None, 2).await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.action.as_str(), line.subject.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("device.withdrawn", device.to_string()),
            ("user.printed", person.id.to_string())
        ]
    );
    office.serve_by(LinkMode::Redirect).await;
    let refused = printed().await.unwrap_err();
    let Error::CannotPreview(why) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.code, "no-redirect-server");
}

#[tokio::test]
async fn a_withdrawn_phone_does_not_come_back_by_the_mail_that_it_holds_and_other_devices_stay() {
    let office = Office::open().await;
    let wanted = ::users::profiles::Wanted {
        name: office.profile.name.clone(),
        settings: ProfileSettings {
            devices: 3,
            ..office.profile.settings.clone()
        },
    };
    ::users::profiles::change(&office.store, office.profile.id, &wanted, None, &admin())
        .await
        .unwrap();
    let (person, ticket, code) = office.with_a_letter().await;
    let typed = exchange_code(&office.store, &code).await.unwrap().unwrap();
    assert!(office.downloads(&ticket).await);
    assert!(office.downloads(&ticket).await);
    let devices = async || {
        let all = store::devices::of_user(&office.store, person.id).await;
        all.unwrap()
    };
    let lost = devices().await[0].id;
    withdraw_device(&office.store, person.id, lost, None, &admin())
        .await
        .unwrap();

    assert!(!office.downloads(&ticket).await, "a place was still free");
    assert!(!office.downloads(typed.ticket.expose()).await);
    assert!(exchange_code(&office.store, &code).await.unwrap().is_none());
    office.expect(&person, DeploymentState::Revoked).await;
    let states: Vec<_> = devices().await.iter().map(|d| (d.id, d.state)).collect();
    assert_eq!(states.len(), 2);
    for (id, state) in states {
        let expected = if id == lost {
            DeviceState::Revoked
        } else {
            DeviceState::Live
        };
        assert_eq!(state, expected);
    }
}

#[tokio::test]
async fn a_link_from_before_a_withdrawal_brings_no_new_mail_and_one_from_after_it_does() {
    let office = Office::open().await;
    let (person, older, _) = office.with_a_letter().await;
    let people = std::slice::from_ref(&person);
    office.clock.advance_s(86_400);
    office.deploy(people).await;
    office.send().await;
    let (lost, _) = office.newest_letter();
    assert!(office.downloads(&lost).await);
    let devices = store::devices::of_user(&office.store, person.id).await;
    let device = devices.unwrap()[0].id;
    withdraw_device(&office.store, person.id, device, None, &admin())
        .await
        .unwrap();
    office.clock.advance_s(86_400);
    assert!(!office.renews(&lost).await, "the mailbox is lost with it");
    assert!(!office.renews(&older).await, "so are its older mails");

    office.deploy(people).await;
    office.send().await;
    let (fresh, _) = office.newest_letter();
    office.clock.advance_s(8 * 86_400);
    assert!(!office.renews(&lost).await, "also while no link works");
    assert!(office.renews(&fresh).await);
}

#[tokio::test]
async fn a_link_from_before_a_suspension_brings_no_new_mail_after_its_end() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    let tx = office.store.begin().await.unwrap();
    users::suspend(&tx, &[person.id]).await.unwrap();
    tx.commit().await.unwrap();
    office.clock.advance_s(86_400);
    assert!(!office.renews(&ticket).await);
    ::users::suspension::end(&office.store, person.id, &admin())
        .await
        .unwrap();
    assert!(!office.renews(&ticket).await);
}

#[tokio::test]
async fn a_suspended_persons_phone_is_emptied_until_the_suspension_ends() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    let got = exchange(&office.store, &office.settings, &ticket, APP).await;
    let got = got.unwrap().unwrap();
    taken(&office.store, got.device).await.unwrap();
    let body = String::from_utf8(got.document.body.to_vec()).unwrap();
    let own = body.split("/x/").nth(1).unwrap();
    let own: String = own.chars().take(43).collect();
    let fetches = Fetches::default();
    let asks = async |known: Option<&str>| {
        let answer = fetch(&office.store, &office.settings, &fetches, &own, known).await;
        answer.unwrap()
    };
    let Fetched::Document(_, tag, _) = asks(None).await else {
        panic!("its configuration")
    };
    let late = async || {
        store::devices::count_out_of_date(&office.store)
            .await
            .unwrap()
    };
    let tx = office.store.begin().await.unwrap();
    store::devices::mark_users(&tx, &[person.id]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(late().await, 1);

    let tx = office.store.begin().await.unwrap();
    users::suspend(&tx, &[person.id]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(late().await, 0, "nothing can be fetched");
    for _ in 0..2 {
        assert!(
            matches!(asks(Some(&tag)).await, Fetched::Neutral(_, None)),
            "at every fetch, whatever it has"
        );
    }
    ::users::suspension::end(&office.store, person.id, &admin())
        .await
        .unwrap();
    assert!(
        matches!(asks(Some(&tag)).await, Fetched::Document(..)),
        "the whole of it: it was emptied meanwhile"
    );
}

#[tokio::test]
async fn through_a_relay_a_device_counts_from_the_first_use_of_its_own_link() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    office.serve_by(LinkMode::Relay).await;
    let settings = over_a_redirect_server(&office);
    let got = exchange(&office.store, &settings, &ticket, APP).await;
    let got = got.unwrap().unwrap();
    assert!(got.awaits_use);
    let body = String::from_utf8(got.document.body.to_vec()).unwrap();
    let own = body.split("/x/office/").nth(1).unwrap();
    let own: String = own.chars().take(43).collect();
    let fetches = Fetches::default();
    let asks = async || fetch(&office.store, &settings, &fetches, &own, None).await;
    assert!(matches!(asks().await, Ok(Fetched::Document(..))));
    let now = users::get(&office.store, person.id).await.unwrap();
    assert_eq!(now.state, UserState::Downloaded);
    withdraw_device(&office.store, person.id, got.device, None, &admin())
        .await
        .unwrap();
    let emptied = asks().await.unwrap();
    assert!(
        matches!(emptied, Fetched::Neutral(_, None)),
        "nobody sees whether it took that"
    );
}

fn over_a_redirect_server(office: &Office) -> Settings {
    let mut settings = office.settings.clone();
    settings.redirect = Some(RedirectServer {
        url: "https://go.example.org".parse().unwrap(),
        origin: "office".parse().unwrap(),
    });
    settings
}

#[tokio::test]
async fn a_link_that_the_redirect_server_does_not_take_is_not_shown_and_ends_no_other() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    office.serve_by(LinkMode::Redirect).await;
    let settings = over_a_redirect_server(&office);
    let told = office.told(&person).await;
    let refused = print(&office.store, &settings, person.id, &admin()).await;
    let Err(Error::CannotPreview(why)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.code, "not-published");
    let shown = self_deploy(&office.store, &settings, person.id).await;
    assert!(matches!(shown, Ok(SelfDeployed::Preparing)), "{shown:?}");
    // There is still one deployment, and it works.
    office.expect(&person, DeploymentState::Sent).await;
    assert_eq!(office.told(&person).await, told);
    assert!(office.downloads(&ticket).await);
}

#[tokio::test]
async fn a_link_is_shown_once_the_redirect_server_knows_it_and_then_the_earlier_ones_end() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    office.serve_by(LinkMode::Redirect).await;
    let settings = over_a_redirect_server(&office);
    let taken = peers::wait_for("the link", Duration::from_secs(2), async || {
        let open = publications::open(&office.store, 10).await.unwrap();
        assert!(open.iter().all(|link| !link.ended), "it was ended too soon");
        (!open.is_empty()).then_some(open)
    });
    let taken = async {
        let open = taken.await.unwrap();
        let tx = office.store.begin().await.unwrap();
        publications::accept(&tx, &open).await.unwrap();
        tx.commit().await.unwrap();
    };
    let actor = admin();
    let showing = print(&office.store, &settings, person.id, &actor);
    let (sheet, ()) = tokio::join!(showing, taken);
    let link = sheet.unwrap().link.expose().to_owned();
    assert!(!office.downloads(&ticket).await);
    assert!(office.downloads(link.rsplit('/').next().unwrap()).await);
}

#[tokio::test]
async fn a_link_too_long_for_a_qr_code_is_refused_before_another_ends() {
    let office = Office::open().await;
    let (person, ticket, _) = office.with_a_letter().await;
    let mut settings = office.settings.clone();
    let long = format!("https://phones.example.org/{}/", "x".repeat(3_000));
    settings.public_url = long.parse().unwrap();
    let refused = print(&office.store, &settings, person.id, &admin()).await;
    let Err(Error::CannotPreview(why)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.code, "long-link");
    assert!(office.downloads(&ticket).await);
}
