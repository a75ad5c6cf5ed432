//! The integrated view: pages of it, its age, and one entry explained.

use std::collections::{HashMap, HashSet};

use model::{
    ComponentKind, ConnectionId, EntryId, Note, NoteKind, RecordId, Rule, Timestamp,
    entry::Verdict, text::fold, values::number_key,
};
use store::{
    Store,
    connections::{self, Connection},
    decisions, entries,
    records::{self, Stored},
};

use crate::{
    Error,
    connections::is_ready,
    join::{Precedences, Source, winners},
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
    /// Joins that were refused or are only proposed.
    pub doubts: Vec<Doubt>,
    /// What people decided about its records, newest first.
    pub history: Vec<Said>,
    /// The number of the last of these acts, 0 without one: who decides next has seen it.
    pub decided: i64,
}

/// One record with the connection that told it.
#[derive(Debug, Clone)]
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

/// A join that was not made.
#[derive(Debug)]
pub struct Doubt {
    /// What is said about it.
    pub note: Note,
    /// The other entry, if it is still there: its id and what a person calls it.
    pub other: Option<(EntryId, String)>,
    /// The value that both have; may be empty.
    pub value: String,
    /// Whether the two can be linked at all.
    pub can_link: bool,
}

/// One act of deciding, with the records as they are now.
#[derive(Debug)]
pub struct Said {
    /// What was said.
    pub verdict: Verdict,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The records that it was said of.
    pub records: Vec<Told>,
    /// The records that they are, or are not, the same person as.
    pub others: Vec<Told>,
    /// Whether it still stands and can be taken back.
    pub stands: bool,
}

/// So many acts of deciding are told.
const HISTORY: i64 = 20;

