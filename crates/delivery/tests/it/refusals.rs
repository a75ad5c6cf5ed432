//! Mail servers that refuse, vanish or break off: what is tried again, with which message, and what the person who
//! looks is told.

use std::sync::atomic::Ordering::SeqCst;

use model::{Secret, UserState, deployment::DeploymentState};
use sandbox::mail::{Catcher, MailFault, MailTrouble, Options};

use store::outbox::{self, MailQuery};

use crate::{
    doorkeeper::Doorkeeper,
    office::{Office, once},
};

const HOUR_S: i64 = 3600;

#[tokio::test]
async fn an_smtp_server_that_refuses_for_now_gets_the_same_message_again() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 451 }));

    assert_eq!(office.send().await, 1);
    assert_eq!(office.mails("waiting").await, 1);
    office.expect(&people[0], DeploymentState::Queued).await;
    assert_eq!(office.now(&people[0]).await.state, UserState::Queued);
    let (kind, words) = office.told(&people[0]).await;
    assert_eq!(kind, "deployment-delayed");
    assert!(words.contains("recipient refused, as ordered"), "{words}");

    assert_eq!(office.send().await, 0, "it waits before it is tried again");
    office.clock.advance_s(5);
    assert_eq!(office.send().await, 1);
    office.expect(&people[0], DeploymentState::Sent).await;
    assert_eq!(office.now(&people[0]).await.state, UserState::Deployed);
    let letters = office.letters();
    let deployment = office.deployment(&people[0]).await;
    assert_eq!(letters.len(), 1);
    let expected = format!("{}@example.org", deployment.id);
    assert!(
        letters[0]
            .message_id
            .as_deref()
            .unwrap()
            .contains(&expected)
    );
}

#[tokio::test]
async fn an_smtp_server_that_refuses_for_good_bounces_the_mail_at_once_with_its_words() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 550 }));

    assert_eq!(office.send().await, 1);
    let deployment = office.deployment(&people[0]).await;
    assert_eq!(deployment.state, DeploymentState::Bounced);
    assert!(
        deployment.error.contains("recipient refused, as ordered"),
        "{}",
        deployment.error
    );
    assert!(deployment.hint.contains("address"), "{}", deployment.hint);
    assert_eq!(deployment.secret, None, "link and code are erased");
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
    assert_eq!(office.told(&people[0]).await.0, "deployment-bounced");
    office.clock.advance_s(HOUR_S);
    assert_eq!(office.send().await, 0, "it is not tried again");
}

#[tokio::test]
async fn a_message_that_is_refused_for_good_after_its_end_bounces_with_the_servers_words() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.mail_server(once(MailTrouble::RefuseMessage { code: 554 }));
    office.send().await;
    let deployment = office.deployment(&people[0]).await;
    assert_eq!(deployment.state, DeploymentState::Bounced);
    assert!(deployment.error.contains("message refused, as ordered"));
    assert!(office.letters().is_empty());
}

#[tokio::test]
async fn an_smtp_server_that_drops_the_line_in_the_middle_of_data_gets_the_same_message_again() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    office.deploy(&people).await;
    office.mail_server(vec![
        MailFault::always(MailTrouble::DropInData)
            .to("ada@example.org")
            .times(1),
    ]);

    assert_eq!(office.send().await, 2);
    office.expect(&people[0], DeploymentState::Queued).await;
    office.expect(&people[1], DeploymentState::Sent).await;
    let before = office.deployment(&people[0]).await.message_id;
    office.clock.advance_s(5);
    assert_eq!(office.send().await, 1);
    office.expect(&people[0], DeploymentState::Sent).await;
    let letters = office.letters();
    assert_eq!(letters.len(), 2, "nothing of the broken message was kept");
    let mine = letters.iter().find(|l| l.to == ["ada@example.org"]);
    let id = mine.unwrap().message_id.as_deref().unwrap();
    assert!(id.contains(&before), "{id}");
}

