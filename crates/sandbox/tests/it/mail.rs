//! The mail catcher over real SMTP and HTTP.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Attachment, MultiPart, SinglePart, header::ContentType},
};
use sandbox::mail::{Catcher, Limits, MailFault, MailTrouble, Options, Wanted};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::client;

const BODY: &str = "Hello Ada,\r\n.a line with a dot\r\nhttps://redirect.test/d/abc123\r\nCode: 7K3M-9QXW-2HTP\r\n";

fn sender(catcher: &Catcher) -> AsyncSmtpTransport<Tokio1Executor> {
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(catcher.smtp_addr().port())
        .build()
}

fn letter(to: &str) -> Message {
    let html = "<!doctype html><html><head></head><body><a href=\"https://redirect.test/d/abc123\">Open</a><img src=\"cid:qr@test\"></body></html>";
    let picture = Attachment::new_inline("qr@test".into())
        .body(vec![1_u8, 2, 3], ContentType::parse("image/png").unwrap());
    let parts = MultiPart::related()
        .singlepart(SinglePart::html(html.to_owned()))
        .singlepart(picture);
    Message::builder()
        .from("Rollcall <office@example.org>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject("Ihr Telefon für Zoë")
        .message_id(Some("<one@example.org>".into()))
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::plain(BODY.to_owned()))
                .multipart(parts),
        )
        .unwrap()
}

/// Says everything at once, as a pipelining client may, and reads until the server hangs up.
async fn converse(catcher: &Catcher, script: &[u8]) -> String {
    let mut stream = TcpStream::connect(catcher.smtp_addr()).await.unwrap();
    stream.write_all(script).await.unwrap();
    let mut heard = String::new();
    let reading = stream.read_to_string(&mut heard);
    // A dropped connection may also be reset; what was heard until then counts.
    let _ = tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .expect("the server hangs up");
    heard
}

#[tokio::test]
async fn a_mail_is_read_as_it_was_written() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    sender(&catcher)
        .send(letter("Ada@example.org"))
        .await
        .unwrap();
    let http = client();
    let get = async |path: &str| {
        http.get(format!("{}{path}", catcher.url()))
            .send()
            .await
            .unwrap()
    };
    let page: Value = get("/api/messages?to=ada@EXAMPLE.org")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(page["total"], 1);
    let mail = &page["items"][0];
    assert_eq!(
        (&mail["from"], &mail["to"][0]),
        (&"office@example.org".into(), &"Ada@example.org".into())
    );
    assert_eq!(mail["subject"], "Ihr Telefon für Zoë");
    assert_eq!(
        mail["links"],
        serde_json::json!(["https://redirect.test/d/abc123"])
    );
    assert_eq!(mail["code"], "7K3M-9QXW-2HTP");
    assert_eq!(mail["message_id"], "one@example.org");
    assert!(
        mail["text"]
            .as_str()
            .unwrap()
            .contains("\n.a line with a dot")
    );
    let raw = get("/api/messages/1/raw").await;
    assert_eq!(raw.headers()["content-type"], "message/rfc822");
    assert!(
        raw.text()
            .await
            .unwrap()
            .contains("Message-ID: <one@example.org>")
    );
    let inbox = get("/?q=telefon").await.text().await.unwrap();
    assert!(inbox.contains("href=\"/messages/1\"") && inbox.contains("Ada@example.org"));
    assert!(
        !get("/?q=nothing")
            .await
            .text()
            .await
            .unwrap()
            .contains("/messages/1")
    );
    assert!(
        get("/messages/1")
            .await
            .text()
            .await
            .unwrap()
            .contains("sandbox=\"allow-popups")
    );
    let html = get("/messages/1/html").await.text().await.unwrap();
    assert!(
        html.contains("/messages/1/parts/qr@test") && html.contains("<base target=\"_blank\">")
    );
    let picture = get("/messages/1/parts/qr@test").await;
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert_eq!(picture.bytes().await.unwrap().as_ref(), [1, 2, 3]);
    assert_eq!(get("/messages/2").await.status(), 404);
    catcher.stop().await;
}

#[tokio::test]
async fn mail_with_one_message_id_is_kept_twice() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    for _ in 0..2 {
        sender(&catcher)
            .send(letter("ada@example.org"))
            .await
            .unwrap();
    }
    assert_eq!(catcher.mail().wait_for(2, Duration::from_secs(10)).await, 2);
}

#[tokio::test]
async fn mail_in_a_folder_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let catcher = Catcher::start(options.clone()).await.unwrap();
    sender(&catcher)
        .send(letter("ada@example.org"))
        .await
        .unwrap();
    let before = catcher.mail().find_message(1).unwrap();
    catcher.stop().await;
    let catcher = Catcher::start(options).await.unwrap();
    assert_eq!(catcher.mail().find_message(1).unwrap(), before);
    sender(&catcher)
        .send(letter("grace@example.org"))
        .await
        .unwrap();
    let page = catcher.mail().messages(&Wanted {
        after: Some(1),
        ..Wanted::default()
    });
    assert_eq!(
        (page.items[0].id, page.items[0].to[0].as_str(), page.total),
        (2, "grace@example.org", 2)
    );
}

