//! Bounces that come back later: matched to their deployment, told once, and about nobody else.

use delivery::{
    Error,
    bounces::{Handed, hand_in},
};
use model::{UserState, deployment::DeploymentState};

use crate::office::Office;

/// A notification as Postfix writes it, about the mail of this Message-ID, if it came back.
pub(crate) fn notification(message_id: Option<&str>, to: &str, action: &str) -> String {
    let original = message_id.map_or_else(String::new, |id| format!("Message-ID: <{id}>\r\n"));
    format!(
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"x/mx\"\r\n\r\n\
         --x/mx\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nSorry.\r\n\r\n\
         --x/mx\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: 5.2.2\r\n\
         Diagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n\r\n\
         --x/mx\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n{original}\r\n--x/mx--\r\n"
    )
}

#[tokio::test]
async fn a_notification_bounces_its_deployment_once_with_the_servers_words() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "jean@example.org"])
        .await;
    office.deploy(&people).await;
    office.send().await;
    let sent = office.deployment(&people[0]).await;
    let mail = notification(Some(&sent.message_id), "ada@example.org", "failed");
    let handed = hand_in(&office.store, mail.as_bytes()).await.unwrap();
    let expected = Handed::Bounced {
        deployment: sent.id,
        user: people[0].id,
        words: "552 5.2.2 mailbox full".to_owned(),
    };
    assert_eq!(handed, expected);
    let bounced = office.deployment(&people[0]).await;
    assert_eq!(bounced.state, DeploymentState::Bounced);
    assert!(bounced.hint.contains("mailbox is full"), "{}", bounced.hint);
    assert_eq!(office.now(&people[0]).await.state, UserState::Failed);
    let told = office.told(&people[0]).await;
    assert_eq!(
        told,
        ("deployment-bounced".into(), "552 5.2.2 mailbox full".into())
    );
    assert_eq!(office.mails("bounced").await, 1);
    let again = hand_in(&office.store, mail.as_bytes()).await.unwrap();
    let known = Handed::Known {
        deployment: sent.id,
        user: people[0].id,
        words: "552 5.2.2 mailbox full".to_owned(),
    };
    assert_eq!(again, known);
    office.expect(&people[1], DeploymentState::Sent).await;
}

#[tokio::test]
async fn a_notification_that_does_not_name_the_mail_counts_where_only_one_went_there() {
    let office = Office::open().await;
    let people = office
        .people(&["ada@example.org", "two@example.org", "two@example.org"])
        .await;
    office.deploy(&people).await;
    office.send().await;
    let hand = async |to: &str| {
        let mail = notification(None, to, "failed");
        hand_in(&office.store, mail.as_bytes()).await.unwrap()
    };
    assert_eq!(hand("two@example.org").await, Handed::Nothing);
    assert_eq!(hand("nobody@example.org").await, Handed::Nothing);
    assert!(matches!(
        hand("Ada@Example.org").await,
        Handed::Bounced { .. }
    ));
}

#[tokio::test]
async fn a_delay_a_strangers_id_and_another_mail_change_nothing() {
    let office = Office::open().await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    let id = office.deployment(&people[0]).await.message_id;
    let (local, _) = id.split_once('@').unwrap();
    for (message_id, action) in [
        (id.as_str(), "delayed"),
        (&format!("{local}@elsewhere.example"), "failed"),
        ("nonsense", "failed"),
    ] {
        let mail = notification(Some(message_id), "ada@example.org", action);
        let handed = hand_in(&office.store, mail.as_bytes()).await.unwrap();
        assert_eq!(handed, Handed::Nothing, "{message_id} {action}");
    }
    let other = hand_in(&office.store, b"Subject: Away\r\n\r\nUntil Monday").await;
    assert!(matches!(other, Err(Error::NoNotification)));
    office.expect(&people[0], DeploymentState::Sent).await;
}
