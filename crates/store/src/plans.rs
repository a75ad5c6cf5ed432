//! Plans: what an import or a deployment would do, row by row, written down before it is done.

use std::fmt::Write;

use model::{Actor, EntryId, JobId, PlanId, ProfileId, Refusal, Timestamp, UserId, plan::Action};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result, Store, Tx, details,
    dialect::Dialect,
    sql::{self, Row, Runs, blob, bulk, list, to_json},
};

/// Who makes a plan says so at least this often; later it counts as given up.
const MAKING_S: i64 = 60;
/// A plan that nobody agreed to is kept so long after nobody can any more.
const KEPT_S: i64 = 24 * 3600;
/// Rows of such plans that one transaction deletes.
const CLEARED_AT_ONCE: i64 = 5_000;

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Entries become users.
    Import,
    /// Users are offered a configuration.
    Deployment,
    /// Users' access is withdrawn for the time being.
    Suspension,
    /// Users' access is given back.
    Resumption,
    /// Users are brought in line with their source.
    Sync,
    /// Rows of a file become users.
    Csv,
    /// Users get a profile.
    ProfileChange,
    /// Users get a language.
    LanguageChange,
    /// Users are deleted.
    Deletion,
}

impl Purpose {
    const ALL: [Self; 9] = [
        Self::Import,
        Self::Deployment,
        Self::Suspension,
        Self::Resumption,
        Self::Sync,
        Self::Csv,
        Self::ProfileChange,
        Self::LanguageChange,
        Self::Deletion,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Deployment => "deployment",
            Self::Suspension => "suspension",
            Self::Resumption => "resumption",
            Self::Sync => "sync",
            Self::Csv => "csv",
            Self::ProfileChange => "profile-change",
            Self::LanguageChange => "language-change",
            Self::Deletion => "deletion",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// A reason with how many rows have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Permanent name of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// How many rows.
    pub count: i64,
}

/// Adds one to the count of a reason.
pub fn count(reasons: &mut Vec<Counted>, refusal: &Refusal) {
    match reasons
        .iter_mut()
        .find(|c| c.code == refusal.code && c.reason == refusal.reason)
    {
        Some(counted) => counted.count += 1,
        None => reasons.push(Counted {
            code: refusal.code.clone(),
            reason: refusal.reason.clone(),
            hint: refusal.hint.clone(),
            count: 1,
        }),
    }
}

/// Takes one from the count of a reason.
pub fn discount(reasons: &mut Vec<Counted>, code: &str) {
    if let Some(counted) = reasons.iter_mut().find(|c| c.code == code) {
        counted.count -= 1;
    }
    reasons.retain(|counted| counted.count > 0);
}

/// The exact numbers of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows looked at.
    pub total: i64,
    /// Users to be made.
    pub create: i64,
    /// Users to be brought in line.
    pub update: i64,
    /// Users that are in line.
    pub keep: i64,
    /// Rows left out, by reason.
    pub skip: Vec<Counted>,
    /// Rows that are carried out although something about them is odd, by their first warning.
    #[serde(default)]
    pub warned: Vec<Counted>,
    /// Rows that get the profile which a component proposes.
    #[serde(default)]
    pub as_proposed: i64,
    /// Rows of which a component proposes a profile that is not here.
    #[serde(default)]
    pub unknown_proposals: i64,
    /// People to be deployed.
    pub deploy: i64,
    /// People that are not, by reason.
    pub not_deployed: Vec<Counted>,
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// What it is for.
    pub purpose: Purpose,
    /// The profile for everybody; `None` = *Do not deploy*.
    pub profile: Option<ProfileId>,
    /// Whether people are deployed at once.
    pub deploy: bool,
    /// What else everybody gets: the language, in a plan for that.
    pub argument: String,
    /// The selection, as it was asked for (JSON).
    pub selection: String,
    /// The numbers.
    pub counts: Counts,
    /// Who made it.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be carried out.
    pub expires_at: Timestamp,
    /// The job that carries it out.
    pub job: Option<JobId>,
}

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Rows are still added; its numbers are those so far.
    Making,
    /// It was given up before it was complete, or whoever made it ended.
    GivenUp,
    /// It is complete.
    Ready,
}

