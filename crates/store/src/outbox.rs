//! The outbox: mails that wait, are on their way, and how they ended.

mod listed;
mod refusal;
mod slots;

use std::collections::{HashMap, HashSet};

use model::{DeploymentId, TemplateId, Timestamp, deployment::DeploymentState};

use crate::{
    Result, Store, Tx,
    dialect::Dialect,
    sql::{self, Runs, list},
};

pub use listed::{Mail, MailQuery, MailState, page, pause, paused_since, retry_now, tally};
pub use refusal::{Refusal, let_in, refusal, refuse};
pub use slots::{Spacing, take_slots};

/// How long a claim on a mail lasts.
pub const LEASE_S: i64 = 120;

/// When a mail is due whose link the redirect server has not accepted yet: never, so that those who look for what is due do
/// not come across all that wait for it.
pub(crate) const HELD: i64 = i64::MAX;

/// A mail that was claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its deployment.
    pub deployment: DeploymentId,
    /// How often it was tried before.
    pub attempts: i64,
    /// When it was first tried.
    pub first_tried_at: Option<Timestamp>,
    /// The language it is written in; empty where it was ordered by an older release.
    pub language: String,
    /// What it is written from; none: the program's own text.
    pub template: Option<TemplateId>,
}

/// Mails that are due at `$1`: those that wait, and those whose worker's lease ran out.
pub(crate) fn due(dialect: Dialect, limit: i64) -> String {
    // The first condition says nothing new; it lets SQLite use the index of the mails that are not over. What is on its way
    // was due when it was claimed: so nobody reads past what is due.
    format!(
        "SELECT o.deployment_id, o.attempts, o.first_tried_at, o.language, o.template_id FROM outbox o WHERE o.state IN ('waiting', 'sending') \
         AND o.due_at <= $1 AND (o.state = 'waiting' OR o.lease_until < $1) \
         AND NOT EXISTS (SELECT 1 FROM publication p WHERE p.deployment_id = o.deployment_id AND p.accepted_version < p.version) \
         ORDER BY o.due_at LIMIT {limit} {}",
        dialect.skip_claimed()
    )
}

