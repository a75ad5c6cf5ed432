//! Deployments: one offer of a configuration to one user, with its ticket's hash and its outbox and
//! publication rows, all written in one transaction.

use model::{
    DeploymentId, JobId, LinkMode, ProfileId, SecretId, TemplateId, Timestamp, UserId,
    deployment::DeploymentState, text::sort_key, ticket::LinkHash,
};

use crate::{
    Error, Result, Store, Tx, outbox,
    sql::{self, Row, Runs, blob, bulk, list},
};

/// One deployment as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Whom it is for.
    pub user: UserId,
    /// Where it stands.
    pub state: DeploymentState,
    /// Why it was ordered.
    pub reason: String,
    /// With which profile.
    pub profile: ProfileId,
    /// How its link leads to the configuration.
    pub link_mode: LinkMode,
    /// Ticket and code, sealed, while the mail is not sent.
    pub secret: Option<SecretId>,
    /// The mail's fixed Message-ID, without angle brackets.
    pub message_id: String,
    /// How many devices it serves.
    pub places: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the mail server accepted the mail.
    pub sent_at: Option<Timestamp>,
    /// When somebody first looked at its link.
    pub seen_at: Option<Timestamp>,
    /// When the landing page's button was first pressed.
    pub opened_at: Option<Timestamp>,
    /// Until when its ticket works.
    pub expires_at: Timestamp,
    /// Why it failed or bounced.
    pub error: String,
    /// What to do about that.
    pub hint: String,
}

const COLUMNS: &str = "id, user_id, state, reason, profile_id, link_mode, secret_id, message_id, places, created_at, sent_at, \
                       seen_at, expires_at, error, hint, opened_at";

fn read(row: &Row) -> Result<Deployment> {
    Ok(Deployment {
        id: DeploymentId(row.get(0)?),
        user: UserId(row.get(1)?),
        state: row.named(2, "deployment state", DeploymentState::parse)?,
        reason: row.get(3)?,
        profile: ProfileId(row.get(4)?),
        link_mode: row.named(5, "link mode", LinkMode::parse)?,
        secret: row.get::<Option<_>>(6)?.map(SecretId),
        message_id: row.get(7)?,
        places: row.get(8)?,
        created_at: Timestamp(row.get(9)?),
        sent_at: row.get::<Option<_>>(10)?.map(Timestamp),
        seen_at: row.get::<Option<_>>(11)?.map(Timestamp),
        expires_at: Timestamp(row.get(12)?),
        error: row.get(13)?,
        hint: row.get(14)?,
        opened_at: row.get::<Option<_>>(15)?.map(Timestamp),
    })
}

/// A deployment to be made.
#[derive(Debug, Clone)]
pub struct New {
    /// Its id.
    pub id: DeploymentId,
    /// Whom it is for.
    pub user: UserId,
    /// Why.
    pub reason: String,
    /// With which profile.
    pub profile: ProfileId,
    /// The profile's version.
    pub profile_version: i64,
    /// Hash of its ticket.
    pub ticket: LinkHash,
    /// HMAC of its code.
    pub code_mac: [u8; 32],
    /// Ticket and code, sealed.
    pub secret: SecretId,
    /// How its link leads to the configuration.
    pub link_mode: LinkMode,
    /// Language of its mail and page.
    pub language: String,
    /// What its mail is written from; none: the program's own text.
    pub template: Option<TemplateId>,
    /// The mail's Message-ID, without angle brackets.
    pub message_id: String,
    /// How many devices it serves.
    pub places: i64,
    /// Until when its ticket works.
    pub expires_at: Timestamp,
    /// The job that makes it, where one does.
    pub job: Option<JobId>,
}

/// Makes deployments: each user's earlier unused tickets end, the mail waits in the outbox, and the
/// redirect server is told where the link mode needs it.
pub async fn add(tx: &Tx, new: &[New]) -> Result<()> {
    let users: Vec<_> = new.iter().map(|d| d.user).collect();
    end(tx, &users, DeploymentState::Superseded).await?;
    let now = tx.env().now().0;
    let rows = new
        .iter()
        .map(|d| {
            vec![
                d.id.0.into(),
                d.user.0.into(),
                DeploymentState::Queued.name().into(),
                d.reason.clone().into(),
                d.profile.0.into(),
                d.profile_version.into(),
                blob(d.ticket.0),
                blob(d.code_mac),
                d.secret.0.into(),
                d.link_mode.name().into(),
                d.message_id.clone().into(),
                d.places.into(),
                now.into(),
                d.expires_at.0.into(),
                d.job.map(|id| id.0).into(),
            ]
        })
        .collect();
    let head = "INSERT INTO deployment (id, user_id, state, reason, profile_id, profile_version, ticket_hash, code_mac, \
                secret_id, link_mode, message_id, places, created_at, expires_at, job_id)";
    bulk(tx, head, rows, "").await?;
    let due = |mode| match mode {
        LinkMode::Redirect => outbox::HELD,
        LinkMode::Direct => now,
    };
    let mails = new
        .iter()
        .map(|d| {
            vec![
                d.id.0.into(),
                "waiting".into(),
                due(d.link_mode).into(),
                d.language.clone().into(),
                d.template.map(|id| id.0).into(),
            ]
        })
        .collect();
    bulk(
        tx,
        "INSERT INTO outbox (deployment_id, state, due_at, language, template_id)",
        mails,
        "",
    )
    .await?;
    let links = new
        .iter()
        .filter(|d| d.link_mode == LinkMode::Redirect)
        .map(|d| {
            vec![
                blob(d.ticket.0),
                d.id.0.into(),
                1_i64.into(),
                d.expires_at.0.into(),
                d.language.clone().into(),
            ]
        })
        .collect();
    let head =
        "INSERT INTO publication (ticket_hash, deployment_id, version, expires_at, language)";
    bulk(tx, head, links, "").await?;
    tx.nudge();
    Ok(())
}

