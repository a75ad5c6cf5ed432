//! Mail through a real Postfix, and what it could not deliver back from a real Dovecot.

use std::time::Duration;

use delivery::{MailServer, MailTls, Post, Settings, advice};
use model::{Secret, UserState, deployment::DeploymentState};
use peers::{Dovecot, Postfix};

use crate::{
    mailbox::{DESK, mailbox},
    office::Office,
};

const LIMIT: Duration = Duration::from_secs(30);

/// A mail server with the mailboxes behind it, and an office that may send through it.
struct Town {
    office: Office,
    dovecot: Dovecot,
    postfix: Postfix,
}

impl Town {
    async fn open() -> Self {
        let dovecot = Dovecot::start().await.unwrap();
        let known = [DESK, "ada@example.org", "grace@example.org"];
        Self {
            postfix: Postfix::start(&dovecot, &known).await.unwrap(),
            office: Office::open().await,
            dovecot,
        }
    }

    /// What sends as the settings should be, but for this change.
    fn post(&self, change: impl FnOnce(&mut Settings)) -> Post {
        self.office.post_with(|settings| {
            settings.mail = MailServer {
                host: "localhost".to_owned(),
                port: self.postfix.port(),
                tls: MailTls::StartTls,
                user: DESK.to_owned(),
                password: Secret::new(Dovecot::PASSWORD),
                ca_file: Some(self.postfix.ca_file()),
                ..settings.mail.clone()
            };
            change(settings);
        })
    }

    async fn send(&self, post: &Post) {
        post.round(&self.office.store).await.unwrap();
    }

    /// Why no mail can be handed over.
    async fn refusal(&self) -> String {
        let refusal = store::outbox::refusal(&self.office.store).await.unwrap();
        refusal.unwrap().words
    }

    /// The only mail of somebody's inbox, once it came.
    async fn mail_of(&self, user: &str) -> String {
        let come = async || self.dovecot.inbox(user).ok()?.pop().map(|(mail, _)| mail);
        let come = peers::wait_for("the mail", LIMIT, come).await;
        come.unwrap_or_else(|why| panic!("{why}: {}", self.postfix.log()))
    }
}

#[tokio::test]
async fn a_real_server_gets_mail_over_starttls_and_over_tls_from_whoever_signs_in() {
    let town = Town::open().await;
    let people = ["ada@example.org", "grace@example.org"];
    let people = town.office.people(&people).await;
    town.office.deploy(&people[..1]).await;
    town.send(&town.post(|_| {})).await;
    town.office.expect(&people[0], DeploymentState::Sent).await;
    let mail = town.mail_of("ada@example.org").await;
    for said in [
        "(using TLSv1.3",
        "(Authenticated sender: phones@example.org)",
    ] {
        assert!(mail.contains(said), "{said}: {mail}");
    }
    let over_tls = town.post(|settings| {
        settings.mail.tls = MailTls::Tls;
        settings.mail.port = town.postfix.tls_port();
    });
    town.office.deploy(&people[1..]).await;
    town.send(&over_tls).await;
    let mail = town.mail_of("grace@example.org").await;
    assert!(mail.contains("(using TLSv1.3"), "{mail}");
    assert!(
        town.postfix.log().contains("sasl_method=LOGIN"),
        "{}",
        town.postfix.log()
    );
}

#[tokio::test]
async fn a_real_server_that_cannot_be_trusted_or_does_not_know_us_loses_nobodys_mail() {
    let town = Town::open().await;
    let people = town.office.people(&["ada@example.org"]).await;
    town.office.deploy(&people).await;
    for (post, words, fix) in [
        (
            town.post(|s| s.mail.ca_file = None),
            "UnknownIssuer",
            "`ca_file`",
        ),
        (
            town.post(|s| s.mail.ca_file = Some(town.dovecot.ca_file())),
            "certificate",
            "`ca_file`",
        ),
        (
            town.post(|s| (s.mail.host, s.mail.tls) = ("127.0.0.1".to_owned(), MailTls::None)),
            "authentication mechanism",
            "`tls`",
        ),
    ] {
        town.send(&post).await;
        let said = town.refusal().await;
        assert!(said.contains(words), "{words}: {said}");
        assert!(advice(&said).contains(fix), "{said}: {}", advice(&said));
        town.office.clock.advance_s(60);
    }
    town.send(&town.post(|s| s.mail.password = Secret::new("wrong")))
        .await;
    let words = town.refusal().await;
    assert!(words.contains("5.7.8"), "{words}");
    assert!(!words.contains("wrong"));
    assert_eq!(town.office.mails("waiting").await, 1);
    town.send(&town.post(|_| {})).await;
    town.office.expect(&people[0], DeploymentState::Sent).await;
    town.mail_of("ada@example.org").await;
}

#[tokio::test]
async fn a_real_server_refuses_one_for_good_and_one_for_now_and_takes_the_third_in_one_round() {
    let town = Town::open().await;
    let people = [Postfix::GONE, Postfix::FULL, "ada@example.org"];
    let people = town.office.people(&people).await;
    town.office.deploy(&people).await;
    town.send(&town.post(|s| s.mail.connections = 1)).await;
    let bounced = town.office.deployment(&people[0]).await;
    assert_eq!(bounced.state, DeploymentState::Bounced);
    assert!(
        bounced.error.contains("no such user here"),
        "{}",
        bounced.error
    );
    assert!(
        bounced.hint.contains("correct the address"),
        "{}",
        bounced.hint
    );
    town.office
        .expect(&people[1], DeploymentState::Queued)
        .await;
    let (kind, said) = town.office.told(&people[1]).await;
    assert_eq!(kind, "deployment-delayed");
    assert!(
        said.contains("4.2.2") && said.contains("mailbox full"),
        "{said}"
    );
    town.office.expect(&people[2], DeploymentState::Sent).await;
    town.mail_of("ada@example.org").await;
}

#[tokio::test]
async fn what_a_real_server_could_not_deliver_comes_back_and_is_shown_with_its_words_and_a_fix() {
    let town = Town::open().await;
    let office = &town.office;
    let people = office
        .people(&["nobody-there@example.org", "ada@example.org"])
        .await;
    office.deploy(&people).await;
    town.send(&town.post(|_| {})).await;
    // It was taken: that nobody is there turns out behind the server.
    office.expect(&people[0], DeploymentState::Sent).await;
    let mailbox = mailbox(&town.dovecot);
    let bounced = peers::wait_for("the bounce", LIMIT, async || {
        office.clock.advance_s(300);
        office.read(&mailbox).await;
        let deployment = office.deployment(&people[0]).await;
        (deployment.state == DeploymentState::Bounced).then_some(deployment)
    });
    let bounced = bounced
        .await
        .unwrap_or_else(|why| panic!("{why}: {}", town.postfix.log()));
    let words = "5.1.1 unknown user: \"nobody-there@example.org\"";
    assert_eq!(bounced.error, words);
    assert!(
        bounced.hint.contains("correct the address"),
        "{}",
        bounced.hint
    );
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
    let told = office.told(&people[0]).await;
    assert_eq!(told, ("deployment-bounced".to_owned(), words.to_owned()));
    let inbox = town.dovecot.inbox(DESK).unwrap();
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].1, "it was marked as seen");
    office.expect(&people[1], DeploymentState::Sent).await;
}