/// Begins a plan; it can be carried out after [`complete`].
pub async fn begin(tx: &Tx, plan: &Plan) -> Result<()> {
    let until = tx.env().now().plus_s(MAKING_S);
    let values = vec![
        plan.id.0.into(),
        plan.purpose.name().into(),
        plan.profile.map(|p| p.0).into(),
        plan.deploy.into(),
        plan.selection.clone().into(),
        to_json(&plan.counts).into(),
        plan.actor.clone().into(),
        plan.created_at.0.into(),
        until.0.into(),
        plan.argument.clone().into(),
    ];
    let text = "INSERT INTO plan (id, purpose, profile_id, deploy, selection, state, counts, actor, created_at, expires_at, argument) \
                VALUES ($1,$2,$3,$4,$5,'building',$6,$7,$8,$9,$10)";
    sql::run(tx, text, values).await.map(drop)
}

/// Notes the numbers so far of a plan in the making, and that it still is made.
///
/// # Errors
/// [`Error::Missing`] where it was given up meanwhile.
pub async fn advance(tx: &Tx, plan: &Plan) -> Result<()> {
    let until = tx.env().now().plus_s(MAKING_S);
    note(tx, plan, "building", until).await
}

/// Completes a plan with its numbers.
///
/// # Errors
/// [`Error::Missing`] where it was given up meanwhile.
pub async fn complete(tx: &Tx, plan: &Plan) -> Result<()> {
    note(tx, plan, "ready", plan.expires_at).await
}

async fn note(tx: &Tx, plan: &Plan, state: &str, until: Timestamp) -> Result<()> {
    let text = "UPDATE plan SET state = $1, counts = $2, expires_at = $3 WHERE id = $4 AND state = 'building'";
    let values = vec![
        state.into(),
        to_json(&plan.counts).into(),
        until.0.into(),
        plan.id.0.into(),
    ];
    match sql::run(tx, text, values).await? {
        0 => Err(Error::Missing("plan in the making")),
        _ => Ok(()),
    }
}

/// Gives a plan in the making up: whoever makes it stops at its next rows. Whether it was in the making.
pub async fn give_up(store: &Store, id: PlanId) -> Result<bool> {
    let tx = store.begin().await?;
    let text = "UPDATE plan SET state = 'given-up' WHERE id = $1 AND state = 'building'";
    let gave_up = sql::run(&tx, text, vec![id.0.into()]).await? > 0;
    tx.commit().await?;
    Ok(gave_up)
}

/// Deletes some rows of plans that nobody agreed to and nobody can any more, the secrets among them first; whether there
/// are more.
pub async fn clear(store: &Store) -> Result<bool> {
    let tx = store.begin().await?;
    let erased = details::erase_old(&tx).await?;
    let text = "SELECT id FROM plan WHERE job_id IS NULL AND (state = 'given-up' OR expires_at < $1) LIMIT 1";
    let old = tx.env().now().plus_s(-KEPT_S);
    let plan = sql::one(&tx, text, vec![old.0.into()]).await?;
    let cleared = match plan {
        Some(row) => clear_one(&tx, PlanId(row.get(0)?)).await?,
        None => 0,
    };
    tx.commit().await?;
    Ok(erased + cleared > 0)
}

