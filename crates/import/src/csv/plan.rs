//! The plan of a file: its rows are read and decided about batch by batch, and each decision is written down.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    io::Read,
};

use ::store::{
    Store, Tx,
    details::{self, Detail},
    jobs,
    plans::{self, Counts, Item, Plan, Purpose, count},
    profiles, secrets, users,
};
use ::users::columns::Column;
use model::{
    Actor, JobId, Order, PersonFields, PlanId, ProfileId, Secret, User, UserId, plan::Action,
};
use sheets::Row;

use super::{
    Draft, Kept, Options, Told, Which, Wrong,
    draft::{Decided, ids},
    headings,
    read::{self, Beginning},
};
use crate::Error;

const EXPIRES_S: i64 = 24 * 3600;
/// Numbers that are shorter than nearly all others may have lost a zero: so many others, in percent.
const MOST: u64 = 90;

/// Reads a file and makes a plan of it. Nothing is done before [`run`].
pub async fn plan(
    store: &Store,
    options: Options,
    file: impl Read + Send + 'static,
    actor: &Actor,
) -> Result<Plan, Error> {
    let profiles = Profiles::of(store, options).await?;
    let (begins, mut rows) = read::open(file).await?;
    let columns = headings::read(&begins.header)?;
    let mut told = told(options, &begins, &columns);
    let mut plan = begin(store, &told, actor).await?;
    let mut work = Work {
        store,
        options,
        columns: &columns,
        profiles: &profiles,
        seen: Seen::default(),
        lengths: BTreeMap::new(),
    };
    while let Some(batch) = rows.next().await? {
        work.batch(&mut plan, &batch).await?;
    }
    if plan.counts.total == 0 {
        return Err(Error::Empty);
    }
    told.warnings.extend(lost_zeros(&work.lengths));
    plan.selection = to_text(&told);
    let tx = store.begin().await?;
    plans::describe(&tx, plan.id, &plan.selection).await?;
    plans::complete(&tx, plan.id, &plan.counts).await?;
    tx.commit().await?;
    Ok(plan)
}

fn told(options: Options, begins: &Beginning, columns: &[Option<Column>]) -> Told {
    let headings = begins.header.iter().zip(columns);
    Told {
        options,
        encoding: begins.written.encoding.to_owned(),
        delimiter: begins.written.delimiter,
        headings: headings
            .map(|(heading, column)| (heading.clone(), column.map(|c| c.name().to_owned())))
            .collect(),
        warnings: vec![],
    }
}

fn to_text(told: &Told) -> String {
    serde_json::to_string(told).expect("texts always serialise")
}

async fn begin(store: &Store, told: &Told, actor: &Actor) -> Result<Plan, Error> {
    let now = store.env().now();
    let plan = Plan {
        id: PlanId::new(store.env()),
        purpose: Purpose::Csv,
        profile: None,
        deploy: false,
        selection: to_text(told),
        counts: Counts::default(),
        actor: actor.0.clone(),
        created_at: now,
        expires_at: now.plus_s(EXPIRES_S),
        job: None,
    };
    let tx = store.begin().await?;
    details::forget_secrets(&tx).await?;
    plans::begin(&tx, &plan).await?;
    tx.commit().await?;
    Ok(plan)
}

/// Profiles by name, without regard to case.
struct Profiles(HashMap<String, ProfileId>);

impl Profiles {
    async fn of(store: &Store, options: Options) -> Result<Self, Error> {
        let all = profiles::list(store).await?;
        if let Which::All(Some(id)) = options.profile {
            let known = all.iter().any(|(profile, _)| profile.id == id);
            if !known {
                return Err(store::Error::Missing("profile").into());
            }
        }
        let by_name = all
            .into_iter()
            .map(|(profile, _)| (profile.name.to_lowercase(), profile.id));
        Ok(Self(by_name.collect()))
    }

    fn find(&self, name: &str) -> Option<ProfileId> {
        self.0.get(&name.to_lowercase()).copied()
    }
}

/// The rows that were met so far, so that nobody stands in a file twice: hashes with the line of the first.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    first: HashMap<u64, u64>,
}