/// Withdraws the tickets of users; mails that wait are not sent. Their devices are another thing.
pub async fn revoke(tx: &Tx, users: &[UserId]) -> Result<()> {
    end(tx, users, DeploymentState::Revoked).await?;
    tx.nudge();
    Ok(())
}

/// Ends the tickets of users that still work: their deployments get this state.
async fn end(tx: &Tx, users: &[UserId], state: DeploymentState) -> Result<()> {
    for chunk in users.chunks(1000) {
        let places = list(1, chunk.len());
        let values = || chunk.iter().map(|id| id.0.into()).collect();
        let open = format!(
            "SELECT id FROM deployment WHERE user_id IN ({places}) AND state IN ('queued', 'sent', 'bounced', 'downloaded')"
        );
        let outbox = format!(
            "UPDATE outbox SET state = 'cancelled' WHERE state IN ('waiting', 'sending') AND deployment_id IN ({open})"
        );
        sql::run(tx, &outbox, values()).await?;
        let links = format!(
            "UPDATE publication SET ended = TRUE, version = version + 1 WHERE NOT ended AND deployment_id IN ({open})"
        );
        sql::run(tx, &links, values()).await?;
        let secrets = format!(
            "DELETE FROM secret WHERE id IN (SELECT secret_id FROM deployment WHERE secret_id IS NOT NULL AND user_id IN ({places}))"
        );
        sql::run(tx, &secrets, values()).await?;
        let state = format!(
            "UPDATE deployment SET secret_id = NULL, state = CASE WHEN state = 'failed' THEN state ELSE '{}' END \
             WHERE user_id IN ({places}) AND (secret_id IS NOT NULL OR state IN ('queued', 'sent', 'bounced', 'downloaded'))",
            state.name()
        );
        sql::run(tx, &state, values()).await?;
    }
    Ok(())
}

/// The deployment of a ticket.
pub async fn find_by_ticket(store: &Store, ticket: LinkHash) -> Result<Option<Deployment>> {
    find_by_ticket_on(store, ticket, "").await
}

/// The deployment of a ticket, within a transaction.
pub async fn find_by_ticket_in(tx: &Tx, ticket: LinkHash) -> Result<Option<Deployment>> {
    find_by_ticket_on(tx, ticket, tx.dialect().for_update()).await
}

async fn find_by_ticket_on(
    on: &impl Runs,
    ticket: LinkHash,
    lock: &str,
) -> Result<Option<Deployment>> {
    let text = format!("SELECT {COLUMNS} FROM deployment WHERE ticket_hash = $1 {lock}");
    sql::one(on, &text, vec![blob(ticket.0)])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Some deployments by id.
pub async fn by_id(store: &Store, ids: &[DeploymentId]) -> Result<Vec<Deployment>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1000) {
        let text = format!(
            "SELECT {COLUMNS} FROM deployment WHERE id IN ({}) ORDER BY id",
            list(1, chunk.len())
        );
        for row in &sql::all(store, &text, chunk.iter().map(|id| id.0.into()).collect()).await? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// The only deployment whose mail was sent to a user of this address; none where there is none, or more than one.
pub async fn only_sent_to(store: &Store, address: &str) -> Result<Option<Deployment>> {
    let text = format!(
        "SELECT {COLUMNS} FROM deployment WHERE state = 'sent' AND user_id IN (SELECT id FROM users WHERE email_key = $1) LIMIT 2"
    );
    let rows = sql::all(store, &text, vec![sort_key(address).into()]).await?;
    match &rows[..] {
        [only] => read(only).map(Some),
        _ => Ok(None),
    }
}

/// A user's deployments, newest first.
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<Deployment>> {
    let text = format!(
        "SELECT {COLUMNS} FROM deployment WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100"
    );
    sql::all(store, &text, vec![user.0.into()])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// One deployment.
pub async fn get(store: &Store, id: DeploymentId) -> Result<Deployment> {
    by_id(store, &[id])
        .await?
        .into_iter()
        .next()
        .ok_or(Error::Missing("deployment"))
}

/// Notes that somebody looked at a link; the first time stays.
pub async fn stamp_seen(tx: &Tx, id: DeploymentId) -> Result<()> {
    let text = "UPDATE deployment SET seen_at = COALESCE(seen_at, $1) WHERE id = $2";
    sql::run(tx, text, vec![tx.env().now().0.into(), id.0.into()])
        .await
        .map(drop)
}

/// Notes that the landing page's button was pressed, which shows that the page was seen; the first time stays.
pub async fn stamp_opened(tx: &Tx, id: DeploymentId) -> Result<()> {
    let text = "UPDATE deployment SET seen_at = COALESCE(seen_at, $1), opened_at = COALESCE(opened_at, $1) WHERE id = $2";
    sql::run(tx, text, vec![tx.env().now().0.into(), id.0.into()])
        .await
        .map(drop)
}

/// Notes that a client fetched its configuration.
pub async fn stamp_downloaded(tx: &Tx, id: DeploymentId) -> Result<()> {
    let text = "UPDATE deployment SET state = 'downloaded' WHERE id = $1 AND state IN ('queued', 'sent', 'bounced')";
    sql::run(tx, text, vec![id.0.into()]).await.map(drop)
}
