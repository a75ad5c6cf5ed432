//! The plan of a file: its rows are read and decided about batch by batch, and each decision is written down.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    io::Read,
};

use ::store::{
    Store, Tx,
    details::{self, Detail},
    entries, jobs,
    plans::{self, Counts, Item, Plan, Purpose, count, discount},
    profiles, secrets,
    users::{self, OwnSecret},
};
use ::users::columns::Column;
use model::{
    Actor, JobId, Order, Ours, PersonFields, PlanId, ProfileId, Secret, User, UserId, plan::Action,
};
use serde::Serialize;
use sheets::{Form, Odd, Row};

use super::{
    Asked, Draft, Kept, Mapped, Mapping, Options, Told, Which, Wrong,
    alike::{Here, Met, Said},
    circles::{InCircle, Moves, Place},
    draft::{CIRCLE, Decided, SOURCED, TWICE, ids},
    headings, mapping,
    read::{self, Beginning},
    zeros::Numbers,
};
use crate::Error;

const EXPIRES_S: i64 = 24 * 3600;

/// Reads a file and makes a plan of it. Nothing is done before [`run`].
pub async fn plan(
    store: &Store,
    asked: impl Into<Asked>,
    file: impl Read + Send + 'static,
    actor: &Actor,
) -> Result<Plan, Error> {
    let Asked {
        options,
        mapping: given,
        ask,
    } = asked.into();
    let profiles = Profiles::of(store, options).await?;
    let (begins, mut rows) = read::open(file).await?;
    let (mapping, mapped) = said(store, &begins.header, given).await?;
    let columns = headings::read(&begins.header, &mapping)?;
    if ask && mapped.is_none() && headings::is_open(&begins.header, &columns) {
        return Err(Error::Unmapped(begins.header));
    }
    headings::check(&columns)?;
    let mut told = told(options, &begins, &columns, mapped);
    let mut plan = begin(store, &told, actor).await?;
    if told.mapped == Some(Mapped::Given) {
        let tx = store.begin().await?;
        mapping::remember(&tx, &begins.header, &mapping, actor).await?;
        tx.commit().await?;
    }
    let mut work = Work {
        store,
        options,
        columns: &columns,
        delimiter: told.delimiter,
        profiles: &profiles,
        seen: Seen::default(),
        met: Met::default(),
        anybody: users::any(store).await?,
        numbers: Numbers::default(),
        number_at: columns
            .iter()
            .position(|c| *c == Some(Column::DirectoryNumber)),
        moves: Moves::default(),
    };
    while let Some(batch) = rows.next().await? {
        work.batch(&mut plan, &batch).await?;
    }
    if plan.counts.total == 0 {
        return Err(Error::NoRows);
    }
    told.warnings.extend(work.numbers.warnings());
    plan.selection = to_text(&told);
    let tx = store.begin().await?;
    leave_out(&tx, store, &mut plan, &columns, &work.moves.circles()).await?;
    plans::describe(&tx, plan.id, &plan.selection).await?;
    plans::complete(&tx, &plan).await?;
    tx.commit().await?;
    Ok(plan)
}

/// What was said about headings: with the file, or about the same header before.
async fn said(
    store: &Store,
    header: &[String],
    given: Mapping,
) -> Result<(Mapping, Option<Mapped>), Error> {
    if !given.is_empty() {
        return Ok((given, Some(Mapped::Given)));
    }
    let remembered = mapping::remembered(store, header).await?;
    Ok(remembered.map_or((given, None), |(mapping, by)| {
        (mapping, Some(Mapped::Remembered(by)))
    }))
}

fn told(
    options: Options,
    begins: &Beginning,
    columns: &[Option<Column>],
    mapped: Option<Mapped>,
) -> Told {
    let headings = begins.header.iter().zip(columns);
    let (encoding, delimiter, sheet) = match begins.form.clone() {
        Form::Csv {
            encoding,
            delimiter,
        } => (encoding, Some(delimiter), None),
        Form::Xlsx { name, others } => ("", None, Some((name, others))),
    };
    Told {
        options,
        encoding: encoding.to_owned(),
        delimiter,
        sheet,
        mapped,
        headings: headings
            .map(|(heading, column)| (heading.clone(), column.map(|c| c.name().to_owned())))
            .collect(),
        warnings: vec![],
    }
}

