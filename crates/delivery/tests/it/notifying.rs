//! What administrators are told by mail, against the mail catcher.

use model::{Actor, Order, Outcome};
use sandbox::mail::MailTrouble;
use store::{
    Hold,
    connections::{self, Grant},
    jobs::{self, Job},
};

use crate::office::{Office, once};

const DAY_S: i64 = 86_400;

impl Office {
    /// The office's connection is authorized for so many more days.
    async fn authorized_for(&self, days: i64) {
        let now = self.store.env().now();
        let grant = Grant {
            at: now,
            token_id: "token".to_owned(),
            expires_at: Some(now.plus_s(days * DAY_S)),
        };
        let tx = self.store.begin().await.unwrap();
        connections::grant(&tx, self.connection, &grant, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The claimed order to tell that it ends in at most so many days.
    async fn ordered(&self, days: i64) -> Job {
        let order = Order::Notify {
            connection: self.connection,
            days,
        };
        let tx = self.store.begin().await.unwrap();
        jobs::enqueue(&tx, &order, 1, None, &Actor::system())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.claim("mail").await.unwrap()
    }

    async fn notify(&self, job: &Job) -> Outcome {
        let Order::Notify { connection, days } = job.order else {
            panic!("{:?} tells nobody", job.order)
        };
        let hold = Hold {
            store: &self.store,
            job,
            owner: "mail",
        };
        self.post.notify(hold, connection, days).await.unwrap()
    }
}

#[tokio::test]
async fn administrators_read_which_connection_ends_when_and_where_it_is_renewed() {
    let office = Office::open().await;
    office.authorized_for(6).await;
    let job = office.ordered(7).await;
    assert_eq!(office.notify(&job).await, Outcome::Done);
    let letters = office.letters();
    assert_eq!(letters.len(), 1);
    let (letter, id) = (&letters[0], office.connection);
    assert_eq!(letter.to, ["desk@example.org"]);
    assert!(letter.subject.contains("ends on"), "{}", letter.subject);
    let page = format!("https://phones.example.org/connections/{id}");
    assert_eq!(letter.links.last(), Some(&page));
    let expected = format!("{}@example.org", job.id);
    assert_eq!(letter.message_id.as_deref(), Some(expected.as_str()));
}

#[tokio::test]
async fn what_was_renewed_meanwhile_is_not_told() {
    let office = Office::open().await;
    office.authorized_for(365).await;
    let job = office.ordered(7).await;
    assert_eq!(office.notify(&job).await, Outcome::Done);
    assert!(office.letters().is_empty());
    let note = jobs::get(&office.store, job.id).await.unwrap().note;
    assert_eq!(note, "it was renewed meanwhile");
}

#[tokio::test]
async fn a_mail_server_that_refuses_for_now_gets_the_same_message_later_and_one_that_never_takes_it_ends_the_job()
 {
    let office = Office::open().await;
    office.authorized_for(1).await;
    let job = office.ordered(1).await;
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 451 }));
    let Outcome::Again { at, why } = office.notify(&job).await else {
        panic!("it is tried again");
    };
    assert_eq!(at, office.store.env().now().plus_s(300));
    assert!(why.contains("recipient refused, as ordered"), "{why}");
    assert_eq!(office.notify(&job).await, Outcome::Done);
    let expected = format!("{}@example.org", job.id);
    let ids: Vec<_> = office.letters().into_iter().map(|l| l.message_id).collect();
    assert_eq!(ids, [Some(expected)]);
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 550 }));
    let Outcome::GiveUp { hint, .. } = office.notify(&job).await else {
        panic!("it is over");
    };
    assert!(hint.contains("[mail]"), "{hint}");
}
