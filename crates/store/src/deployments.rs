//! Deployments: one offer of a configuration to one user, with its ticket's hash and its outbox and
//! publication rows, all written in one transaction.

use std::collections::HashMap;

use model::{
    Actor, DeploymentId, JobId, LinkMode, ProfileId, SecretId, TemplateId, Timestamp, UserId,
    deployment::DeploymentState, text::sort_key, ticket::LinkHash,
};

use crate::{
    Error, Result, Store, Tx,
    devices::TOOK_IT,
    outbox,
    sql::{self, Row, Runs, blob, bulk, list},
    users,
};

/// So long after its end a link is remembered, so that a new one can be asked for by it.
pub const TOMBSTONE_DAYS: i64 = 90;
/// Rows forgotten by one statement.
const CLEARED_AT_ONCE: i64 = 1_000;

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
    /// When the button of its landing page was first pressed.
    pub opened_at: Option<Timestamp>,
    /// Until when its ticket works.
    pub expires_at: Timestamp,
    /// Whether it was found by a ticket that a typed code gave: that is for one device, and ends sooner.
    pub is_typed: bool,
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
        is_typed: false,
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

/// A deployment to be made whose link is shown once, and not mailed.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its id.
    pub id: DeploymentId,
    /// Whom it is for.
    pub user: UserId,
    /// Why.
    pub reason: &'static str,
    /// With which profile.
    pub profile: ProfileId,
    /// The profile's version.
    pub profile_version: i64,
    /// Hash of its ticket.
    pub ticket: LinkHash,
    /// HMAC of its code.
    pub code_mac: [u8; 32],
    /// How its link leads to the configuration.
    pub link_mode: LinkMode,
    /// Language of its sheet and page.
    pub language: String,
    /// How many devices it serves.
    pub places: i64,
    /// Until when its ticket works.
    pub expires_at: Timestamp,
}

/// Makes deployments: each user's earlier unused tickets end, the mail waits in the outbox, and the
/// redirect server is told where the link mode needs it.
pub async fn add(tx: &Tx, new: &[New]) -> Result<()> {
    let users: Vec<_> = new.iter().map(|d| d.user).collect();
    end(tx, &users, DeploymentState::Superseded, None).await?;
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
        LinkMode::Redirect | LinkMode::Relay => outbox::HELD,
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
    publish(tx, new).await?;
    tx.nudge();
    Ok(())
}

/// Makes a deployment without a mail: its link and code are shown once. It counts as sent. The user's earlier tickets are another
/// thing ([`supersede_others`]): where the redirect server has to know the link first, they work until then.
pub async fn add_shown(tx: &Tx, new: &Shown) -> Result<()> {
    let now = tx.env().now().0;
    let values = vec![
        new.id.0.into(),
        new.user.0.into(),
        DeploymentState::Sent.name().into(),
        new.reason.into(),
        new.profile.0.into(),
        new.profile_version.into(),
        blob(new.ticket.0),
        blob(new.code_mac),
        new.link_mode.name().into(),
        new.places.into(),
        now.into(),
        new.expires_at.0.into(),
    ];
    let text = "INSERT INTO deployment (id, user_id, state, reason, profile_id, profile_version, ticket_hash, code_mac, \
                link_mode, message_id, places, created_at, sent_at, expires_at) \
                VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'',$10,$11,$11,$12)";
    sql::run(tx, text, values).await?;
    if new.link_mode != LinkMode::Direct {
        publish_one(tx, new.ticket, new.id, new.expires_at, &new.language).await?;
    }
    tx.nudge();
    Ok(())
}

/// Ends a user's unused tickets but for this deployment's.
pub async fn supersede_others(tx: &Tx, user: UserId, kept: DeploymentId) -> Result<()> {
    end(tx, &[user], DeploymentState::Superseded, Some(kept)).await?;
    tx.nudge();
    Ok(())
}

/// Whether the redirect server knows all of a deployment's links, and none has ended.
pub async fn is_published(store: &Store, id: DeploymentId) -> Result<bool> {
    let text = "SELECT 1 FROM publication WHERE deployment_id = $1 AND (ended OR accepted_version < version) LIMIT 1";
    Ok(sql::one(store, text, vec![id.0.into()]).await?.is_none())
}

/// Takes a deployment back that was never shown to anybody.
pub async fn take_back(tx: &Tx, id: DeploymentId) -> Result<()> {
    let text = "DELETE FROM publication WHERE deployment_id = $1";
    sql::run(tx, text, vec![id.0.into()]).await?;
    let text = "DELETE FROM deployment WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await.map(drop)
}

