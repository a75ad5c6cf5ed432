//! What rows of a plan say besides: data, faults and secrets of a file, which wait sealed until the plan is carried out or too
//! old; the profiles that an import gives as components propose them.

use std::collections::HashMap;

use model::{EntryId, PlanId, SecretId};

use crate::{
    Result, Store, Tx, secrets,
    sql::{self, Row, bulk, list},
    users::Secrets,
};

/// Secrets of plans that nobody agreed to which are erased at a time.
const ERASED_AT_ONCE: i64 = 5_000;

/// What one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Its place in the plan.
    pub n: i64,
    /// Its data as JSON, without secrets.
    pub data: String,
    /// Its sealed secrets.
    pub secrets: Secrets,
}

const SECRETS: &str = "secret_id, mbg_secret_id, voicemail_secret_id, client_secret_id";
/// Takes the secrets of rows away from them.
const TAKE: &str =
    "secret_id = NULL, mbg_secret_id = NULL, voicemail_secret_id = NULL, client_secret_id = NULL";

/// The secrets of a row whose first one stands in this column.
fn read_secrets(row: &Row, first: usize) -> Result<Secrets> {
    let mut secrets = Secrets::default();
    for (n, place) in secrets.iter_mut().enumerate() {
        *place = row.get::<Option<_>>(first + n)?.map(SecretId);
    }
    Ok(secrets)
}

fn read(row: &Row) -> Result<Detail> {
    Ok(Detail {
        n: row.get(0)?,
        data: row.get(1)?,
        secrets: read_secrets(row, 2)?,
    })
}

/// Keeps what rows of a plan say.
pub async fn add(tx: &Tx, plan: PlanId, details: &[Detail]) -> Result<()> {
    let rows = details
        .iter()
        .map(|detail| {
            let mut row = vec![plan.0.into(), detail.n.into(), detail.data.clone().into()];
            row.extend(detail.secrets.map(|secret| secret.map(|s| s.0).into()));
            row
        })
        .collect();
    let head = format!("INSERT INTO plan_detail (plan_id, n, data, {SECRETS})");
    bulk(tx, &head, rows, "").await.map(drop)
}

/// What some rows of a plan say, by their place.
pub async fn of(store: &Store, plan: PlanId, ns: &[i64]) -> Result<HashMap<i64, Detail>> {
    let mut found = HashMap::new();
    for chunk in ns.chunks(1000) {
        let text = format!(
            "SELECT n, data, {SECRETS} FROM plan_detail WHERE plan_id = $1 AND n IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![plan.0.into()];
        values.extend(chunk.iter().map(|n| (*n).into()));
        for row in &sql::all(store, &text, values).await? {
            let detail = read(row)?;
            found.insert(detail.n, detail);
        }
    }
    Ok(found)
}

/// Says otherwise what rows of a plan say; their secrets are erased.
pub async fn replace(tx: &Tx, plan: PlanId, rows: &[(i64, String)]) -> Result<()> {
    let mut erased = Vec::new();
    for chunk in rows.chunks(1000) {
        let text = format!(
            "SELECT {SECRETS} FROM plan_detail WHERE COALESCE({SECRETS}) IS NOT NULL AND plan_id = $1 AND n IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![plan.0.into()];
        values.extend(chunk.iter().map(|(n, _)| (*n).into()));
        for row in sql::all(tx, &text, values).await? {
            erased.extend(read_secrets(&row, 0)?.into_iter().flatten());
        }
    }
    let values = rows
        .iter()
        .map(|(n, data)| vec![plan.0.into(), (*n).into(), data.clone().into()])
        .collect();
    let which = "plan_detail.plan_id = v.column1 AND plan_detail.n = v.column2";
    let set = format!("data = v.column3, {TAKE}");
    sql::update(tx, "plan_detail", &set, which, values).await?;
    secrets::erase(tx, &erased).await
}

/// What the row of a plan that is about an entry says, if it says something.
pub async fn of_entry(store: &Store, plan: PlanId, entry: EntryId) -> Result<Option<Detail>> {
    let text = format!(
        "SELECT d.n, data, {SECRETS} FROM plan_item AS i JOIN plan_detail AS d ON d.plan_id = i.plan_id AND d.n = i.n \
         WHERE i.plan_id = $1 AND i.entry_id = $2"
    );
    let row = sql::one(store, &text, vec![plan.0.into(), entry.0.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// Lets go of the secrets that rows of a plan held: users hold them now.
pub async fn hand_over(tx: &Tx, plan: PlanId, ns: &[i64]) -> Result<()> {
    for chunk in ns.chunks(1000) {
        let text = format!(
            "UPDATE plan_detail SET {TAKE} WHERE plan_id = $1 AND n IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![plan.0.into()];
        values.extend(chunk.iter().map(|n| (*n).into()));
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// Erases some secrets of plans that are too old, or were given up, and were never agreed to; how many.
pub(crate) async fn erase_old(tx: &Tx) -> Result<u64> {
    let which = "p.job_id IS NULL AND (p.state = 'given-up' OR p.expires_at < $1)";
    let now = tx.env().now().0;
    // Most of the time there is no such plan, and up to a million secrets need not be looked at.
    let any = format!("SELECT 1 FROM plan AS p WHERE {which} LIMIT 1");
    if sql::one(tx, &any, vec![now.into()]).await?.is_none() {
        return Ok(0);
    }
    let text = format!(
        "SELECT d.plan_id, d.n, {SECRETS} FROM plan_detail AS d JOIN plan AS p ON p.id = d.plan_id \
         WHERE COALESCE({SECRETS}) IS NOT NULL AND {which} LIMIT {ERASED_AT_ONCE}"
    );
    let mut ids = Vec::new();
    let mut rows = Vec::new();
    for row in sql::all(tx, &text, vec![now.into()]).await? {
        ids.extend(read_secrets(&row, 2)?.into_iter().flatten());
        let plan: uuid::Uuid = row.get(0)?;
        rows.push(vec![plan.into(), row.get::<i64>(1)?.into()]);
    }
    let which = "plan_detail.plan_id = v.column1 AND plan_detail.n = v.column2";
    sql::update(tx, "plan_detail", TAKE, which, rows).await?;
    secrets::erase(tx, &ids).await?;
    Ok(ids.len().try_into().unwrap_or(u64::MAX))
}
