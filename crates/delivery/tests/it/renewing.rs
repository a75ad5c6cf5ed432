//! What a phone has grows old: it is told, given anew by *Auto deploy*, and those who never fetched are reminded.

use std::time::Duration;

use delivery::{Asking, Fetched, Fetches, Mode, Wanted};
use model::{
    Order, Outcome, PersonFields, PlanId, ProfileSettings, Selection, User, UserId,
    deployment::DeploymentState,
};
use store::{deployments, devices, jobs, plans::Plan, profiles, records, users};

use crate::office::{Office, WORKER, admin};

const LINPHONE: Asking<'_> = Asking {
    post: false,
    linphone_mark: true,
    agent: "Linphone/5",
    endpoint: None,
};

impl Office {
    /// Mails these people and lets their phones fetch by it; the links of those phones' own.
    async fn set_up(&self, people: &[User]) -> Vec<String> {
        self.deploy(people).await;
        self.send().await;
        let mut links = Vec::new();
        for user in people {
            let to = &user.fields.email;
            let letter = self.letters().into_iter().rev().find(|l| l.to.contains(to));
            let link = letter.unwrap().links[0].clone();
            let ticket = link.rsplit('/').next().unwrap();
            let exchanged = delivery::exchange(&self.store, &self.settings, ticket, LINPHONE).await;
            let exchanged = exchanged.unwrap().unwrap();
            let body = String::from_utf8(exchanged.document.body.to_vec()).unwrap();
            // A phone that fetches once is told no link of its own.
            let own = body.split("/x/").nth(1).unwrap_or_default();
            let own: String = own.chars().take_while(|c| *c != '<').collect();
            delivery::taken(&self.store, exchanged.device)
                .await
                .unwrap();
            links.push(own);
        }
        links
    }

    async fn fetch(&self, fetches: &Fetches, link: &str, tag: Option<&str>) -> Fetched {
        let answer = delivery::fetch(&self.store, &self.settings, fetches, link, tag).await;
        let answer = answer.unwrap();
        if let Fetched::Document(_, _, (device, given)) = &answer {
            fetches.note(*device, *given);
        }
        fetches.flush(&self.store).await.unwrap();
        answer
    }

    /// Whether what a user's phone has is out of date.
    async fn is_late(&self, user: UserId) -> bool {
        let late = devices::out_of_date_of(&self.store, &[user]).await.unwrap();
        late.contains(&user)
    }

    async fn change_profile(&self, change: impl FnOnce(&mut model::ProfileSettings)) {
        let mut settings = self.profile.settings.clone();
        change(&mut settings);
        let wanted = ::users::profiles::Wanted {
            name: self.profile.name.clone(),
            settings,
        };
        ::users::profiles::change(&self.store, self.profile.id, &wanted, None, &admin())
            .await
            .unwrap();
    }

    async fn plan(&self, people: &[User], mode: Mode) -> Plan {
        let ids = people.iter().map(|user| user.id).collect();
        let wanted = Wanted {
            selection: Selection::Ids { ids },
            mode,
        };
        delivery::plan(
            &self.store,
            PlanId::new(self.store.env()),
            &wanted,
            &admin(),
        )
        .await
        .unwrap()
    }

    /// Agrees to a plan and has its job done.
    async fn agree(&self, plan: &Plan) {
        delivery::run(&self.store, plan.id, &admin()).await.unwrap();
        let job = self.claim(WORKER).await.unwrap();
        assert!(matches!(job.order, Order::Deploy { .. }));
        assert_eq!(self.carry_out(&job, WORKER).await.unwrap(), Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, job.id).await.unwrap());
        tx.commit().await.unwrap();
        self.send().await;
    }
}

