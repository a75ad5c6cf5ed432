//! `/outbox`: mails that wait, are tried again, were sent or failed.

use askama::Template;

use crate::list::Pages;
use crate::{Chip, Count, ListQuery, Paging, Place, Shell, Tag, Tone, When};

/// The list of mails, the newest first. Trying again posts `id`s, or nothing for all, to `/outbox/retries`; pausing posts to
/// `/outbox/pause`, going on to `/outbox/resume`; deploying again posts `id` to `/users/deployments/plan`.
#[derive(Debug, Clone, Template)]
#[template(path = "outbox.html")]
pub struct OutboxPage {
    /// The frame.
    pub shell: Shell,
    /// The query.
    pub query: ListQuery,
    /// How many mails stand in each state, by its name; `all` in front.
    pub counts: Vec<(&'static str, Count)>,
    /// This page's mails.
    pub rows: Vec<MailLine>,
    /// Where it stands.
    pub paging: Paging,
    /// Since when nothing is sent.
    pub paused: Option<When>,
    /// Why the mail server lets nobody in, while it does not.
    pub refusal: Option<Refusal>,
    /// The mailbox that bounces come to, where it is read.
    pub mailbox: Option<Mailbox>,
}

/// Why the mail server lets nobody in.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Since when.
    pub since: When,
    /// The server's words.
    pub words: String,
    /// What to do about it.
    pub hint: &'static str,
    /// When it is tried again: `in 5 min`.
    pub next: String,
}

/// How reading the mailbox goes that bounces come to.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// `INBOX of phones@example.org at imap.example.org:993`.
    pub name: String,
    /// When it was last read; none: not yet.
    pub read: Option<When>,
    /// What went wrong, in the server's words; empty: nothing.
    pub words: String,
    /// What to do about it.
    pub hint: String,
    /// When it is tried again, where something went wrong: `in 5 min`.
    pub next: String,
}

/// One mail.
#[derive(Debug, Clone)]
pub struct MailLine {
    /// Its deployment's id.
    pub id: String,
    /// The user's id; empty: the user was removed.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// Where it goes.
    pub to: String,
    /// The state's permanent name.
    pub state: &'static str,
    /// When it was ordered.
    pub ordered: When,
    /// What comes or came: `next try in 5 min`, `taken a minute ago`; may be empty.
    pub course: String,
    /// How often it was tried.
    pub attempts: i64,
    /// The mail server's own words.
    pub words: String,
    /// What to do about it.
    pub hint: String,
}

impl MailLine {
    pub(crate) fn tag(&self) -> Tag {
        let (word, tone) = match self.state {
            "retrying" => ("tried again", Tone::Warning),
            "sending" => ("on its way", Tone::Info),
            "sent" => ("sent", Tone::Good),
            "failed" => ("failed", Tone::Bad),
            other => (other, Tone::Plain),
        };
        Tag::new(word, tone)
    }
}

impl OutboxPage {
    fn count(&self, name: &str) -> Count {
        let found = self.counts.iter().find(|(state, _)| *state == name);
        found.map_or(Count(0), |(_, count)| *count)
    }

    pub(crate) fn chips(&self) -> Vec<Chip> {
        vec![
            Chip::new("all", "All", self.count("all")),
            Chip::new("waiting", "Waiting", self.count("waiting")),
            Chip::new("retrying", "Tried again", self.count("retrying")).tone(Tone::Warning),
            Chip::new("sending", "On their way", self.count("sending")),
            Chip::new("sent", "Sent", self.count("sent")),
            Chip::new("failed", "Failed", self.count("failed")).tone(Tone::Bad),
            Chip::new("cancelled", "Cancelled", self.count("cancelled")),
        ]
    }

    pub(crate) fn is_retrying(&self) -> bool {
        !self.count("retrying").is_zero()
    }

    pub(crate) fn pages(&self) -> Pages<'_> {
        Pages {
            paging: &self.paging,
            query: &self.query,
        }
    }

    /// One mail of most kinds, while sending is paused.
    pub fn sample() -> Self {
        let line =
            |id: &str, state: &'static str, course: &str, words: &str, hint: &str| MailLine {
                id: id.into(),
                user: "u1".into(),
                name: "Ada Lovelace".into(),
                to: "ada@example.org".into(),
                state,
                ordered: When::new("2 minutes ago", "2026-11-22T14:03:00Z"),
                course: course.into(),
                attempts: 2,
                words: words.into(),
                hint: hint.into(),
            };
        let rows = vec![
            line("d1", "waiting", "waits for the redirect server", "", ""),
            line(
                "d2",
                "retrying",
                "next try in 40 s",
                "451 4.7.1 greylisted",
                "the server is asked again by itself",
            ),
            line(
                "d3",
                "sent",
                "taken just now",
                "2.0.0 Ok: queued as 1234",
                "",
            ),
            line(
                "d4",
                "failed",
                "",
                "550 5.1.1 <ada@example.org>: no such user",
                "correct the address at its component, then deploy again",
            ),
        ];
        Self {
            shell: Shell::sample(Place::Outbox),
            query: ListQuery {
                path: "/outbox".into(),
                ..ListQuery::default()
            },
            counts: vec![
                ("all", Count(4)),
                ("waiting", Count(1)),
                ("retrying", Count(1)),
                ("sent", Count(1)),
                ("failed", Count(1)),
            ],
            paging: Paging::single(rows.len()),
            rows,
            paused: Some(When::new("a minute ago", "2026-11-22T14:04:00Z")),
            refusal: Some(Refusal {
                since: When::new("a minute ago", "2026-11-22T14:04:00Z"),
                words: "535 5.7.8 Error: authentication failed".into(),
                hint: "check `user` and the password under [mail] in the settings",
                next: "in 40 s".into(),
            }),
            mailbox: Some(Mailbox {
                name: "INBOX of phones@example.org at imap.example.org:993".into(),
                read: Some(When::new("an hour ago", "2026-11-22T13:05:00Z")),
                words: "NO [AUTHENTICATIONFAILED] Authentication failed.".into(),
                hint: "check `user` and the password under [bounces] in the settings".into(),
                next: "in 20 min".into(),
            }),
        }
    }

    /// Nothing was ever sent.
    pub fn sample_empty() -> Self {
        Self {
            counts: vec![],
            rows: vec![],
            paging: Paging::single(0_usize),
            paused: None,
            refusal: None,
            mailbox: Some(Mailbox {
                name: "INBOX of phones@example.org at imap.example.org:993".into(),
                read: Some(When::new("2 minutes ago", "2026-11-22T14:03:00Z")),
                words: String::new(),
                hint: String::new(),
                next: String::new(),
            }),
            ..Self::sample()
        }
    }
}
