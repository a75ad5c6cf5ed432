//! Sending: due mails are claimed, written at that moment, handed to the mail server over kept connections,
//! and each answer is kept at once.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::try_join_all;
use lettre::address::Envelope;
use model::{Actor, DeploymentId, Email, Language, PersonFields, Profile, Secret, Timestamp, User};
use store::{
    Store,
    deployments::{self, Deployment},
    outbox::{self, Claimed, Ending},
    profiles,
    secrets::{self, Purpose},
    users,
};

use tokio::time::timeout;

use crate::{
    Error, Settings,
    advice::advice,
    composers::Composers,
    deploy::SealedTicket,
    line::{Answer, Lines},
    mail::{Letter, date},
};

/// Temporary refusals are tried again for so long.
const GIVE_UP_S: i64 = 48 * 3600;
/// The first wait after a temporary refusal; it doubles up to [`WAIT_MAX_S`].
const WAIT_FIRST_S: i64 = 5;
const WAIT_MAX_S: i64 = 3600;
/// The longest wait while the server does not let us in; it doubles as above up to this.
const SHUT_WAIT_MAX_S: i64 = 600;
const BATCH: i64 = 64;
/// The longest that one mail may take. A mail is begun in the first half of its claim and over within the second: no
/// other worker takes it up meanwhile.
const SEND_MAX_S: i64 = outbox::LEASE_S / 2;

/// Sends mail for one installation.
pub struct Post {
    settings: Settings,
    lines: Lines,
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

impl Post {
    /// Gets ready to send; no connection is made yet.
    ///
    /// # Errors
    /// [`Error::Mail`] where the settings cannot work.
    pub fn new(settings: Settings, owner: String) -> Result<Self, Error> {
        let lines = Lines::to(&settings.mail)?;
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
        let mut claimed = self.free_to_go(store, claimed, &batch).await?;
        let begin_until = claimed_at.plus_s(outbox::LEASE_S - SEND_MAX_S);
        if !door.is_open {
            // One mail finds out whether we are let in.
            let first = claimed.drain(..claimed.len().min(1)).collect();
            if let Some(words) = self.lane(store, first, &batch, begin_until).await? {
                self.shut(store, &ids, &words).await?;
                return Ok(0);
            }
        }
        let width = self.settings.mail.connections.clamp(1, 32) as usize;
        // Each lane sends one mail after the other over its own kept connection.
        let mut lanes: Vec<Vec<Claimed>> = vec![Vec::new(); width];
        for (i, claim) in claimed.into_iter().enumerate() {
            lanes[i % width].push(claim);
        }
        let lanes = lanes
            .into_iter()
            .map(|lane| self.lane(store, lane, &batch, begin_until));
        let ended = try_join_all(lanes).await?;
        match ended.into_iter().flatten().next() {
            None => Ok(tried),
            Some(words) => {
                self.shut(store, &ids, &words).await?;
                Ok(0)
            }
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

    /// Sends one mail after the other; what a slow mail server left no time for is claimed again later. Ends with the server's
    /// words where it does not let us in.
    async fn lane(
        &self,
        store: &Store,
        claims: Vec<Claimed>,
        batch: &Batch,
        begin_until: Timestamp,
    ) -> Result<Option<String>, Error> {
        for claim in claims {
            if store.env().now() > begin_until {
                break;
            }
            if let Some(words) = self.send(store, &claim, batch).await? {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }

    /// Sends a mail and keeps how that ended; or answers the server's words where it does not let us in.
    async fn send(
        &self,
        store: &Store,
        claim: &Claimed,
        batch: &Batch,
    ) -> Result<Option<String>, Error> {
        let now = store.env().now();
        let letter = match batch.letter(claim, &self.settings, now) {
            Ok(letter) => self
                .composers
                .of(claim.template, letter.language)
                .compose(&letter)
                .map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        let (ending, reply) = match letter {
            Err(why) => (
                Ending::Bounced {
                    hint: "deploy this person again".to_owned(),
                },
                why,
            ),
            Ok(mail) => match self.hand(&mail.envelope, &mail.bytes).await {
                Answer::Shut(words) => return Ok(Some(words)),
                Answer::Taken(words) => {
                    self.opened(store).await?;
                    (Ending::Sent, words)
                }
                Answer::Refused(words) => {
                    let hint = advice(&words).to_owned();
                    (Ending::Bounced { hint }, words)
                }
                Answer::NotNow(words) => later(words, claim, now),
            },
        };
        settle(
            store,
            claim.deployment,
            &self.owner,
            batch.user(claim.deployment),
            &ending,
            &reply,
        )
        .await?;
        Ok(None)
    }

    /// Hands a mail to the server.
    pub(crate) async fn hand(&self, envelope: &Envelope, message: &[u8]) -> Answer {
        let limit = Duration::from_secs(SEND_MAX_S.unsigned_abs());
        let late = || {
            Answer::NotNow(format!(
                "the mail server did not take it within {SEND_MAX_S} s"
            ))
        };
        let handed = timeout(limit, self.lines.hand(envelope, message)).await;
        handed.unwrap_or_else(|_| late())
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// What a batch of mails is written from, read with a few statements for all of them.
struct Batch {
    deployments: Vec<Deployment>,
    people: Vec<User>,
    profiles: Vec<Profile>,
    sealed: std::collections::HashMap<model::SecretId, Secret>,
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
            deployments,
            people,
            profiles,
            sealed,
        })
    }

    fn user(&self, id: DeploymentId) -> Option<&User> {
        let deployment = self.deployments.iter().find(|d| d.id == id)?;
        self.people.iter().find(|user| user.id == deployment.user)
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
        let deployment = self
            .deployments
            .iter()
            .find(|d| d.id == id)
            .ok_or("the deployment is gone")?;
        let user = self.user(id).ok_or("the user is gone")?;
        // A profile that was removed meanwhile had its users given another one.
        let profile = |id| self.profiles.iter().find(|p| p.id == id);
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
    let central = &profile.settings.central_email;
    let to = if central.is_empty() {
        &person.email
    } else {
        central
    };
    Ok(Letter {
        to: Email::parse(to)?,
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

async fn settle(
    store: &Store,
    id: DeploymentId,
    owner: &str,
    user: Option<&User>,
    ending: &Ending,
    reply: &str,
) -> Result<(), Error> {
    let tx = store.begin().await?;
    let held = outbox::settle(&tx, id, owner, ending, reply).await?;
    if let (true, Some(user)) = (held, user) {
        let event = match ending {
            Ending::Sent => {
                users::stamp_deployed(&tx, user.id).await?;
                ("deployment-sent", user.served().email)
            }
            Ending::Bounced { .. } => {
                users::set_state(&tx, &[user.id], model::UserState::Failed).await?;
                ("deployment-bounced", reply.to_owned())
            }
            Ending::Later { .. } => ("deployment-delayed", reply.to_owned()),
        };
        users::note(&tx, &[(user.id, event.0, event.1)], &Actor::system()).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!([0, 1, 2, 20].map(wait_s), [5, 10, 20, 3600]);
    }
}