fn to_text(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("texts always serialise")
}

async fn begin(store: &Store, told: &Told, actor: &Actor) -> Result<Plan, Error> {
    let now = store.env().now();
    let plan = Plan {
        id: PlanId::new(store.env()),
        purpose: Purpose::Csv,
        profile: None,
        deploy: false,
        argument: String::new(),
        selection: to_text(told),
        counts: Counts::default(),
        actor: actor.0.clone(),
        created_at: now,
        expires_at: now.plus_s(EXPIRES_S),
        job: None,
    };
    let tx = store.begin().await?;
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

    /// A row that is wrong anyway is no other one's double: it is not imported.
    fn check(&mut self, draft: &mut Draft, fields: &PersonFields) {
        if !draft.wrong.is_empty() {
            return;
        }
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
            let wrong = match id {
                Some(_) => Wrong::new(Column::Id, TWICE),
                None => Wrong::with_row(TWICE),
            };
            draft.wrong.push(Wrong {
                more: format!("(line {line})"),
                ..wrong
            });
        }
    }
}

struct Work<'a> {
    store: &'a Store,
    options: Options,
    columns: &'a [Option<Column>],
    /// What stands between the cells of a file that is no workbook.
    delimiter: Option<char>,
    profiles: &'a Profiles,
    seen: Seen,
    met: Met,
    /// Whether there was any user when the file came.
    anybody: bool,
    numbers: Numbers,
    /// Which column they stand in.
    number_at: Option<usize>,
    moves: Moves,
}

