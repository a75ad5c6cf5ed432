//! Bounces: delivery status notifications (RFC 3464) read, matched to the deployment whose mail they are about, and kept with the
//! server's own words.

use mail_parser::{Message, MessageParser, MimeHeaders};
use model::{
    Actor, DeploymentId, Email, UserId, UserState, deployment::DeploymentState, text::clean,
};
use store::{
    Store, Tx,
    deployments::{self, Deployment},
    outbox, users,
};

use crate::{Error, advice};

/// Characters of a server's words that are kept.
const WORDS_MAX: usize = 500;
/// Recipients of one notification that are looked at: ours go to one.
const RECIPIENTS_MAX: usize = 20;

/// What a notification says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Report {
    recipient: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464, section 2.3.3).
    action: String,
    /// Status and diagnostic in the server's own words.
    words: String,
}

/// A notification as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Notification {
    /// The Message-ID of the mail that it is about, where it came back.
    message_id: Option<String>,
    reports: Vec<Report>,
}

/// A deployment whose mail did not arrive.
#[derive(Debug)]
pub(crate) struct About {
    deployment: Deployment,
    /// The server's words.
    words: String,
}

/// What a notification changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// This deployment's mail did not arrive: it is bounced now.
    Bounced {
        /// The deployment.
        deployment: DeploymentId,
        /// Whose it is.
        user: UserId,
        /// The server's words.
        words: String,
    },
    /// That this deployment's mail did not arrive is known already: nothing changed.
    Known {
        /// The deployment.
        deployment: DeploymentId,
        /// Whose it is.
        user: UserId,
        /// The server's words.
        words: String,
    },
    /// It tells of no failure, or is about none of our mails.
    Nothing,
}

/// Takes a notification in; handed in twice, it changes nothing the second time.
///
/// # Errors
/// [`Error::NoNotification`] where it is a mail of another kind.
pub async fn hand_in(store: &Store, mail: &[u8]) -> Result<Handed, Error> {
    let about = find(store, mail).await?;
    let tx = store.begin().await?;
    let handed = keep(&tx, &about).await?;
    tx.commit().await?;
    Ok(handed)
}

/// The deployments that a notification says were not delivered, each with what it says.
pub(crate) async fn find(store: &Store, mail: &[u8]) -> Result<Vec<About>, Error> {
    let notification = read(mail).ok_or(Error::NoNotification)?;
    let mut found = Vec::new();
    for report in notification.reports.iter().filter(|r| r.action == "failed") {
        if let Some(deployment) = about(store, &notification, report).await? {
            let words = report.words.clone();
            found.push(About { deployment, words });
        }
    }
    Ok(found)
}

/// Bounces the first of these deployments for which that is news: our mails go to one recipient.
pub(crate) async fn keep(tx: &Tx, about: &[About]) -> Result<Handed, Error> {
    for About { deployment, words } in about {
        if !outbox::bounce(tx, deployment.id, words, advice(words)).await? {
            continue;
        }
        let user = users::get_in(tx, deployment.user).await?;
        if user.state == UserState::Deployed {
            users::set_state(tx, &[user.id], UserState::Failed).await?;
        }
        let told = (user.id, "deployment-bounced", words.clone());
        users::note(tx, &[told], &Actor::system()).await?;
        return Ok(Handed::Bounced {
            deployment: deployment.id,
            user: user.id,
            words: words.clone(),
        });
    }
    let known = about
        .iter()
        .find(|about| about.deployment.state == DeploymentState::Bounced);
    Ok(known.map_or(Handed::Nothing, |about| Handed::Known {
        deployment: about.deployment.id,
        user: about.deployment.user,
        words: about.deployment.error.clone(),
    }))
}

/// The deployment that a report is about: by the mail's Message-ID, which holds the deployment's id; where the notification does
/// not tell that, by the recipient, if exactly one sent mail went there.
async fn about(
    store: &Store,
    notification: &Notification,
    report: &Report,
) -> Result<Option<Deployment>, Error> {
    let Some(message_id) = &notification.message_id else {
        let Ok(address) = Email::parse(&report.recipient) else {
            return Ok(None);
        };
        return Ok(deployments::only_sent_to(store, address.as_str()).await?);
    };
    let id = message_id.split('@').next().and_then(|id| id.parse().ok());
    let Some(id) = id else { return Ok(None) };
    let found = deployments::by_id(store, &[id]).await?;
    Ok(found.into_iter().find(|d| d.message_id == *message_id))
}