async fn publish_one(
    tx: &Tx,
    ticket: LinkHash,
    deployment: DeploymentId,
    expires_at: Timestamp,
    language: &str,
) -> Result<()> {
    let text = "INSERT INTO publication (ticket_hash, deployment_id, version, expires_at, language) VALUES ($1, $2, 1, $3, $4)";
    let values = vec![
        blob(ticket.0),
        deployment.0.into(),
        expires_at.0.into(),
        language.into(),
    ];
    sql::run(tx, text, values).await.map(drop)
}

/// The redirect server is to be told where the link mode needs it.
async fn publish(tx: &Tx, new: &[New]) -> Result<()> {
    let links = new
        .iter()
        .filter(|d| d.link_mode != LinkMode::Direct)
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
    bulk(tx, head, links, "").await.map(drop)
}

/// Withdraws the tickets of users; mails that wait are not sent. Their devices are another thing.
pub async fn revoke(tx: &Tx, users: &[UserId]) -> Result<()> {
    end(tx, users, DeploymentState::Revoked, None).await?;
    tx.nudge();
    Ok(())
}

/// Ends the tickets of users that still work, but for one's: their deployments get this state.
async fn end(
    tx: &Tx,
    users: &[UserId],
    state: DeploymentState,
    kept: Option<DeploymentId>,
) -> Result<()> {
    let kept = kept.map_or(uuid::Uuid::nil(), |kept| kept.0);
    for chunk in users.chunks(1000) {
        let places = list(2, chunk.len());
        let values = || {
            let ids = chunk.iter().map(|id| id.0);
            [kept].into_iter().chain(ids).map(Into::into).collect()
        };
        let open = format!(
            "SELECT id FROM deployment WHERE user_id IN ({places}) AND id <> $1 AND state IN ('queued', 'sent', 'bounced', 'downloaded')"
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
            "DELETE FROM secret WHERE id IN (SELECT secret_id FROM deployment WHERE secret_id IS NOT NULL AND user_id IN ({places}) AND id <> $1)"
        );
        sql::run(tx, &secrets, values()).await?;
        let state = format!(
            "UPDATE deployment SET secret_id = NULL, state = CASE WHEN state = 'failed' THEN state ELSE '{}' END \
             WHERE user_id IN ({places}) AND id <> $1 AND (secret_id IS NOT NULL OR state IN ('queued', 'sent', 'bounced', 'downloaded'))",
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
    let text = format!(
        "SELECT {COLUMNS}, (SELECT c.expires_at FROM code_ticket c WHERE c.ticket_hash = $1) FROM deployment \
         WHERE ticket_hash = $1 OR id = (SELECT c.deployment_id FROM code_ticket c WHERE c.ticket_hash = $1) {lock}"
    );
    let Some(row) = sql::one(on, &text, vec![blob(ticket.0)]).await? else {
        return Ok(None);
    };
    let typed: Option<i64> = row.get(16)?;
    let deployment = read(&row)?;
    let expires_at = typed.map_or(deployment.expires_at, |typed| {
        deployment.expires_at.min(Timestamp(typed))
    });
    Ok(Some(Deployment {
        is_typed: typed.is_some(),
        expires_at,
        ..deployment
    }))
}

/// The deployment of a typed code, whether or not it works still.
pub async fn find_by_code(store: &Store, code_mac: [u8; 32]) -> Result<Option<Deployment>> {
    let text = format!("SELECT {COLUMNS} FROM deployment WHERE code_mac = $1");
    sql::one(store, &text, vec![blob(code_mac)])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Gives a deployment one more ticket, for one device: what a typed code is exchanged for. Those it was exchanged for before end,
/// so that one works at a time. Answers its page's language.
pub async fn add_code_ticket(
    tx: &Tx,
    deployment: &Deployment,
    ticket: LinkHash,
    expires_at: Timestamp,
) -> Result<String> {
    let now = tx.env().now().0;
    let text = "UPDATE publication SET ended = TRUE, version = version + 1 WHERE NOT ended AND deployment_id = $1 \
                AND ticket_hash IN (SELECT ticket_hash FROM code_ticket WHERE deployment_id = $1 AND expires_at > $2)";
    sql::run(tx, text, vec![deployment.id.0.into(), now.into()]).await?;
    let text =
        "UPDATE code_ticket SET expires_at = $2 WHERE deployment_id = $1 AND expires_at > $2";
    sql::run(tx, text, vec![deployment.id.0.into(), now.into()]).await?;
    let values = vec![blob(ticket.0), deployment.id.0.into(), expires_at.0.into()];
    let text =
        "INSERT INTO code_ticket (ticket_hash, deployment_id, expires_at) VALUES ($1, $2, $3)";
    sql::run(tx, text, values).await?;
    if deployment.link_mode == LinkMode::Direct {
        return Ok(String::new());
    }
    let text = "SELECT language FROM publication WHERE deployment_id = $1 LIMIT 1";
    let row = sql::one(tx, text, vec![deployment.id.0.into()]).await?;
    let language: String = row.map_or(Ok(String::new()), |row| row.get(0))?;
    publish_one(tx, ticket, deployment.id, expires_at, &language).await?;
    tx.nudge();
    Ok(language)
}

/// Whether all places of a deployment are taken for good: by devices that have their configuration, or had it.
pub async fn is_used_up(store: &Store, deployment: &Deployment) -> Result<bool> {
    let text = format!("SELECT COUNT(*) FROM device WHERE deployment_id = $1 AND {TOOK_IT}");
    let row = sql::one(store, &text, vec![deployment.id.0.into()]).await?;
    Ok(row.map_or(Ok(0), |row| row.get::<i64>(0))? >= deployment.places)
}

/// How many places of each of a user's deployments are taken for good.
pub async fn taken_places(store: &Store, user: UserId) -> Result<HashMap<DeploymentId, i64>> {
    let text = format!(
        "SELECT deployment_id, COUNT(*) FROM device WHERE user_id = $1 AND {TOOK_IT} GROUP BY deployment_id"
    );
    let rows = sql::all(store, &text, vec![user.0.into()]).await?;
    rows.into_iter()
        .map(|row| Ok((DeploymentId(row.get(0)?), row.get(1)?)))
        .collect()
}

/// The redirect server is told of links whose places are all taken for good: they have ended.
pub async fn end_used_up(tx: &Tx, deployment: DeploymentId) -> Result<()> {
    let text = format!(
        "UPDATE publication SET ended = TRUE, version = version + 1 WHERE NOT ended AND deployment_id = $1 AND \
         ((SELECT COUNT(*) FROM device WHERE deployment_id = $1 AND {TOOK_IT}) >= (SELECT d.places FROM deployment d WHERE d.id = $1) \
         OR ticket_hash IN (SELECT code_ticket FROM device WHERE deployment_id = $1 AND {TOOK_IT}))"
    );
    sql::run(tx, &text, vec![deployment.0.into()]).await?;
    tx.nudge();
    Ok(())
}

/// Whether a user has a link that works and has a place free: any of them, not counting those whose mail came back.
pub async fn has_working(store: &Store, user: UserId) -> Result<bool> {
    let text = format!(
        "SELECT 1 FROM deployment d WHERE d.user_id = $1 AND d.state IN ('queued', 'sent', 'downloaded') AND d.expires_at > $2 \
         AND (SELECT COUNT(*) FROM device WHERE deployment_id = d.id AND {TOOK_IT}) < d.places LIMIT 1"
    );
    let values = vec![user.0.into(), store.env().now().0.into()];
    Ok(sql::one(store, &text, values).await?.is_some())
}

/// Whether something was withdrawn from a deployment's user since it was made: its own link or a newer one, or a device.
pub async fn is_withdrawn(store: &Store, deployment: &Deployment) -> Result<bool> {
    let text = "SELECT 1 WHERE EXISTS (SELECT 1 FROM deployment WHERE user_id = $1 AND created_at >= $2 AND state = 'revoked') \
                OR EXISTS (SELECT 1 FROM device WHERE user_id = $1 AND revoked_at >= $2)";
    let values = vec![deployment.user.0.into(), deployment.created_at.0.into()];
    Ok(sql::one(store, text, values).await?.is_some())
}

/// Whether a mail to a user waits.
pub async fn is_mail_waiting(tx: &Tx, user: UserId) -> Result<bool> {
    let text = "SELECT 1 FROM deployment WHERE user_id = $1 AND state = 'queued' LIMIT 1";
    Ok(sql::one(tx, text, vec![user.0.into()]).await?.is_some())
}

/// Forgets tickets of typed codes, and what the redirect server was told of links, when their end is [`TOMBSTONE_DAYS`] ago; whether
/// there was something. What it was not told yet stays.
pub async fn clear(store: &Store) -> Result<bool> {
    let tx = store.begin().await?;
    let old = tx.env().now().plus_days(-TOMBSTONE_DAYS).0;
    let mut cleared = 0;
    for (table, which) in [
        ("code_ticket", ""),
        ("publication", "AND accepted_version >= version"),
    ] {
        let text = format!(
            "DELETE FROM {table} WHERE ticket_hash IN \
             (SELECT ticket_hash FROM {table} WHERE expires_at < $1 {which} LIMIT {CLEARED_AT_ONCE})"
        );
        cleared += sql::run(&tx, &text, vec![old.into()]).await?;
    }
    tx.commit().await?;
    Ok(cleared > 0)
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

/// What happened at a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The link's ticket.
    pub ticket: LinkHash,
    /// Whether the page's button was pressed; else the page was shown.
    pub is_opening: bool,
    /// When.
    pub at: Timestamp,
}

/// Notes visits; the first time of each kind stays, and the timeline of its user tells it. Links that are not known are left out.
pub async fn stamp_visits(tx: &Tx, visits: &[Visit]) -> Result<()> {
    let mut events = Vec::new();
    for chunk in visits.chunks(1000) {
        let text = format!(
            "SELECT ticket_hash, id FROM deployment WHERE ticket_hash IN ({0}) \
             UNION ALL SELECT ticket_hash, deployment_id FROM code_ticket WHERE ticket_hash IN ({0})",
            list(1, chunk.len())
        );
        let hashes = chunk.iter().map(|visit| blob(visit.ticket.0)).collect();
        let mut tickets: HashMap<DeploymentId, Vec<LinkHash>> = HashMap::new();
        for row in &sql::all(tx, &text, hashes).await? {
            let ticket = LinkHash(row.bytes(0, "ticket hash")?);
            tickets
                .entry(DeploymentId(row.get(1)?))
                .or_default()
                .push(ticket);
        }
        if tickets.is_empty() {
            continue;
        }
        // Locked in one order, so that several nodes wait for each other and see what the other wrote.
        let text = format!(
            "SELECT id, user_id, seen_at, opened_at FROM deployment WHERE id IN ({}) ORDER BY id {}",
            list(1, tickets.len()),
            tx.dialect().for_update()
        );
        let ids = tickets.keys().map(|id| id.0.into()).collect();
        let (mut seen, mut opened) = (HashMap::new(), HashMap::new());
        for row in &sql::all(tx, &text, ids).await? {
            let (id, user) = (DeploymentId(row.get(0)?), UserId(row.get(1)?));
            let own = &tickets[&id];
            for visit in chunk.iter().filter(|visit| own.contains(&visit.ticket)) {
                let known = row.get::<Option<i64>>(if visit.is_opening { 3 } else { 2 })?;
                let times = if visit.is_opening {
                    &mut opened
                } else {
                    &mut seen
                };
                if known.is_none() {
                    let first = times.entry((id.0, user)).or_insert(visit.at);
                    *first = visit.at.min(*first);
                }
            }
        }
        for (column, kind, times) in [
            ("seen_at", "link-seen", seen),
            ("opened_at", "link-opened", opened),
        ] {
            events.extend(times.keys().map(|(_, user)| (*user, kind, String::new())));
            let rows = times
                .into_iter()
                .map(|((id, _), at)| vec![id.into(), at.0.into()])
                .collect();
            // The clocks of two machines differ, and the redirect server tells seconds.
            let set = format!(
                "{column} = CASE WHEN v.column2 < created_at THEN created_at ELSE v.column2 END"
            );
            let which = format!("deployment.id = v.column1 AND deployment.{column} IS NULL");
            sql::update(tx, "deployment", &set, &which, rows).await?;
        }
    }
    users::note(tx, &events, &Actor::system()).await
}

/// The last visit that the redirect server told of.
pub async fn visits_read(store: &Store) -> Result<i64> {
    let text = "SELECT value FROM fact WHERE name = 'visits_after'";
    let row = sql::one(store, text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The same within the transaction that is about to note another: whoever reads visits beside it waits.
pub async fn visits_read_in(tx: &Tx) -> Result<i64> {
    let lock = tx.dialect().for_update();
    let text = format!("SELECT value FROM fact WHERE name = 'visits_after' {lock}");
    let row = sql::one(tx, &text, vec![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Notes the last visit that the redirect server told of.
pub async fn note_visits_read(tx: &Tx, last: i64) -> Result<()> {
    let text = "UPDATE fact SET value = $1 WHERE name = 'visits_after'";
    sql::run(tx, text, vec![last.into()]).await.map(drop)
}

/// Notes that a client fetched its configuration.
pub async fn stamp_downloaded(tx: &Tx, id: DeploymentId) -> Result<()> {
    let text = "UPDATE deployment SET state = 'downloaded' WHERE id = $1 AND state IN ('queued', 'sent', 'bounced')";
    sql::run(tx, text, vec![id.0.into()]).await.map(drop)
}
