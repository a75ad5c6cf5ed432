//! The integrated view: pages of it, its age, and one entry explained.

use model::{
    ComponentKind, ConnectionId, EntryId, Fault, RecordId, Rule, Timestamp, text::fold,
    values::number_key,
};
use store::{Store, connections, entries, records};

use crate::{
    Error,
    connections::is_ready,
    join::{Source, winners},
};

pub use store::entries::Entry;

/// One entry with everything that explains it.
#[derive(Debug)]
pub struct Explained {
    /// The entry.
    pub entry: Entry,
    /// Its records, side by side.
    pub records: Vec<Told>,
    /// The joins that made it.
    pub joins: Vec<Joined>,
    /// For each field: its name, the connection that won it, the value.
    pub winners: Vec<(&'static str, String, String)>,
}

/// One record with the connection that told it.
#[derive(Debug)]
pub struct Told {
    /// Its id.
    pub id: RecordId,
    /// The connection.
    pub connection: ConnectionId,
    /// The connection's name.
    pub name: String,
    /// Its kind.
    pub kind: ComponentKind,
    /// What it tells.
    pub record: model::Record,
    /// Whether we hold its SIP secret.
    pub has_secret: bool,
}

/// One join with what matched.
#[derive(Debug)]
pub struct Joined {
    /// The records.
    pub records: (RecordId, RecordId),
    /// The rule.
    pub rule: Rule,
    /// The value that matched, as a person reads it.
    pub value: String,
}

/// Explains one entry.
pub async fn explain(store: &Store, id: EntryId) -> Result<Explained, Error> {
    let entry = entries::get(store, id).await?;
    let stored = records::of_entry(store, id).await?;
    let connections = connections::list(store).await?;
    let mut told = Vec::new();
    let mut edges = Vec::new();
    for record in stored {
        let Some(from) = connections.iter().find(|c| c.id == record.connection) else {
            continue;
        };
        edges.extend(
            record
                .join
                .as_ref()
                .map(|join| (record.id, join.with, join.rule)),
        );
        told.push(Told {
            id: record.id,
            connection: from.id,
            name: from.name.clone(),
            kind: from.kind,
            record: record.record,
            has_secret: record.secret.is_some(),
        });
    }
    let joins = edges
        .into_iter()
        .map(|(a, b, rule)| Joined {
            records: (a, b),
            rule,
            value: matched(&told, a, b, rule),
        })
        .collect();
    let sources: Vec<_> = told
        .iter()
        .map(|t| Source {
            kind: t.kind,
            name: &t.name,
            record: &t.record,
        })
        .collect();
    let winners = winners(&sources)
        .into_iter()
        .map(|(f, name, value)| (f, name.to_owned(), value))
        .collect();
    Ok(Explained {
        entry,
        records: told,
        joins,
        winners,
    })
}

/// The value by which a rule joined two records, as a person reads it.
fn matched(told: &[Told], a: RecordId, b: RecordId, rule: Rule) -> String {
    let find = |id| told.iter().find(|t| t.id == id).map(|t| &t.record);
    let (Some(a), Some(b)) = (find(a), find(b)) else {
        return String::new();
    };
    match rule {
        Rule::Decision => String::new(),
        Rule::CrossReference => a.mbg_user_name.clone(),
        Rule::Number => {
            let pbx = if a.pbx.is_empty() { &b.pbx } else { &a.pbx };
            format!("{} {pbx}", number_key(&a.directory_number))
                .trim()
                .to_owned()
        }
        Rule::Login => [&a.login, &a.client_service_account]
            .into_iter()
            .filter(|mine| !mine.is_empty())
            .find(|mine| {
                let theirs = [&b.login, &b.client_service_account];
                theirs.iter().any(|theirs| fold(theirs) == fold(mine))
            })
            .or_else(|| [&a.login, &b.login].into_iter().find(|l| !l.is_empty()))
            .cloned()
            .unwrap_or_default(),
        Rule::Email => a.email.clone(),
    }
}

/// How old the view is and what troubles its connections.
#[derive(Debug, Default)]
pub struct Age {
    /// Connections there are.
    pub connections: usize,
    /// The oldest last complete scan; none where some connection was never read.
    pub complete_at: Option<Timestamp>,
    /// Connections whose last scan ended early: name, reason, hint.
    pub troubles: Vec<(String, String, String)>,
}

/// The age of the view.
pub async fn age(store: &Store) -> Result<Age, Error> {
    let mut connections = connections::list(store).await?;
    // What is left alone, or read by another connection, does not make the view older.
    connections.retain(|c| !c.paused && c.read_by.is_none() && is_ready(c));
    let complete_at = connections
        .iter()
        .map(|c| c.scan.completed_at)
        .min()
        .flatten();
    let troubles = connections
        .iter()
        .filter(|c| !c.scan.error.is_empty())
        .map(|c| (c.name.clone(), c.scan.error.clone(), c.scan.hint.clone()))
        .collect();
    Ok(Age {
        connections: connections.len(),
        complete_at,
        troubles,
    })
}

/// Keeps a person's decision about a record and an entry, and has everything joined anew: `together` links
/// the record to the entry's records, otherwise it is kept apart from them.
pub async fn decide(
    store: &Store,
    entry: EntryId,
    record: RecordId,
    together: bool,
    actor: &model::Actor,
) -> Result<(), Error> {
    let theirs = records::of_entry(store, entry).await?;
    let others: Vec<RecordId> = theirs
        .iter()
        .map(|other| other.id)
        .filter(|id| *id != record)
        .collect();
    let found = records::by_id(store, &[record]).await?;
    let ours = found.first().ok_or(store::Error::Missing("record"))?;
    if others.is_empty() {
        return Err(store::Error::Missing("other record of this entry").into());
    }
    let has_one_already =
        |other: &records::Stored| other.id != record && other.connection == ours.connection;
    if together && theirs.iter().any(has_one_already) {
        let why = "two records of one connection are never one entry";
        return Err(Error::Unfit(vec![Fault::new("record", why)]));
    }
    let tx = store.begin().await?;
    for other in others {
        records::decide(&tx, record, other, together, actor).await?;
    }
    store::jobs::enqueue(&tx, &model::Order::Join, 0, Some("join"), actor).await?;
    Ok(tx.commit().await?)
}
