//! The order `Deploy`: each person's configuration is rendered and checked, a ticket is made, and mail and
//! publication wait in the same transaction.

use std::collections::{HashMap, HashSet};

use ::users::{Kinds, sip_record};
use model::{
    DeploymentId, Email, EntryId, JobId, Outcome, Profile, ProfileId, RecordId, Refusal, Secret,
    SecretId, SipAccount, User, UserId, UserState,
    plan::reasons,
    ticket::{LinkHash, code_key, new_code, new_device_link, new_ticket},
    wave::Wave,
};
use store::{
    Hold, as_i64,
    deployments::{self, New},
    jobs::{self, Item, Settled, Standing},
    profiles, records,
    records::Stored,
    secrets::{self, Purpose},
    users::{self, OwnAccount},
};

use crate::{
    Error, Settings, account,
    plan::REMINDER,
    recipient::recipient,
    rest::{is_mailed, is_reminded},
    templates::InForce,
    wave::{Round, Turn, next, turn},
};

const CHUNK: usize = 200;
/// How soon it is looked whether there is more to do.
const WAIT_S: i64 = 1;
/// While gateways make secrets, those who wait for one are read again only so often.
const READ_AGAIN_S: i64 = 20;

/// What stands sealed for a mail that is not sent yet.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct SealedTicket {
    /// The ticket.
    pub(crate) ticket: String,
    /// The code for typing.
    pub(crate) code: String,
}

/// Carries the order out, or goes on with it.
pub async fn carry_out(
    hold: Hold<'_>,
    settings: &Settings,
    reason: &str,
    fed_by: Option<JobId>,
    wave: Option<&Wave>,
) -> Result<Outcome, Error> {
    let again = |why: &str| Outcome::Again {
        at: hold.store.env().now().plus_s(WAIT_S),
        why: why.to_owned(),
    };
    let mut round = Round::of(hold);
    if hold.job.cancel {
        return Ok(Outcome::Stopped);
    }
    if read_lately(hold, round) && jobs::is_under_way(hold.store, "credential").await? {
        return Ok(again(WAITS_FOR_SECRETS));
    }
    let mut most = CHUNK;
    if let Some(wave) = wave
        && is_more_to_do(hold).await?
    {
        match turn(hold, wave, &mut round).await? {
            Turn::Go(people) => most = people,
            Turn::Wait(outcome) => return Ok(outcome),
        }
    }
    let kinds = ::users::kinds(hold.store).await?;
    let work = Work {
        hold,
        settings,
        reason,
        kinds,
        in_force: InForce::read(hold.store).await?,
        wave,
    };
    let mut after = String::new();
    let mut waiting = false;
    loop {
        match hold.standing().await? {
            Standing::Go => {}
            Standing::Cancelled | Standing::Paused | Standing::Lost => return Ok(Outcome::Stopped),
        }
        let items = jobs::items(hold.store, hold.id(), "open", &after, as_i64(CHUNK)).await?;
        if items.is_empty() {
            break;
        }
        let chunk = work.chunk(&items, most, &mut round).await?;
        after = chunk.last;
        waiting |= chunk.waits;
        if let Some(wave) = wave
            && chunk.settled > 0
            && is_more_to_do(hold).await?
        {
            if chunk.made > 0 {
                return next(hold, wave).await;
            }
            match turn(hold, wave, &mut round).await? {
                Turn::Go(people) => most = people,
                Turn::Wait(outcome) => return Ok(outcome),
            }
        }
    }
    let fed = match fed_by {
        Some(job) => !jobs::get(hold.store, job).await?.state.is_over(),
        None => false,
    };
    if waiting {
        round.read_at = Some(hold.store.env().now());
        round.keep(hold).await?;
        return Ok(again(WAITS_FOR_SECRETS));
    }
    if fed {
        return Ok(again("waits for more people"));
    }
    Ok(Outcome::Done)
}

const WAITS_FOR_SECRETS: &str = "waits for SIP secrets from the gateway";

/// Whether those who wait for a secret were all read a short while ago.
fn read_lately(hold: Hold<'_>, round: Round) -> bool {
    let now = hold.store.env().now();
    let lately = |read_at| now.seconds_since(read_at) < READ_AGAIN_S;
    round.read_at.is_some_and(lately)
}

async fn is_more_to_do(hold: Hold<'_>) -> Result<bool, Error> {
    Ok(!jobs::open_items(hold.store, hold.id(), 1).await?.is_empty())
}

struct Work<'a> {
    hold: Hold<'a>,
    settings: &'a Settings,
    reason: &'a str,
    kinds: Kinds,
    in_force: InForce,
    wave: Option<&'a Wave>,
}

/// What came of a chunk.
struct Chunk {
    /// The last one that was looked at.
    last: String,
    /// How many deployments were made.
    made: usize,
    /// How many people's turn is over, with a deployment or without.
    settled: usize,
    /// Whether some have to wait.
    waits: bool,
}