impl Seen {
    /// The line in which the same was met before.
    fn before(&mut self, what: impl std::hash::Hash, line: u64) -> Option<u64> {
        let hash = self.hasher.hash_one(what);
        let first = *self.first.entry(hash).or_insert(line);
        (first != line).then_some(first)
    }

    fn check(&mut self, draft: &mut Draft, fields: &PersonFields) {
        let id = draft.id;
        let before = if let Some(id) = id {
            self.before(id, draft.line)
        } else {
            let who = (
                &fields.email,
                &fields.last_name,
                &fields.first_name,
                &fields.directory_number,
            );
            self.before(who, draft.line)
        };
        if let Some(line) = before {
            let column = if id.is_some() {
                Column::Id
            } else {
                Column::LastName
            };
            draft.wrong.push(Wrong {
                more: format!("(line {line})"),
                ..Wrong::new(column, "stands in this file before")
            });
        }
    }
}

struct Work<'a> {
    store: &'a Store,
    options: Options,
    columns: &'a [Option<Column>],
    profiles: &'a Profiles,
    seen: Seen,
    /// How many directory numbers have how many digits.
    lengths: BTreeMap<usize, u64>,
}

impl Work<'_> {
    async fn batch(&mut self, plan: &mut Plan, rows: &[Row]) -> Result<(), Error> {
        let mut drafts: Vec<_> = rows
            .iter()
            .map(|row| Draft::of(row, self.columns, self.options.clear))
            .collect();
        let known = users::by_id(self.store, &ids(&drafts)).await?;
        let known: HashMap<UserId, User> = known.into_iter().map(|user| (user.id, user)).collect();
        let (mut items, mut kept) = (Vec::new(), Vec::new());
        for (draft, row) in drafts.iter_mut().zip(rows) {
            let user = draft.id.and_then(|id| known.get(&id));
            let mut decided = draft.decide(self.options, user, |name| self.profiles.find(name));
            self.seen.check(draft, &decided.fields);
            if !draft.wrong.is_empty() {
                decided.action = Action::Skip;
            }
            self.note_length(&decided);
            items.push(item(draft, user, &decided, &mut plan.counts));
            let detail = self.kept(draft, decided, row);
            kept.extend(detail.map(|detail| (plan.counts.total, detail, draft.password.take())));
        }
        let tx = self.store.begin().await?;
        plans::add_items(&tx, plan.id, &items).await?;
        keep(&tx, plan.id, kept).await?;
        Ok(tx.commit().await?)
    }

    fn note_length(&mut self, decided: &Decided) {
        let number = &decided.fields.directory_number;
        if decided.action != Action::Skip && !number.is_empty() {
            *self.lengths.entry(number.len()).or_default() += 1;
        }
    }

    fn kept(&self, draft: &Draft, decided: Decided, row: &Row) -> Option<Kept> {
        let line = draft.line;
        match decided.action {
            Action::Keep => None,
            Action::Create | Action::Update => Some(Kept {
                line,
                fields: Some(decided.fields),
                profile: decided.profile,
                faults: vec![],
                cells: vec![],
            }),
            Action::Skip => Some(Kept {
                line,
                fields: None,
                profile: None,
                faults: draft
                    .wrong
                    .iter()
                    .map(|wrong| (wrong.column.title().to_owned(), wrong.words()))
                    .collect(),
                cells: shown_cells(row, self.columns),
            }),
        }
    }
}

/// The cells of a row without secrets. What stands in a column that is not known may be one too.
fn shown_cells(row: &Row, columns: &[Option<Column>]) -> Vec<String> {
    let cells = row.cells.iter().zip(columns);
    cells
        .map(|(cell, column)| match column {
            Some(column) if !column.is_secret() => cell.clone(),
            _ => String::new(),
        })
        .collect()
}

