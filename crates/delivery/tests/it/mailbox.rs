//! Bounces read over IMAP, from a real Dovecot: each once, none left out, and what stands in the way is told.

use std::num::NonZeroU32;

use delivery::{MailTls, Mailbox};
use model::{Secret, User, UserState, deployment::DeploymentState};
use peers::Dovecot;
use store::mailbox::Standing;

use crate::{bounces::notification, office::Office};

pub(crate) const DESK: &str = "phones@example.org";
const EVERY_S: i64 = 300;

/// How the mailbox is read over STARTTLS.
pub(crate) fn mailbox(dovecot: &Dovecot) -> Mailbox {
    Mailbox {
        host: "localhost".to_owned(),
        port: dovecot.port(),
        tls: MailTls::StartTls,
        user: DESK.to_owned(),
        password: Secret::new(Dovecot::PASSWORD),
        ca_file: Some(dovecot.ca_file()),
        folder: "INBOX".to_owned(),
        move_to: None,
        every_min: NonZeroU32::new(5).unwrap(),
    }
}

impl Office {
    /// People to whom a mail was sent.
    async fn mailed(&self, count: usize) -> Vec<User> {
        let addresses: Vec<String> = (0..count).map(|n| format!("p{n}@example.org")).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let people = self.people(&addresses).await;
        self.deploy(&people).await;
        while self.send().await > 0 {}
        people
    }

    /// Somebody's mail comes back.
    async fn returned(&self, dovecot: &Dovecot, user: &User, name: &str) {
        let id = self.deployment(user).await.message_id;
        let mail = notification(Some(&id), "p@example.org", "failed");
        dovecot.deliver(DESK, name, &mail).unwrap();
    }

    /// One round, now.
    pub(crate) async fn read(&self, mailbox: &Mailbox) -> usize {
        mailbox.round(&self.store).await.unwrap()
    }

    /// One round, when it is due next.
    async fn read_next(&self, mailbox: &Mailbox) -> usize {
        self.clock.advance_s(EVERY_S);
        self.read(mailbox).await
    }

    async fn standing(&self, mailbox: &Mailbox) -> Standing {
        let found = store::mailbox::find(&self.store, &mailbox.name()).await;
        found.unwrap().unwrap()
    }

    /// How often a person's timeline tells of a bounce.
    async fn told_bounced(&self, user: &User) -> usize {
        let lines = store::users::timeline(&self.store, user.id, None, 50).await;
        let lines = lines.unwrap();
        lines
            .iter()
            .filter(|line| line.kind == "deployment-bounced")
            .count()
    }
}

#[tokio::test]
async fn a_notification_in_the_mailbox_bounces_its_deployment_and_other_mail_is_left_alone() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(2).await;
    let mailbox = mailbox(&dovecot);
    office.returned(&dovecot, &people[0], "1.bounce").await;
    dovecot
        .deliver(DESK, "2.away", "Subject: Away\r\n\r\nUntil Monday")
        .unwrap();
    assert_eq!(office.read(&mailbox).await, 2);
    let bounced = office.deployment(&people[0]).await;
    assert_eq!(bounced.state, DeploymentState::Bounced);
    assert_eq!(bounced.error, "552 5.2.2 mailbox full");
    assert!(bounced.hint.contains("mailbox is full"), "{}", bounced.hint);
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
    office.expect(&people[1], DeploymentState::Sent).await;
    for (mail, is_seen) in dovecot.inbox(DESK).unwrap() {
        assert_eq!(is_seen, mail.contains("multipart/report"), "{mail}");
    }
    let standing = office.standing(&mailbox).await;
    assert_eq!(standing.read_at, Some(office.store.env().now()));
    assert_eq!(standing.error, "");

    office.returned(&dovecot, &people[1], "3.bounce").await;
    assert_eq!(office.read(&mailbox).await, 0, "it is not due yet");
    assert_eq!(office.read_next(&mailbox).await, 1);
    office.expect(&people[1], DeploymentState::Bounced).await;
    assert_eq!(office.read_next(&mailbox).await, 0);
}

#[tokio::test]
async fn over_tls_from_the_first_byte_notifications_are_moved_where_the_settings_say() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(1).await;
    let mailbox = Mailbox {
        tls: MailTls::Tls,
        port: dovecot.tls_port(),
        move_to: Some(Dovecot::FOLDER.to_owned()),
        ..mailbox(&dovecot)
    };
    office.returned(&dovecot, &people[0], "1.bounce").await;
    assert_eq!(office.read(&mailbox).await, 1);
    office.expect(&people[0], DeploymentState::Bounced).await;
    assert_eq!(dovecot.inbox(DESK).unwrap(), []);
    assert_eq!(dovecot.moved(DESK).unwrap().len(), 1);
}

#[tokio::test]
async fn a_reader_killed_amid_its_work_reads_nothing_twice_and_leaves_nothing_out() {
    const COUNT: usize = 30;
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(COUNT).await;
    for (n, user) in people.iter().enumerate() {
        office
            .returned(&dovecot, user, &format!("{n}.bounce"))
            .await;
    }
    let mailbox = mailbox(&dovecot);
    for killed_at in [3, 11, 19] {
        let round = mailbox.round(&office.store);
        let far_enough =
            peers::wait_for("bounces", std::time::Duration::from_secs(30), async || {
                (office.mails("bounced").await >= killed_at).then_some(())
            });
        // Whichever ends first; the round is dropped where it stands.
        tokio::select! { _ = round => {}, _ = far_enough => {} }
        // Its claim runs out.
        office.clock.advance_s(EVERY_S);
    }
    office.read(&mailbox).await;
    for user in &people {
        office.expect(user, DeploymentState::Bounced).await;
        assert_eq!(office.told_bounced(user).await, 1);
    }
    let inbox = dovecot.inbox(DESK).unwrap();
    assert_eq!(inbox.iter().filter(|(_, is_seen)| *is_seen).count(), COUNT);
    assert_eq!(office.read_next(&mailbox).await, 0);
}