#[tokio::test]
async fn a_line_that_drops_before_the_answer_repeats_the_message_and_never_makes_a_second_one() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.mail_server(once(MailTrouble::DropAfterData));
    office.send().await;
    office.expect(&people[0], DeploymentState::Queued).await;
    office.clock.advance_s(5);
    office.send().await;
    office.expect(&people[0], DeploymentState::Sent).await;
    let letters = office.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].message_id, letters[1].message_id);
    assert_eq!(letters[0].links, letters[1].links);
}

#[tokio::test]
async fn a_refusal_of_one_person_stops_nobody_else() {
    let office = Office::open().await;
    let addresses = ["a@example.org", "b@example.org", "c@example.org"];
    let people = office.people(&addresses).await;
    office.deploy(&people).await;
    let trouble = MailTrouble::RefuseRecipient { code: 550 };
    office.mail_server(vec![MailFault::always(trouble).to("b@example.org")]);
    assert_eq!(office.send().await, 3);
    office.expect(&people[0], DeploymentState::Sent).await;
    office.expect(&people[1], DeploymentState::Bounced).await;
    office.expect(&people[2], DeploymentState::Sent).await;
}

#[tokio::test]
async fn a_mail_that_is_refused_for_48_hours_bounces_and_no_earlier() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    let trouble = MailTrouble::RefuseRecipient { code: 451 };
    office.mail_server(vec![MailFault::always(trouble)]);
    let mut tries = 0;
    for _ in 0..48 {
        tries += office.send().await;
        office.expect(&people[0], DeploymentState::Queued).await;
        office.clock.advance_s(HOUR_S);
    }
    assert_eq!(tries, 48, "from an hour on it is tried once an hour");
    office.clock.advance_s(1);
    office.send().await;
    let deployment = office.deployment(&people[0]).await;
    assert_eq!(deployment.state, DeploymentState::Bounced);
    assert!(deployment.hint.contains("48 hours"), "{}", deployment.hint);
    assert!(
        deployment.error.contains("as ordered"),
        "{}",
        deployment.error
    );
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
}