impl Work<'_> {
    async fn batch(&mut self, plan: &mut Plan, rows: &[Row]) -> Result<(), Error> {
        let mut drafts: Vec<_> = rows
            .iter()
            .map(|row| Draft::of(row, self.columns, self.options.clear, self.delimiter))
            .collect();
        let known = users::by_id(self.store, &ids(&drafts)).await?;
        let known: HashMap<UserId, User> = known.into_iter().map(|user| (user.id, user)).collect();
        self.keep_clears(&mut drafts, &known).await?;
        let mut decisions = Vec::with_capacity(rows.len());
        for draft in &mut drafts {
            let user = draft.id.and_then(|id| known.get(&id));
            let mut decided = draft.decide(self.options, user, |name| self.profiles.find(name));
            self.seen.check(draft, &decided.fields);
            if !draft.wrong.is_empty() {
                decided.action = Action::Skip;
            }
            decisions.push((user, decided));
        }
        self.name_owners(&mut drafts, &known).await?;
        let warnings = self.warnings(&drafts, &decisions).await?;
        let (mut items, mut kept) = (Vec::new(), Vec::new());
        let decided = drafts.iter_mut().zip(decisions).zip(rows).zip(warnings);
        for (((draft, (user, decided)), row), warnings) in decided {
            self.note(plan.counts.total + 1, row, user, &decided);
            items.push(item(draft, user, &decided, &warnings, &mut plan.counts));
            let detail = self.kept(draft, decided, &warnings, row);
            let secrets = std::mem::take(&mut draft.secrets);
            kept.extend(detail.map(|detail| (plan.counts.total, detail, secrets)));
        }
        let tx = self.store.begin().await?;
        plans::add_items(&tx, plan.id, &items).await?;
        keep(&tx, plan.id, kept).await?;
        plans::advance(&tx, plan).await?;
        Ok(tx.commit().await?)
    }

    /// Names the components of users whose data is theirs to change.
    async fn name_owners(
        &self,
        drafts: &mut [Draft],
        known: &HashMap<UserId, User>,
    ) -> Result<(), Error> {
        let entry = |draft: &Draft| known.get(&draft.id?)?.entry;
        let is_theirs = |draft: &&mut Draft| draft.wrong.iter().any(|w| w.message == SOURCED);
        let mut refused: Vec<_> = drafts.iter_mut().filter(is_theirs).collect();
        let ids: Vec<_> = refused.iter().filter_map(|draft| entry(draft)).collect();
        let entries = entries::by_id(self.store, &ids).await?.into_iter();
        let owners: HashMap<_, _> = entries.map(|e| (e.id, e.sources.join(", "))).collect();
        for draft in &mut refused {
            let owner = entry(draft).and_then(|id| owners.get(&id));
            let Some(owner) = owner.filter(|owner| !owner.is_empty()) else {
                continue;
            };
            let theirs = draft.wrong.iter_mut().filter(|w| w.message == SOURCED);
            theirs.for_each(|wrong| wrong.more = format!("({owner})"));
        }
        Ok(())
    }

    /// Leaves of the secrets that rows take away those that are held: to take nothing away is no change. Whose are a component's keep
    /// all, to be refused.
    async fn keep_clears(
        &self,
        drafts: &mut [Draft],
        known: &HashMap<UserId, User>,
    ) -> Result<(), Error> {
        let is_ours = |draft: &Draft| {
            let user = draft.id.and_then(|id| known.get(&id));
            !draft.clears.is_empty() && !user.is_some_and(User::is_sourced)
        };
        let clear = drafts.iter().filter(|draft| is_ours(draft));
        let ids: Vec<UserId> = clear.filter_map(|draft| draft.id).collect();
        let held = users::held_of(self.store, &ids).await?;
        for draft in drafts.iter_mut().filter(|draft| is_ours(draft)) {
            let held = draft.id.and_then(|id| held.get(&id));
            let is_held = |of: &OwnSecret| held.is_some_and(|held| held.contains(of));
            draft.clears.retain(is_held);
        }
        Ok(())
    }

    /// What is odd about each row that would be carried out.
    async fn warnings(
        &mut self,
        drafts: &[Draft],
        decisions: &[(Option<&User>, Decided)],
    ) -> Result<Vec<Vec<Wrong>>, Error> {
        let rows: Vec<Option<Said<'_>>> = decisions
            .iter()
            .map(|(user, decided)| {
                (decided.action != Action::Skip).then(|| Said::of(&decided.fields, *user))
            })
            .collect();
        let here = if self.anybody {
            let all: Vec<_> = rows.iter().flatten().copied().collect();
            Here::of(self.store, &all).await?
        } else {
            Here::default()
        };
        let all = rows.into_iter().zip(drafts);
        Ok(all
            .map(|(said, draft)| {
                let Some(said) = said else {
                    return vec![];
                };
                let mut warnings = here.warnings(said);
                warnings.extend(self.met.warnings(said, draft.line));
                warnings
            })
            .collect())
    }

    /// Notes what can only be judged when all rows are known.
    fn note(&mut self, n: i64, row: &Row, user: Option<&User>, decided: &Decided) {
        if decided.action == Action::Skip {
            return;
        }
        let number = &decided.fields.directory_number;
        if !number.is_empty() {
            let is_numeric = self.number_at.is_some_and(|at| row.is(at, Odd::Number));
            self.numbers.note(row.line, number, is_numeric);
        }
        if let Some(user) = user {
            let (old, new) = (&user.fields.email, &decided.fields.email);
            let place = Place {
                n,
                line: row.line,
                user: user.id,
            };
            self.moves.note(place, old, new);
        }
    }

    fn kept(&self, draft: &Draft, decided: Decided, warnings: &[Wrong], row: &Row) -> Option<Kept> {
        let line = draft.line;
        match decided.action {
            Action::Keep => None,
            Action::Create | Action::Update => Some(Kept {
                line,
                fields: Some(decided.fields),
                gives: decided.gives,
                client_service: decided.client_service,
                clears: draft.clears.clone(),
                warnings: warnings.iter().map(Wrong::told).collect(),
                warned: warnings.first().map(warned).unwrap_or_default(),
                ..Kept::default()
            }),
            Action::Skip => Some(Kept {
                line,
                faults: draft.wrong.iter().map(Wrong::told).collect(),
                cells: shown_cells(row, self.columns),
                ..Kept::default()
            }),
        }
    }
}

