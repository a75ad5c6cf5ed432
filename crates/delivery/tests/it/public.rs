//! Links as people use them: typed codes, places, and new links for dead ones.

use delivery::{Asking, exchange, exchange_code, find, renew, taken};
use model::{User, deployment::DeploymentState};

use crate::office::Office;

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

    office.clock.advance_s(100 * 86_400);
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