/// Deletes some of a plan's rows without secrets, in the end the plan; how much that was.
async fn clear_one(tx: &Tx, id: PlanId) -> Result<u64> {
    let rows = |table: &str, which: &str| {
        format!(
            "DELETE FROM {table} WHERE plan_id = $1 AND n IN (SELECT n FROM {table} WHERE plan_id = $1{which} LIMIT {CLEARED_AT_ONCE})"
        )
    };
    let texts = [
        rows("plan_detail", " AND COALESCE(secret_id, mbg_secret_id, voicemail_secret_id, client_secret_id) IS NULL"),
        rows("plan_item", ""),
        "DELETE FROM plan WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM plan_detail WHERE plan_id = $1)".to_owned(),
    ];
    for text in texts {
        let touched = sql::run(tx, &text, vec![id.0.into()]).await?;
        if touched > 0 {
            return Ok(touched);
        }
    }
    Ok(0)
}

/// Says what a plan was made of.
pub async fn describe(tx: &Tx, plan: PlanId, selection: &str) -> Result<()> {
    let text = "UPDATE plan SET selection = $1 WHERE id = $2";
    sql::run(tx, text, vec![selection.into(), plan.0.into()])
        .await
        .map(drop)
}

/// One plan, as far as it is.
pub async fn find(store: &Store, id: PlanId) -> Result<(Plan, Standing)> {
    let (plan, standing) = find_on(store, id).await?;
    let given_up = standing == Standing::Making && plan.expires_at < store.env().now();
    let standing = if given_up {
        Standing::GivenUp
    } else {
        standing
    };
    Ok((plan, standing))
}

/// One complete plan.
pub async fn get(store: &Store, id: PlanId) -> Result<Plan> {
    complete_one(find_on(store, id).await?)
}