/// The code that rows with this warning are counted by.
fn warned(warning: &Wrong) -> String {
    warning.warning().code
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

fn item(
    draft: &Draft,
    user: Option<&User>,
    decided: &Decided,
    warnings: &[Wrong],
    counts: &mut Counts,
) -> Item {
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
            let warning = warnings.first().map(Wrong::warning);
            warning.map_or_else(String::new, |warning| {
                count(&mut counts.warned, &warning);
                warning.code
            })
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

/// What a row says, with its secrets, by its place.
type ToKeep = (i64, Kept, Vec<(OwnSecret, Secret)>);

async fn keep(tx: &Tx, plan: PlanId, rows: Vec<ToKeep>) -> Result<(), Error> {
    let mut details = Vec::with_capacity(rows.len());
    let mut given: HashMap<OwnSecret, (Vec<usize>, Vec<Secret>)> = HashMap::new();
    for (n, kept, secrets) in rows {
        // A row with a fault is not carried out: its secrets are not kept.
        for (of, secret) in secrets.into_iter().filter(|_| kept.fields.is_some()) {
            let (places, values) = given.entry(of).or_default();
            places.push(details.len());
            values.push(secret);
        }
        details.push(Detail {
            n,
            data: to_text(&kept),
            secrets: users::Secrets::default(),
        });
    }
    for (of, (places, values)) in given {
        let sealed = secrets::keep(tx, of.purpose(), &values).await?;
        for (place, id) in places.into_iter().zip(sealed) {
            details[place].secrets[of as usize] = Some(id);
        }
    }
    Ok(details::add(tx, plan, &details).await?)
}

/// Leaves rows out whose addresses go round.
async fn leave_out(
    tx: &Tx,
    store: &Store,
    plan: &mut Plan,
    columns: &[Option<Column>],
    circles: &[InCircle],
) -> Result<(), Error> {
    if circles.is_empty() {
        return Ok(());
    }
    let wrong = Wrong::new(Column::Email, CIRCLE);
    let why = wrong.refusal();
    let ns: Vec<i64> = circles.iter().map(|found| found.row.n).collect();
    plans::leave_out(tx, plan.id, &ns, &why.code).await?;
    let mut told = details::of(store, plan.id, &ns).await?;
    let mut warned = Vec::new();
    let details: Vec<_> = circles
        .iter()
        .map(|InCircle { row, takes }| {
            let wrong = Wrong {
                more: format!("(it is the one of line {takes})"),
                ..wrong.clone()
            };
            let kept = told.remove(&row.n).and_then(|detail| {
                let kept: Kept = serde_json::from_str(&detail.data).ok()?;
                warned.push(kept.warned);
                kept.fields
            });
            let kept = Kept {
                line: row.line,
                faults: vec![wrong.told()],
                cells: written(row.user, kept.unwrap_or_default(), columns),
                ..Kept::default()
            };
            (row.n, to_text(&kept))
        })
        .collect();
    details::replace(tx, plan.id, &details).await?;
    for code in warned {
        discount(&mut plan.counts.warned, &code);
    }
    for _ in circles {
        plan.counts.update -= 1;
        count(&mut plan.counts.skip, &why);
    }
    Ok(())
}

/// A row as a file would have it that says what a user becomes.
fn written(user: UserId, mut fields: PersonFields, columns: &[Option<Column>]) -> Vec<String> {
    let mut ours = Ours::default();
    let cells = columns.iter().map(|column| match column {
        Some(Column::Id) => user.to_string(),
        Some(column) => {
            let field = column.place(&mut fields, &mut ours);
            field.map_or_else(String::new, |value| sheets::guard(value).into_owned())
        }
        None => String::new(),
    });
    cells.collect()
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
