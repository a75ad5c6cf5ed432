//! Postfix's sink, nginx and wrk.

use std::{path::PathBuf, time::Duration};

use peers::{Load, Nginx, SmtpSink, usage, wrk};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const LIMIT: Duration = Duration::from_secs(10);

/// Says one line after the other and answers the last reply.
async fn talk(sink: &SmtpSink, lines: &[&str]) -> String {
    let mut connection = BufReader::new(TcpStream::connect(sink.address()).await.unwrap());
    let mut reply = String::new();
    for line in std::iter::once(&"").chain(lines) {
        if !line.is_empty() {
            connection
                .write_all(format!("{line}\r\n").as_bytes())
                .await
                .unwrap();
        }
        reply.clear();
        while reply.is_empty()
            || reply
                .lines()
                .last()
                .is_some_and(|last| last.as_bytes()[3] == b'-')
        {
            assert!(
                connection.read_line(&mut reply).await.unwrap() > 0,
                "closed after {line}"
            );
        }
    }
    reply
}

fn letter(id: &str, end: &str) -> [String; 4] {
    let text = format!("Message-ID: <{id}@example.org>\r\nSubject: hello\r\n\r\nhello{end}");
    [
        "MAIL FROM:<a@example.org>".into(),
        "RCPT TO:<b@example.org>".into(),
        "DATA".into(),
        text,
    ]
}

async fn send(sink: &SmtpSink, id: &str) -> String {
    let letter = letter(id, "\r\n.");
    let lines: Vec<&str> = std::iter::once("HELO test")
        .chain(letter.iter().map(String::as_str))
        .collect();
    talk(sink, &lines).await
}

#[tokio::test]
async fn the_sink_keeps_both_of_two_equal_messages() {
    let sink = SmtpSink::start(&[]).await.unwrap();
    for id in ["one", "two", "one"] {
        assert!(send(&sink, id).await.starts_with("250"));
    }
    assert_eq!(sink.wait_accepted(3, LIMIT).await.unwrap(), 3);
    assert_eq!(
        sink.message_ids().unwrap(),
        [
            "<one@example.org>",
            "<one@example.org>",
            "<two@example.org>"
        ]
    );
}

#[tokio::test]
async fn a_message_that_broke_off_is_not_counted() {
    let sink = SmtpSink::start(&[]).await.unwrap();
    let mut connection = TcpStream::connect(sink.address()).await.unwrap();
    let letter = letter("half", "");
    connection
        .write_all(format!("HELO test\r\n{}\r\n", letter.join("\r\n")).as_bytes())
        .await
        .unwrap();
    drop(connection);
    assert!(send(&sink, "whole").await.starts_with("250"));
    assert_eq!(sink.wait_accepted(1, LIMIT).await.unwrap(), 1);
    let gone = async || (sink.message_ids().unwrap() == ["<whole@example.org>"]).then_some(());
    peers::wait_for("the removal of the broken message", LIMIT, gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_sink_can_refuse_for_now() {
    let sink = SmtpSink::start(&["-r", "rcpt"]).await.unwrap();
    let lines = [
        "HELO test",
        "MAIL FROM:<a@example.org>",
        "RCPT TO:<b@example.org>",
    ];
    let reply = talk(&sink, &lines).await;
    assert!(reply.starts_with(['4', '5']), "{reply}");
    assert_eq!(sink.accepted(), 0);
}

#[tokio::test]
async fn nginx_serves_its_document_and_wrk_measures_it() {
    let nginx = Nginx::serve(&[b'x'; 1024], None).await.unwrap();
    let before = usage(nginx.pid()).unwrap();
    let load = Load {
        connections: 8,
        threads: 1,
        duration: Duration::from_secs(1),
        script: None::<PathBuf>,
    };
    let seen = wrk(&format!("http://{}/any/path", nginx.address()), &load)
        .await
        .unwrap();
    assert!(
        seen.errors == 0 && seen.requests_per_s > 100.0 && seen.p99_ms >= seen.p50_ms,
        "{seen:?}"
    );
    assert!(usage(nginx.pid()).unwrap().cpu_s() > before.cpu_s());
}
