//! The order `Notify`: administrators are told by mail what needs them soon, once for each occasion.

use std::time::{Duration, SystemTime};

use lettre::{
    Message,
    message::{Mailbox, SinglePart, header::ContentType},
};
use model::{ConnectionId, Language, Outcome, Timestamp};
use store::{
    Hold,
    connections::{self, Connection},
    jobs::Step,
    outbox,
};

use crate::{Error, Post, Settings, line::Answer, mail::date};

/// After a temporary refusal.
const AGAIN_AFTER_S: i64 = 300;
/// While sending is paused.
const LOOK_AGAIN_S: i64 = 10;
/// Refused for so long, the mail is given up.
const GIVE_UP_S: i64 = 48 * 3600;

impl Post {
    /// Tells the administrators that the authorization of a connection ends in at most so many days, 0: that it has ended.
    pub async fn notify(
        &self,
        hold: Hold<'_>,
        connection: ConnectionId,
        days: i64,
    ) -> Result<Outcome, Error> {
        let settings = self.settings();
        let now = hold.store.env().now();
        let connection = match connections::get(hold.store, connection).await {
            Ok(connection) => connection,
            Err(store::Error::Missing(_)) => return done(hold, "the connection was removed").await,
            Err(error) => return Err(error.into()),
        };
        let ends = connection.grant.as_ref().and_then(|grant| grant.expires_at);
        let Some(ends) = ends.filter(|ends| is_due(*ends, days, now)) else {
            return done(hold, "it was renewed meanwhile").await;
        };
        if settings.mail.administrators.is_empty() {
            let why = "nobody was told: the settings name no administrators under [mail]";
            return done(hold, why).await;
        }
        if let Some(later) = paused(hold).await? {
            return Ok(later);
        }
        let message = match message(settings, hold, &connection, ends, now) {
            Ok(message) => message,
            Err(why) => {
                return Ok(Outcome::GiveUp {
                    why,
                    hint: "correct `from` and `administrators` under [mail] in the settings"
                        .to_owned(),
                });
            }
        };
        match self.hand(message.envelope(), &message.formatted()).await {
            Answer::Taken(words) => done(hold, &format!("sent: {words}")).await,
            Answer::Refused(why) => Ok(Outcome::GiveUp {
                why,
                hint: "correct the addresses under [mail] in the settings".to_owned(),
            }),
            Answer::NotNow(why) | Answer::Busy(why) | Answer::Shut(why) => {
                Ok(again(hold, now, why))
            }
        }
    }
}

/// Whether it still ends as soon as was said when the mail was ordered.
fn is_due(ends: Timestamp, days: i64, now: Timestamp) -> bool {
    ends.seconds_since(now) <= days * 86_400
}

/// After a temporary refusal: again in a while, for 48 hours.
pub(crate) fn again(hold: Hold<'_>, now: Timestamp, why: String) -> Outcome {
    if now.seconds_since(hold.job.created_at) < GIVE_UP_S {
        Outcome::Again {
            at: now.plus_s(AGAIN_AFTER_S),
            why,
        }
    } else {
        Outcome::GiveUp {
            why,
            hint: "see to the mail server; then order it again".to_owned(),
        }
    }
}

/// While all sending is paused, a mail that was ordered waits too.
pub(crate) async fn paused(hold: Hold<'_>) -> Result<Option<Outcome>, Error> {
    let since = outbox::paused_since(hold.store).await?;
    Ok(since.map(|_| Outcome::Again {
        at: hold.store.env().now().plus_s(LOOK_AGAIN_S),
        why: "sending is paused".to_owned(),
    }))
}

/// Notes how it went, and is done.
pub(crate) async fn done(hold: Hold<'_>, note: &str) -> Result<Outcome, Error> {
    let tx = hold.store.begin().await?;
    let step = Step {
        done: 1,
        total: Some(1),
        note: Some(note),
        ..Step::default()
    };
    hold.advance(&tx, step).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// The mail; its Message-ID is the order's, so that a repetition is known as one.
fn message(
    settings: &Settings,
    hold: Hold<'_>,
    connection: &Connection,
    ends: Timestamp,
    now: Timestamp,
) -> Result<Message, String> {
    let mail = &settings.mail;
    let name = &connection.name;
    let when = date(Language::English, ends);
    let subject = if ends <= now {
        format!("The authorization of {name} has ended")
    } else {
        format!("The authorization of {name} ends on {when}")
    };
    let page = format!(
        "{}/connections/{}",
        settings.public_url.as_str().trim_end_matches('/'),
        connection.id
    );
    let body = format!(
        "The authorization of the connection {name} ({}) ends on {when}. After that its people are no longer read, and no SIP \
         secrets are made for new ones.\n\nTo renew it, a primary administrator opens\n\n{page}\n\nand presses Renew.\n",
        connection.address
    );
    let mailbox = |text: &str| -> Result<Mailbox, String> {
        text.parse()
            .map_err(|_| format!("“{text}” under [mail] is not an e-mail address"))
    };
    let sent = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .subject(subject)
        .message_id(Some(format!("<{}@{}>", hold.id(), mail.message_domain())))
        .date(SystemTime::UNIX_EPOCH + sent);
    for address in &mail.administrators {
        builder = builder.to(mailbox(address)?);
    }
    let part = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body);
    builder.singlepart(part).map_err(|error| error.to_string())
}