#[tokio::test]
async fn pages_of_messages_follow_each_other() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    let one = |n| {
        format!(
            "MAIL FROM:<a@b.test>\r\nRCPT TO:<p{}@b.test>\r\nDATA\r\nSubject: {n}\r\n\r\nx\r\n.\r\n",
            n % 2
        )
    };
    let mails: Vec<String> = (0..7).map(one).collect();
    converse(
        &catcher,
        format!("EHLO test\r\n{}QUIT\r\n", mails.concat()).as_bytes(),
    )
    .await;
    let wanted = |after| Wanted {
        to: Some("p0@b.test".into()),
        after,
        limit: Some(3),
    };
    let first = catcher.mail().messages(&wanted(None));
    let second = catcher.mail().messages(&wanted(first.next));
    let subjects: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|l| l.subject.as_str())
        .collect();
    assert_eq!(
        (subjects, first.total, second.next),
        (vec!["0", "2", "4", "6"], 4, None)
    );
}

#[tokio::test]
async fn a_temporary_refusal_happens_as_often_as_ordered() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    for trouble in [
        MailTrouble::RefuseRecipient { code: 451 },
        MailTrouble::RefuseMessage { code: 452 },
    ] {
        catcher
            .mail()
            .set_faults(vec![MailFault::always(trouble).times(1)]);
        let refused = sender(&catcher)
            .send(letter("ada@example.org"))
            .await
            .unwrap_err();
        assert!(refused.is_transient(), "{refused}");
        sender(&catcher)
            .send(letter("ada@example.org"))
            .await
            .unwrap();
    }
    assert_eq!(catcher.mail().count(), 2);
}

#[tokio::test]
async fn an_address_can_be_refused_for_good() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    catcher.mail().set_faults(vec![
        MailFault::always(MailTrouble::RefuseRecipient { code: 550 }).to("gone@example.org"),
    ]);
    assert!(
        sender(&catcher)
            .send(letter("gone@example.org"))
            .await
            .unwrap_err()
            .is_permanent()
    );
    sender(&catcher)
        .send(letter("ada@example.org"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_connection_dropped_in_data_keeps_nothing_and_one_dropped_after_it_keeps_all() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    catcher
        .mail()
        .set_faults(vec![MailFault::always(MailTrouble::DropInData).times(1)]);
    assert!(
        sender(&catcher)
            .send(letter("ada@example.org"))
            .await
            .is_err()
    );
    assert_eq!(catcher.mail().count(), 0);
    catcher
        .mail()
        .set_faults(vec![MailFault::always(MailTrouble::DropAfterData).times(1)]);
    assert!(
        sender(&catcher)
            .send(letter("ada@example.org"))
            .await
            .is_err()
    );
    assert_eq!(catcher.mail().count(), 1);
}

#[tokio::test]
async fn too_long_lines_and_messages_are_refused_and_the_connection_goes_on() {
    let limits = Limits {
        message_bytes: 5_000,
        ..Limits::default()
    };
    let catcher = Catcher::start(Options {
        limits,
        ..Options::default()
    })
    .await
    .unwrap();
    let begin = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n";
    let long_line = format!("{}\r\n.\r\n", "x".repeat(1_500));
    let long_mail = format!("{}.\r\n", "line\r\n".repeat(1_000));
    let exact_line = format!("{}\r\n.\r\n", "y".repeat(998));
    let long_command = format!("NOOP {}\r\n", "z".repeat(5_000));
    let declared = "MAIL FROM:<a@b.test> SIZE=6000\r\n";
    let script = format!(
        "EHLO t\r\n{begin}{long_line}{begin}{long_mail}{long_command}{declared}{begin}{exact_line}QUIT\r\n"
    );
    let heard = converse(&catcher, script.as_bytes()).await;
    let codes: Vec<&str> = heard
        .lines()
        .filter(|l| l.as_bytes()[3] == b' ')
        .map(|l| &l[..3])
        .collect();
    let expected = [
        "220", "250", "250", "250", "354", "500", "250", "250", "354", "552", "500", "552", "250",
        "250", "354", "250", "221",
    ];
    assert_eq!(codes, expected);
    assert_eq!(catcher.mail().raw(1).unwrap().len(), 1_000);
}

#[tokio::test]
async fn commands_out_of_order_are_refused() {
    let catcher = Catcher::start(Options::default()).await.unwrap();
    let script = "MAIL FROM:<a@b.test>\r\nHELO t\r\nRCPT TO:<a@b.test>\r\nDATA\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<>\r\nRSET\r\nDATA\r\nNOOP\r\nWHAT\r\nQUIT\r\n";
    let heard = converse(&catcher, script.as_bytes()).await;
    let codes: Vec<&str> = heard.lines().map(|l| &l[..3]).collect();
    assert_eq!(
        codes,
        [
            "220", "503", "250", "503", "503", "250", "501", "250", "503", "250", "500", "221"
        ]
    );
}
