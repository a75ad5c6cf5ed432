//! Bounces read over IMAP, from a real Dovecot: each once, none left out, and what stands in the way is told.

use std::{net::SocketAddr, num::NonZeroU32};

use delivery::{MailTls, Mailbox};
use model::{Secret, User, UserState, deployment::DeploymentState};
use peers::Dovecot;
use store::mailbox::Standing;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

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
        // It gets on by no more than one step between two looks, and is dropped where it stands.
        let mut round = Box::pin(mailbox.round(&office.store));
        while office.mails("bounced").await < killed_at {
            let step = futures_util::poll!(round.as_mut());
            assert!(step.is_pending(), "it ended before it was killed");
        }
        drop(round);
        let bounced = usize::try_from(office.mails("bounced").await);
        assert!(bounced.unwrap() < COUNT);
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

/// What a made-up server answers to a command, which it is told without its tag.
enum Says {
    /// This, and that the command is done.
    Done(String),
    /// This, until nobody listens any more.
    Forever(Vec<u8>),
    /// Nothing: it hangs up.
    Nothing,
}

/// A server of one connection that says what it is told to; where the mailbox is, and how many bytes it got rid of in the end.
async fn made_up(
    says: impl FnMut(&str) -> Says + Send + 'static,
) -> (Mailbox, oneshot::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, bytes) = oneshot::channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut said = 0;
        // It ends where the client hangs up.
        let _ = converse(stream, says, &mut said).await;
        let _ = told.send(said);
    });
    (unprotected(address), bytes)
}

fn unprotected(address: SocketAddr) -> Mailbox {
    Mailbox {
        host: address.ip().to_string(),
        port: address.port(),
        tls: MailTls::None,
        user: DESK.to_owned(),
        password: Secret::new("x"),
        ca_file: None,
        folder: "INBOX".to_owned(),
        move_to: None,
        every_min: NonZeroU32::new(5).unwrap(),
    }
}

async fn converse(
    stream: TcpStream,
    mut says: impl FnMut(&str) -> Says,
    said: &mut usize,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"* OK made up\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap();
        let told = if command.starts_with("AUTHENTICATE") {
            stream.get_mut().write_all(b"+ \r\n").await?;
            stream.read_line(&mut String::new()).await?;
            Says::Done(String::new())
        } else {
            says(command)
        };
        match told {
            Says::Nothing => return Ok(()),
            Says::Done(words) => {
                let words = format!("{words}{tag} OK done\r\n");
                stream.get_mut().write_all(words.as_bytes()).await?;
            }
            Says::Forever(words) => loop {
                stream.get_mut().write_all(&words).await?;
                *said += words.len();
            },
        }
    }
}

/// What an honest server says of these mails, each of which is no notification.
fn honest(command: &str, uids: &[u32]) -> Says {
    let words: Vec<&str> = command.split(' ').collect();
    Says::Done(match words[..] {
        ["SELECT", ..] => "* OK [UIDVALIDITY 7] ids\r\n".to_owned(),
        ["UID", "SEARCH", _, range] => {
            let first: u32 = range.split(':').next().unwrap().parse().unwrap();
            let found = uids.iter().filter(|uid| **uid >= first);
            let found: Vec<_> = found.map(u32::to_string).collect();
            format!("* SEARCH {}\r\n", found.join(" "))
        }
        ["UID", "FETCH", uid, ..] => {
            format!("* 1 FETCH (UID {uid} BODY[]<0> {{14}}\r\nSubject: x\r\n\r\n)\r\n")
        }
        _ => String::new(),
    })
}

#[tokio::test]
async fn a_server_that_never_stops_talking_is_left_after_a_few_megabytes() {
    let office = Office::open().await;
    let mut long = vec![b'x'; 4 << 20];
    long.splice(..4, *b"* X ");
    let end = long.len() - 2;
    long.splice(end.., *b"\r\n");
    for words in [b"* SEARCH {0}\r\n".repeat(1_000), long] {
        let (mailbox, bytes) = made_up(move |command| {
            if command.starts_with("UID SEARCH") {
                Says::Forever(words.clone())
            } else {
                honest(command, &[])
            }
        })
        .await;
        assert_eq!(office.read(&mailbox).await, 0);
        let standing = office.standing(&mailbox).await;
        assert_eq!(standing.error, "the server says more than was asked for");
        // What the two ends of the connection hold is never read.
        let bytes = bytes.await.unwrap();
        assert!(bytes < 32 << 20, "{bytes}");
    }
}

#[tokio::test]
async fn a_goodbye_that_is_lost_makes_no_round_a_failed_one() {
    let office = Office::open().await;
    let (mailbox, _) = made_up(|command| match command {
        "LOGOUT" => Says::Nothing,
        other => honest(other, &[1]),
    })
    .await;
    assert_eq!(office.read(&mailbox).await, 1);
    let standing = office.standing(&mailbox).await;
    assert_eq!((standing.failures, standing.uid), (0, 1));
    assert!(standing.read_at.is_some());
}

#[tokio::test]
async fn a_slow_round_ends_between_two_mails_and_the_next_follows_at_once() {
    let office = Office::open().await;
    let clock = office.clock.clone();
    let (mailbox, _) = made_up(move |command| {
        if command.starts_with("UID FETCH") {
            clock.advance_s(50);
        }
        honest(command, &[1, 2, 3])
    })
    .await;
    assert_eq!(office.read(&mailbox).await, 2);
    let standing = office.standing(&mailbox).await;
    assert_eq!((standing.failures, standing.uid), (0, 2));
    assert_eq!(standing.next_at, office.store.env().now());
}

#[tokio::test]
async fn a_search_without_an_answer_is_trouble_and_not_an_empty_mailbox() {
    let office = Office::open().await;
    let (mailbox, _) = made_up(|command| {
        if command.starts_with("UID SEARCH") {
            Says::Done("* ESEARCH (TAG \"r3\") UID ALL 1:3\r\n".to_owned())
        } else {
            honest(command, &[1, 2, 3])
        }
    })
    .await;
    assert_eq!(office.read(&mailbox).await, 0);
    let standing = office.standing(&mailbox).await;
    assert!(standing.error.contains("what a search found"));
    assert!(standing.hint.contains("RFC 3501"), "{}", standing.hint);
}