fn document(fetched: Fetched) -> (String, String) {
    match fetched {
        Fetched::Document(document, tag, _) => {
            (String::from_utf8(document.body.to_vec()).unwrap(), tag)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_changed_profile_makes_phones_out_of_date_until_they_fetched() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let link = office.set_up(&people).await.remove(0);
    let (ada, fetches) = (people[0].id, Fetches::default());
    office
        .change_profile(|settings| settings.validity_days = 3)
        .await;
    assert!(!office.is_late(ada).await, "no document is made of that");
    office
        .change_profile(|settings| settings.sip_domain = "new.example.org".to_owned())
        .await;
    assert!(office.is_late(ada).await);
    let (body, tag) = document(office.fetch(&fetches, &link, None).await);
    assert!(body.contains("new.example.org"));
    assert!(!office.is_late(ada).await);
    let again = office.fetch(&fetches, &link, Some(&tag)).await;
    assert!(matches!(again, Fetched::NotModified(_)), "{again:?}");
}

#[tokio::test]
async fn a_phone_has_what_it_needs_once_its_profile_is_as_it_was() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org", "kj@example.org"])
        .await;
    let links = office.set_up(&people).await;
    let fetches = Fetches::default();
    let domain = office.profile.settings.sip_domain.clone();
    let set = async |domain: &str| {
        let change = |settings: &mut ProfileSettings| settings.sip_domain = domain.to_owned();
        office.change_profile(change).await;
    };
    set("new.example.org").await;
    // One got the new configuration, and another one's data changed meanwhile.
    office.fetch(&fetches, &links[1], None).await;
    let tx = office.store.begin().await.unwrap();
    devices::mark_users(&tx, &[people[2].id]).await.unwrap();
    tx.commit().await.unwrap();
    set(&domain).await;
    let late: Vec<bool> = [
        office.is_late(people[0].id).await,
        office.is_late(people[1].id).await,
        office.is_late(people[2].id).await,
    ]
    .into();
    assert_eq!(late, [false, true, true]);
    set("new.example.org").await;
    assert!(office.is_late(people[0].id).await);
    assert!(!office.is_late(people[1].id).await);
}

#[tokio::test]
async fn a_fetch_that_is_written_after_its_profile_was_restored_makes_the_phone_out_of_date() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let link = office.set_up(&people).await.remove(0);
    let fetches = Fetches::default();
    let domain = office.profile.settings.sip_domain.clone();
    let set = async |domain: &str| {
        let change = |settings: &mut ProfileSettings| settings.sip_domain = domain.to_owned();
        office.change_profile(change).await;
    };
    set("new.example.org").await;
    let given = delivery::fetch(&office.store, &office.settings, &fetches, &link, None).await;
    let Fetched::Document(_, _, (device, given)) = given.unwrap() else {
        panic!("it is answered in full")
    };
    set(&domain).await;
    fetches.note(device, given);
    fetches.flush(&office.store).await.unwrap();
    assert!(office.is_late(people[0].id).await);
    office.fetch(&fetches, &link, None).await;
    assert!(!office.is_late(people[0].id).await);
}

#[tokio::test]
async fn a_profile_that_changes_while_a_phone_fetches_makes_it_out_of_date_on_postgresql_too() {
    let cluster = peers::Postgres::shared().await.unwrap();
    let url = cluster.database().await.unwrap();
    let office = Office::on_postgres(&url).await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    let link = office.letters()[0].links[0].clone();
    let ticket = link.rsplit('/').next().unwrap().to_owned();

    let mut settings = office.profile.settings.clone();
    settings.sip_domain = "new.example.org".to_owned();
    let id = office.profile.id;
    let change = office.store.begin().await.unwrap();
    profiles::lock(&change, id).await.unwrap();
    profiles::change(&change, id, &office.profile.name, &settings, &admin())
        .await
        .unwrap();
    devices::mark_profile(&change, id, &[]).await.unwrap();
    let (store, sending) = (office.store.clone(), office.settings.clone());
    let fetching =
        tokio::spawn(async move { delivery::exchange(&store, &sending, &ticket, LINPHONE).await });
    let either = peers::wait_for("the fetch", Duration::from_secs(20), async || {
        (fetching.is_finished() || cluster.waits(&url).await.unwrap()).then_some(())
    });
    either.await.unwrap();
    change.commit().await.unwrap();
    let given = fetching.await.unwrap().unwrap().unwrap();
    delivery::taken(&office.store, given.device).await.unwrap();
    let body = String::from_utf8(given.document.body.to_vec()).unwrap();
    assert!(!body.contains("new.example.org"), "it was made before");
    assert!(office.is_late(people[0].id).await);
}