fn item(draft: &Draft, user: Option<&User>, decided: &Decided, counts: &mut Counts) -> Item {
    counts.total += 1;
    let reason = match (decided.action, draft.wrong.first()) {
        (Action::Skip, Some(wrong)) => {
            let why = wrong.refusal();
            count(&mut counts.skip, &why);
            why.code
        }
        (action, _) => {
            match action {
                Action::Create => counts.create += 1,
                Action::Update => counts.update += 1,
                Action::Keep | Action::Skip => counts.keep += 1,
            }
            String::new()
        }
    };
    let label = decided.fields.label();
    Item {
        n: counts.total,
        entry: None,
        user: user.map(|user| user.id),
        action: decided.action,
        reason,
        deploy: String::new(),
        label: if label.is_empty() {
            format!("line {}", draft.line)
        } else {
            label
        },
        hash: user.map_or([0; 16], |user| user.fields.hash()),
    }
}

async fn keep(tx: &Tx, plan: PlanId, rows: Vec<(i64, Kept, Option<Secret>)>) -> Result<(), Error> {
    // A row with a fault is not carried out: its secret is not kept.
    let wanted = |kept: &Kept, secret: &Option<Secret>| kept.fields.is_some() && secret.is_some();
    let with: Vec<i64> = rows
        .iter()
        .filter(|(_, kept, secret)| wanted(kept, secret))
        .map(|(n, ..)| *n)
        .collect();
    let with: HashSet<i64> = with.into_iter().collect();
    let values: Vec<Secret> = rows
        .iter()
        .filter(|(n, ..)| with.contains(n))
        .filter_map(|(.., secret)| secret.clone())
        .collect();
    let mut sealed = secrets::keep(tx, secrets::Purpose::Sip, &values)
        .await?
        .into_iter();
    let details: Vec<Detail> = rows
        .into_iter()
        .map(|(n, kept, _)| Detail {
            n,
            data: serde_json::to_string(&kept).expect("texts always serialise"),
            secret: with.contains(&n).then(|| sealed.next()).flatten(),
        })
        .collect();
    Ok(details::add(tx, plan, &details).await?)
}

/// A warning where a few numbers are shorter than nearly all others: spreadsheets drop leading zeros.
fn lost_zeros(lengths: &BTreeMap<usize, u64>) -> Option<String> {
    let all: u64 = lengths.values().sum();
    let (usual, count) = lengths.iter().max_by_key(|(_, count)| **count)?;
    let shorter: u64 = lengths.range(..usual).map(|(_, count)| count).sum();
    (shorter > 0 && count * 100 >= all * MOST).then(|| {
        format!(
            "{shorter} directory numbers are shorter than the {count} with {usual} digits: did a spreadsheet drop leading zeros?"
        )
    })
}

/// What was found in the file that a plan was made of.
pub fn shown(plan: &Plan) -> Option<Told> {
    serde_json::from_str(&plan.selection).ok()
}

/// Has a plan carried out; the job. Asking again answers the same job. `partial` is as it was said when the file was given,
/// unless it is said here.
///
/// # Errors
/// [`Error::Faulty`] where rows have faults and a partial import is not allowed.
pub async fn run(
    store: &Store,
    id: PlanId,
    partial: Option<bool>,
    actor: &Actor,
) -> Result<JobId, Error> {
    let tx = store.begin().await?;
    let plan = plans::get_in(&tx, id).await?;
    if plan.purpose != Purpose::Csv {
        return Err(Error::OtherPurpose);
    }
    if let Some(job) = plan.job {
        return Ok(job);
    }
    if tx.env().now() > plan.expires_at {
        return Err(Error::Expired);
    }
    let faulty: i64 = plan.counts.skip.iter().map(|reason| reason.count).sum();
    let partial = partial.or_else(|| shown(&plan).map(|told| told.options.partial));
    if faulty > 0 && partial != Some(true) {
        return Err(Error::Faulty(faulty));
    }
    let total = plan.counts.create + plan.counts.update + plan.counts.keep;
    let order = Order::ImportCsv { plan: id };
    let job = jobs::enqueue(&tx, &order, total, None, actor).await?;
    plans::set_job(&tx, id, job, actor).await?;
    tx.commit().await?;
    Ok(job)
}
