//! The outbox as people see it: its list, its numbers, trying again at once, and pausing all of it.

use std::sync::LazyLock;

use model::{Actor, DeploymentId, ProfileId, Timestamp, User};

use super::HELD;
use crate::{
    Error, Page, Result, Store, Tx, as_i64, audit,
    listing::Where,
    narrow::escape,
    sql::{self, Row, Runs, list},
    users,
};

/// Where a mail stands, as lists tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// It was not tried yet.
    Waiting,
    /// It was refused for the time being and is tried again.
    Retrying,
    /// It is on its way.
    Sending,
    /// The mail server took it.
    Sent,
    /// It was refused for good, or given up.
    Failed,
    /// Its link ended before it was sent.
    Cancelled,
}

impl MailState {
    /// Every state, in the order of pages.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Retrying,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The condition that finds it; each has an index.
    const fn condition(self) -> &'static str {
        match self {
            // The first words lead SQLite to the index of the mails that are not over.
            Self::Waiting => {
                "o.state IN ('waiting', 'sending') AND o.state = 'waiting' AND o.attempts = 0"
            }
            Self::Retrying => "o.state = 'waiting' AND o.attempts > 0",
            Self::Sending => "o.state IN ('waiting', 'sending') AND o.state = 'sending'",
            Self::Sent => "o.state = 'sent'",
            Self::Failed => "o.state = 'bounced'",
            Self::Cancelled => "o.state = 'cancelled'",
        }
    }

    fn of(state: &str, attempts: i64) -> Option<Self> {
        Some(match state {
            "waiting" if attempts == 0 => Self::Waiting,
            "waiting" => Self::Retrying,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "bounced" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
}

/// A mail of the list.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its deployment.
    pub deployment: DeploymentId,
    /// Whom it is for; none: the user was removed.
    pub user: Option<User>,
    /// With which profile it was ordered.
    pub profile: ProfileId,
    /// Where it stands.
    pub state: MailState,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When it is tried next, where it waits; none: once the redirect server knows its link.
    pub due_at: Option<Timestamp>,
    /// When it was taken.
    pub sent_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// What the mail server said last.
    pub reply: String,
    /// Where it went when it was last tried; empty: it was not, or by an older release.
    pub recipient: String,
}

/// What a list of mails is asked for.
#[derive(Debug, Clone, Default)]
pub struct MailQuery {
    /// Only these.
    pub state: Option<MailState>,
    /// Words that stand in the user's shown columns.
    pub words: Vec<String>,
    /// Mails that were ordered before this one.
    pub after: Option<DeploymentId>,
    /// Mails that were ordered after this one.
    pub before: Option<DeploymentId>,
    /// At most so many.
    pub limit: i64,
}

/// A page of mails, the newest first.
pub async fn page(store: &Store, query: &MailQuery) -> Result<Page<Mail>> {
    let backwards = query.before.is_some();
    let mut narrow = Where::default();
    if let Some(state) = query.state {
        narrow.and(state.condition());
    }
    if let Some(id) = query.before.or(query.after) {
        let place = narrow.bind(id.0);
        let side = if backwards { '>' } else { '<' };
        narrow.and(format!("o.deployment_id {side} {place}"));
    }
    if !query.words.is_empty() {
        let mut words = Vec::new();
        for word in &query.words {
            let place = narrow.bind(format!("%{}%", escape(word)));
            words.push(format!("s.search LIKE {place} ESCAPE '\\'"));
        }
        narrow.and(format!(
            "d.user_id IN (SELECT s.id FROM users s WHERE {})",
            words.join(" AND ")
        ));
    }
    let limit = query.limit.clamp(1, 500);
    let text = format!(
        "SELECT o.deployment_id, d.profile_id, o.state, o.attempts, d.created_at, o.due_at, d.sent_at, o.reply, o.recipient, u.id, {} \
         FROM outbox o JOIN deployment d ON d.id = o.deployment_id LEFT JOIN users u ON u.id = d.user_id \
         WHERE {} ORDER BY o.deployment_id {} LIMIT {}",
        *USER,
        narrow.text(),
        if backwards { "ASC" } else { "DESC" },
        limit + 1,
    );
    let mut rows = sql::all(store, &text, narrow.values).await?;
    let mut items = rows.iter_mut().map(read_mail).collect::<Result<Vec<_>>>()?;
    let more = as_i64(items.len()) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if backwards {
        items.reverse();
    }
    let key = |mail: Option<&Mail>| mail.map(|mail| mail.deployment.to_string());
    let (older, newer) = if backwards {
        (true, more)
    } else {
        (more, query.after.is_some())
    };
    Ok(Page {
        next: key(items.last()).filter(|_| older),
        previous: key(items.first()).filter(|_| newer),
        items,
    })
}

/// The columns of a user, as `users::read` wants them, behind its id.
static USER: LazyLock<String> = LazyLock::new(|| {
    let columns = users::COLUMNS.split(", ");
    let columns: Vec<_> = columns.map(|name| format!("u.{name}")).collect();
    columns.join(", ")
});

/// Reads a mail, behind which its user stands.
fn read_mail(row: &mut Row) -> Result<Mail> {
    let (state, attempts): (String, i64) = (row.get(2)?, row.get(3)?);
    let state = MailState::of(&state, attempts).ok_or_else(|| Error::Corrupt {
        what: "mail",
        why: format!("{state} is no state"),
    })?;
    let due: i64 = row.get(5)?;
    let waits = matches!(state, MailState::Waiting | MailState::Retrying);
    let mail = Mail {
        user: None,
        deployment: DeploymentId(row.get(0)?),
        profile: ProfileId(row.get(1)?),
        state,
        ordered_at: Timestamp(row.get(4)?),
        due_at: (waits && due != HELD).then_some(Timestamp(due)),
        sent_at: row.get::<Option<_>>(6)?.map(Timestamp),
        attempts,
        reply: row.get(7)?,
        recipient: row.get(8)?,
    };
    row.count_from(9);
    let has_user = row.get::<Option<uuid::Uuid>>(0)?.is_some();
    let user = has_user.then(|| users::read(row)).transpose()?;
    Ok(Mail { user, ..mail })
}

/// How many mails stand in each state, in the order of [`MailState::ALL`].
pub async fn tally(store: &Store) -> Result<Vec<(MailState, i64)>> {
    let count = |state: MailState| {
        let condition = state.condition();
        format!("(SELECT COUNT(*) FROM outbox o WHERE {condition})")
    };
    let text = format!("SELECT {}", MailState::ALL.map(count).join(", "));
    let row = sql::one(store, &text, vec![]).await?;
    let row = row.ok_or(Error::Missing("outbox"))?;
    let counts = MailState::ALL.into_iter().enumerate();
    counts.map(|(n, state)| Ok((state, row.get(n)?))).collect()
}

/// Has mails that were refused for the time being tried again at once, some or all of them; how many these are.
pub async fn retry_now(tx: &Tx, ids: Option<&[DeploymentId]>, actor: &Actor) -> Result<u64> {
    let now = tx.env().now().0;
    let head =
        "UPDATE outbox SET due_at = $1 WHERE state = 'waiting' AND attempts > 0 AND due_at > $1";
    let retried = match ids {
        None => sql::run(tx, head, vec![now.into()]).await?,
        Some(ids) => {
            let mut retried = 0;
            for chunk in ids.chunks(500) {
                let text = format!("{head} AND deployment_id IN ({})", list(2, chunk.len()));
                let mut values = vec![now.into()];
                values.extend(chunk.iter().map(|id| id.0.into()));
                retried += sql::run(tx, &text, values).await?;
            }
            retried
        }
    };
    if retried > 0 {
        audit::append(tx, actor, "mail.retried", "outbox", &retried.to_string()).await?;
        tx.nudge();
    }
    Ok(retried)
}

/// One row's word on whether anything is sent.
const PAUSED: &str = "SELECT value FROM fact WHERE name = 'mail_paused_since'";

async fn paused_on(on: &impl Runs) -> Result<Option<Timestamp>> {
    let row = sql::one(on, PAUSED, vec![]).await?;
    let since: i64 = row.map_or(Ok(0), |row| row.get(0))?;
    Ok((since != 0).then_some(Timestamp(since)))
}

/// Since when nothing is sent; none: it is.
pub async fn paused_since(store: &Store) -> Result<Option<Timestamp>> {
    paused_on(store).await
}

/// Stops all sending, also over restarts, or goes on with it. What is on its way already is brought to its end.
pub async fn pause(tx: &Tx, paused: bool, actor: &Actor) -> Result<()> {
    if paused_on(tx).await?.is_some() == paused {
        return Ok(());
    }
    let since = if paused { tx.env().now().0 } else { 0 };
    let text = "UPDATE fact SET value = $1 WHERE name = 'mail_paused_since'";
    sql::run(tx, text, vec![since.into()]).await?;
    let action = if paused {
        "mail.paused"
    } else {
        "mail.resumed"
    };
    audit::append(tx, actor, action, "outbox", "").await?;
    tx.nudge();
    Ok(())
}
