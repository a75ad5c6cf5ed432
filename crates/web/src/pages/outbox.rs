//! `/outbox`: the mails, and what can be done about them.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    ListQuery, Paging, Place,
    outbox::{MailLine, Mailbox, OutboxPage, Refusal},
};
use delivery::{Holds, advice};
use model::{DeploymentId, Timestamp};
use serde::Deserialize;
use store::outbox::{self, Mail, MailQuery, MailState};

use super::{
    frame::{Page, count, shell, show as shown},
    held,
    manage::Profiles,
    when::{took, when},
};
use crate::{App, Problem, session::SignedIn};

const ROWS: i64 = 50;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    q: String,
    state: String,
    after: Option<DeploymentId>,
    before: Option<DeploymentId>,
    from: Option<u64>,
}

/// `GET /outbox`
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(params): Query<Params>,
) -> Page {
    let query = MailQuery {
        state: MailState::parse(&params.state),
        words: store::words(&params.q).map_err(Problem::bad_request)?,
        after: params.after,
        before: params.before,
        limit: ROWS,
    };
    let page = outbox::page(&app.store, &query).await?;
    let tally = outbox::tally(&app.store).await?;
    let all: i64 = tally.iter().map(|(_, n)| n).sum();
    let of = |state| tally.iter().filter(move |(name, _)| *name == state);
    let total = match query.state {
        Some(state) => of(state).map(|(_, n)| n).sum(),
        None => all,
    };
    let profiles = Profiles::of(&app).await?;
    let now = app.store.env().now();
    let is_first = params.after.is_none() && params.before.is_none();
    let counts = tally.iter().map(|(state, n)| (state.name(), count(*n)));
    let mut shell = shell(&app, &admin, Place::Outbox).await?;
    let holds = held::holds(&app).await?;
    shell.notices.extend(held::links(&app, &holds));
    shown(&OutboxPage {
        shell,
        paging: Paging {
            from: params.from.or(is_first.then_some(1)),
            shown: page.items.len().into(),
            total: if params.q.trim().is_empty() {
                count(total)
            } else {
                page.items.len().into()
            },
            at_least: !params.q.trim().is_empty() && (page.next.is_some() || !is_first),
            size: u64::try_from(ROWS).unwrap_or_default(),
            next: page.next,
            previous: page.previous,
        },
        query: ListQuery {
            path: "/outbox".to_owned(),
            q: params.q,
            state: query
                .state
                .map_or_else(String::new, |s| s.name().to_owned()),
            ..ListQuery::default()
        },
        counts: [("all", count(all))].into_iter().chain(counts).collect(),
        rows: page
            .items
            .into_iter()
            .map(|mail| line(mail, &profiles, &holds, now))
            .collect(),
        paused: holds.paused.map(|since| when(since, now)),
        refusal: outbox::refusal(&app.store).await?.map(|refusal| Refusal {
            since: when(refusal.since, now),
            hint: advice(&refusal.words),
            words: refusal.words,
            next: in_what(refusal.next_at, now),
        }),
        mailbox: mailbox(&app, now).await?,
    })
}

/// How reading the mailbox goes that bounces come to.
async fn mailbox(app: &App, now: Timestamp) -> Result<Option<Mailbox>, Problem> {
    let Some(name) = app.delivery().mailbox.as_ref().map(delivery::Mailbox::name) else {
        return Ok(None);
    };
    let Some(found) = store::mailbox::find(&app.store, &name).await? else {
        return Ok(None);
    };
    Ok(Some(Mailbox {
        name,
        read: found.read_at.map(|at| when(at, now)),
        words: found.error,
        hint: found.hint,
        next: in_what(found.next_at, now),
    }))
}

/// When something is tried next: `in 5 min`.
fn in_what(next_at: Timestamp, now: Timestamp) -> String {
    match next_at.seconds_since(now) {
        wait if wait > 0 => format!("in {}", took(wait)),
        _ => "at once".to_owned(),
    }
}

fn line(mail: Mail, profiles: &Profiles, holds: &Holds, now: Timestamp) -> MailLine {
    let person = mail.user.as_ref().map(model::User::served);
    let to = match (mail.state, &mail.user) {
        (MailState::Waiting | MailState::Retrying | MailState::Sending, Some(user)) => {
            profiles.recipient(user, Some(mail.profile))
        }
        _ => mail.recipient.clone(),
    };
    let refused = matches!(mail.state, MailState::Retrying | MailState::Failed);
    MailLine {
        id: mail.deployment.to_string(),
        user: mail
            .user
            .as_ref()
            .map_or_else(String::new, |u| u.id.to_string()),
        name: person
            .as_ref()
            .map_or_else(String::new, model::PersonFields::label),
        to,
        state: mail.state.name(),
        ordered: when(mail.ordered_at, now),
        course: course(&mail, holds, now),
        attempts: mail.attempts,
        hint: if refused {
            advice(&mail.reply).to_owned()
        } else {
            String::new()
        },
        words: mail.reply,
    }
}

/// What comes or came of a mail.
fn course(mail: &Mail, holds: &Holds, now: Timestamp) -> String {
    match (mail.state, mail.due_at, mail.sent_at) {
        (MailState::Sent, _, Some(at)) => format!("taken {}", when(at, now).text),
        (MailState::Waiting, None, _) => "waits for the redirect server".to_owned(),
        (MailState::Waiting | MailState::Retrying, Some(_), _) if holds.paused.is_some() => {
            "waits: sending is paused".to_owned()
        }
        (MailState::Waiting | MailState::Retrying, Some(_), _) if holds.refused.is_some() => {
            "waits for the mail server".to_owned()
        }
        (MailState::Waiting | MailState::Retrying, Some(due), _) if due > now => {
            let in_what = took(due.seconds_since(now).max(1));
            let what = match mail.state {
                MailState::Retrying => "next try",
                _ => "goes",
            };
            format!("{what} in {in_what}")
        }
        (MailState::Waiting | MailState::Retrying, Some(_), _) => "goes next".to_owned(),
        _ => String::new(),
    }
}

/// Which mails; none: all that are tried again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    id: Vec<DeploymentId>,
}

/// `POST /outbox/retries`
pub(crate) async fn retry(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Form(chosen): Form<Chosen>,
) -> Page {
    let ids = (!chosen.id.is_empty()).then_some(chosen.id.as_slice());
    let tx = app.store.begin().await?;
    outbox::retry_now(&tx, ids, &admin.actor()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/outbox").into_response())
}

/// `POST /outbox/pause`
pub(crate) async fn pause(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    set(&app, &admin, true).await
}

/// `POST /outbox/resume`
pub(crate) async fn resume(State(app): State<App>, SignedIn(admin): SignedIn) -> Page {
    set(&app, &admin, false).await
}

async fn set(app: &App, admin: &access::Admin, paused: bool) -> Page {
    let tx = app.store.begin().await?;
    outbox::pause(&tx, paused, &admin.actor()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/outbox").into_response())
}
