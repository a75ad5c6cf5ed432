//! The outbox: who may send which mail, and how a try ends.

use std::collections::HashSet;

use model::{DeploymentId, LinkMode, Timestamp, deployment::DeploymentState};
use store::{
    Store, deployments,
    outbox::{self, Claimed, Ending, MailQuery, MailState, Spacing, Tried},
    publications, secrets, users,
};

use crate::home::{Home, START, is_missing};

on_both_engines!(
    a_mail_waits_until_its_link_is_published,
    a_sent_mail_stamps_and_erases_its_secret,
    a_refused_mail_waits_and_keeps_its_secret,
    a_bounced_mail_says_why_and_erases_its_secret,
    a_mail_whose_sender_died_is_claimed_again,
    who_does_not_hold_a_mail_cannot_settle_it,
    mails_that_are_settled_together_each_end_in_their_own_way,
    a_superseded_mail_is_not_sent_any_more,
    senders_side_by_side_never_get_the_same_mail,
    mails_are_listed_by_state_and_person_and_paged_both_ways,
    a_refused_mail_is_tried_again_at_once_where_a_person_says_so,
    nothing_is_claimed_while_sending_is_paused,
    limits_give_each_mail_its_moment_and_nobody_waits_holding_it,
);

impl Home {
    async fn one_mail(&self) -> crate::people::Offer {
        let people = self.users(1..=1).await;
        self.deploy(&people, LinkMode::Direct).await.remove(0)
    }

    async fn mail(&self, owner: &str) -> Vec<Claimed> {
        outbox::claim(&self.store, owner, 10).await.unwrap()
    }

    async fn settle_mail(&self, id: DeploymentId, owner: &str, ending: Ending) -> bool {
        let tried = [Tried {
            deployment: id,
            recipient: "ada@example.org".to_owned(),
            ending,
            reply: "the server's words".to_owned(),
        }];
        let held = self.write(async |tx| outbox::settle(tx, owner, &tried).await);
        held.await.contains(&id)
    }

    async fn deployment(&self, id: DeploymentId) -> deployments::Deployment {
        deployments::get(&self.store, id).await.unwrap()
    }

    async fn has_secret(&self, id: model::SecretId) -> bool {
        !is_missing(&secrets::open(&self.store, secrets::Purpose::Ticket, id).await)
    }
}

async fn a_mail_waits_until_its_link_is_published(home: Home) {
    let people = home.users(1..=1).await;
    let offer = home.deploy(&people, LinkMode::Redirect).await.remove(0);
    assert!(home.mail("w").await.is_empty());
    let links = publications::open(&home.store, 10).await.unwrap();
    home.write(async |tx| publications::accept(tx, &links).await)
        .await;
    let claimed = home.mail("w").await;
    let expected = Claimed {
        deployment: offer.id,
        attempts: 0,
        first_tried_at: None,
        language: "en".to_owned(),
        template: None,
    };
    assert_eq!(claimed, [expected]);
    assert!(home.mail("other").await.is_empty(), "it is held");
}

async fn a_sent_mail_stamps_and_erases_its_secret(home: Home) {
    let offer = home.one_mail().await;
    home.mail("w").await;
    home.clock.advance_s(1);
    assert!(home.settle_mail(offer.id, "w", Ending::Sent).await);
    let sent = home.deployment(offer.id).await;
    assert_eq!(
        (sent.state, sent.sent_at),
        (DeploymentState::Sent, Some(START.plus_s(1)))
    );
    assert_eq!((sent.secret, sent.error.as_str()), (None, ""));
    assert!(!home.has_secret(offer.secret).await);
    assert!(home.mail("w").await.is_empty());
    assert_eq!(home.mails().await, [("sent".to_owned(), 1)].into());
}

async fn a_refused_mail_waits_and_keeps_its_secret(home: Home) {
    let offer = home.one_mail().await;
    home.mail("w").await;
    let at = Timestamp(START.0 + 60_000);
    assert!(home.settle_mail(offer.id, "w", Ending::Later { at }).await);
    assert!(home.mail("w").await.is_empty());
    assert!(home.has_secret(offer.secret).await);
    assert_eq!(
        home.deployment(offer.id).await.state,
        DeploymentState::Queued
    );
    home.clock.advance_s(60);
    let again = home.mail("w").await;
    assert_eq!(
        (again[0].attempts, again[0].first_tried_at),
        (1, Some(START))
    );
}

