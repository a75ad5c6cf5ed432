//! Templates that administrators change: which one a mail is written from, in which language, and what a test mail is.

use delivery::{
    Error,
    mail::Template,
    templates::{self, Origin, Scope},
};
use model::{Language, Order, Outcome, ProfileId};
use store::{Hold, profiles};

use crate::office::{Office, WORKER, admin};

fn scope(language: Language, profile: Option<ProfileId>) -> Scope {
    Scope { language, profile }
}

fn saying(subject: &str) -> Template {
    Template {
        subject: subject.to_owned(),
        ..Template::default_of(Language::English)
    }
}

impl Office {
    async fn template(&self, scope: Scope, subject: &str) {
        templates::change(&self.store, scope, &saying(subject), None, &admin())
            .await
            .unwrap();
    }

    /// The subject of the newest letter to somebody.
    fn subject_to(&self, address: &str) -> String {
        let letters = self.letters().into_iter();
        let to = letters.rev().find(|letter| letter.to == [address]);
        to.unwrap().subject
    }
}

#[tokio::test]
async fn a_mail_speaks_the_language_of_its_reader_else_of_the_profile() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "jean@example.org"])
        .await;
    let tx = office.store.begin().await.unwrap();
    let mut french = people[1].clone();
    french.ours.language = "fr-CA".to_owned();
    store::users::change_ours(&tx, &[french]).await.unwrap();
    tx.commit().await.unwrap();
    let people = [office.now(&people[0]).await, office.now(&people[1]).await];
    office.deploy(&people).await;
    office.send().await;
    assert_eq!(
        office.subject_to("ada@example.org"),
        "Set up your softphone"
    );
    assert_eq!(
        office.subject_to("jean@example.org"),
        "Configurez votre softphone"
    );
}

#[tokio::test]
async fn a_profiles_own_template_goes_before_everybodys_and_that_before_the_programs() {
    let office = Office::open().await;
    let people = office
        .people(&[
            "a@example.org",
            "b@example.org",
            "c@example.org",
            "d@example.org",
        ])
        .await;
    let (everybody, own) = (
        scope(Language::English, None),
        scope(Language::English, Some(office.profile.id)),
    );
    for (n, person) in people.iter().enumerate() {
        match n {
            1 => office.template(everybody, "For everybody").await,
            2 => office.template(own, "For the office").await,
            3 => {
                let back = templates::reset(&office.store, own, None, &admin()).await;
                assert_eq!(back.unwrap().origin, Origin::Everybody);
            }
            _ => {}
        }
        office.deploy(std::slice::from_ref(person)).await;
    }
    // A mail is written from what was in force when it was ordered.
    office.send().await;
    let subjects = ["a", "b", "c", "d"].map(|n| office.subject_to(&format!("{n}@example.org")));
    let expected = [
        "Set up your softphone",
        "For everybody",
        "For the office",
        "For everybody",
    ];
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn a_template_that_does_not_fit_is_refused_and_a_change_of_another_ones_is_told() {
    let office = Office::open().await;
    let german = scope(Language::German, None);
    let broken = Template {
        text: "Hello {{ password }}".to_owned(),
        ..saying("")
    };
    let refused = templates::change(&office.store, german, &broken, None, &admin()).await;
    let Err(Error::Unfit(faults)) = refused else {
        panic!("{refused:?}")
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["text"], "{faults:?}");
    let first = templates::change(&office.store, german, &saying("One"), Some(0), &admin()).await;
    assert_eq!(first.unwrap().version, 1);
    let late = templates::change(&office.store, german, &saying("Two"), Some(0), &admin()).await;
    assert!(matches!(late, Err(Error::Overtaken)));
}

#[tokio::test]
async fn every_version_is_kept_and_can_be_gone_back_to() {
    let office = Office::open().await;
    let english = scope(Language::English, None);
    for subject in ["One", "Two"] {
        office.template(english, subject).await;
    }
    templates::reset(&office.store, english, None, &admin())
        .await
        .unwrap();
    let back = templates::restore(&office.store, english, 1, Some(3), &admin()).await;
    let back = back.unwrap();
    assert_eq!((back.template.subject.as_str(), back.version), ("One", 4));
    let past = templates::history(&office.store, english, None, 3)
        .await
        .unwrap();
    let told: Vec<_> = past
        .iter()
        .map(|p| {
            (
                p.version.number,
                p.before.subject.as_str(),
                p.template.subject.as_str(),
            )
        })
        .collect();
    let shipped = "Set up your softphone{% if organisation %} at {{ organisation }}{% endif %}";
    let expected = [(4, shipped, "One"), (3, "Two", shipped), (2, "One", "Two")];
    assert_eq!(told, expected);
    let missing = templates::restore(&office.store, english, 9, None, &admin()).await;
    assert!(matches!(
        missing,
        Err(Error::Store(store::Error::Missing(_)))
    ));
}

#[tokio::test]
async fn a_test_mail_is_marked_and_its_link_deploys_nobody() {
    let office = Office::open().await;
    let spanish = scope(Language::Spanish, Some(office.profile.id));
    let refused = templates::order_test(&office.store, spanish, "nobody", &admin()).await;
    assert!(matches!(refused, Err(Error::Unfit(_))));
    let ordered = templates::order_test(&office.store, spanish, "me@example.org", &admin()).await;
    let job = office.claim(WORKER).await.unwrap();
    assert_eq!(job.id, ordered.unwrap());
    let Order::TestMail {
        to,
        language,
        profile,
    } = &job.order
    else {
        panic!("{:?}", job.order)
    };
    let hold = Hold {
        store: &office.store,
        job: &job,
        owner: WORKER,
    };
    let sent = office
        .post
        .test_mail(hold, to, scope(*language, *profile))
        .await;
    assert_eq!(sent.unwrap(), Outcome::Done);
    let letters = office.letters();
    let letter = &letters[0];
    assert_eq!(letter.subject, "[Test] Configure su softphone");
    let link = letter
        .links
        .iter()
        .find(|link| link.contains("/d/"))
        .unwrap();
    let ticket = model::ticket::LinkHash::of(link.rsplit('/').next().unwrap());
    let found = store::deployments::find_by_ticket(&office.store, ticket).await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn a_central_address_gets_the_mails_of_all_and_each_names_its_user() {
    let office = Office::open().await;
    let tx = office.store.begin().await.unwrap();
    let mut settings = office.profile.settings.clone();
    settings.central_email = "reception@example.org".to_owned();
    profiles::change(&tx, office.profile.id, "Office", &settings, &admin())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let people = office.people(&["ada@example.org", ""]).await;
    office.deploy(&people).await;
    office.send().await;
    let letters = office.letters();
    let to: Vec<_> = letters.iter().map(|letter| letter.to.clone()).collect();
    assert_eq!(to, [["reception@example.org"], ["reception@example.org"]]);
    let said = |body: &Option<String>, name: &str| body.as_ref().unwrap().contains(name);
    for name in ["Ada Lovelace 1", "Ada Lovelace 2"] {
        let named = letters
            .iter()
            .filter(|l| said(&l.text, name) && said(&l.html, name));
        assert_eq!(named.count(), 1, "one mail names {name}");
    }
    for person in &people {
        let timeline = store::users::timeline(&office.store, person.id, None, 9).await;
        let timeline = timeline.unwrap();
        let sent = timeline.iter().find(|line| line.kind == "deployment-sent");
        assert_eq!(sent.unwrap().detail, "reception@example.org");
    }
}
