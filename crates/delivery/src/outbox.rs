//! Sending: due mails are claimed, written at that moment, handed to the mail server over kept connections,
//! and answers are kept before more is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::address::Envelope;
use model::{
    Actor, DeploymentId, Email, Language, PersonFields, Profile, ProfileId, Secret, SecretId,
    Timestamp, User, UserId, UserState,
};
use store::{
    Store,
    deployments::{self, Deployment},
    outbox::{self, Claimed, Ending, Tried},
    profiles,
    secrets::{self, Purpose},
    users,
};

use tokio::{task::JoinSet, time::timeout};

use crate::{
    Error, Settings,
    advice::advice,
    composers::Composers,
    deploy::SealedTicket,
    line::{Answer, Lines},
    mail::{Letter, date},
    recipient::recipient,
};

/// Temporary refusals are tried again for so long.
const GIVE_UP_S: i64 = 48 * 3600;
/// The first wait after a temporary refusal; it doubles up to [`WAIT_MAX_S`].
const WAIT_FIRST_S: i64 = 5;
const WAIT_MAX_S: i64 = 3600;
/// The longest wait while the server does not let us in; it doubles as above up to this.
const SHUT_WAIT_MAX_S: i64 = 600;
const BATCH: i64 = 64;
const SETTLE_TRIES: u32 = 3;
/// The longest that one mail may take. A mail is begun in the first half of its claim and over within the second: no
/// other worker takes it up meanwhile.
const SEND_MAX_S: i64 = outbox::LEASE_S / 2;

/// Sends mail for one installation.
pub struct Post {
    settings: Settings,
    lines: Arc<Lines>,
    composers: Composers,
    /// Names this process in claims.
    owner: String,
    door: Mutex<Door>,
}

/// Whether the mail server lets us in. In memory: whoever starts anew, with another password perhaps, tries at once.
#[derive(Debug, Clone, Copy, Default)]
struct Door {
    /// It did, and has not refused since.
    is_open: bool,
    /// How often in a row it did not.
    refusals: i64,
    /// Nothing is tried before.
    shut_until: Option<Timestamp>,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Post")
    }
}

/// How the server met a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// It let us in.
    In,
    /// It had too much to do to let us in.
    Busy,
    /// It was not asked: the mail could not be written.
    NotAsked,
}