async fn a_bounced_mail_says_why_and_erases_its_secret(home: Home) {
    let offer = home.one_mail().await;
    home.mail("w").await;
    let hint = "mend the address".to_owned();
    assert!(
        home.settle_mail(offer.id, "w", Ending::Bounced { hint })
            .await
    );
    let bounced = home.deployment(offer.id).await;
    assert_eq!(
        (bounced.state, bounced.sent_at),
        (DeploymentState::Bounced, None)
    );
    assert_eq!(bounced.error, "the server's words");
    assert_eq!(
        (bounced.hint.as_str(), bounced.secret),
        ("mend the address", None)
    );
    assert!(!home.has_secret(offer.secret).await);
}

async fn a_mail_whose_sender_died_is_claimed_again(home: Home) {
    home.one_mail().await;
    home.mail("dies").await;
    home.clock.advance_s(outbox::LEASE_S);
    assert!(home.mail("w").await.is_empty());
    home.clock.advance_s(1);
    let again = home.mail("w").await;
    assert_eq!(
        (again[0].attempts, again[0].first_tried_at),
        (1, Some(START))
    );
    store::jobs::release_all(&home.store).await.unwrap();
    assert_eq!(
        home.mail("next").await.len(),
        1,
        "a restart gives it back at once"
    );
}

async fn who_does_not_hold_a_mail_cannot_settle_it(home: Home) {
    let offer = home.one_mail().await;
    assert!(
        !home.settle_mail(offer.id, "w", Ending::Sent).await,
        "nobody claimed it"
    );
    home.mail("slow").await;
    home.clock.advance_s(outbox::LEASE_S + 1);
    home.mail("quick").await;
    assert!(!home.settle_mail(offer.id, "slow", Ending::Sent).await);
    assert!(home.has_secret(offer.secret).await);
    assert_eq!(
        home.deployment(offer.id).await.state,
        DeploymentState::Queued
    );
    assert!(home.settle_mail(offer.id, "quick", Ending::Sent).await);
    assert!(
        !home.settle_mail(offer.id, "quick", Ending::Sent).await,
        "it is over"
    );
}