/// Claims up to `limit` mails that are due, none while sending is paused. Those whose link the redirect server has not accepted
/// yet wait.
pub async fn claim(store: &Store, owner: &str, limit: i64) -> Result<Vec<Claimed>> {
    if listed::paused_since(store).await?.is_some() {
        return Ok(vec![]);
    }
    let tx = store.begin().await?;
    let now = tx.env().now();
    let text = due(tx.dialect(), limit);
    let rows = sql::all(&tx, &text, vec![now.0.into()]).await?;
    let claimed = rows
        .iter()
        .map(|row| {
            Ok(Claimed {
                deployment: DeploymentId(row.get(0)?),
                attempts: row.get(1)?,
                first_tried_at: row.get::<Option<_>>(2)?.map(Timestamp),
                language: row.get(3)?,
                template: row.get::<Option<_>>(4)?.map(TemplateId),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    if !claimed.is_empty() {
        let text = format!(
            "UPDATE outbox SET state = 'sending', lease_owner = $1, lease_until = $2, attempts = attempts + 1, \
             first_tried_at = COALESCE(first_tried_at, $3) WHERE deployment_id IN ({})",
            list(4, claimed.len())
        );
        let mut values = vec![owner.into(), now.plus_s(LEASE_S).0.into(), now.0.into()];
        values.extend(claimed.iter().map(|c| c.deployment.0.into()));
        sql::run(&tx, &text, values).await?;
    }
    tx.commit().await?;
    Ok(claimed)
}

/// How one try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The mail server accepted it.
    Sent,
    /// Not now: again at this moment.
    Later {
        /// When.
        at: Timestamp,
    },
    /// It will never be accepted.
    Bounced {
        /// What to do about it.
        hint: String,
    },
}

/// A mail that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its deployment.
    pub deployment: DeploymentId,
    /// The address that it was for; empty where none could be found.
    pub recipient: String,
    /// How that ended.
    pub ending: Ending,
    /// The mail server's own words.
    pub reply: String,
}

/// Notes how tries ended. What was sealed for a mail is erased once it was accepted or given up. Answers those whose claim
/// still held; of the others nothing is noted.
pub async fn settle(tx: &Tx, owner: &str, tried: &[Tried]) -> Result<HashSet<DeploymentId>> {
    let text = format!(
        "SELECT deployment_id FROM outbox WHERE lease_owner = $1 AND state = 'sending' AND deployment_id IN ({}) \
         ORDER BY deployment_id {}",
        list(2, tried.len()),
        tx.dialect().for_update()
    );
    let mut values = vec![owner.into()];
    values.extend(tried.iter().map(|mail| mail.deployment.0.into()));
    let held = sql::all(tx, &text, values).await?;
    let held = held.iter().map(|row| Ok(DeploymentId(row.get(0)?)));
    let held: HashSet<_> = held.collect::<Result<_>>()?;
    let now = tx.env().now();
    let tried = tried.iter().filter(|mail| held.contains(&mail.deployment));
    let rows = tried.clone().map(|mail| {
        let (state, due_at) = match mail.ending {
            Ending::Sent => ("sent", now),
            Ending::Later { at } => ("waiting", at),
            Ending::Bounced { .. } => ("bounced", now),
        };
        vec![
            mail.deployment.0.into(),
            state.into(),
            due_at.0.into(),
            mail.reply.clone().into(),
            mail.recipient.clone().into(),
        ]
    });
    let set = "state = v.column2, due_at = v.column3, reply = v.column4, recipient = v.column5, slots = 0, lease_owner = '', \
               lease_until = 0";
    let which = "outbox.deployment_id = v.column1";
    sql::update(tx, "outbox", set, which, rows.collect()).await?;
    end(tx, tried, now).await?;
    Ok(held)
}

/// Ends the deployments of those mails that were accepted or given up.
async fn end(tx: &Tx, tried: impl Iterator<Item = &Tried>, now: Timestamp) -> Result<()> {
    let (mut ids, mut rows) = (Vec::new(), Vec::new());
    for mail in tried {
        let (state, sent_at, error, hint) = match &mail.ending {
            Ending::Later { .. } => continue,
            Ending::Sent => (DeploymentState::Sent, Some(now.0), "", ""),
            Ending::Bounced { hint } => {
                let words = mail.reply.as_str();
                (DeploymentState::Bounced, None, words, hint.as_str())
            }
        };
        ids.push(mail.deployment.0.into());
        rows.push(vec![
            mail.deployment.0.into(),
            state.name().into(),
            sent_at.into(),
            error.into(),
            hint.into(),
        ]);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let text = format!(
        "DELETE FROM secret WHERE id IN (SELECT secret_id FROM deployment WHERE id IN ({}))",
        list(1, ids.len())
    );
    sql::run(tx, &text, ids).await?;
    let set = "state = CASE WHEN state = 'queued' THEN v.column2 ELSE state END, sent_at = COALESCE(v.column3, sent_at), \
               error = v.column4, hint = v.column5, secret_id = NULL";
    let which = "deployment.id = v.column1";
    sql::update(tx, "deployment", set, which, rows)
        .await
        .map(drop)
}

/// Notes that a mail which the server took did not arrive. Answers whether that is news: of a deployment that was used
/// meanwhile, ended, or is bounced already, it is not.
pub async fn bounce(tx: &Tx, id: DeploymentId, words: &str, hint: &str) -> Result<bool> {
    let text = "UPDATE deployment SET state = 'bounced', error = $1, hint = $2 WHERE id = $3 AND state = 'sent'";
    let values = vec![words.into(), hint.into(), id.0.into()];
    if sql::run(tx, text, values).await? == 0 {
        return Ok(false);
    }
    let text = "UPDATE outbox SET state = 'bounced', reply = $1 WHERE deployment_id = $2 AND state = 'sent'";
    sql::run(tx, text, vec![words.into(), id.0.into()]).await?;
    Ok(true)
}

/// Where the mails of these deployments went; those that were not tried yet, or by an older release, are left out.
pub async fn recipients(
    store: &Store,
    ids: &[DeploymentId],
) -> Result<HashMap<DeploymentId, String>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT deployment_id, recipient FROM outbox WHERE recipient <> '' AND deployment_id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|id| id.0.into()).collect();
        for row in &sql::all(store, &text, values).await? {
            found.insert(DeploymentId(row.get(0)?), row.get(1)?);
        }
    }
    Ok(found)
}

/// How many mails stand in each state.
pub async fn counts(store: &Store) -> Result<Vec<(String, i64)>> {
    let rows = sql::all(
        store,
        "SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state",
        vec![],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}