impl Post {
    /// Gets ready to send; no connection is made yet.
    ///
    /// # Errors
    /// [`Error::Mail`] where the settings cannot work.
    pub fn new(settings: Settings, owner: String) -> Result<Self, Error> {
        let lines = Arc::new(Lines::to(&settings.mail)?);
        Ok(Self {
            settings,
            lines,
            composers: Composers::default(),
            owner,
            door: Mutex::default(),
        })
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims and sends what is due; how many mails were tried. Where the server does not let us in, none was: all of them wait
    /// for one next try, and it is nobody's mail that was refused.
    pub async fn round(&self, store: &Store) -> Result<usize, Error> {
        let claimed_at = store.env().now();
        let door = *self.door();
        if door.shut_until.is_some_and(|until| claimed_at < until) {
            return Ok(0);
        }
        let claimed = outbox::claim(store, &self.owner, BATCH).await?;
        let tried = claimed.len();
        if tried == 0 {
            self.lines.hang_up().await;
            return Ok(0);
        }
        let ids: Vec<_> = claimed.iter().map(|c| c.deployment).collect();
        let templates: Vec<_> = claimed.iter().filter_map(|c| c.template).collect();
        self.composers.gather(store, &templates).await?;
        let batch = Batch::read(store, &ids).await?;
        let claimed = self.free_to_go(store, claimed, &batch).await?;
        let begin_until = claimed_at.plus_s(outbox::LEASE_S - SEND_MAX_S);
        match self.send(store, claimed, &batch, begin_until).await? {
            None => Ok(tried),
            Some(words) => {
                self.shut(store, &ids, &words).await?;
                Ok(0)
            }
        }
    }

    /// Sends these, and keeps how that ended. Between a server's answer and its commit stands one mail per connection at most,
    /// which a process that dies then repeats: another is begun only when that is done, and the answers that come meanwhile are kept
    /// together. What a slow mail server left no time for is claimed again later. Ends with the server's words where it does not let
    /// us in.
    async fn send(
        &self,
        store: &Store,
        claimed: Vec<Claimed>,
        batch: &Batch,
        begin_until: Timestamp,
    ) -> Result<Option<String>, Error> {
        let connections = self.settings.mail.connections.clamp(1, 32) as usize;
        // One mail finds out whether we are let in.
        let mut at_once = if self.door().is_open { connections } else { 1 };
        let mut waiting = claimed.into_iter();
        let mut under_way = JoinSet::new();
        let mut refusal = None;
        // What is told where nobody was let in at all.
        let (mut busy, mut is_in) = (None, false);
        loop {
            let now = store.env().now();
            while refusal.is_none() && now <= begin_until && under_way.len() < at_once {
                let Some(claim) = waiting.next() else { break };
                under_way.spawn(self.hand_over(claim, batch, at_once == 1, now));
            }
            let Some(first) = under_way.join_next().await else {
                return Ok(refusal.or(busy.filter(|_| !is_in)));
            };
            let mut tried = Vec::new();
            let more = std::iter::from_fn(|| under_way.try_join_next());
            for ended in std::iter::once(first).chain(more) {
                match ended.expect("sending does not panic") {
                    Ok((mail, met)) => {
                        is_in |= met == Met::In;
                        if met == Met::Busy {
                            busy = Some(mail.reply.clone());
                        }
                        tried.push(mail);
                    }
                    Err(words) => refusal = Some(words),
                }
            }
            if tried.iter().any(|mail| mail.ending == Ending::Sent) {
                self.opened(store).await?;
            }
            self.settle(store, batch, &tried).await?;
            at_once = connections;
        }
    }

    /// The server does not let us in: what was claimed goes back untried, and the next try waits.
    async fn shut(&self, store: &Store, mails: &[DeploymentId], words: &str) -> Result<(), Error> {
        let now = store.env().now();
        let next_at = {
            let mut door = self.door();
            let next_at = now.plus_s(wait_s(door.refusals).min(SHUT_WAIT_MAX_S));
            *door = Door {
                is_open: false,
                refusals: door.refusals + 1,
                shut_until: Some(next_at),
            };
            next_at
        };
        Ok(outbox::refuse(store, &self.owner, mails, words, next_at).await?)
    }

    /// The server let us in.
    async fn opened(&self, store: &Store) -> Result<(), Error> {
        if self.door().is_open {
            return Ok(());
        }
        outbox::let_in(store).await?;
        *self.door() = Door {
            is_open: true,
            ..Door::default()
        };
        Ok(())
    }

    /// The mails that may go now under the settings' limits; the others were given back, due at their moment.
    async fn free_to_go(
        &self,
        store: &Store,
        claimed: Vec<Claimed>,
        batch: &Batch,
    ) -> Result<Vec<Claimed>, Error> {
        let Some(spacing) = self.settings.mail.spacing() else {
            return Ok(claimed);
        };
        let (mut limited, mut free) = (Vec::new(), Vec::new());
        for claim in &claimed {
            match batch.domain(claim, &self.settings) {
                Some(domain) => limited.push((claim.deployment, domain)),
                // It is not sent at all, and that is told at once.
                None => free.push(claim.deployment),
            }
        }
        free.extend(outbox::take_slots(store, &self.owner, &limited, spacing).await?);
        let mut claimed = claimed;
        claimed.retain(|claim| free.contains(&claim.deployment));
        Ok(claimed)
    }

    /// Writes a mail and hands it to the server, on whatever core is free; answers how that ended and how the server met us, or the
    /// server's words where it does not let us in. `finds_out`: no other mail is under way.
    fn hand_over(
        &self,
        claim: Claimed,
        batch: &Batch,
        finds_out: bool,
        now: Timestamp,
    ) -> impl Future<Output = Result<(Tried, Met), String>> + Send + 'static + use<> {
        let letter = batch.letter(&claim, &self.settings, now).map(|letter| {
            let composer = self.composers.of(claim.template, letter.language);
            (composer, letter)
        });
        let lines = self.lines.clone();
        let recipient = letter.as_ref().map(|(_, letter)| letter.to.to_string());
        let recipient = recipient.unwrap_or_default();
        async move {
            let mail = letter.and_then(|(composer, letter)| {
                let written = composer.compose(&letter);
                written.map_err(|error| error.to_string())
            });
            let mut met = Met::In;
            let (ending, reply) = match mail {
                Err(why) => {
                    met = Met::NotAsked;
                    let hint = "deploy this person again".to_owned();
                    (Ending::Bounced { hint }, why)
                }
                Ok(mail) => match hand(&lines, &mail.envelope, &mail.bytes).await {
                    Answer::Shut(words) => return Err(words),
                    Answer::Taken(words) => (Ending::Sent, words),
                    Answer::Refused(words) => {
                        let hint = advice(&words).to_owned();
                        (Ending::Bounced { hint }, words)
                    }
                    // One line fewer is no matter while others stand; where it is the only one, nobody is let in.
                    Answer::Busy(words) if finds_out => return Err(words),
                    Answer::Busy(words) => {
                        met = Met::Busy;
                        later(words, &claim, now)
                    }
                    Answer::NotNow(words) => later(words, &claim, now),
                },
            };
            let tried = Tried {
                deployment: claim.deployment,
                recipient,
                ending,
                reply,
            };
            Ok((tried, met))
        }
    }