async fn mails_that_are_settled_together_each_end_in_their_own_way(home: Home) {
    let people = home.users(1..=4).await;
    let offers = home.deploy(&people, LinkMode::Direct).await;
    let others = outbox::claim(&home.store, "other", 1).await.unwrap();
    let own = home.mail("w").await;
    let ids: Vec<_> = own.iter().chain(&others).map(|m| m.deployment).collect();
    let (at, hint) = (START.plus_s(60), "mend the address".to_owned());
    let endings = [
        Ending::Sent,
        Ending::Later { at },
        Ending::Bounced { hint },
        Ending::Sent,
    ];
    let tried = ids.iter().zip(endings).zip(["a", "b", "c", "d"]);
    let tried = tried.map(|((id, ending), reply)| Tried {
        deployment: *id,
        recipient: format!("{reply}@example.org"),
        ending,
        reply: reply.to_owned(),
    });
    let tried: Vec<_> = tried.collect();
    home.clock.advance_s(1);
    let held = home.write(async |tx| outbox::settle(tx, "w", &tried).await);
    let held = held.await;
    assert_eq!(held, ids[..3].iter().copied().collect(), "one is another's");

    let mut ended = Vec::new();
    for id in &ids {
        let now = home.deployment(*id).await;
        let offer = offers.iter().find(|offer| offer.id == *id).unwrap();
        let is_kept = home.has_secret(offer.secret).await;
        assert_eq!(now.secret.is_some(), is_kept, "{:?}", now.state);
        ended.push((now.state, now.sent_at, now.error, now.hint, is_kept));
    }
    let queued = (
        DeploymentState::Queued,
        None,
        String::new(),
        String::new(),
        true,
    );
    let sent_at = Some(START.plus_s(1));
    let sent = (
        DeploymentState::Sent,
        sent_at,
        String::new(),
        String::new(),
        false,
    );
    let (words, hint) = ("c".to_owned(), "mend the address".to_owned());
    let bounced = (DeploymentState::Bounced, None, words, hint, false);
    assert_eq!(ended, [sent, queued.clone(), bounced, queued]);

    let query = MailQuery {
        limit: 10,
        ..MailQuery::default()
    };
    let page = outbox::page(&home.store, &query).await.unwrap();
    let told = ids.iter().map(|id| {
        let mail = page.items.iter().find(|mail| mail.deployment == *id);
        let mail = mail.unwrap();
        (mail.state, mail.reply.as_str(), mail.recipient.as_str())
    });
    let expected = [
        (MailState::Sent, "a", "a@example.org"),
        (MailState::Retrying, "b", "b@example.org"),
        (MailState::Failed, "c", "c@example.org"),
        (MailState::Sending, "", ""),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let went_to = outbox::recipients(&home.store, &ids).await.unwrap();
    let tried = ids[..3].iter().zip(["a", "b", "c"]);
    let tried = tried.map(|(id, name)| (*id, format!("{name}@example.org")));
    assert_eq!(went_to, tried.collect(), "one was not tried by us");
    assert!(home.mail("w").await.is_empty(), "it is not due yet");
    home.clock.advance_s(59);
    assert_eq!(home.mail("w").await[0].deployment, ids[1]);
}

async fn a_superseded_mail_is_not_sent_any_more(home: Home) {
    let people = home.users(1..=1).await;
    let first = home.deploy(&people, LinkMode::Direct).await.remove(0);
    home.mail("w").await;
    let second = home.deploy(&people, LinkMode::Direct).await.remove(0);
    assert!(!home.settle_mail(first.id, "w", Ending::Sent).await);
    assert_eq!(
        home.deployment(first.id).await.state,
        DeploymentState::Superseded
    );
    assert_eq!(home.mail("w").await[0].deployment, second.id);
}

async fn send_everything(store: Store, owner: String) -> Vec<DeploymentId> {
    let mut sent = vec![];
    loop {
        let claimed = outbox::claim(&store, &owner, 3).await.unwrap();
        if claimed.is_empty() {
            return sent;
        }
        sent.extend(claimed.iter().map(|mail| mail.deployment));
        tokio::task::yield_now().await;
    }
}

async fn senders_side_by_side_never_get_the_same_mail(home: Home) {
    let people = home.users(1..=40).await;
    home.deploy(&people, LinkMode::Direct).await;
    let other = home.another_process().await;
    let senders = (0..4).map(|n| {
        let store = if n % 2 == 0 { &home.store } else { &other };
        tokio::spawn(send_everything(store.clone(), format!("sender {n}")))
    });
    let mut sent = vec![];
    for sender in senders.collect::<Vec<_>>() {
        sent.extend(sender.await.unwrap());
    }
    assert_eq!(sent.len(), 40);
    assert_eq!(sent.into_iter().collect::<HashSet<_>>().len(), 40);
}

impl Home {
    async fn mails_in(&self, state: MailState) -> Vec<DeploymentId> {
        let query = MailQuery {
            state: Some(state),
            limit: 10,
            ..MailQuery::default()
        };
        let page = outbox::page(&self.store, &query).await.unwrap();
        page.items.iter().map(|mail| mail.deployment).collect()
    }

    async fn slots(&self, owner: &str, domains: &[&str], spacing: Spacing) -> Vec<usize> {
        let mails = outbox::claim(&self.store, owner, 10).await.unwrap();
        let mails: Vec<_> = mails
            .iter()
            .zip(domains)
            .map(|(mail, domain)| (mail.deployment, (*domain).to_owned()))
            .collect();
        let free = outbox::take_slots(&self.store, owner, &mails, spacing).await;
        let free = free.unwrap();
        let places = mails.iter().enumerate();
        let free = places.filter(|(_, (id, _))| free.contains(id));
        free.map(|(n, _)| n).collect()
    }
}

async fn mails_are_listed_by_state_and_person_and_paged_both_ways(home: Home) {
    let people = home.users(1..=5).await;
    let offers = home.deploy(&people, LinkMode::Direct).await;
    let claimed = home.mail("w").await;
    let [sent, failed, late] = [0, 1, 2].map(|n| claimed[n].deployment);
    home.settle_mail(sent, "w", Ending::Sent).await;
    let hint = "deploy again".to_owned();
    home.settle_mail(failed, "w", Ending::Bounced { hint })
        .await;
    let at = START.plus_s(60);
    home.settle_mail(late, "w", Ending::Later { at }).await;
    for (state, expected) in [
        (MailState::Sent, vec![sent]),
        (MailState::Failed, vec![failed]),
        (MailState::Retrying, vec![late]),
    ] {
        assert_eq!(home.mails_in(state).await, expected, "{state:?}");
    }
    let tally = outbox::tally(&home.store).await.unwrap();
    let told: Vec<_> = tally.iter().map(|(state, n)| (state.name(), *n)).collect();
    let expected = [
        ("waiting", 0),
        ("retrying", 1),
        ("sending", 2),
        ("sent", 1),
        ("failed", 1),
        ("cancelled", 0),
    ];
    assert_eq!(told, expected);
    let page = async |query: MailQuery| outbox::page(&home.store, &query).await.unwrap();
    let ids = |page: &store::Page<outbox::Mail>| -> Vec<_> {
        page.items.iter().map(|mail| mail.deployment).collect()
    };
    let of = |n: usize| offers[n].id;
    let two = MailQuery {
        limit: 2,
        ..MailQuery::default()
    };
    let newest = page(two.clone()).await;
    let mut all: Vec<_> = offers.iter().map(|offer| offer.id).collect();
    all.sort_unstable();
    all.reverse();
    assert_eq!(ids(&newest), all[..2]);
    assert_eq!(
        (newest.previous.is_some(), newest.next.is_some()),
        (false, true)
    );
    let second = page(MailQuery {
        after: Some(all[1]),
        ..two.clone()
    })
    .await;
    assert_eq!(ids(&second), all[2..4]);
    let back = page(MailQuery {
        before: Some(all[2]),
        ..two
    })
    .await;
    assert_eq!(ids(&back), all[..2]);
    assert_eq!(
        (back.previous.is_some(), back.next.is_some()),
        (false, true)
    );
    let user = users::get(&home.store, people[3]).await.unwrap();
    let found = page(MailQuery {
        words: store::words(&user.fields.email).unwrap(),
        limit: 10,
        ..MailQuery::default()
    })
    .await;
    assert_eq!(ids(&found), [of(3)]);
    assert_eq!(found.items[0].user.as_ref().map(|u| u.id), Some(user.id));
}

async fn a_refused_mail_is_tried_again_at_once_where_a_person_says_so(home: Home) {
    let offer = home.one_mail().await;
    home.mail("w").await;
    let at = START.plus_s(3600);
    home.settle_mail(offer.id, "w", Ending::Later { at }).await;
    assert!(home.mail("w").await.is_empty());
    let actor = model::Actor("grace".to_owned());
    let retried = home
        .write(async |tx| outbox::retry_now(tx, Some(&[offer.id]), &actor).await)
        .await;
    assert_eq!((retried, home.mail("w").await.len()), (1, 1));
}

async fn nothing_is_claimed_while_sending_is_paused(home: Home) {
    home.one_mail().await;
    let actor = model::Actor("grace".to_owned());
    home.write(async |tx| outbox::pause(tx, true, &actor).await)
        .await;
    assert_eq!(
        outbox::paused_since(&home.store).await.unwrap(),
        Some(START)
    );
    assert!(home.mail("w").await.is_empty());
    home.write(async |tx| outbox::pause(tx, false, &actor).await)
        .await;
    assert_eq!(outbox::paused_since(&home.store).await.unwrap(), None);
    assert_eq!(home.mail("w").await.len(), 1);
}

async fn limits_give_each_mail_its_moment_and_nobody_waits_holding_it(home: Home) {
    let people = home.users(1..=4).await;
    home.deploy(&people, LinkMode::Direct).await;
    let spacing = Spacing {
        domain_ms: Some(10_000),
        server_ms: Some(2_000),
    };
    let domains = ["a.example", "a.example", "b.example", "a.example"];
    // One to each domain; the second of them has to wait for the server's sake.
    assert_eq!(home.slots("w", &domains, spacing).await, [0]);
    let tally = outbox::tally(&home.store).await.unwrap();
    assert_eq!(tally[0].1, 3, "given back as if never tried");
    assert!(home.mail("w").await.is_empty(), "nothing is due yet");
    home.clock.advance_s(2);
    assert_eq!(home.slots("w", &["b.example"], spacing).await, [0]);
    home.clock.advance_s(8);
    assert_eq!(home.slots("w", &["a.example"], spacing).await, [0]);
    home.clock.advance_s(9);
    assert!(home.mail("w").await.is_empty());
    home.clock.advance_s(1);
    assert_eq!(home.slots("w", &["a.example"], spacing).await, [0]);
}