#[tokio::test]
async fn new_data_a_new_secret_and_another_profile_make_a_phone_out_of_date() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let link = office.set_up(&people).await.remove(0);
    let (ada, fetches) = (people[0].id, Fetches::default());
    let changed = |fields: PersonFields| users::Written {
        id: ada,
        entry: people[0].entry.unwrap(),
        profile: people[0].profile,
        fields,
    };
    let keep = async |written: users::Written| {
        let tx = office.store.begin().await.unwrap();
        users::change(&tx, &[written]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let mut fields = people[0].fields.clone();
    fields.department = "Sales".to_owned();
    keep(changed(fields.clone())).await;
    assert!(!office.is_late(ada).await, "no document is made of that");
    fields.last_name = "King".to_owned();
    keep(changed(fields)).await;
    assert!(office.is_late(ada).await);
    office.fetch(&fetches, &link, None).await;
    assert!(!office.is_late(ada).await);

    office.make_secrets(&people).await;
    assert!(office.is_late(ada).await);
    office.fetch(&fetches, &link, None).await;
    assert!(!office.is_late(ada).await);

    let tx = office.store.begin().await.unwrap();
    users::set_profile(&tx, &[ada], None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(office.is_late(ada).await);
}

#[tokio::test]
async fn a_fetch_that_was_answered_before_a_change_does_not_hide_it() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let link = office.set_up(&people).await.remove(0);
    let fetches = Fetches::default();
    let answered = delivery::fetch(&office.store, &office.settings, &fetches, &link, None).await;
    let Fetched::Document(_, _, (device, given)) = answered.unwrap() else {
        panic!("no document");
    };
    fetches.note(device, given);
    office
        .change_profile(|settings| settings.sip_domain = "new.example.org".to_owned())
        .await;
    fetches.flush(&office.store).await.unwrap();
    assert!(office.is_late(people[0].id).await);
}

#[tokio::test]
async fn auto_deploy_answers_phones_in_full_and_mails_those_without_one() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    let link = office.set_up(&people[..1]).await.remove(0);
    let fetches = Fetches::default();
    let (_, tag) = document(office.fetch(&fetches, &link, None).await);
    let plan = office.plan(&people, Mode::Auto).await;
    assert_eq!((plan.counts.update, plan.counts.deploy), (1, 1));
    office.agree(&plan).await;
    let jobs = jobs::newest(&office.store, None, 9).await.unwrap();
    let said = "the softphone of 1 person gets its configuration at its next fetch";
    assert_eq!(jobs.iter().filter(|job| job.note == said).count(), 1);
    let letters = office.letters();
    let to: Vec<_> = letters
        .iter()
        .filter(|l| l.to.contains(&people[1].fields.email))
        .collect();
    assert_eq!(
        (letters.len(), to.len()),
        (2, 1),
        "nobody gets a second mail"
    );

    document(office.fetch(&fetches, &link, Some(&tag)).await);
    let again = office.fetch(&fetches, &link, Some(&tag)).await;
    assert!(matches!(again, Fetched::NotModified(_)), "once: {again:?}");
}

#[tokio::test]
async fn who_fetched_once_and_never_asks_again_gets_a_mail_by_auto_deploy() {
    let office = Office::open().await;
    office
        .change_profile(|settings| settings.fetch = model::Fetch::Once)
        .await;
    let people = office.people(&["ada@example.org"]).await;
    office.set_up(&people).await;
    let plan = office.plan(&people, Mode::Auto).await;
    assert_eq!((plan.counts.update, plan.counts.deploy), (0, 1));
    office
        .change_profile(|settings| settings.fetch = model::Fetch::EveryStart)
        .await;
    let plan = office.plan(&people, Mode::Auto).await;
    assert_eq!(
        (plan.counts.update, plan.counts.deploy),
        (0, 1),
        "its phone has no link to ask by"
    );
}

#[tokio::test]
async fn a_phone_is_not_given_what_is_made_for_another_client_and_its_person_gets_a_mail() {
    for client in [model::ClientKind::Zoiper, model::ClientKind::Json] {
        let office = Office::open().await;
        let people = office.people(&["ada@example.org"]).await;
        let link = office.set_up(&people).await.remove(0);
        office
            .change_profile(|settings| {
                settings.client = client;
                if client == model::ClientKind::Zoiper {
                    settings.provider_id = "abc".into();
                }
            })
            .await;
        let answer = office.fetch(&Fetches::default(), &link, None).await;
        assert!(matches!(answer, Fetched::Refused), "{client:?}: {answer:?}");
        let plan = office.plan(&people, Mode::Auto).await;
        assert_eq!((plan.counts.update, plan.counts.deploy), (0, 1));
    }
}

#[tokio::test]
async fn whose_phone_was_withdrawn_or_set_up_since_the_plan_is_treated_as_they_stand_now() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    office.set_up(&people[..1]).await;
    let plan = office.plan(&people, Mode::Auto).await;
    assert_eq!((plan.counts.update, plan.counts.deploy), (1, 1));
    office.set_up(&people[1..]).await;
    let tx = office.store.begin().await.unwrap();
    devices::revoke(&tx, &[people[0].id]).await.unwrap();
    tx.commit().await.unwrap();
    let before = office.letters().len();
    office.agree(&plan).await;
    let new = office.letters().split_off(before);
    assert_eq!(new.len(), 1);
    assert!(new[0].to.contains(&people[0].fields.email));
}