    /// Keeps how mails ended. What is not kept is sent again: a database that refuses, because another transaction stood in the
    /// way, is asked a few times.
    async fn settle(&self, store: &Store, batch: &Batch, tried: &[Tried]) -> Result<(), Error> {
        for _ in 1..SETTLE_TRIES {
            match self.settle_at_once(store, batch, tried).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, "answers of the mail server could not be kept yet");
                }
            }
        }
        self.settle_at_once(store, batch, tried).await
    }

    /// The same in one transaction.
    async fn settle_at_once(
        &self,
        store: &Store,
        batch: &Batch,
        tried: &[Tried],
    ) -> Result<(), Error> {
        if tried.is_empty() {
            return Ok(());
        }
        let tx = store.begin().await?;
        let held = outbox::settle(&tx, &self.owner, tried).await?;
        let (mut deployed, mut failed, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for mail in tried.iter().filter(|mail| held.contains(&mail.deployment)) {
            let Some(user) = batch.user(mail.deployment) else {
                continue;
            };
            let (kind, detail) = match mail.ending {
                Ending::Sent => {
                    deployed.push(user.id);
                    ("deployment-sent", mail.recipient.clone())
                }
                Ending::Bounced { .. } => {
                    failed.push(user.id);
                    ("deployment-bounced", mail.reply.clone())
                }
                Ending::Later { .. } => ("deployment-delayed", mail.reply.clone()),
            };
            events.push((user.id, kind, detail));
        }
        users::stamp_deployed(&tx, &deployed).await?;
        users::set_state(&tx, &failed, UserState::Failed).await?;
        users::note(&tx, &events, &Actor::system()).await?;
        Ok(tx.commit().await?)
    }

    /// Hands a mail to the server.
    pub(crate) async fn hand(&self, envelope: &Envelope, message: &[u8]) -> Answer {
        hand(&self.lines, envelope, message).await
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }
}

async fn hand(lines: &Lines, envelope: &Envelope, message: &[u8]) -> Answer {
    let limit = Duration::from_secs(SEND_MAX_S.unsigned_abs());
    let late = || {
        Answer::NotNow(format!(
            "the mail server did not take it within {SEND_MAX_S} s"
        ))
    };
    let handed = timeout(limit, lines.hand(envelope, message)).await;
    handed.unwrap_or_else(|_| late())
}

/// What a batch of mails is written from, read with a few statements for all of them.
struct Batch {
    deployments: HashMap<DeploymentId, Deployment>,
    people: HashMap<UserId, User>,
    profiles: HashMap<ProfileId, Profile>,
    sealed: HashMap<SecretId, Secret>,
}

