//! The mail that signs a person in: to whom it goes, what stands in it, and how often.

use delivery::order_sign_in;
use model::{Order, Outcome, UserId};
use sandbox::mail::MailTrouble;
use store::{
    Hold,
    jobs::{self, Job},
    self_passes::{self, Pass},
};

use crate::office::{Office, once};

impl Office {
    /// The claimed orders to mail links.
    async fn links_ordered(&self) -> Vec<Job> {
        let mut all = vec![];
        while let Some(job) = self.claim("mail").await {
            assert!(
                matches!(job.order, Order::SignInMail { .. }),
                "{:?}",
                job.order
            );
            all.push(job);
        }
        all
    }

    async fn mail_link(&self, job: &Job) -> Outcome {
        let Order::SignInMail { user } = job.order else {
            panic!("{:?} mails no link", job.order)
        };
        let hold = Hold {
            store: &self.store,
            job,
            owner: "mail",
        };
        self.post.sign_in_mail(hold, user).await.unwrap()
    }

    async fn lets_in(&self, link: &str) -> Option<UserId> {
        let token = link.strip_prefix("https://phones.example.org/me/links/");
        let token = token.unwrap_or_else(|| panic!("{link}"));
        self_passes::find(&self.store, Pass::Link, token)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_person_of_an_address_is_mailed_a_link_that_lets_them_in() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "grace@example.org"])
        .await;
    order_sign_in(&office.store, "ADA@example.org")
        .await
        .unwrap();
    let jobs = office.links_ordered().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(office.mail_link(&jobs[0]).await, Outcome::Done);
    let letters = office.letters();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(letter.to, ["ada@example.org"]);
    assert_eq!(letter.code, None);
    let [link] = &letter.links[..] else {
        panic!("one link: {:?}", letter.links)
    };
    assert_eq!(office.lets_in(link).await, Some(people[0].id));
    for part in [&letter.text, &letter.html] {
        let part = part.as_deref().unwrap();
        assert!(
            part.contains("within an hour") && !part.contains("[["),
            "{part}"
        );
    }
    assert!(
        !letter.html.as_deref().unwrap().contains("cid:"),
        "there is no picture"
    );
}

#[tokio::test]
async fn an_unknown_address_orders_nothing_and_a_shared_one_a_link_for_each() {
    let office = Office::open().await;
    office
        .people(&["desk@example.org", "desk@example.org", ""])
        .await;
    for unknown in [
        "nobody@example.org",
        "",
        "desk@example.org\r\nBcc: x@y",
        "%",
    ] {
        order_sign_in(&office.store, unknown).await.unwrap();
        assert!(office.links_ordered().await.is_empty(), "{unknown:?}");
    }
    order_sign_in(&office.store, "desk@example.org")
        .await
        .unwrap();
    let jobs = office.links_ordered().await;
    assert_eq!(jobs.len(), 2);
    let mut let_in = vec![];
    for job in &jobs {
        assert_eq!(office.mail_link(job).await, Outcome::Done);
        let link = office.letters().pop().unwrap().links.remove(0);
        let_in.extend(office.lets_in(&link).await);
    }
    let_in.sort_unstable();
    let_in.dedup();
    assert_eq!(let_in.len(), 2, "each link is its person's");
}

#[tokio::test]
async fn a_person_gets_one_link_a_minute_and_six_a_day() {
    let office = Office::open().await;
    office.people(&["ada@example.org"]).await;
    let mut ordered = 0;
    for _ in 0..10 {
        for _ in 0..2 {
            order_sign_in(&office.store, "ada@example.org")
                .await
                .unwrap();
        }
        for job in office.links_ordered().await {
            let tx = office.store.begin().await.unwrap();
            assert!(jobs::complete(&tx, job.id).await.unwrap());
            tx.commit().await.unwrap();
            ordered += 1;
        }
        office.clock.advance_s(61);
    }
    assert_eq!(ordered, 6);
    office.clock.advance_s(24 * 3600);
    order_sign_in(&office.store, "ada@example.org")
        .await
        .unwrap();
    assert_eq!(office.links_ordered().await.len(), 1);
}

#[tokio::test]
async fn a_mail_that_is_refused_for_now_is_sent_later_and_one_that_never_goes_ends() {
    let office = Office::open().await;
    office.people(&["ada@example.org"]).await;
    order_sign_in(&office.store, "ada@example.org")
        .await
        .unwrap();
    let job = office.links_ordered().await.remove(0);
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 451 }));
    assert!(matches!(
        office.mail_link(&job).await,
        Outcome::Again { .. }
    ));
    office.mail_server(once(MailTrouble::RefuseRecipient { code: 550 }));
    assert!(matches!(
        office.mail_link(&job).await,
        Outcome::GiveUp { .. }
    ));
    assert_eq!(office.mail_link(&job).await, Outcome::Done);
    assert_eq!(office.letters().len(), 1);
    let kept = jobs::get(&office.store, job.id).await.unwrap();
    let token = office.letters()[0].links[0]
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        !format!("{kept:?}").contains(&token),
        "no job tells the link"
    );
}