#[tokio::test]
async fn an_smtp_server_that_is_down_gets_the_mail_once_it_is_back() {
    let down = Catcher::start(Options::default()).await.unwrap();
    let smtp = down.smtp_addr();
    let office = Office::with_mail_to(smtp).await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    down.stop().await;
    office.send().await;
    office.expect(&people[0], DeploymentState::Queued).await;
    let back = Catcher::start(Options {
        smtp_port: smtp.port(),
        ..Options::default()
    });
    let back = back.await.unwrap();
    office.clock.advance_s(5);
    office.send().await;
    office.expect(&people[0], DeploymentState::Sent).await;
    assert_eq!(back.mail().count(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_let_us_in_is_asked_once_a_round_and_blames_nobody() {
    let (keeper, address) = Doorkeeper::start().await;
    let office = Office::with_mail_to(address).await;
    let post = office.post_with(|settings| {
        "desk".clone_into(&mut settings.mail.user);
        settings.mail.password = Secret::new("wrong");
        settings.mail.connections = 4;
    });
    let addresses: Vec<String> = (0..9).map(|n| format!("p{n}@example.org")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let people = office.people(&addresses).await;
    office.deploy(&people).await;
    let ordered = office.told(&people[0]).await;

    let mut asked = 0;
    for wait_s in [5, 10, 20, 40, 80, 160, 320, 600, 600] {
        assert_eq!(post.round(&office.store).await.unwrap(), 0);
        asked += 1;
        assert_eq!(keeper.asked.load(SeqCst), asked);
        let refusal = outbox::refusal(&office.store).await.unwrap().unwrap();
        let now = office.store.env().now();
        assert_eq!(refusal.next_at, now.plus_s(wait_s));
        assert!(
            refusal.words.contains("5.7.8 who are you"),
            "{}",
            refusal.words
        );
        office.clock.advance_s(wait_s - 1);
        assert_eq!(post.round(&office.store).await.unwrap(), 0);
        assert_eq!(keeper.asked.load(SeqCst), asked, "it is not asked sooner");
        office.clock.advance_s(1);
    }
    // Far longer than a mail is tried.
    office.clock.advance_s(72 * HOUR_S);
    post.round(&office.store).await.unwrap();
    let query = MailQuery {
        limit: 50,
        ..MailQuery::default()
    };
    for mail in outbox::page(&office.store, &query).await.unwrap().items {
        assert_eq!((mail.state.name(), mail.attempts), ("waiting", 0));
        assert_eq!(mail.reply, "");
    }
    for user in &people {
        office.expect(user, DeploymentState::Queued).await;
        assert_eq!(office.told(user).await.0, ordered.0);
    }

    keeper.lets_in.store(true, SeqCst);
    office.clock.advance_s(600);
    assert_eq!(post.round(&office.store).await.unwrap(), 9);
    assert_eq!(keeper.taken.load(SeqCst), 9);
    assert_eq!(office.mails("sent").await, 9);
    assert_eq!(outbox::refusal(&office.store).await.unwrap(), None);
}

#[tokio::test]
async fn a_line_that_the_server_closed_delays_no_mail() {
    let (keeper, address) = Doorkeeper::start().await;
    keeper.is_curt.store(true, SeqCst);
    let office = Office::with_mail_to(address).await;
    let post = office.post_with(|settings| settings.mail.connections = 1);
    let people = office
        .people(&["ada@example.org", "grace@example.org", "joan@example.org"])
        .await;
    office.deploy(&people).await;
    post.round(&office.store).await.unwrap();
    assert_eq!(keeper.taken.load(SeqCst), 3);
    assert_eq!(office.mails("sent").await, 3);
}

#[tokio::test]
async fn a_mail_server_that_greets_with_421_lets_nobody_in_and_that_is_told_once() {
    let (keeper, address) = Doorkeeper::start().await;
    keeper.lets_in.store(true, SeqCst);
    let office = Office::with_mail_to(address).await;
    let post = office.post_with(|settings| settings.mail.connections = 4);
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    office.deploy(&people[..1]).await;
    post.round(&office.store).await.unwrap();
    assert_eq!(keeper.taken.load(SeqCst), 1);
    assert_eq!(post.round(&office.store).await.unwrap(), 0, "hangs up");

    keeper.is_busy.store(true, SeqCst);
    office.deploy(&people[1..]).await;
    post.round(&office.store).await.unwrap();
    let refusal = outbox::refusal(&office.store).await.unwrap().unwrap();
    assert_eq!(
        refusal.words.matches("too much to do").count(),
        1,
        "its words stand once: {}",
        refusal.words
    );
    keeper.is_busy.store(false, SeqCst);
    office.clock.advance_s(600);
    post.round(&office.store).await.unwrap();
    assert_eq!(keeper.taken.load(SeqCst), 2);
    assert!(outbox::refusal(&office.store).await.unwrap().is_none());
}

#[tokio::test]
async fn the_rest_of_a_deployment_has_whose_mail_was_refused_until_they_were_deployed_anew() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    office.order(&people).await;
    let job = office.claim(crate::office::WORKER).await.unwrap();
    office.carry_out(&job, crate::office::WORKER).await.unwrap();
    let tx = office.store.begin().await.unwrap();
    store::jobs::complete(&tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    office.mail_server(vec![
        MailFault::always(MailTrouble::RefuseRecipient { code: 550 }).to("ada@example.org"),
    ]);
    office.send().await;
    let rest = async || delivery::rest(&office.store, &job).await.unwrap();
    assert_eq!(rest().await, [people[0].id]);
    assert!(delivery::has_rest(&office.store, &job).await.unwrap());

    office.mail_server(vec![]);
    office.deploy(&people[..1]).await;
    office.send().await;
    assert_eq!(rest().await, []);
    assert!(!delivery::has_rest(&office.store, &job).await.unwrap());
}
