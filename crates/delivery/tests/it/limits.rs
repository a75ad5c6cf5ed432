//! How fast mail goes, and how a batch fares in which a server answers everybody differently.

use std::num::NonZeroU32;

use model::deployment::DeploymentState;
use sandbox::mail::{MailFault, MailTrouble};

use crate::office::Office;

#[tokio::test]
async fn a_domain_gets_so_many_mails_a_minute_and_others_do_not_wait_for_it() {
    let office = Office::open().await;
    let people = office
        .people(&[
            "a@slow.example",
            "b@slow.example",
            "c@slow.example",
            "d@quick.example",
        ])
        .await;
    office.deploy(&people).await;
    let post = office.post_with(|settings| {
        settings.mail.per_domain_per_minute = NonZeroU32::new(6);
    });
    post.round(&office.store).await.unwrap();
    let to = || {
        let mut to: Vec<_> = office
            .letters()
            .into_iter()
            .map(|l| l.to[0].clone())
            .collect();
        to.sort_unstable();
        to
    };
    assert_eq!(to().len(), 2);
    assert!(to().contains(&"d@quick.example".to_owned()));
    assert_eq!(
        post.round(&office.store).await.unwrap(),
        0,
        "nothing is due"
    );
    office.clock.advance_s(10);
    post.round(&office.store).await.unwrap();
    assert_eq!(to().len(), 3);
    office.clock.advance_s(10);
    post.round(&office.store).await.unwrap();
    assert_eq!(to().len(), 4);
}

#[tokio::test]
async fn a_mail_server_answering_5xx_for_one_and_4xx_for_another_recipient() {
    let office = Office::open().await;
    let people = office
        .people(&["gone@example.org", "full@example.org", "ada@example.org"])
        .await;
    office.deploy(&people).await;
    let refuse = |to: &str, code| MailFault::always(MailTrouble::RefuseRecipient { code }).to(to);
    office.mail_server(vec![
        refuse("gone@example.org", 550),
        refuse("full@example.org", 452),
    ]);
    office.send().await;
    office.expect(&people[0], DeploymentState::Bounced).await;
    office.expect(&people[1], DeploymentState::Queued).await;
    office.expect(&people[2], DeploymentState::Sent).await;
    assert_eq!(office.told(&people[1]).await.0, "deployment-delayed");
    office.mail_server(vec![]);
    office.clock.advance_s(10);
    office.send().await;
    office.expect(&people[1], DeploymentState::Sent).await;
    assert_eq!(office.letters().len(), 2, "nobody gets a second one");
}

#[tokio::test]
async fn addresses_with_quotes_and_international_domains() {
    let office = Office::open().await;
    let people = office
        .people(&["\"ada..lovelace\"@example.org", "ada@bücher.example"])
        .await;
    office.deploy(&people).await;
    office.send().await;
    for person in &people {
        let deployment = office.deployment(person).await;
        assert_eq!(deployment.error, "");
    }
    let mut to: Vec<_> = office
        .letters()
        .into_iter()
        .map(|l| l.to[0].clone())
        .collect();
    to.sort_unstable();
    assert_eq!(
        to,
        ["\"ada..lovelace\"@example.org", "ada@xn--bcher-kva.example"]
    );
}

#[tokio::test]
async fn paused_sending_keeps_mails_and_goes_on_where_it_stood() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    let pause = async |paused| {
        let tx = office.store.begin().await.unwrap();
        store::outbox::pause(&tx, paused, &crate::office::admin())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    pause(true).await;
    assert_eq!(office.send().await, 0);
    pause(false).await;
    assert_eq!(office.send().await, 1);
    office.expect(&people[0], DeploymentState::Sent).await;
}