#[tokio::test]
async fn a_mail_that_was_kept_and_not_marked_is_marked_in_the_next_round() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(1).await;
    office.returned(&dovecot, &people[0], "1.bounce").await;
    let elsewhere = Mailbox {
        move_to: Some("Nowhere".to_owned()),
        ..mailbox(&dovecot)
    };
    office.read(&elsewhere).await;
    office.expect(&people[0], DeploymentState::Bounced).await;
    let standing = office.standing(&elsewhere).await;
    assert!(standing.error.contains("TRYCREATE"), "{}", standing.error);
    assert!(standing.hint.contains("`move_to`"), "{}", standing.hint);
    assert_eq!(office.read_next(&mailbox(&dovecot)).await, 0);
    let inbox = dovecot.inbox(DESK).unwrap();
    assert!(inbox.iter().all(|(_, is_seen)| *is_seen), "{inbox:?}");
    assert_eq!(office.told_bounced(&people[0]).await, 1);
}

#[tokio::test]
async fn mails_whose_uids_changed_are_read_anew_and_nobody_is_told_twice() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(2).await;
    let mailbox = Mailbox {
        host: "127.0.0.1".to_owned(),
        tls: MailTls::None,
        ..mailbox(&dovecot)
    };
    office.returned(&dovecot, &people[0], "1.bounce").await;
    assert_eq!(office.read(&mailbox).await, 1);
    dovecot.change_uid_validity(DESK).unwrap();
    office.returned(&dovecot, &people[1], "2.bounce").await;
    assert_eq!(office.read_next(&mailbox).await, 2);
    for user in &people {
        assert_eq!(office.told_bounced(user).await, 1);
    }
}

#[tokio::test]
async fn a_large_mail_is_read_at_its_beginning_and_many_in_several_rounds() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let people = office.mailed(1).await;
    for n in 0..205 {
        let away = format!("Subject: Away {n}\r\n\r\nUntil Monday");
        dovecot
            .deliver(DESK, &format!("{n:03}.away"), &away)
            .unwrap();
    }
    let id = office.deployment(&people[0]).await.message_id;
    let large = notification(Some(&id), "p@example.org", "failed") + &"x\r\n".repeat(400_000);
    dovecot.deliver(DESK, "999.bounce", &large).unwrap();
    let mailbox = mailbox(&dovecot);
    assert_eq!(office.read(&mailbox).await, 200);
    assert_eq!(office.read(&mailbox).await, 6, "the rest follows at once");
    office.expect(&people[0], DeploymentState::Bounced).await;
}

#[tokio::test]
async fn a_mailbox_that_fails_says_why_with_a_fix_and_is_asked_later_each_time() {
    let (office, dovecot) = (Office::open().await, Dovecot::start().await.unwrap());
    let good = mailbox(&dovecot);
    let with = |change: &dyn Fn(&mut Mailbox)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let closed = peers::Port::free().unwrap();
    let broken = [
        (
            with(&|m| m.password = Secret::new("wrong")),
            "AUTHENTICATIONFAILED",
            "password",
        ),
        (with(&|m| m.ca_file = None), "UnknownIssuer", "`ca_file`"),
        (
            with(&|m| m.ca_file = Some("/nowhere".into())),
            "/nowhere",
            "`ca_file`",
        ),
        (
            with(&|m| m.folder = "Bounces".to_owned()),
            "Bounces",
            "`folder`",
        ),
        (
            with(&|m| m.port = closed.number),
            "refused",
            "`host`, `port`",
        ),
        (with(&|m| m.tls = MailTls::Tls), "", "`tls`"),
        (
            with(&|m| (m.host, m.tls) = ("mx.example.org".to_owned(), MailTls::None)),
            "without TLS",
            "`tls`",
        ),
    ];
    for (n, (broken, words, fix)) in broken.into_iter().enumerate() {
        // Each is asked for the first time: no two share their name.
        let broken = Mailbox {
            user: format!("desk{n}@example.org"),
            ..broken
        };
        assert_eq!(office.read(&broken).await, 0);
        let standing = office.standing(&broken).await;
        let Standing { error, hint, .. } = &standing;
        assert!(
            !error.is_empty() && error.contains(words),
            "{words}: {error}"
        );
        assert!(hint.contains(fix), "{fix}: {hint}");
        assert!(!format!("{standing:?}").contains(Dovecot::PASSWORD));
    }
    let wrong = with(&|m| m.password = Secret::new("wrong"));
    let mut minutes = Vec::new();
    for _ in 0..6 {
        office.read(&wrong).await;
        let seconds = office
            .standing(&wrong)
            .await
            .next_at
            .seconds_since(office.store.env().now());
        office.clock.advance_s(seconds);
        minutes.push(seconds / 60);
    }
    assert_eq!(minutes, [5, 10, 20, 40, 60, 60]);
    office.read(&good).await;
    let well = office.standing(&good).await;
    assert_eq!(
        (well.failures, well.error.as_str(), well.hint.as_str()),
        (0, "", "")
    );
}
