//! What holds mails back, as the pages tell it.

use console::{Action, Notice, Tone};
use delivery::Holds;

use super::when::when;
use crate::{App, Problem};

/// What holds mails back now.
pub(crate) async fn holds(app: &App) -> Result<Holds, Problem> {
    Ok(delivery::holds(&app.store, app.delivery()).await?)
}

/// Why mails wait, and where to go.
pub(crate) const fn why(holds: &Holds) -> Option<&'static str> {
    if holds.paused.is_some() {
        return Some("sending is paused: go on under Outbox");
    }
    if holds.refused.is_some() {
        return Some("the mail server cannot be reached or does not let us in: look under Outbox");
    }
    if holds.links.is_some() {
        return Some(
            "the redirect server has not taken their links: see that it runs; the mails go once it has",
        );
    }
    None
}

/// What is told where nothing holds mails back.
pub(crate) const IN_TIME: &str = "the outbox sends it";

/// A line for each thing that holds mails back: on pages where somebody expects that mails go.
pub(crate) fn notices(app: &App, holds: &Holds) -> Vec<Notice> {
    let now = app.store.env().now();
    let paused = holds.paused.map(|since| {
        let since = when(since, now).text;
        Notice::new(Tone::Warning, format!("Sending is paused since {since}."))
            .hint("Mails are made and wait; nothing is lost.")
            .action(Action::post("Go on sending", "/outbox/resume"))
    });
    let refused = holds.refused.map(|since| {
        let text = format!(
            "The mail server cannot be reached, or does not let us in, since {}. Mails wait.",
            when(since, now).text
        );
        Notice::new(Tone::Bad, text)
            .hint("Its own words stand under Outbox.")
            .action(Action::link("Outbox", "/outbox"))
    });
    let all = [paused, refused, links(app, holds)];
    all.into_iter().flatten().collect()
}

/// What is told where the redirect server does not take links.
pub(crate) fn links(app: &App, holds: &Holds) -> Option<Notice> {
    let now = app.store.env().now();
    holds.links.map(|since| {
        let text = format!(
            "The redirect server has taken no new links, the oldest waits since {}. Their mails wait.",
            when(since, now).text
        );
        let hint = "See that it runs and can be reached; `rollcall doctor` says what is wrong. Nothing is lost: the mails go once it takes the links.";
        Notice::new(Tone::Bad, text).hint(hint)
    })
}
