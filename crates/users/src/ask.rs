//! Asking for a deployment: the orders `Deploy`, and before it `Credential` where no secret is held, in the
//! caller's transaction.

use std::collections::BTreeMap;

use model::{
    Actor, ConnectionId, EntryId, JobId, Order, SecretHeld, User, UserId, UserState, wave::Wave,
};
use serde::{Deserialize, Serialize};
use store::{Tx, jobs, records, records::Stored, users};

use crate::source::{Kinds, held, sip_record};

/// The jobs that one request for deployments feeds, kept by who feeds them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// The job that deploys.
    pub deploy: JobId,
    /// The jobs that fetch secrets, by connection.
    pub credential: BTreeMap<ConnectionId, JobId>,
}

impl Asked {
    /// Opens a request. With `fed_by` its job stays open until that job is over.
    pub async fn begin(
        tx: &Tx,
        reason: &str,
        fed_by: Option<JobId>,
        actor: &Actor,
    ) -> Result<Self, store::Error> {
        Self::spread(tx, reason, fed_by, None, actor).await
    }

    /// The same, its mails spread over time.
    pub async fn spread(
        tx: &Tx,
        reason: &str,
        fed_by: Option<JobId>,
        wave: Option<Wave>,
        actor: &Actor,
    ) -> Result<Self, store::Error> {
        let order = Order::Deploy {
            reason: reason.to_owned(),
            fed_by,
            wave,
        };
        let deploy = jobs::enqueue(tx, &order, 0, None, actor).await?;
        Ok(Self {
            deploy,
            credential: BTreeMap::new(),
        })
    }
}

/// Asks for the deployment of users, who become *queued*; of a job that ended early, or was asked to, they get none.
pub async fn ask_deployment(
    tx: &Tx,
    asked: &mut Asked,
    people: &[User],
    kinds: &Kinds,
    actor: &Actor,
) -> Result<(), store::Error> {
    if !jobs::takes_more(tx, asked.deploy).await? {
        return Ok(());
    }
    ask_credentials(tx, &mut asked.credential, people, kinds, actor).await?;
    let items: Vec<_> = people
        .iter()
        .map(|user| (user.id.to_string(), user.fields.label()))
        .collect();
    jobs::add_items(tx, asked.deploy, &items).await?;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    users::set_state(tx, &ids, UserState::Queued).await?;
    let events: Vec<_> = ids
        .into_iter()
        .map(|id| (id, "deployment-ordered", String::new()))
        .collect();
    users::note(tx, &events, actor).await
}

/// Has the secret of a person's account made where none is held and one can be: whether it is on its way. Where it was tried
/// before and could not be made, an administrator has to see to it.
pub async fn ask_secret(
    tx: &Tx,
    person: &User,
    kinds: &Kinds,
    actor: &Actor,
) -> Result<bool, store::Error> {
    let entry: Vec<EntryId> = person.entry.into_iter().collect();
    let records = records::of_entries_in(tx, &entry).await?;
    let subjects: Vec<String> = records.iter().map(|r| r.id.to_string()).collect();
    if !jobs::open_elsewhere(tx, "credential", &subjects)
        .await?
        .is_empty()
    {
        return Ok(true);
    }
    if !jobs::failures(tx, "credential", &subjects)
        .await?
        .is_empty()
    {
        return Ok(false);
    }
    let mut asked = BTreeMap::new();
    let people = std::slice::from_ref(person);
    ask_credentials(tx, &mut asked, people, kinds, actor).await?;
    Ok(!asked.is_empty())
}

async fn ask_credentials(
    tx: &Tx,
    asked: &mut BTreeMap<ConnectionId, JobId>,
    people: &[User],
    kinds: &Kinds,
    actor: &Actor,
) -> Result<(), store::Error> {
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    // Where a password for the component's account was entered by hand none is made: that would cut a working phone off.
    let own = users::own_accounts_in(tx, &ids).await?;
    let without = people
        .iter()
        .filter(|user| !own.contains_key(&user.id) || !user.ours.sip_user.is_empty());
    let entries: Vec<EntryId> = without.filter_map(|user| user.entry).collect();
    let stored = records::of_entries_in(tx, &entries).await?;
    let mut wanted: BTreeMap<ConnectionId, Vec<(String, String)>> = BTreeMap::new();
    for group in stored.chunk_by(|a, b| a.entry == b.entry) {
        let to_be_made = |record: &&Stored| held(record, kinds) == SecretHeld::CanBeMade;
        if let Some(record) = sip_record(group, kinds).filter(to_be_made) {
            wanted
                .entry(record.connection)
                .or_default()
                .push(item(record));
        }
    }
    for (connection, items) in wanted {
        let job = if let Some(job) = asked.get(&connection) {
            *job
        } else {
            let job = jobs::enqueue(tx, &Order::Credential { connection }, 0, None, actor).await?;
            asked.insert(connection, job);
            job
        };
        jobs::add_items(tx, job, &items).await?;
    }
    Ok(())
}

fn item(record: &Stored) -> (String, String) {
    (record.id.to_string(), record.record.sip_user.clone())
}
