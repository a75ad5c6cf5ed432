//! `/outbox`: the deployment mails.

use axum::{extract::State, http::StatusCode};
use delivery::advice;
use model::{DeploymentId, UserId};
use serde::{Deserialize, Serialize};
use store::outbox::{self, Mail, MailQuery, MailState, Refusal};
use utoipa::{IntoParams, ToSchema};

use super::at;
use crate::{
    App, Problem,
    asked::{Json, Query},
    session::Operator,
};

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutboxParams {
    /// `waiting`, `retrying`, `sending`, `sent`, `failed` or `cancelled`; all without.
    state: String,
    /// Words, each of which must stand in a shown column of the user.
    q: String,
    /// The cursor of the page before.
    after: Option<DeploymentId>,
    /// The cursor of the page after.
    before: Option<DeploymentId>,
    /// Mails, 1 to 500; 50 without.
    limit: Option<i64>,
}

/// A deployment mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailView {
    /// The deployment's id.
    id: DeploymentId,
    /// Null: the user was removed.
    user: Option<UserId>,
    /// The user's name.
    name: String,
    state: &'static str,
    ordered_at: String,
    /// When it is tried next; null where it does not wait, or waits for the redirect server.
    due_at: Option<String>,
    sent_at: Option<String>,
    attempts: i64,
    /// What the mail server said last.
    reply: String,
    /// What to do about it.
    hint: &'static str,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        let refused = matches!(mail.state, MailState::Retrying | MailState::Failed);
        Self {
            id: mail.deployment,
            user: mail.user.as_ref().map(|user| user.id),
            name: mail
                .user
                .map_or_else(String::new, |user| user.served().label()),
            state: mail.state.name(),
            ordered_at: at(mail.ordered_at),
            due_at: mail.due_at.map(at),
            sent_at: mail.sent_at.map(at),
            attempts: mail.attempts,
            hint: if refused { advice(&mail.reply) } else { "" },
            reply: mail.reply,
        }
    }
}

/// How many mails stand in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateCount {
    state: &'static str,
    count: i64,
}

/// A page of the outbox, the newest mails first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutboxPage {
    items: Vec<MailView>,
    next: Option<String>,
    previous: Option<String>,
    counts: Vec<StateCount>,
    /// Since when nothing is sent; null: it is.
    paused_since: Option<String>,
    /// Why the mail server lets nobody in; null: it does. No mail is tried meanwhile.
    refused: Option<RefusalView>,
    /// The mailbox that bounces come to; null: none is read, or it was not looked at yet.
    mailbox: Option<MailboxView>,
}

/// Why the mail server lets nobody in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusalView {
    since: String,
    /// When it is tried next.
    next_at: String,
    /// The server's own words.
    error: String,
    /// What to do about it.
    hint: &'static str,
}

impl From<Refusal> for RefusalView {
    fn from(refusal: Refusal) -> Self {
        Self {
            since: at(refusal.since),
            next_at: at(refusal.next_at),
            hint: advice(&refusal.words),
            error: refusal.words,
        }
    }
}

/// How reading the mailbox goes that bounces come to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailboxView {
    /// Folder, user and server.
    name: String,
    /// When it was last read without trouble; null: not yet.
    read_at: Option<String>,
    /// When it is looked at next.
    next_at: String,
    /// How often reading it has failed since then.
    failures: i64,
    /// The server's own words; empty: nothing is wrong.
    error: String,
    /// What to do about it.
    hint: String,
}

async fn mailbox(app: &App) -> Result<Option<MailboxView>, Problem> {
    let Some(mailbox) = &app.delivery().mailbox else {
        return Ok(None);
    };
    let name = mailbox.name();
    let found = store::mailbox::find(&app.store, &name).await?;
    Ok(found.map(|found| MailboxView {
        name,
        read_at: found.read_at.map(at),
        next_at: at(found.next_at),
        failures: found.failures,
        error: found.error,
        hint: found.hint,
    }))
}

/// The deployment mails, the newest first.
#[utoipa::path(get, path = "/outbox", params(OutboxParams), responses((status = 200, body = OutboxPage)))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Operator,
    Query(params): Query<OutboxParams>,
) -> Result<Json<OutboxPage>, Problem> {
    let state = match params.state.as_str() {
        "" => None,
        name => Some(MailState::parse(name).ok_or_else(|| {
            Problem::bad_request(format!("“{name}” is no state of a mail"))
                .hint("there are waiting, retrying, sending, sent, failed and cancelled")
        })?),
    };
    let query = MailQuery {
        state,
        words: store::words(&params.q).map_err(Problem::bad_request)?,
        after: params.after,
        before: params.before,
        limit: params.limit.unwrap_or(50),
    };
    let page = outbox::page(&app.store, &query).await?;
    let counts = outbox::tally(&app.store).await?;
    let counts = counts.into_iter().map(|(state, count)| StateCount {
        state: state.name(),
        count,
    });
    Ok(Json(OutboxPage {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
        previous: page.previous,
        counts: counts.collect(),
        paused_since: outbox::paused_since(&app.store).await?.map(at),
        refused: outbox::refusal(&app.store).await?.map(Into::into),
        mailbox: mailbox(&app).await?,
    }))
}

/// Which mails are tried again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedRetries {
    /// Ids of mails; without, all that wait for their next try.
    #[serde(default)]
    ids: Option<Vec<DeploymentId>>,
}

/// How many are tried again at once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Retried {
    retried: u64,
}

/// Tries mails again at once that were refused for the time being. What failed for good needs a new deployment.
#[utoipa::path(post, path = "/outbox/retries", request_body = WantedRetries, responses((status = 200, body = Retried)))]
pub(crate) async fn retry(
    State(app): State<App>,
    Operator(admin): Operator,
    Json(wanted): Json<WantedRetries>,
) -> Result<Json<Retried>, Problem> {
    let tx = app.store.begin().await?;
    let retried = outbox::retry_now(&tx, wanted.ids.as_deref(), &admin.actor()).await?;
    tx.commit().await?;
    Ok(Json(Retried { retried }))
}

/// Pauses all sending of mail, also over restarts.
#[utoipa::path(put, path = "/outbox/pause", responses((status = 204)))]
pub(crate) async fn pause(
    State(app): State<App>,
    Operator(admin): Operator,
) -> Result<StatusCode, Problem> {
    set(&app, &admin, true).await
}

/// Goes on sending mail.
#[utoipa::path(delete, path = "/outbox/pause", responses((status = 204)))]
pub(crate) async fn resume(
    State(app): State<App>,
    Operator(admin): Operator,
) -> Result<StatusCode, Problem> {
    set(&app, &admin, false).await
}

async fn set(app: &App, admin: &access::Admin, paused: bool) -> Result<StatusCode, Problem> {
    let tx = app.store.begin().await?;
    outbox::pause(&tx, paused, &admin.actor()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