/// Reads a notification; none: it is no `multipart/report` of delivery status.
fn read(mail: &[u8]) -> Option<Notification> {
    let message = MessageParser::default().parse(mail)?;
    let is = |part: &mail_parser::MessagePart<'_>, kind: &str, sub: &str| {
        part.content_type().is_some_and(|found| {
            found.ctype().eq_ignore_ascii_case(kind)
                && found.subtype().is_some_and(|s| s.eq_ignore_ascii_case(sub))
        })
    };
    let root = message.parts.first()?;
    if !is(root, "multipart", "report") {
        return None;
    }
    let parts = &message.parts;
    let status = parts.iter().find(|part| {
        is(part, "message", "delivery-status") || is(part, "message", "global-delivery-status")
    })?;
    let original = parts.iter().find_map(|part| {
        if let Some(inner) = part.message() {
            return id_of(inner);
        }
        let is_head = is(part, "text", "rfc822-headers") || is(part, "message", "rfc822");
        let inner = is_head.then(|| MessageParser::default().parse(part.contents()));
        id_of(&inner??)
    });
    Some(Notification {
        message_id: original,
        reports: reports(&String::from_utf8_lossy(status.contents())),
    })
}

fn id_of(message: &Message<'_>) -> Option<String> {
    message.message_id().map(str::to_owned)
}

/// The groups of fields about recipients: blocks behind empty lines, with folded lines.
fn reports(status: &str) -> Vec<Report> {
    let status = status.replace("\r\n", "\n");
    let blocks = status.split("\n\n").map(fields);
    let about = blocks.filter_map(|fields| {
        let of = |name: &str| {
            let found = fields.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let recipient = of("original-recipient").or_else(|| of("final-recipient"))?;
        let action = of("action")?.to_ascii_lowercase();
        // Both are `type; value`.
        let value = |text: &str| {
            let (_, value) = text.split_once(';').unwrap_or(("", text));
            value.trim().to_owned()
        };
        let (status, said) = (of("status").unwrap_or(""), of("diagnostic-code"));
        let said = said.map_or_else(String::new, value);
        let words = if said.contains(status) {
            said
        } else {
            format!("{status} {said}")
        };
        Some(Report {
            recipient: value(recipient),
            action: action.trim().to_owned(),
            words: clean(&words).0.chars().take(WORDS_MAX).collect(),
        })
    });
    about.take(RECIPIENTS_MAX).collect()
}

/// The fields of a block, names in lower case.
fn fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019b7a00-0000-7000-8000-000000000001@example.org";

    fn report(status: &str, original: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: phones@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\r\n\r\n\
             --B\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --B\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n\
             --B\r\n{original}\r\n--B--\r\n"
        )
    }

    fn status(action: &str) -> String {
        format!(
            "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\nAction: {action}\r\n\
             Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <ada@example.org>:\r\n  no such user\r\n"
        )
    }

    #[test]
    fn a_notification_tells_recipient_action_words_and_whose_mail_came_back() {
        let whole = format!(
            "Content-Type: message/rfc822\r\n\r\nMessage-ID: <{ID}>\r\nSubject: x\r\n\r\nHello"
        );
        let head = format!(
            "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: <{ID}>\r\n"
        );
        for original in [whole, head] {
            let read = read(report(&status("failed"), &original).as_bytes()).unwrap();
            assert_eq!(read.message_id.as_deref(), Some(ID), "{original}");
            let expected = Report {
                recipient: "ada@example.org".to_owned(),
                action: "failed".to_owned(),
                words: "550 5.1.1 <ada@example.org>: no such user".to_owned(),
            };
            assert_eq!(read.reports, [expected]);
        }
    }

    #[test]
    fn what_is_no_notification_is_told_apart() {
        for mail in [
            "Subject: Out of office\r\n\r\nI am away",
            "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nx\r\n--B--",
            "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n\r\nx\r\n--B--",
            "",
            "\0\u{1}",
        ] {
            assert_eq!(read(mail.as_bytes()), None, "{mail}");
        }
    }

    #[test]
    fn a_notification_without_words_or_with_many_recipients_is_bounded() {
        let block =
            "\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: failed\r\nStatus: 5.0.0\r\n";
        let many = format!("Reporting-MTA: dns; x\r\n{}", block.repeat(1_000));
        let read = read(report(&many, "Content-Type: text/plain\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(
            (read.message_id, read.reports.len()),
            (None, RECIPIENTS_MAX)
        );
        assert_eq!(read.reports[0].words, "5.0.0");
    }
}
