//! A person's word about who is who: kept, and followed by the next joining. Two who decide about the same person at
//! once are told of each other.

use model::{Actor, EntryId, Fault, Order, RecordId, entry::Verdict};
use store::{Store, Tx, connections, decisions, records, records::Stored};

use crate::Error;

/// Whom a decision is about, besides the entry that it is made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One record, of this entry or of another one.
    Record(RecordId),
    /// Every record of another entry.
    Entry(EntryId),
}

/// A decision at an entry.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// The entry.
    pub entry: EntryId,
    /// The other side.
    pub about: About,
    /// What is said: they are together, apart, or nothing any more.
    pub verdict: Verdict,
    /// The last act that the person knew of ([`crate::view::Explained::decided`]); none: whatever was said meanwhile.
    pub seen: Option<i64>,
}

/// Keeps a decision and has everything joined anew.
///
/// # Errors
/// [`Error::Decided`] where somebody else decided about the entry since it was looked at; [`Error::Unfit`] where the
/// records cannot be one person.
pub async fn decide(store: &Store, decision: Decision, actor: &Actor) -> Result<(), Error> {
    let tx = store.begin().await?;
    // From here on nobody else decides.
    let n = decisions::begin(&tx).await?;
    let theirs = records::of_entries_in(&tx, &[decision.entry]).await?;
    let ours = ours(&tx, decision.about).await?;
    let ids = |records: &[Stored]| records.iter().map(|r| r.id).collect::<Vec<_>>();
    unseen(&tx, decision, &ids(&theirs)).await?;
    let pairs: Vec<_> = ids(&ours)
        .iter()
        .flat_map(|one| ids(&theirs).into_iter().map(move |other| (*one, other)))
        .filter(|(one, other)| one != other)
        .collect();
    if pairs.is_empty() {
        return Err(store::Error::Missing("other record of this entry").into());
    }
    if decision.verdict == Verdict::Together {
        let clusters = connections::list_in(&tx).await?;
        fits(&ours, &theirs, &clusters)?;
    }
    decisions::keep(&tx, n, &pairs, decision.verdict, actor).await?;
    store::jobs::enqueue(&tx, &Order::Join, 0, Some("join"), actor).await?;
    Ok(tx.commit().await?)
}

async fn ours(tx: &Tx, about: About) -> Result<Vec<Stored>, Error> {
    let found = match about {
        About::Record(id) => records::by_id_in(tx, &[id]).await?,
        About::Entry(id) => records::of_entries_in(tx, &[id]).await?,
    };
    let what = match about {
        About::Record(_) => "record",
        About::Entry(_) => "other entry",
    };
    if found.is_empty() {
        return Err(store::Error::Missing(what).into());
    }
    Ok(found)
}

/// Refuses a decision of somebody who has not seen the last one about these records.
async fn unseen(tx: &Tx, decision: Decision, records: &[RecordId]) -> Result<(), Error> {
    let Some(seen) = decision.seen else {
        return Ok(());
    };
    match decisions::latest_in(tx, records).await? {
        Some((n, actor)) if n != seen => Err(Error::Decided { actor }),
        None if seen != 0 => Err(store::Error::Missing("entry").into()),
        _ => Ok(()),
    }
}

/// Whether the records of two sides can be one person at all.
fn fits(ours: &[Stored], theirs: &[Stored], all: &[connections::Connection]) -> Result<(), Error> {
    let of_both = ours.iter().find(|our| {
        let same = |their: &&Stored| their.id != our.id && their.connection == our.connection;
        theirs.iter().any(|their| same(&their))
    });
    let Some(record) = of_both else { return Ok(()) };
    let connection = all.iter().find(|c| c.id == record.connection);
    let name = connection.map_or("one connection", |c| c.name.as_str());
    let why = format!("both sides have a record of {name}, and a person has one record on each");
    Err(Error::Unfit(vec![Fault::new("record", why)]))
}