/// Explains one entry.
pub async fn explain(store: &Store, id: EntryId) -> Result<Explained, Error> {
    let entry = entries::get(store, id).await?;
    let stored = records::of_entry(store, id).await?;
    let connections = connections::list(store).await?;
    let told: Vec<Told> = stored
        .iter()
        .filter_map(|stored| told(stored, &connections))
        .collect();
    let edges = stored
        .iter()
        .filter_map(|stored| stored.join.as_ref().map(|join| (stored.id, join)));
    let joins = edges
        .map(|(id, join)| Joined {
            records: (id, join.with),
            rule: join.rule,
            value: matched(&told, id, join.with, join.rule),
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
    let set = Precedences::new(store::precedence::all(store).await?);
    let winners = winners(&sources, &set)
        .into_iter()
        .map(|(f, name, value)| (f, name.to_owned(), value))
        .collect();
    let (history, decided) = history(store, &told, &connections).await?;
    Ok(Explained {
        doubts: doubts(store, &entry.notes, &told).await?,
        entry,
        records: told,
        joins,
        winners,
        history,
        decided,
    })
}

/// A record with its connection; none where that one was removed.
fn told(stored: &Stored, connections: &[Connection]) -> Option<Told> {
    let from = connections.iter().find(|c| c.id == stored.connection)?;
    Some(Told {
        id: stored.id,
        connection: from.id,
        name: from.name.clone(),
        kind: from.kind,
        record: stored.record.clone(),
        has_secret: stored.secret.is_some(),
    })
}

/// What is said of other entries, with whom it is about and the value that both have.
async fn doubts(store: &Store, notes: &[Note], told: &[Told]) -> Result<Vec<Doubt>, Error> {
    let of_doubt = |note: &&Note| matches!(note.kind, NoteKind::Conflict | NoteKind::Proposal);
    let notes: Vec<&Note> = notes.iter().filter(of_doubt).collect();
    let ids: Vec<EntryId> = notes.iter().filter_map(|note| note.other).collect();
    let others = entries::by_id(store, &ids).await?;
    let theirs = records::of_entries(store, &ids).await?;
    let doubt = |note: &Note| {
        let other = others.iter().find(|entry| Some(entry.id) == note.other);
        let theirs = || theirs.iter().filter(|record| record.entry == note.other);
        let values = note.rule.into_iter().flat_map(|rule| {
            told.iter()
                .flat_map(move |our| theirs().map(move |their| (our, their)))
                .filter_map(move |(our, their)| shared(rule, &our.record, &their.record))
        });
        let collide =
            theirs().any(|their| told.iter().any(|our| our.connection == their.connection));
        Doubt {
            note: note.clone(),
            other: other.map(|entry| (entry.id, entry.fields.label())),
            value: values.into_iter().next().unwrap_or_default(),
            can_link: other.is_some() && !collide,
        }
    };
    Ok(notes.into_iter().map(doubt).collect())
}

/// What was decided about records, and the number of the last act.
async fn history(
    store: &Store,
    ours: &[Told],
    connections: &[Connection],
) -> Result<(Vec<Said>, i64), Error> {
    let ids: Vec<RecordId> = ours.iter().map(|told| told.id).collect();
    let acts = decisions::history(store, &ids, HISTORY).await?;
    let standing = decisions::standing(store, &ids).await?;
    let named: Vec<RecordId> = acts
        .iter()
        .flat_map(|act| act.records.iter().chain(&act.others).copied())
        .collect();
    let known: HashMap<RecordId, Told> = records::by_id(store, &named)
        .await?
        .iter()
        .filter_map(|stored| Some((stored.id, told(stored, connections)?)))
        .collect();
    let tell = |ids: &[RecordId]| ids.iter().filter_map(|id| known.get(id).cloned()).collect();
    let mut met = HashSet::new();
    let decided = acts.first().map_or(0, |act| act.n);
    let said = acts.iter().map(|act| {
        let pairs = act.records.iter().flat_map(|one| {
            let pair = move |other: &RecordId| (*one.min(other), *one.max(other));
            act.others.iter().map(pair)
        });
        // Of several acts about one pair only the newest can stand.
        let news: Vec<_> = pairs.filter(|pair| met.insert(*pair)).collect();
        let stands = |pair| standing.get(pair).copied() == act.verdict.together();
        Said {
            verdict: act.verdict,
            actor: act.actor.clone(),
            at: act.at,
            records: tell(&act.records),
            others: tell(&act.others),
            stands: act.verdict != Verdict::Undone && news.iter().any(stands),
        }
    });
    Ok((said.collect(), decided))
}

/// The value by which a rule joined two records, as a person reads it.
fn matched(told: &[Told], a: RecordId, b: RecordId, rule: Rule) -> String {
    let find = |id| told.iter().find(|t| t.id == id).map(|t| &t.record);
    let (Some(a), Some(b)) = (find(a), find(b)) else {
        return String::new();
    };
    let login = || [&a.login, &b.login].into_iter().find(|l| !l.is_empty());
    shared(rule, a, b)
        .or_else(|| login().filter(|_| rule == Rule::Login).cloned())
        .unwrap_or_default()
}

/// The value that two records have in common under a rule.
fn shared(rule: Rule, a: &model::Record, b: &model::Record) -> Option<String> {
    let same = |mine: &str, theirs: &str| !mine.is_empty() && fold(mine) == fold(theirs);
    match rule {
        Rule::Decision => None,
        Rule::CrossReference => {
            same(&a.mbg_user_name, &b.mbg_user_name).then(|| a.mbg_user_name.clone())
        }
        Rule::Number => {
            let number = number_key(&a.directory_number);
            let pbx = if a.pbx.is_empty() { &b.pbx } else { &a.pbx };
            (!number.is_empty() && number == number_key(&b.directory_number))
                .then(|| format!("{number} {pbx}").trim().to_owned())
        }
        Rule::Login => {
            let theirs = [&b.login, &b.client_service_account];
            [&a.login, &a.client_service_account]
                .into_iter()
                .find(|mine| theirs.iter().any(|theirs| same(mine, theirs)))
                .cloned()
        }
        Rule::Email => same(&a.email, &b.email).then(|| a.email.clone()),
        Rule::Name => {
            let name = |r: &model::Record| format!("{} {}", r.first_name, r.last_name);
            let (a_name, b_name) = (name(a), name(b));
            let known = !a_name.trim().is_empty() && !b_name.trim().is_empty();
            let department = same(&a.department, &b.department);
            let what = if department {
                &a.department
            } else {
                &a.directory_number
            };
            known.then(|| format!("{} / {}, {what}", a_name.trim(), b_name.trim()))
        }
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
