//! The same against a mail server of other people's making: Postfix's `smtp-sink`.

use model::deployment::DeploymentState;
use peers::SmtpSink;

use crate::office::Office;

#[tokio::test]
async fn postfixs_sink_that_refuses_for_now_is_asked_again() {
    let sink = SmtpSink::start(&["-r", "RCPT"]).await.unwrap();
    let office = Office::with_mail_to(sink.address()).await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    office.expect(&people[0], DeploymentState::Queued).await;
    assert_eq!(office.told(&people[0]).await.0, "deployment-delayed");
    assert_eq!(sink.accepted(), 0);
}

#[tokio::test]
async fn postfixs_sink_that_refuses_for_good_bounces_the_mail() {
    let sink = SmtpSink::start(&["-f", "RCPT"]).await.unwrap();
    let office = Office::with_mail_to(sink.address()).await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    let deployment = office.deployment(&people[0]).await;
    assert_eq!(deployment.state, DeploymentState::Bounced);
    assert!(deployment.error.contains('5'), "{}", deployment.error);
}

#[tokio::test]
async fn postfixs_sink_that_hangs_up_amid_data_is_asked_again() {
    let sink = SmtpSink::start(&["-q", "DATA"]).await.unwrap();
    let office = Office::with_mail_to(sink.address()).await;
    let people = office.people(&["ada@example.org"]).await;
    office.deploy(&people).await;
    office.send().await;
    office.expect(&people[0], DeploymentState::Queued).await;
}

#[tokio::test]
async fn postfixs_sink_gets_one_message_for_everybody() {
    let sink = SmtpSink::start(&[]).await.unwrap();
    let office = Office::with_mail_to(sink.address()).await;
    let addresses: Vec<String> = (0..70).map(|n| format!("p{n}@example.org")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let people = office.people(&addresses).await;
    office.deploy(&people).await;
    while office.send().await > 0 {}
    let ids = sink.message_ids().unwrap();
    let mut expected = Vec::new();
    for user in &people {
        let id = office.deployment(user).await.message_id;
        expected.push(format!("<{id}>"));
    }
    expected.sort();
    assert_eq!(ids, expected);
}