impl Batch {
    async fn read(store: &Store, ids: &[DeploymentId]) -> Result<Self, Error> {
        let deployments = deployments::by_id(store, ids).await?;
        let people = users::by_id(
            store,
            &deployments.iter().map(|d| d.user).collect::<Vec<_>>(),
        )
        .await?;
        let secrets: Vec<_> = deployments.iter().filter_map(|d| d.secret).collect();
        let sealed = secrets::open_many(store, Purpose::Ticket, &secrets).await?;
        let mut wanted: Vec<_> = deployments.iter().map(|d| d.profile).collect();
        wanted.extend(people.iter().filter_map(|user| user.profile));
        wanted.sort_unstable();
        wanted.dedup();
        let profiles = profiles::by_id(store, &wanted).await?;
        Ok(Self {
            deployments: deployments.into_iter().map(|d| (d.id, d)).collect(),
            people: people.into_iter().map(|user| (user.id, user)).collect(),
            profiles: profiles.into_iter().map(|p| (p.id, p)).collect(),
            sealed,
        })
    }

    fn user(&self, id: DeploymentId) -> Option<&User> {
        self.people.get(&self.deployments.get(&id)?.user)
    }

    /// The domain that a deployment's mail goes to, where it can go at all.
    fn domain(&self, claim: &Claimed, settings: &Settings) -> Option<String> {
        let letter = self.letter(claim, settings, Timestamp(0)).ok()?;
        let (_, domain) = letter.to.as_str().rsplit_once('@')?;
        Some(domain.to_owned())
    }

    /// The letter of a deployment, or why it cannot be written.
    fn letter(
        &self,
        claim: &Claimed,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Letter, String> {
        let id = claim.deployment;
        let deployment = self.deployments.get(&id).ok_or("the deployment is gone")?;
        let user = self.user(id).ok_or("the user is gone")?;
        // A profile that was removed meanwhile had its users given another one.
        let profile = |id| self.profiles.get(&id);
        let profile = profile(deployment.profile)
            .or_else(|| user.profile.and_then(profile))
            .ok_or("the profile is gone")?;
        let sealed = deployment
            .secret
            .and_then(|id| self.sealed.get(&id))
            .ok_or("the link was erased")?;
        let ticket: SealedTicket =
            serde_json::from_str(sealed.expose()).map_err(|_| "the link cannot be read")?;
        let link = settings.ticket_link(deployment.link_mode, &Secret::new(ticket.ticket));
        let letter = letter_to(&user.served(), profile, settings, now)?;
        let language = Language::of(&claim.language).unwrap_or(letter.language);
        Ok(Letter {
            link,
            code: Some(Secret::new(ticket.code)),
            code_address: settings.code_address(deployment.link_mode),
            expires: date(language, deployment.expires_at),
            message_id: deployment.message_id.clone(),
            language,
            ..letter
        })
    }
}

/// A letter to a person, without what a deployment adds: link, code, expiry and Message-ID.
pub(crate) fn letter_to(
    person: &PersonFields,
    profile: &Profile,
    settings: &Settings,
    now: Timestamp,
) -> Result<Letter, String> {
    Ok(Letter {
        to: Email::parse(recipient(person, Some(&profile.settings)))?,
        from: settings.mail.from.clone(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        number: person.directory_number.clone(),
        link: Secret::new(""),
        code: None,
        code_address: settings.code_address(profile.settings.link_mode),
        expires: String::new(),
        organisation: profile.settings.organisation.clone(),
        profile: profile.name.clone(),
        help: profile.settings.help.clone(),
        language: settings.language(person, profile),
        message_id: String::new(),
        date: now,
    })
}

/// Tried again later, unless that went on for [`GIVE_UP_S`].
fn later(words: String, claim: &Claimed, now: Timestamp) -> (Ending, String) {
    let first = claim.first_tried_at.unwrap_or(now);
    let ending = if now.seconds_since(first) > GIVE_UP_S {
        let hint = "the mail server refused it for 48 hours; see to the server, then deploy this person again";
        Ending::Bounced {
            hint: hint.to_owned(),
        }
    } else {
        Ending::Later {
            at: now.plus_s(wait_s(claim.attempts)),
        }
    };
    (ending, words)
}

fn wait_s(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(0, 12)).unwrap_or(0);
    (WAIT_FIRST_S << doublings).min(WAIT_MAX_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!([0, 1, 2, 20].map(wait_s), [5, 10, 20, 3600]);
    }
}