/// What a chunk's decisions look at, read with a few statements for all of them.
struct Seen {
    people: HashMap<String, User>,
    profiles: HashMap<ProfileId, Profile>,
    records: Vec<Stored>,
    /// The secrets of accounts that were entered by hand.
    own: HashMap<UserId, OwnAccount>,
    secrets: HashMap<SecretId, Secret>,
    /// Records whose secret is being made.
    making: HashSet<String>,
    /// Why no secret could be made, by record.
    refused: HashMap<String, Refusal>,
}

impl Seen {
    /// The fate of somebody whose account has no secret: it is being made, or could not be.
    fn without_secret(&self, record: &Stored) -> Fate {
        let key = record.id.to_string();
        if self.making.contains(&key) {
            return Fate::Wait;
        }
        let refused = self.refused.get(&key).cloned();
        Fate::Fail(refused.unwrap_or_else(reasons::no_secret))
    }
}

/// What becomes of one person.
enum Fate {
    Deploy(Box<(New, Secret)>),
    Wait,
    Fail(Refusal),
}

impl Work<'_> {
    /// Makes so many deployments at most; the others stay open. Where a wave stops at too many who fail, they count as well.
    async fn chunk(&self, items: &[Item], most: usize, round: &mut Round) -> Result<Chunk, Error> {
        let seen = self.look(items).await?;
        let can_stop = self.wave.is_some_and(|wave| wave.stop_percent.is_some());
        let before = *round;
        let mut waits = false;
        let mut last = "";
        let mut settled = Vec::new();
        let mut made = Vec::new();
        let mut failed = Vec::new();
        for item in items {
            if made.len() == most || (can_stop && made.len() + failed.len() == most) {
                break;
            }
            last = &item.subject;
            // Nobody is there any more to get a mail, or it is not needed: that says nothing about the others.
            let user = seen.people.get(&item.subject);
            let Some(user) = user.filter(|user| !self.is_needless(user)) else {
                round.leave_out(false);
                settled.push(Settled::done(&item.subject, &item.label));
                continue;
            };
            match self.fate(user, &seen) {
                Fate::Wait => waits = true,
                Fate::Deploy(new) => {
                    settled.push(Settled::done(&item.subject, &item.label));
                    made.push(*new);
                }
                Fate::Fail(why) => {
                    if user.state == UserState::Suspended {
                        round.leave_out(true);
                    }
                    failed.push((user.id, why.reason.clone()));
                    settled.push(Settled::failed(&item.subject, &item.label, why));
                }
            }
        }
        let chunk = Chunk {
            last: last.to_owned(),
            made: made.len(),
            settled: settled.len(),
            waits,
        };
        if !settled.is_empty() {
            let round = (*round != before).then_some(*round);
            self.keep(made, failed, &settled, round).await?;
        }
        Ok(chunk)
    }

    /// Whether somebody needs this mail no more: whom a reminder or a wave is for got one since it was ordered, or whom a reminder is
    /// for fetched.
    fn is_needless(&self, user: &User) -> bool {
        let looks = self.reason == REMINDER || self.wave.is_some();
        (looks && is_mailed(user, self.hold.job.created_at)) || is_reminded(user, self.reason)
    }

    async fn look(&self, items: &[Item]) -> Result<Seen, Error> {
        let store = self.hold.store;
        let ids: Vec<UserId> = items
            .iter()
            .filter_map(|item| item.subject.parse().ok())
            .collect();
        let people = users::by_id(store, &ids).await?;
        let mut profiles = HashMap::new();
        for id in people.iter().filter_map(|user| user.profile) {
            if let std::collections::hash_map::Entry::Vacant(free) = profiles.entry(id) {
                free.insert(profiles::get(store, id).await?);
            }
        }
        let entries: Vec<EntryId> = people.iter().filter_map(|user| user.entry).collect();
        let tx = store.begin().await?;
        let mut records = records::of_entries_in(&tx, &entries).await?;
        let without: Vec<String> = records
            .iter()
            .filter(|r| r.secret.is_none())
            .map(|r| r.id.to_string())
            .collect();
        let making: HashSet<String> = jobs::open_elsewhere(&tx, "credential", &without)
            .await?
            .into_iter()
            .collect();
        // What is not being made any more may have been made after it was read: PostgreSQL shows that to the next statement.
        let unsure = |r: &&Stored| {
            r.secret.is_none()
                && !r.record.sip_user.is_empty()
                && !making.contains(&r.id.to_string())
        };
        let unsure: Vec<RecordId> = records.iter().filter(unsure).map(|r| r.id).collect();
        let again = records::by_id_in(&tx, &unsure).await?;
        let again: HashMap<RecordId, Stored> = again.into_iter().map(|r| (r.id, r)).collect();
        for record in &mut records {
            if let Some(now) = again.get(&record.id) {
                record.clone_from(now);
            }
        }
        let refused = jobs::failures(&tx, "credential", &without)
            .await?
            .into_iter()
            .collect();
        let own = users::own_accounts_in(&tx, &ids).await?;
        let held = records.iter().filter_map(|r| r.secret);
        let held: Vec<SecretId> = held.chain(own.values().map(|own| own.secret)).collect();
        let secrets = secrets::open_many_in(&tx, Purpose::Sip, &held).await?;
        drop(tx);
        let people = people
            .into_iter()
            .map(|user| (user.id.to_string(), user))
            .collect();
        Ok(Seen {
            people,
            profiles,
            records,
            own,
            secrets,
            making,
            refused,
        })
    }

    fn fate(&self, user: &User, seen: &Seen) -> Fate {
        if user.state == UserState::Suspended {
            return Fate::Fail(reasons::suspended());
        }
        let Some(profile) = user.profile.and_then(|id| seen.profiles.get(&id)) else {
            return Fate::Fail(reasons::do_not_deploy());
        };
        let own: Vec<Stored> = seen
            .records
            .iter()
            .filter(|r| r.entry == user.entry)
            .cloned()
            .collect();
        let record = sip_record(&own, &self.kinds);
        let secret = record
            .and_then(|record| record.secret)
            .and_then(|id| seen.secrets.get(&id));
        let by_hand = seen.own.get(&user.id);
        let by_hand =
            by_hand.and_then(|own| Some((seen.secrets.get(&own.secret)?, own.at_gateway)));
        if let (Some(record), None, None) = (record, secret, by_hand) {
            return seen.without_secret(record);
        }
        let held = account::Held {
            record,
            secret,
            own: by_hand,
        };
        let ready = account::of(user, profile, &held)
            .and_then(|(account, with_host)| self.check(user, &with_host, &account));
        match ready {
            Ok(()) => Fate::Deploy(Box::new(self.offer(user, profile))),
            Err(why) => Fate::Fail(why),
        }
    }

    /// Renders the configuration once, as a client would get it, before anything goes out.
    fn check(&self, user: &User, profile: &Profile, account: &SipAccount) -> Result<(), Refusal> {
        self.settings.check_mode(profile.settings.link_mode)?;
        let person = user.served();
        let address = recipient(&person, Some(&profile.settings));
        if address.is_empty() {
            return Err(reasons::no_email());
        }
        Email::parse(address).map_err(|why| {
            Refusal::new(
                "bad-email",
                format!("the e-mail address cannot be used: {why}"),
                "mend it at its component",
            )
        })?;
        let link = self.settings.device_link(
            profile.settings.link_mode,
            &new_device_link(self.hold.store.env()),
        );
        account::document(profile, account, &link).map(drop)
    }

    fn offer(&self, user: &User, profile: &Profile) -> (New, Secret) {
        let env = self.hold.store.env();
        let (id, ticket, code) = (DeploymentId::new(env), new_ticket(env), new_code(env));
        let settings = &profile.settings;
        let language = self.settings.language(&user.served(), profile);
        let sealed = SealedTicket {
            ticket: ticket.expose().to_owned(),
            code: code.expose().to_owned(),
        };
        let sealed = serde_json::to_string(&sealed).expect("two texts always serialise");
        let new = New {
            id,
            user: user.id,
            reason: self.reason.to_owned(),
            profile: profile.id,
            profile_version: profile.version,
            ticket: LinkHash::of(ticket.expose()),
            code_mac: secrets::code_mac(self.hold.store, &code_key(code.expose())),
            // Known once the value is sealed.
            secret: SecretId(id.0),
            link_mode: settings.link_mode,
            language: language.code().to_owned(),
            template: self.in_force.of(language, profile.id),
            message_id: format!("{id}@{}", self.settings.mail.message_domain()),
            places: i64::from(settings.devices),
            expires_at: env.now().plus_days(i64::from(settings.validity_days)),
            job: Some(self.hold.id()),
        };
        (new, Secret::new(sealed))
    }

    async fn keep(
        &self,
        made: Vec<(New, Secret)>,
        failed: Vec<(UserId, String)>,
        settled: &[Settled],
        round: Option<Round>,
    ) -> Result<(), Error> {
        let tx = self.hold.store.begin().await?;
        let (mut new, sealed): (Vec<New>, Vec<Secret>) = made.into_iter().unzip();
        let ids = secrets::keep(&tx, Purpose::Ticket, &sealed).await?;
        for (deployment, secret) in new.iter_mut().zip(ids) {
            deployment.secret = secret;
        }
        deployments::add(&tx, &new).await?;
        let lost: Vec<UserId> = failed.iter().map(|(id, _)| *id).collect();
        users::set_state(&tx, &lost, UserState::Failed).await?;
        let events: Vec<_> = failed
            .into_iter()
            .map(|(id, why)| (id, "deployment-failed", why))
            .collect();
        users::note(&tx, &events, &self.hold.actor()).await?;
        self.hold.settle(&tx, settled).await?;
        if let Some(round) = round {
            round.put(self.hold, &tx).await?;
        }
        Ok(tx.commit().await?)
    }
}
