//! What was entered by hand: accounts that no component keeps, secrets that none gives, another address for the mail.

use delivery::Wanted;
use model::{Outcome, PlanId, Secret, Selection, User, UserId, plan::reasons};
use store::jobs::{self, Settled};
use users::entered::{self, Entered, Wish};

use crate::office::{Office, WORKER, admin};

impl Office {
    async fn enter(&self, more: Entered) -> User {
        let wanted = Entered {
            profile: Wish::Is(Some(self.profile.id)),
            first_name: Some("Ada".into()),
            last_name: Some("Lovelace".into()),
            email: Some("ada@example.org".into()),
            ..more
        };
        entered::add(&self.store, &wanted, true, &admin())
            .await
            .unwrap()
    }

    async fn change(&self, user: UserId, wanted: Entered) {
        entered::change(&self.store, user, &wanted, None, &admin())
            .await
            .unwrap();
    }

    /// Deploys a person whose secret the gateway refuses to make.
    async fn deploy_without_secret(&self, person: &User) {
        self.order(std::slice::from_ref(person)).await;
        let due = [
            self.claim(WORKER).await.unwrap(),
            self.claim(WORKER).await.unwrap(),
        ];
        let of = |kind: &str| due.iter().find(|job| job.kind == kind).unwrap();
        let (credential, deploy) = (of("credential"), of("deploy"));
        let open = jobs::open_items(&self.store, credential.id, 9)
            .await
            .unwrap();
        let tx = self.store.begin().await.unwrap();
        let refused = Settled::failed(&open[0].subject, "set-4701", reasons::no_secret());
        jobs::settle(&tx, credential.id, &[refused]).await.unwrap();
        jobs::complete(&tx, credential.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(self.carry_out(deploy, WORKER).await.unwrap(), Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        jobs::complete(&tx, deploy.id).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn configuration(&self, user: &User) -> String {
        let shown = delivery::preview_user(&self.store, &self.settings, user.id).await;
        shown.unwrap().configuration
    }
}

fn at_pbx() -> Entered {
    Entered {
        sip_host: Some("pbx2.example.org".into()),
        sip_user: Some("ada".into()),
        sip_password: Some(Secret::new("pw")),
        voicemail_number: Some("*97".into()),
        ..Entered::default()
    }
}

#[tokio::test]
async fn an_account_at_the_pbx_reaches_the_phone_with_its_host_and_voicemail_number() {
    let office = Office::open().await;
    let ada = office.enter(at_pbx()).await;
    let document = office.configuration(&ada).await;
    for part in [
        "sip:ada@pbx.example.org",
        "sip:pbx2.example.org",
        "sip:*97@pbx.example.org",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    office.deploy(&[ada]).await;
    assert_eq!(office.send().await, 1);
    assert_eq!(office.letters().len(), 1);
}

#[tokio::test]
async fn an_account_at_the_border_gateway_goes_before_the_one_at_the_pbx() {
    let office = Office::open().await;
    let both = Entered {
        mbg_user_name: Some("ada-4711".into()),
        mbg_password: Some(Secret::new("pw at the gateway")),
        ..at_pbx()
    };
    let ada = office.enter(both).await;
    let document = office.configuration(&ada).await;
    assert!(
        document.contains("sip:ada-4711@pbx.example.org"),
        "{document}"
    );
    assert!(!document.contains("pbx2.example.org"), "{document}");
    office.deploy(std::slice::from_ref(&ada)).await;
    let without = Entered {
        mbg_password: Some(Secret::new("")),
        ..Entered::default()
    };
    office.change(ada.id, without).await;
    assert!(
        office
            .configuration(&ada)
            .await
            .contains("sip:ada@pbx.example.org")
    );
}

#[tokio::test]
async fn a_password_that_a_gateway_does_not_give_is_entered_and_none_is_made() {
    let office = Office::open().await;
    let people = office
        .people_without_secrets(&["ada@example.org", "grace@example.org"])
        .await;
    let by_hand = Entered {
        sip_password: Some(Secret::new("pw")),
        delivery_email: Some("desk@example.org".into()),
        ..Entered::default()
    };
    let early = entered::change(&office.store, people[0].id, &by_hand, None, &admin()).await;
    assert!(
        matches!(early, Err(users::Error::Belongs { .. })),
        "the gateway makes it: {early:?}"
    );
    office.deploy_without_secret(&people[0]).await;
    office.change(people[0].id, by_hand).await;
    let selection = Selection::Ids {
        ids: vec![people[0].id],
    };
    let plan = delivery::plan(
        &office.store,
        PlanId::new(office.store.env()),
        &Wanted {
            selection,
            mode: delivery::Mode::Deploy,
        },
        &admin(),
    )
    .await;
    assert_eq!(plan.unwrap().counts.deploy, 1);
    office.deploy(&people[..1]).await;
    assert!(
        office.claim("worker").await.is_none(),
        "no gateway is asked for a new password"
    );
    assert_eq!(office.send().await, 1);
    let letter = &office.letters()[0];
    assert_eq!(letter.to, ["desk@example.org"]);
    let late = Entered {
        sip_password: Some(Secret::new("too late")),
        ..Entered::default()
    };
    office.make_secrets(&people).await;
    let refused = entered::change(&office.store, people[0].id, &late, None, &admin()).await;
    assert!(
        matches!(refused, Err(users::Error::Belongs { .. })),
        "{refused:?}"
    );
}