/// The plan that a job carries out, while it is kept.
pub async fn of_job(store: &Store, job: JobId) -> Result<Option<Plan>> {
    let text = "SELECT id FROM plan WHERE job_id = $1";
    let Some(row) = sql::one(store, text, vec![job.0.into()]).await? else {
        return Ok(None);
    };
    match get(store, PlanId(row.get(0)?)).await {
        // It was cleared away in between.
        Err(Error::Missing(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// One complete plan, which nobody else can tie to a job before this transaction ends.
pub async fn get_in(tx: &Tx, id: PlanId) -> Result<Plan> {
    // Takes the row's lock, so that of two who agree at the same moment the second sees the first one's job.
    let text = "UPDATE plan SET state = state WHERE id = $1";
    sql::run(tx, text, vec![id.0.into()]).await?;
    complete_one(find_on(tx, id).await?)
}

fn complete_one((plan, standing): (Plan, Standing)) -> Result<Plan> {
    match standing {
        Standing::Ready => Ok(plan),
        Standing::Making | Standing::GivenUp => Err(Error::Missing("plan")),
    }
}

async fn find_on(on: &impl Runs, id: PlanId) -> Result<(Plan, Standing)> {
    let text = "SELECT id, purpose, profile_id, deploy, selection, counts, actor, created_at, expires_at, job_id, argument, state \
                FROM plan WHERE id = $1";
    let row = sql::one(on, text, vec![id.0.into()])
        .await?
        .ok_or(Error::Missing("plan"))?;
    let plan = Plan {
        id: PlanId(row.get(0)?),
        purpose: row.named(1, "plan purpose", Purpose::parse)?,
        profile: row.get::<Option<_>>(2)?.map(ProfileId),
        deploy: row.get(3)?,
        selection: row.get(4)?,
        counts: row.json(5, "plan")?,
        actor: row.get(6)?,
        created_at: Timestamp(row.get(7)?),
        expires_at: Timestamp(row.get(8)?),
        job: row.get::<Option<_>>(9)?.map(JobId),
        argument: row.get(10)?,
    };
    let standing = row.named(11, "plan state", |state| match state {
        "building" => Some(Standing::Making),
        "given-up" => Some(Standing::GivenUp),
        "ready" => Some(Standing::Ready),
        _ => None,
    })?;
    Ok((plan, standing))
}

/// Ties a plan to the job that carries it out.
pub async fn set_job(tx: &Tx, plan: PlanId, job: JobId, actor: &Actor) -> Result<()> {
    sql::run(
        tx,
        "UPDATE plan SET job_id = $1 WHERE id = $2 AND job_id IS NULL",
        vec![job.0.into(), plan.0.into()],
    )
    .await?;
    crate::audit::append(tx, actor, "plan.agreed", plan, "").await
}

/// One row of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the plan.
    pub n: i64,
    /// The entry that it is about, in an import.
    pub entry: Option<EntryId>,
    /// The user that it is about, where there is one.
    pub user: Option<UserId>,
    /// What happens.
    pub action: Action,
    /// Why it is left out, or what is odd about it, by code; empty if there is nothing.
    pub reason: String,
    /// `yes`, empty, or the code of the reason for not deploying.
    pub deploy: String,
    /// What a person calls it.
    pub label: String,
    /// The entry's hash when the plan was made.
    pub hash: [u8; 16],
}

const ITEM: &str = "n, entry_id, user_id, action, reason, deploy, label, hash";

fn read_item(row: &Row) -> Result<Item> {
    Ok(Item {
        n: row.get(0)?,
        entry: row.get::<Option<i64>>(1)?.map(EntryId),
        user: row.get::<Option<_>>(2)?.map(UserId),
        action: row.named(3, "plan action", Action::parse)?,
        reason: row.get(4)?,
        deploy: row.get(5)?,
        label: row.get(6)?,
        hash: row.bytes(7, "plan hash")?,
    })
}

/// Writes rows of a plan.
pub async fn add_items(tx: &Tx, plan: PlanId, items: &[Item]) -> Result<()> {
    let rows = items
        .iter()
        .map(|item| {
            vec![
                plan.0.into(),
                item.n.into(),
                item.entry.map(|e| e.0).into(),
                item.user.map(|u| u.0).into(),
                item.action.name().into(),
                item.reason.clone().into(),
                item.deploy.clone().into(),
                item.label.clone().into(),
                blob(item.hash),
            ]
        })
        .collect();
    let head = format!("INSERT INTO plan_item (plan_id, {ITEM})");
    bulk(tx, &head, rows, "").await.map(drop)
}

/// Up to `limit` rows that are not carried out yet, leaving out those that are skipped.
pub async fn open_items(store: &Store, plan: PlanId, limit: i64) -> Result<Vec<Item>> {
    let text = still_open(store.dialect());
    sql::all(store, &text, vec![plan.0.into(), limit.into()])
        .await?
        .iter()
        .map(read_item)
        .collect()
}

/// The rows of plan `$1` that are still to be carried out. By the primary key the done ones would be read
/// again and again.
pub(crate) fn still_open(dialect: Dialect) -> String {
    format!(
        "SELECT {ITEM} FROM plan_item {} WHERE plan_id = $1 AND action <> 'skip' AND NOT done ORDER BY n LIMIT $2",
        dialect.by_index("plan_item_open")
    )
}

/// Marks rows as carried out.
pub async fn mark_done(tx: &Tx, plan: PlanId, ns: &[i64]) -> Result<()> {
    for chunk in ns.chunks(1000) {
        let text = format!(
            "UPDATE plan_item SET done = TRUE WHERE plan_id = $1 AND n IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![plan.0.into()];
        values.extend(chunk.iter().map(|n| (*n).into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Leaves rows of a plan out after all, for one reason.
pub async fn leave_out(tx: &Tx, plan: PlanId, ns: &[i64], reason: &str) -> Result<()> {
    for chunk in ns.chunks(1000) {
        let text = format!(
            "UPDATE plan_item SET action = 'skip', reason = $2 WHERE plan_id = $1 AND n IN ({})",
            list(3, chunk.len())
        );
        let mut values = vec![plan.0.into(), reason.into()];
        values.extend(chunk.iter().map(|n| (*n).into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Which rows of a plan are asked for.
#[derive(Debug, Clone, Default)]
pub struct ItemQuery {
    /// Only this action.
    pub action: Option<Action>,
    /// Only this reason, for skipping, for a warning or for not deploying.
    pub reason: Option<String>,
    /// Rows after this place.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
}

/// Rows of a plan, in its order.
pub async fn items(store: &Store, plan: PlanId, query: &ItemQuery) -> Result<Vec<Item>> {
    items_on(store, plan, query).await
}

/// Rows of a plan, within a transaction.
pub async fn items_in(tx: &Tx, plan: PlanId, query: &ItemQuery) -> Result<Vec<Item>> {
    items_on(tx, plan, query).await
}

async fn items_on(on: &impl Runs, plan: PlanId, query: &ItemQuery) -> Result<Vec<Item>> {
    let mut values = vec![
        plan.0.into(),
        query.after.into(),
        query.limit.clamp(1, 500).into(),
    ];
    let mut clause = String::new();
    if let Some(action) = query.action {
        values.push(action.name().into());
        clause.push_str(" AND action = $4");
    }
    if let Some(reason) = &query.reason {
        values.push(reason.clone().into());
        let place = values.len();
        write!(clause, " AND (reason = ${place} OR deploy = ${place})")
            .expect("writing to a string cannot fail");
    }
    let text = format!(
        "SELECT {ITEM} FROM plan_item WHERE plan_id = $1 AND n > $2{clause} ORDER BY n LIMIT $3"
    );
    sql::all(on, &text, values)
        .await?
        .iter()
        .map(read_item)
        .collect()
}

/// Notes which users rows of a plan made; these are carried out with that.
pub async fn note_made(tx: &Tx, plan: PlanId, made: &[(i64, UserId)]) -> Result<()> {
    let rows = made
        .iter()
        .map(|(n, user)| vec![plan.0.into(), (*n).into(), user.0.into()])
        .collect();
    let which = "plan_item.plan_id = v.column1 AND plan_item.n = v.column2";
    sql::update(
        tx,
        "plan_item",
        "user_id = v.column3, done = TRUE",
        which,
        rows,
    )
    .await
    .map(drop)
}

/// How many of the users that a plan made are still there, and how many of them a phone has fetched from.
pub async fn count_made(store: &Store, plan: PlanId) -> Result<(i64, i64)> {
    let text = "SELECT COUNT(*), COUNT(person.downloaded_at) FROM plan_item AS item JOIN users AS person ON person.id = item.user_id \
                WHERE item.plan_id = $1 AND item.action = 'create' AND item.done";
    let row = sql::one(store, text, vec![plan.0.into()]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether one of the users that a plan made is still there.
pub async fn has_made(store: &Store, plan: PlanId) -> Result<bool> {
    let text = "SELECT 1 FROM plan_item AS item JOIN users AS person ON person.id = item.user_id \
                WHERE item.plan_id = $1 AND item.action = 'create' AND item.done LIMIT 1";
    Ok(sql::one(store, text, vec![plan.0.into()]).await?.is_some())
}

/// Up to `limit` rows after the row `after` that made a user, with that user; it may be gone since.
pub async fn made_after(
    store: &Store,
    plan: PlanId,
    after: i64,
    limit: i64,
) -> Result<Vec<(Item, UserId)>> {
    let text = format!(
        "SELECT {ITEM} FROM plan_item WHERE plan_id = $1 AND n > $2 AND action = 'create' AND done AND user_id IS NOT NULL \
         ORDER BY n LIMIT $3"
    );
    let rows = sql::all(
        store,
        &text,
        vec![plan.0.into(), after.into(), limit.into()],
    )
    .await?;
    let items = rows.iter().map(read_item);
    items
        .filter_map(|item| match item {
            Ok(item) => item.user.map(|user| Ok((item, user))),
            Err(error) => Some(Err(error)),
        })
        .collect()
}
