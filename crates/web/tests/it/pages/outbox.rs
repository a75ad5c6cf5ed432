//! The outbox's page: who waits, what the mail server said and what to do about it, trying again, pausing.

use model::{Query, Sort, Timestamp};
use store::{
    ListQuery,
    outbox::{self, Ending, Tried},
};

use crate::harness::{Office, rows, settings_at, three};

impl Office {
    /// Two people, each with a mail that waits.
    pub(crate) async fn with_mails(&self) {
        self.found(&three()).await;
        let profile = self.profile("Office").await;
        self.import_everybody(&profile, "0").await;
        let everybody = ListQuery::users(&Query::default(), Sort::default(), 9).unwrap();
        let users = store::users::page(&self.store, &everybody).await.unwrap();
        let mut offers = Vec::new();
        for user in users.items {
            offers.push(super::user::offer(self, user.id, &profile).await);
        }
        let tx = self.store.begin().await.unwrap();
        store::deployments::add(&tx, &offers).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Two people whose mails the server answered like this.
    async fn answered(&self, endings: [Ending; 2], words: &str) {
        self.with_mails().await;
        let claimed = outbox::claim(&self.store, "w", 9).await.unwrap();
        assert_eq!(claimed.len(), 2);
        let tx = self.store.begin().await.unwrap();
        let tried = claimed.iter().zip(endings).map(|(mail, ending)| Tried {
            deployment: mail.deployment,
            recipient: "ada@example.org".to_owned(),
            ending,
            reply: words.to_owned(),
        });
        outbox::settle(&tx, "w", &tried.collect::<Vec<_>>())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_refusal_is_shown_with_the_servers_words_and_a_fix() {
    let office = Office::open().await;
    let hint = "…".to_owned();
    let later = Ending::Later {
        at: office.store.env().now().plus_s(40),
    };
    let words = "permanent error (550): 5.1.1 <x>: unknown";
    office
        .answered([Ending::Bounced { hint }, later], words)
        .await;
    let page = office.page("/outbox").await;
    for shown in [
        "5.1.1 &#60;x&#62;: unknown",
        "correct the address at its component, or on the user",
        "next try in 40 s",
        "Deploy again…",
        "Try now",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let failed = office.page("/outbox?state=failed").await;
    assert!(failed.contains("Deploy again…") && !failed.contains("Try now"));
    let nobody = office.page("/outbox?q=nobody-like-this").await;
    assert!(nobody.contains("No mail is like this"));
    office.post("/outbox/retries", &[]).await;
    let due = outbox::claim(&office.store, "w", 9).await.unwrap();
    assert_eq!(
        due.len(),
        1,
        "what was refused for now is due, what failed is not"
    );
}

#[tokio::test]
async fn a_mail_that_was_sent_keeps_the_address_that_it_went_to() {
    let office = Office::open().await;
    let endings = [Ending::Sent, Ending::Sent];
    office.answered(endings, "250 ok").await;
    let user = rows(&office.page("/users?q=ada").await).remove(0);
    let path = format!("/users/{user}");
    let other = [("delivery_email", "desk@example.org")];
    office
        .post(&format!("{path}/edit"), &other)
        .await
        .leads_to();
    let page = office.page(&path).await;
    let went = "to <bdi class=\"strong\">ada@example.org</bdi>";
    assert!(page.contains(went), "{page}");
    let outbox = office.page("/outbox").await;
    assert!(!outbox.contains("desk@example.org"), "{outbox}");
}

#[tokio::test]
async fn a_link_of_somebody_without_a_profile_is_not_said_to_work() {
    let office = Office::open().await;
    let endings = [Ending::Sent, Ending::Sent];
    office.answered(endings, "250 ok").await;
    let user = rows(&office.page("/users?q=ada").await).remove(0);
    let path = format!("/users/{user}");
    assert!(office.page(&path).await.contains("link works until"));
    office
        .post(&format!("{path}/edit"), &[("profile", "")])
        .await
        .leads_to();
    let page = office.page(&path).await;
    assert!(!page.contains("link works until"), "{page}");
    let why = "its link does not work while this user has no profile";
    assert!(page.contains(why), "{page}");
}

#[tokio::test]
async fn today_says_that_mails_wait_because_sending_is_paused() {
    let office = Office::open().await;
    office.with_mails().await;
    let ids: Vec<model::UserId> = rows(&office.page("/users").await)
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    let tx = office.store.begin().await.unwrap();
    store::users::set_state(&tx, &ids, model::UserState::Queued)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let today = office.page("/").await;
    assert!(today.contains("the outbox sends it"), "{today}");
    office.post("/outbox/pause", &[]).await;
    let today = office.page("/").await;
    assert!(!today.contains("the outbox sends it"), "{today}");
    assert!(today.contains("sending is paused: go on under Outbox"));
    let outbox = office.page("/outbox").await;
    assert_eq!(outbox.matches("waits: sending is paused").count(), 2);
    assert!(!outbox.contains("goes next"), "{outbox}");
}

#[tokio::test]
async fn a_pause_is_told_where_mails_are_about_to_be_ordered_also_while_nobody_waits() {
    let office = Office::open().await;
    office.found(&three()).await;
    let profile = office.profile("Office").await;
    office.import_everybody(&profile, "0").await;
    let on_import = [("id", "1"), ("profile", profile.as_str()), ("deploy", "1")];
    let plans = [
        ("/users/deployments/plan", vec![("all", "1")]),
        ("/import/plans", on_import.to_vec()),
    ];
    let mut places = vec!["/".to_owned()];
    for (path, form) in plans {
        places.push(office.post(path, &form).await.leads_to());
    }
    let alarm = "Sending is paused since";
    let mark = "Outbox <span class=\"count\">paused</span>";
    for place in &places {
        let page = office.page(place).await;
        assert!(!page.contains(alarm) && !page.contains(mark), "{place}");
    }
    office.post("/outbox/pause", &[]).await;
    for place in &places {
        let page = office.page(place).await;
        assert!(
            page.contains(alarm) && page.contains(mark),
            "{place}: {page}"
        );
    }
    let page = office.page("/profiles").await;
    assert!(page.contains(mark) && !page.contains(alarm), "{page}");
}

#[tokio::test]
async fn a_redirect_server_that_takes_no_links_is_told_on_today_and_outbox() {
    let mut settings = settings_at("http://localhost:8080");
    settings.delivery.redirect = Some(delivery::RedirectServer {
        url: "http://127.0.0.1:9".parse().unwrap(),
        origin: "office".parse().unwrap(),
    });
    let office = Office::open_with(settings).await;
    office.with_mails().await;
    let user = rows(&office.page("/users").await)[0].parse().unwrap();
    let profile = office.profile("Afar").await;
    let mut offer = super::user::offer(&office, user, &profile).await;
    offer.link_mode = model::LinkMode::Redirect;
    let tx = office.store.begin().await.unwrap();
    store::deployments::add(&tx, &[offer]).await.unwrap();
    tx.commit().await.unwrap();
    let alarm = "The redirect server has taken no new links";
    for path in ["/", "/outbox"] {
        assert!(!office.page(path).await.contains(alarm), "{path}: at once");
    }
    office.clock.advance_s(61);
    for path in ["/", "/outbox"] {
        assert!(office.page(path).await.contains(alarm), "{path}");
    }
}

#[tokio::test]
async fn sending_is_paused_and_goes_on_and_the_page_says_so() {
    let office = Office::open().await;
    let later = |s: i64| Ending::Later {
        at: Timestamp(office.store.env().now().0).plus_s(s),
    };
    let endings = [later(-1), later(-1)];
    office.answered(endings, "451 later").await;
    office.post("/outbox/pause", &[]).await;
    assert!(office.page("/outbox").await.contains("Sending is paused"));
    assert!(
        outbox::claim(&office.store, "w", 9)
            .await
            .unwrap()
            .is_empty()
    );
    office.post("/outbox/resume", &[]).await;
    let page = office.page("/outbox").await;
    assert!(!page.contains("Sending is paused"));
    assert!(!page.contains("does not let us in"));
    let store = &office.store;
    let other = [model::DeploymentId::new(store.env())];
    let next_at = store.env().now().plus_s(300);
    store::outbox::refuse(store, "w", &other, "535 5.7.8 no", next_at)
        .await
        .unwrap();
    let page = office.page("/outbox").await;
    for text in [
        "does not let us in",
        "535 5.7.8 no",
        "the password under [mail]",
        "in 5 min",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(outbox::claim(&office.store, "w", 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_read_is_shown_with_the_servers_words_and_a_fix() {
    let office = Office::open().await;
    let name = "INBOX of telephony@example.org at imap.example.org:993";
    let quiet = office.page("/outbox").await;
    assert!(
        !quiet.contains("come back"),
        "nothing is said before it was looked at"
    );
    let now = office.store.env().now();
    let answered = async |words: &str| {
        store::mailbox::claim(&office.store, name, 0)
            .await
            .unwrap()
            .unwrap();
        let tx = office.store.begin().await.unwrap();
        if words.is_empty() {
            store::mailbox::was_read(&tx, name, now).await.unwrap();
        } else {
            let hint = "check the password <b>";
            let next = now.plus_s(300);
            store::mailbox::failed(&tx, name, next, words, hint)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let listed = office.get("/api/v1/outbox").await.body;
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        (office.page("/outbox").await, listed["mailbox"].clone())
    };
    let (page, listed) = answered("").await;
    assert!(
        page.contains("Mails that come back are read from") && page.contains(name),
        "{page}"
    );
    assert_eq!(
        (&listed["name"], &listed["failures"]),
        (&name.into(), &0.into())
    );
    let (page, listed) = answered("NO <wrong> password").await;
    for shown in [
        "Mails that come back are not read",
        "NO &#60;wrong&#62; password",
        "check the password &#60;b&#62;",
        "tried again in 5 min",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert_eq!(
        (&listed["error"], &listed["failures"]),
        (&"NO <wrong> password".into(), &1.into())
    );
    assert!(!page.contains("mailbox-password"));
}