#[tokio::test]
async fn another_account_and_one_that_is_told_elsewhere_make_a_phone_out_of_date() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    let link = office.set_up(&people).await.remove(0);
    let (ada, fetches) = (people[0].id, Fetches::default());
    let entry = people[0].entry.unwrap();
    let stored = records::of_entry(&office.store, entry).await.unwrap();
    let mut told = stored[0].record.clone();
    let tell = async |told: &model::Record| {
        let tx = office.store.begin().await.unwrap();
        let told = std::slice::from_ref(told);
        records::keep_page(&tx, office.connection, 0, told, &[])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    told.role = "changed".into();
    tell(&told).await;
    assert!(!office.is_late(ada).await, "no document is made of that");
    told.sip_user = "4799".into();
    tell(&told).await;
    assert!(office.is_late(ada).await);
    office.fetch(&fetches, &link, None).await;
    assert!(!office.is_late(ada).await);
    let tx = office.store.begin().await.unwrap();
    let away = records::Placement {
        card: (vec![], [0; 8]),
        record: stored[0].id,
        entry: model::EntryId(entry.0 + 100),
        join: None,
    };
    records::place(&tx, vec![away]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(office.is_late(ada).await);
}

#[tokio::test]
async fn a_reminder_is_for_those_who_need_one_when_it_is_agreed_to_and_sent() {
    let office = Office::open().await;
    let addresses = ["ada@example.org", "grace@example.org", "joan@example.org"];
    let people = office.people(&addresses).await;
    office.deploy(&people).await;
    office.send().await;
    office.clock.advance_s(8 * 86_400);
    let remind = Mode::Remind { days: 7 };
    let first = office.plan(&people, remind).await;
    let second = office.plan(&people, remind).await;
    assert_eq!((first.counts.deploy, second.counts.deploy), (3, 3));
    let fetched = async |user: &User| {
        let tx = office.store.begin().await.unwrap();
        users::stamp_downloaded(&tx, user.id).await.unwrap();
        tx.commit().await.unwrap();
    };
    fetched(&people[0]).await;
    let job = delivery::run(&office.store, first.id, &admin())
        .await
        .unwrap();
    delivery::run(&office.store, second.id, &admin())
        .await
        .unwrap();
    fetched(&people[1]).await;
    for _ in 0..2 {
        let job = office.claim(WORKER).await.unwrap();
        assert_eq!(office.carry_out(&job, WORKER).await.unwrap(), Outcome::Done);
        let tx = office.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, job.id).await.unwrap());
        tx.commit().await.unwrap();
    }
    let job = jobs::get(&office.store, job).await.unwrap();
    assert_eq!((job.done, job.failed), (2, 0));
    let before = office.letters().len();
    office.send().await;
    let new = office.letters().split_off(before);
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].to.contains(&people[2].fields.email));
}

#[tokio::test]
async fn who_never_fetched_is_reminded_after_some_days_by_a_new_link() {
    let office = Office::open().await;
    let addresses = ["ada@example.org", "grace@example.org", "joan@example.org"];
    let people = office.people(&addresses).await;
    office.set_up(&people[..1]).await;
    office.deploy(&people[1..2]).await;
    office.send().await;
    let remind = Mode::Remind { days: 7 };
    office.clock.advance_s(6 * 86_400);
    let early = office.plan(&people, remind).await;
    let reasons = |plan: &Plan| {
        let mut codes: Vec<_> = plan
            .counts
            .not_deployed
            .iter()
            .map(|r| r.code.clone())
            .collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(
        reasons(&early),
        ["has-fetched", "mailed-lately", "not-mailed"]
    );
    office.clock.advance_s(86_400);
    let plan = office.plan(&people, remind).await;
    assert_eq!(plan.counts.deploy, 1);
    assert_eq!(reasons(&plan), ["has-fetched", "not-mailed"]);
    let before = office.letters();
    office.agree(&plan).await;
    let after = office.letters();
    assert_eq!(after.len(), before.len() + 1);
    let all = deployments::of_user(&office.store, people[1].id)
        .await
        .unwrap();
    let states: Vec<_> = all.iter().map(|d| (d.state, d.reason.as_str())).collect();
    assert_eq!(
        states,
        [
            (DeploymentState::Sent, "reminder"),
            (DeploymentState::Superseded, "test")
        ]
    );
    let again = office.plan(&people[1..2], remind).await;
    assert_eq!(
        again.counts.deploy, 0,
        "it can be repeated when its days are over"
    );
}
