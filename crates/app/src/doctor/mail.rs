//! The mail server, and the mailbox that bounces come to: whether they let us in. No mail is sent or read.

use delivery::{MailServer, MailTls, Mailbox};
use model::Timestamp;

use super::{
    certificates,
    finding::{Finding, Findings, in_time},
};

pub(super) async fn server(mail: &MailServer, now: Timestamp) -> Findings {
    let check = "mail server";
    in_time(check, async {
        let place = format!("{}:{}", mail.host, mail.port);
        let certificate = match mail.try_out().await {
            Ok(certificate) => certificate,
            Err(trouble) => {
                let seen = format!("{place} does not let us in: {}", trouble.words);
                return vec![Finding::fail(check, seen, trouble.hint)];
            }
        };
        let over = match mail.tls {
            MailTls::None => "without TLS, on this machine",
            MailTls::StartTls => "over STARTTLS",
            MailTls::Tls => "over TLS",
        };
        let who = match mail.user.as_str() {
            "" => "without signing in".to_owned(),
            user => format!("as {user}"),
        };
        let let_in = Finding::ok(check, format!("{place} lets us in {over}, {who}"));
        let certificate = certificate.map(|shown| certificates::shown(check, &shown, now));
        std::iter::once(let_in).chain(certificate).collect()
    })
    .await
}

pub(super) async fn bounces(mailbox: Option<&Mailbox>) -> Findings {
    let check = "mailbox of bounces";
    let Some(mailbox) = mailbox else {
        return vec![Finding::ok(check, "none is read")];
    };
    in_time(check, async {
        let name = mailbox.name();
        vec![match mailbox.try_out().await {
            Ok(()) => Finding::ok(check, format!("{name} can be read")),
            Err(trouble) => {
                Finding::fail(check, format!("{name}: {}", trouble.words), trouble.hint)
            }
        }]
    })
    .await
}
